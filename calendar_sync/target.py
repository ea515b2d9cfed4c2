"""What a calendar can be asked, and the closed set of answers, whatever engine stands behind it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The object as it stands there. `etag` is None when the server gave none."""

    ics: bytes
    etag: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The write was done. `etag` is None when the server changed the data or gave none.

    `href` is the name that a server gave to a new object in place of the one that was asked for.
    """

    etag: str | None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Alive:
    """The calendar itself is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The event stands under this name."""

    href: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The object was taken away by this call."""


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such object."""


@dataclass(frozen=True, slots=True)
class Exists:
    """The name or the UID is already taken: RFC 4791 5.3.2.1, or If-None-Match said no."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody else wrote in the meantime: If-Match said no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthFailed:
    """The user name or password is wrong, or this user may not write here."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The calendar itself is not there."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Temporary:
    """No usable answer now; whether a write was done is unknown. `retry_after` is in seconds."""

    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent(Temporary):
    """No answer came in the time that is waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untrusted(Temporary):
    """The server cannot prove that it is the one of this address (its certificate)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """An answer that is no CalDAV, or that this house does not follow (a redirect)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden(Garbage):
    """An address that this house does not speak to (`calendar_sync.address_guard`)."""


Failure = AuthFailed | Gone | Temporary | Garbage
Answer = Stored | Written | Alive | Found | Removed | Missing | Exists | Changed | Failure


class CalendarTarget(Protocol):
    """One calendar. No call raises for what a server does; each costs at most 30 seconds."""

    async def check(self) -> Alive | Failure:
        """Look whether the calendar itself is there."""

    async def get(self, href: str) -> Stored | Missing | Failure:
        """Read the object at `href`, a name inside the calendar."""

    async def find(self, uid: str) -> Found | Missing | Failure:
        """Look under which name the event with this UID stands, whatever name it was given."""

    async def create(self, href: str, ics: bytes) -> Written | Exists | Failure:
        """Write a new object; never over another one (If-None-Match: *)."""

    async def update(
        self, href: str, ics: bytes, *, etag: str
    ) -> Written | Changed | Missing | Failure:
        """Write over the object, only while its tag is `etag` (If-Match)."""

    async def remove(self, href: str, *, etag: str) -> Removed | Changed | Missing | Failure:
        """Take the object away, only while its tag is `etag` (If-Match)."""

    async def close(self) -> None:
        """Let go of connections."""
