"""The installation's one secret, and what is derived from it: tokens, hashes, sealed fields."""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def new_token() -> str:
    """A fresh 256-bit token for a URL or cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What the database keeps of a token (32 bytes)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def token_mark(token: str) -> str:
    """The first 8 hex of a token's hash: the most that a log may show of it."""
    return token_hash(token).hex()[:8]


@dataclass(frozen=True, slots=True, repr=False)
class InstallSecret:
    """32 random bytes; each use has a key of its own."""

    key: bytes

    def derive(self, use: str) -> bytes:
        """The 32-byte key for one use, e.g. "seat" or "invitation"."""
        return hmac.new(self.key, use.encode(), hashlib.sha256).digest()

    def invitation_token(self, invitation: UUID) -> str:
        """The link token of an invitation.

        Derived, so that a mail can be written again without the token ever being stored.
        """
        mac = hmac.new(self.derive("invitation"), invitation.bytes, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def seal(self, plain: str, *, bound_to: str) -> bytes:
        """Encrypt a field with AES-256-GCM; it opens only for the same `bound_to`."""
        nonce = os.urandom(12)
        return nonce + AESGCM(self.derive("field")).encrypt(
            nonce, plain.encode(), bound_to.encode()
        )

    def unseal(self, sealed: bytes, *, bound_to: str) -> str:
        """Decrypt a field.

        Raises:
            ValueError: the bytes were changed or belong to another row.
        """
        try:
            return (
                AESGCM(self.derive("field"))
                .decrypt(sealed[:12], sealed[12:], bound_to.encode())
                .decode()
            )
        except InvalidTag:
            raise ValueError("a sealed field does not belong here or was changed") from None


def load_or_make_secret(data_dir: Path) -> InstallSecret:
    """Read the installation's secret from `data_dir/secret`, making it (mode 0400) the first time.

    Raises:
        ValueError: the file does not hold 32 bytes.
    """
    path = data_dir / "secret"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != 32:  # noqa: PLR2004 -- 256 bits
            raise ValueError(f"{path} must hold 32 bytes; restore it from your backup") from None
        return InstallSecret(key)
    with os.fdopen(handle, "wb") as file:
        key = os.urandom(32)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return InstallSecret(key)
