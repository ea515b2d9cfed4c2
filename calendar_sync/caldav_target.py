"""Writing to a CalDAV calendar: one request a call, every write conditional."""

from collections.abc import Sequence
from dataclasses import replace

from calendar_sync.caldav_client import TOTAL_SECONDS, CalDavClient, Reply, odd
from calendar_sync.event_format import Standing, standing
from calendar_sync.finding import find_uid
from calendar_sync.multistatus import NoMultistatus, name_in, parse_multistatus
from calendar_sync.target import (
    Alive,
    Changed,
    Exists,
    Failure,
    Found,
    Garbage,
    Gone,
    Missing,
    Removed,
    Stored,
    Temporary,
    Written,
)

_ICS = "text/calendar; charset=utf-8"
_RESOURCETYPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>'
)
_OK = 200
_DONE = (_OK, 201, 204)
_ABSENT = (404, 410)


class CalDavTarget:
    """One calendar of one user on a CalDAV server."""

    def __init__(
        self,
        calendar_url: str,
        *,
        user_name: str,
        password: str,
        allow_private_hosts: Sequence[str] = (),
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """Prepare; connects at the first call. `total_seconds` is the end of each call."""
        self._client = CalDavClient(
            calendar_url,
            user_name=user_name,
            password=password,
            allow_private_hosts=allow_private_hosts,
            total_seconds=total_seconds,
        )

    async def check(self) -> Alive | Failure:
        """Ask the calendar for its kind (PROPFIND, Depth 0)."""
        headers = {"Depth": "0", "Content-Type": "application/xml; charset=utf-8"}
        answer = await self._client.ask("PROPFIND", "", _RESOURCETYPE.encode(), headers)
        if not isinstance(answer, Reply):
            return answer
        if answer.status_code == 207:  # noqa: PLR2004 -- Multi-Status, RFC 4918 11.1
            return _alive(answer)
        if answer.status_code in _ABSENT:
            return Gone(reason="the calendar is not there")
        return odd(answer)

    async def get(self, href: str) -> Stored | Missing | Failure:
        """Read one object."""
        answer = await self._client.ask("GET", href)
        if not isinstance(answer, Reply):
            return answer
        if answer.status_code in _ABSENT:
            return Missing()
        if answer.status_code not in _DONE:
            return odd(answer)
        if not answer.content.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"BEGIN:VCALENDAR"):
            return Garbage(reason="the answer is no calendar object")
        return Stored(ics=answer.content, etag=_strong(answer.etag))

    async def find(self, uid: str) -> Found | Missing | Failure:
        """Ask for the UID (REPORT calendar-query), or look through everything."""
        return await find_uid(self._client, uid)

    async def create(self, href: str, ics: bytes) -> Written | Exists | Failure:
        """PUT with If-None-Match: *."""
        answer = await self._client.ask(
            "PUT", href, ics, {"If-None-Match": "*", "Content-Type": _ICS}
        )
        if not isinstance(answer, Reply):
            return answer
        if answer.status_code in _DONE:
            return await self._created(href, ics, answer)
        if answer.status_code == 412 or _says_taken(answer):  # noqa: PLR2004 -- RFC 9110 15.5.13
            return Exists()
        if answer.status_code in (*_ABSENT, 409):
            return Gone(reason="the calendar is not there")
        return odd(answer)

    async def update(
        self, href: str, ics: bytes, *, etag: str
    ) -> Written | Changed | Missing | Failure:
        """PUT with If-Match."""
        answer = await self._client.ask("PUT", href, ics, {"If-Match": etag, "Content-Type": _ICS})
        if not isinstance(answer, Reply):
            return answer
        match answer.status_code:
            case 200 | 201 | 204:
                return await self._written(href, ics, answer)
            case 412 | 409:
                return Changed()
            case 404 | 410:
                return Missing()
            case _:
                return odd(answer)

    async def remove(self, href: str, *, etag: str) -> Removed | Changed | Missing | Failure:
        """DELETE with If-Match."""
        answer = await self._client.ask("DELETE", href, headers={"If-Match": etag})
        if not isinstance(answer, Reply):
            return answer
        match answer.status_code:
            case 204:
                return Removed()
            case 200:
                return await self._removed(href)
            case 412 | 409:
                return Changed()
            case 404 | 410:
                return Missing()
            case _:
                return odd(answer)

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()

    async def _created(self, href: str, ics: bytes, answer: Reply) -> Written | Failure:
        """As `_written`; a server may say that it keeps the object elsewhere (RFC 9110 10.2.2)."""
        where = name_in(self._client.base, answer.headers.get("Location") or href) or href
        written = await self._written(where, ics, answer)
        if where == href or not isinstance(written, Written):
            return written
        return replace(written, href=where)

    async def _written(self, href: str, ics: bytes, answer: Reply) -> Written | Failure:
        """Look at a write that got no tag, or a page: "200" may be said by what is no calendar.

        What stands there then is compared with what was sent; a tag of something else is not ours.
        """
        tag = _strong(answer.etag)
        if tag is not None and not (answer.status_code == _OK and answer.content):
            return Written(etag=tag)
        stored = await self.get(href)
        if not isinstance(stored, Stored | Missing):
            return stored
        found = Standing.OTHER if isinstance(stored, Missing) else standing(stored.ics, ics)
        match stored, found:
            case Stored(), Standing.THE_SAME:
                return Written(etag=stored.etag)
            case _, Standing.TOUCHED:
                return Written(etag=None)
            case _:
                return Temporary(reason="the calendar took the event but does not show it yet")

    async def _removed(self, href: str) -> Removed | Failure:
        """Look at a removal that was answered by a page."""
        match await self.get(href):
            case Missing():
                return Removed()
            case Stored():
                return Temporary(reason="the calendar removed the event but still shows it")
            case failure:
                return failure


def _alive(answer: Reply) -> Alive | Garbage:
    try:
        parse_multistatus(answer.content)
    except NoMultistatus as error:
        return Garbage(reason=str(error))
    return Alive()


def _strong(tag: str | None) -> str | None:
    """A tag that can guard a write: a weak one never matches (RFC 9110 13.1.1)."""
    return None if tag is None or tag.startswith("W/") else tag


def _says_taken(answer: Reply) -> bool:
    """Whether a refusal means that the UID stands elsewhere, or in a trash bin."""
    text = answer.content[:20_000].lower()
    taken = b"no-uid-conflict" in text or b"unique-scheduling-object-resource" in text
    in_trash = answer.status_code in (400, 403) and b"uid already exists" in text  # Nextcloud's
    return taken or in_trash
