"""What a calendar can tell of itself, and the closed set of answers, whatever stands behind it.

The way of reading (calendar 11.5): `changes` since a token without a limit, continued while the
answer was cut; then `fetch` of what changed in hundreds; everything of a round is kept in one
transaction with the token last. Where a server cannot tell changes, `listing` is compared with
what is known. Every night a `listing` anyway: an unknown token may be answered with silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from calendar_sync.target import Failure

FETCH_AT_ONCE = 200
MAX_OBJECT_BYTES = 1_000_000
MAX_ANSWER_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What was measured when the calendar was connected; an unknown thing counts as not there."""

    sync_token: bool = False  # RFC 6578, and an own write was seen in it
    conditional_writes: bool = False  # If-None-Match: * and a wrong If-Match were both refused
    uid_check: bool = False  # RFC 4791 5.3.2.1 no-uid-conflict
    tags_on_write: bool = False  # PUT answers a strong ETag
    may_write: bool = False
    keeps_names: bool = False  # a new object stands under the name that it was written with
    server: str = ""  # a name from the compatibility table of the caldav library, or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed since a token. `hrefs` are names inside the calendar, never addresses.

    `cut` is true when the server stopped halfway (507, RFC 6578 3.6): ask again with `token`.
    """

    token: str
    changed: Mapping[str, str | None]  # href -> etag
    removed: frozenset[str]  # told as 404: believed only when known and verified
    cut: bool = False
    requests: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefused:
    """The token is unknown or expired (403, 409, 410, 412): compare a full listing."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Every object of the calendar, complete or it would be a `Failure`.

    `token` asks for the changes since this very listing, where the calendar can tell them.
    """

    tags: Mapping[str, str | None]  # href -> etag
    token: str | None = None
    requests: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Objects read by name. What is in neither mapping was not answered: ask again later."""

    objects: Mapping[str, "Remote"]
    missing: frozenset[str] = field(default_factory=frozenset)  # answered with 404
    too_large: frozenset[str] = field(default_factory=frozenset)  # larger than is read, not read
    requests: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """One object as it stands there; nothing of it is trusted."""

    ics: bytes
    etag: str | None


class CalendarSource(Protocol):
    """One calendar to read. No call raises for what a server does; each has an end."""

    async def changes(self, token: str | None) -> Changes | TokenRefused | Failure:
        """What changed since `token`; None: everything, with the first token."""

    async def listing(self) -> Listing | Failure:
        """Every object with its tag."""

    async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
        """Read objects, `FETCH_AT_ONCE` a request."""

    async def close(self) -> None:
        """Let go of connections."""
