"""The keys of sealed fields, each wrapped by the installation's secret; the newest one seals.

They stand in a file beside the secret, and never in the database. An installation that never made
one has no file: there the key is derived from the secret itself. Source: security.md 2.10.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FILE = "field-keys"
_NAMED = re.compile(rb"v1\.([0-9a-f]{8})\.")
_LINE = re.compile(r"([0-9a-f]{8}) ([0-9a-f]{120})")
_NONCE = 12  # bytes


def head_of(name: str) -> bytes:
    """What stands before a field that the key of this name sealed."""
    return f"v1.{name}.".encode() if name else b""


def key_name(sealed: bytes) -> str:
    """The name of the key that sealed a field; "" for the one that is derived from the secret."""
    found = _NAMED.match(sealed)
    return found[1].decode() if found else ""


class FieldKeys:
    """The keys in a file. It is looked at each time: another process may have added one."""

    def __init__(self, path: Path, wrapping: bytes) -> None:
        """The file need not be there; `wrapping` are the 32 bytes that open it."""
        self._path, self._wrapping = path, wrapping
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, bytes] = {}

    def newest(self) -> str:
        """The name of the key that seals, or "".

        Raises:
            ValueError: the file is damaged, or of another installation.
        """
        return next(reversed(self._read()), "")

    def of(self, name: str) -> bytes | None:
        """The key of this name.

        Raises:
            ValueError: as of `newest`.
        """
        return self._read().get(name)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else change the keys meanwhile: two who do so at once lose one that seals.

        A process that dies has let go.

        Raises:
            ValueError: somebody else changes them now.
        """
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            _lock(folder)
            yield
        finally:
            os.close(folder)

    def add(self) -> str:
        """Make a new key, which seals from now on; give its name. Only by who is `alone`.

        Raises:
            ValueError: as of `newest`.
            OSError: the file cannot be written.
        """
        name = secrets.token_hex(4)
        self._write({**self._read(), name: os.urandom(32)})
        return name

    def keep(self, names: Collection[str]) -> None:
        """Throw away all keys but these and the newest. Only by who is `alone`.

        Raises:
            ValueError, OSError: as of `add`.
        """
        keys, newest = self._read(), self.newest()
        left = {name: key for name, key in keys.items() if name in names or name == newest}
        if left != keys:
            self._write(left)

    def _read(self) -> dict[str, bytes]:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return {}
        seen = (there.st_mtime_ns, there.st_size, there.st_ino)
        if seen != self._seen:
            lines = self._path.read_text("ascii").splitlines()
            self._keys = dict(self._unwrapped(line) for line in lines)
            self._seen = seen
        return self._keys

    def _write(self, keys: Mapping[str, bytes]) -> None:
        """All or nothing, also when the power goes; root writes it for the owner of the folder."""
        draft = self._path.with_name(f"{FILE}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
            file.writelines(self._wrapped(name, key) for name, key in keys.items())
            file.flush()
            if os.geteuid() == 0:
                owner = self._path.parent.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.fsync(file.fileno())
        draft.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _wrapped(self, name: str, key: bytes) -> str:
        nonce = os.urandom(_NONCE)
        sealed = nonce + AESGCM(self._wrapping).encrypt(nonce, key, head_of(name))
        return f"{name} {sealed.hex()}\n"

    def _unwrapped(self, line: str) -> tuple[str, bytes]:
        found = _LINE.fullmatch(line)
        if found is None:
            raise self._damaged()
        name, sealed = found[1], bytes.fromhex(found[2])
        try:
            key = AESGCM(self._wrapping).decrypt(sealed[:_NONCE], sealed[_NONCE:], head_of(name))
        except InvalidTag:
            raise self._damaged() from None
        return name, key

    def _damaged(self) -> ValueError:
        return ValueError(f"{self._path} does not belong here; restore it from your backup")


def _lock(folder: int) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValueError("somebody else makes a key now; wait until that is done") from None
