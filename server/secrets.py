"""The installation's one secret, and what is derived from it: tokens, hashes, sealed fields."""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.field_keys import FILE, FieldKeys, head_of, key_name


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
    """32 random bytes; each use has a key of its own.

    Fields are sealed with the newest of `field_keys` once there is one.
    """

    key: bytes
    field_keys: FieldKeys | None = field(default=None, compare=False)

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
        """Encrypt a field with AES-256-GCM; it opens only for the same `bound_to`.

        Raises:
            ValueError: the file of keys is damaged, or of another installation.
        """
        name = self.field_keys.newest() if self.field_keys else ""
        nonce, head = os.urandom(12), head_of(name)
        bound = head + bound_to.encode()
        return head + nonce + AESGCM(self._field_key(name)).encrypt(nonce, plain.encode(), bound)

    def unseal(self, sealed: bytes, *, bound_to: str) -> str:
        """Decrypt a field.

        Raises:
            ValueError: the bytes were changed, belong to another row, or their key is not here.
        """
        name = key_name(sealed)
        head = head_of(name)
        nonce, text = sealed[len(head) :][:12], sealed[len(head) + 12 :]
        try:
            plain = AESGCM(self._field_key(name)).decrypt(nonce, text, head + bound_to.encode())
        except InvalidTag:
            raise ValueError("a sealed field does not belong here or was changed") from None
        return plain.decode()

    def _field_key(self, name: str) -> bytes:
        if not name:
            return self.derive("field")
        key = self.field_keys.of(name) if self.field_keys else None
        if key is None:
            raise ValueError("a field was sealed with a key that is not here")
        return key


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
        return _with_keys(key, data_dir)
    with os.fdopen(handle, "wb") as file:
        key = os.urandom(32)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return _with_keys(key, data_dir)


def _with_keys(key: bytes, data_dir: Path) -> InstallSecret:
    wrapping = InstallSecret(key).derive("field-keys")
    return InstallSecret(key, FieldKeys(data_dir / FILE, wrapping))
