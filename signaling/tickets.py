"""Seat tokens: what a page shows to come back to its seat, authentic by themselves.

The code is keyed BLAKE2b (RFC 7693), a message authentication code at a third of HMAC's cost.

They are not stored. What they do not know, the room knows: whether the seat moved on (generation,
device) and whether its minute of being away is over.
"""

import base64
import hashlib
import hmac
from typing import Final
from uuid import UUID

from coaching.words import Role
from signaling.value import value

TOKEN_SECONDS: Final = 12 * 3600  # longer than any talk; the room refuses much earlier
_MAC_LENGTH: Final = 43  # 32 bytes in base64 without padding
_PARTS: Final = 5


@value
class SeatClaim:
    """What a seat token says. `expires` in Unix seconds."""

    meeting: str
    role: Role
    device: str
    generation: int
    expires: int


def write_token(claim: SeatClaim, key: bytes) -> str:
    """Make a token (URL-safe text) of a claim under a 32-byte key."""
    body = f"{claim.meeting}.{claim.role.value}.{claim.device}.{claim.generation}.{claim.expires}"
    return f"{body}.{_mac(body, key)}"


def read_token(token: str, key: bytes, now: float) -> SeatClaim | None:
    """The claim of a token, or None when it is not ours, was changed, or is old."""
    body, _, mac = token.rpartition(".")
    if len(mac) != _MAC_LENGTH or not token.isascii():
        return None
    if not hmac.compare_digest(mac, _mac(body, key)):
        return None
    parts = body.split(".")
    if len(parts) != _PARTS:
        return None
    meeting, role, device, generation, expires = parts
    claim = SeatClaim(
        meeting=str(UUID(meeting)),
        role=Role(role),
        device=device,
        generation=int(generation),
        expires=int(expires),
    )
    return claim if now < claim.expires else None


def _mac(body: str, key: bytes) -> str:
    # `person` keeps this use of the key apart from any other.
    mac = hashlib.blake2b(body.encode(), digest_size=32, key=key, person=b"seat-token")
    return base64.urlsafe_b64encode(mac.digest())[:-1].decode()
