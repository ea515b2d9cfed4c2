"""Which passwords are strong enough, and how they are kept (security handbook 2.9)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from coaching.errors import BadInput

_LEAST, _MOST = 12, 128
_FEW = 5  # fewer different characters than this is one key held down
# Two at once: each takes 64 MiB, and twenty people who sign in together must not take 1.3 GiB.
_POOL = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm")
# What stands in lists of the most used passwords, long enough to pass the length.
_COMMON = (
    "password",
    "wachtwoord",
    "welkom",
    "welcome",
    "letmein",
    "iloveyou",
    "qwerty",
    "azerty",
    "administrator",
    "changeme",
    "geheim",
    "football",
    "baseball",
    "princess",
    "sunshine",
    "1q2w3e4r",
    "q1w2e3r4",
    "zaq12wsx",
    "1qaz2wsx",
    "feyenoord",
    "tweespraak",
    "trustno1",
)
Answer = TypeVar("Answer")


def check_password(password: str, *, words: tuple[str, ...] = ()) -> None:
    """Accept 12 to 128 characters that are not common and not made of `words` (name, address).

    Raises:
        BadInput: `password_short`, `password_long` or `password_common`.
    """
    if len(password) < _LEAST:
        raise BadInput("password_short", field="password", least=_LEAST)
    if len(password) > _MOST:
        raise BadInput("password_long", field="password", most=_MOST)
    if _is_common(password.casefold(), words):
        raise BadInput("password_common", field="password")


async def hash_password(password: str) -> str:
    """The Argon2id hash to keep."""
    return await _in_thread(lambda: _HASHER.hash(_bytes(password)))


async def verify_password(password: str, kept: str | None) -> bool:
    """Whether `password` is right; as slow for an account that does not exist (`kept` None)."""

    def verify() -> bool:
        try:
            return _HASHER.verify(kept or _nobodys_hash(), _bytes(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    return await _in_thread(verify)


def needs_rehash(kept: str) -> bool:
    """Whether a hash was made with less than today's strength."""
    return _HASHER.check_needs_rehash(kept)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _is_common(password: str, words: tuple[str, ...]) -> bool:
    if len(set(password)) < _FEW:
        return True
    rest = password
    known = [*_COMMON, *(word.casefold() for word in words if len(word) >= 3)]  # noqa: PLR2004 -- shorter words are syllables
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    letters = "".join(c for c in rest if c.isalpha())
    return any(password[:_LEAST] in row + row for row in _ROWS) or (
        rest != password and len(letters) < 4  # noqa: PLR2004 -- a known word with a year or a mark
    )


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")


async def _in_thread(work: Callable[[], Answer]) -> Answer:
    return await asyncio.get_running_loop().run_in_executor(_POOL, work)
