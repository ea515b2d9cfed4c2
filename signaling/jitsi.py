"""Jitsi as a second engine: the room of a talk, and the token that lets one of the two in.

The waiting room and the seats stay ours; Jitsi carries sound and picture only. A token is written
at admission and good for five minutes, since Prosody looks at it only when somebody comes in.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256

from coaching.words import Role
from signaling.ice import seat_pseudonym

AUDIENCE: Final = "tweespraak"
TOKEN_SECONDS: Final = 300
_SLOW_CLOCK_SECONDS: Final = 60  # Prosody's clock may be behind ours
_ROOM_LENGTH: Final = 32
_NOT_ALLOWED: Final = (
    "recording",
    "livestreaming",
    "transcription",
    "outbound-call",
    "file-upload",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JitsiEngine:
    """The operator's Jitsi. `key` signs tokens; `room_key` (32 bytes) names rooms."""

    host: str
    app_id: str
    key: RSAPrivateKey
    room_key: bytes

    def room_of(self, meeting: UUID) -> str:
        """The name of a talk's room: 32 hexadecimal digits that nobody can guess.

        It can be read back, so nothing has to be stored: one block of AES-256 is a permutation of
        128 bits, and a UUID is exactly that.
        """
        return self._cipher().encryptor().update(meeting.bytes).hex()

    def meeting_of(self, room: str) -> UUID | None:
        """Whose room this name would be; None when no meeting can have it."""
        try:
            block = bytes.fromhex(room) if len(room) == _ROOM_LENGTH else b""
        except ValueError:
            return None
        return UUID(bytes=self._cipher().decryptor().update(block)) if len(block) == 16 else None  # noqa: PLR2004 -- 128 bits

    def _cipher(self) -> Cipher[ECB]:
        return Cipher(AES256(self.room_key), ECB())  # noqa: S305 -- one block, never more

    def person_of(self, meeting: UUID, role: Role) -> str:
        """How Jitsi knows one of the two: the same for the whole talk, and it tells nothing."""
        return seat_pseudonym(self.room_key, str(meeting), role)

    def role_of(self, meeting: UUID, person: str) -> Role | None:
        """Which of the two `person_of` meant; None: neither."""
        return next((role for role in Role if self.person_of(meeting, role) == person), None)

    def token(self, meeting: UUID, role: Role, name: str, now: float) -> str:
        """A token (JWT, RS256) for one seat of one room; `now` in Unix seconds.

        Claims as Prosody's token modules read them: exactly one room, subject and audience, and
        only text in `context.user` (docs of lib-jitsi-meet, tokens.md).
        """
        claims = {
            "iss": self.app_id,
            "aud": AUDIENCE,
            "sub": self.host,
            "room": self.room_of(meeting),
            "nbf": int(now) - _SLOW_CLOCK_SECONDS,
            "exp": int(now) + TOKEN_SECONDS,
            "context": {
                "user": {
                    "id": self.person_of(meeting, role),
                    "name": name,
                    "moderator": "true" if role is Role.COACH else "false",
                },
                "features": dict.fromkeys(_NOT_ALLOWED, "false"),
            },
        }
        header = {"alg": "RS256", "typ": "JWT", "kid": self.key_id}
        body = f"{_part(header)}.{_part(claims)}"
        return f"{body}.{_base64(self.key.sign(body.encode(), PKCS1v15(), SHA256()))}"

    @property
    def key_id(self) -> str:
        """The name of the key; another key has another name, so that keys can be turned."""
        return f"tweespraak-{hashlib.sha256(self.public_key).hexdigest()[:16]}"

    @property
    def public_key(self) -> bytes:
        """What Prosody checks tokens with, in PEM."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def key_file(self) -> str:
        """Under which name Prosody asks for the key: SHA-256 of its id (`asap_key_server`)."""
        return f"{hashlib.sha256(self.key_id.encode()).hexdigest()}.pem"


def _part(value: object) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
