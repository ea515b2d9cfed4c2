"""Reading a CalDAV calendar: what changed (RFC 6578), what is there, objects in hundreds.

Only names inside this collection are believed, only objects that were asked for are taken, and an
answer that names nothing of it, or not the collection itself, is no answer.

Requests go out one at a time, however many calls wait; a long answer is read in a thread, so that
the next request is on its way meanwhile.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from calendar_sync.caldav_client import TOTAL_SECONDS, CalDavClient, Oversized, Reply, odd
from calendar_sync.multistatus import (
    Entry,
    Multistatus,
    NoMultistatus,
    name_in,
    parse_multistatus,
)
from calendar_sync.reading import (
    FETCH_AT_ONCE,
    MAX_ANSWER_BYTES,
    MAX_OBJECT_BYTES,
    Changes,
    Fetched,
    Listing,
    Remote,
    TokenRefused,
)
from calendar_sync.target import Failure, Garbage, Gone

MAX_FETCHED_BYTES = 10 * 1024 * 1024  # of one multiget: a larger one is asked for in halves
ONE_BY_ONE = 20  # objects of one request that a multiget left out and that are asked for singly
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_LIST = (
    f'{_HEAD}<propfind xmlns="DAV:"><prop><getetag/><resourcetype/><sync-token/></prop></propfind>'
).encode()
_LONG = 30_000  # bytes of an answer that takes a millisecond or more to read
_MULTI_STATUS, _OK, _INSUFFICIENT = 207, 200, 507
_ABSENT = (404, 410)
# A report that is not known, a token that is not: a full listing then shows what is the matter.
_CANNOT_TELL = frozenset({400, 403, 405, 409, 410, 412, 415, 422, 501, 507})


class CalDavSource:
    """One calendar of one user on a CalDAV server, to read."""

    def __init__(self, client: CalDavClient) -> None:
        """The calendar behind a client; whoever opened that closes it, or calls `close`."""
        self._client = client
        self._turn = asyncio.Lock()

    @classmethod
    def at(
        cls,
        calendar_url: str,
        *,
        user_name: str,
        password: str,
        allow_private_hosts: Sequence[str] = (),
        total_seconds: float = TOTAL_SECONDS,
    ) -> "CalDavSource":
        """The calendar at an address; connects at the first call.

        `total_seconds` is the end of each request.
        """
        return cls(
            CalDavClient(
                calendar_url,
                user_name=user_name,
                password=password,
                allow_private_hosts=allow_private_hosts,
                total_seconds=total_seconds,
                silent_seconds=total_seconds,  # a server may have to read thousands of files first
            )
        )

    async def changes(self, token: str | None) -> Changes | TokenRefused | Failure:
        """REPORT sync-collection, without a limit."""
        spent = _Spent()
        told = await self._report("0", _changes_body(token), spent, unknown=_CANNOT_TELL)
        if isinstance(told, int):
            return TokenRefused(reason=f"the calendar answers {told}")
        if not isinstance(told, _Told):
            return told
        if told.token is None:
            return TokenRefused(reason="the calendar gives no token")
        if told.named is None:
            return _ELSEWHERE
        return _changes(told.named, told.token, requests=spent.requests)

    async def listing(self) -> Listing | Failure:
        """PROPFIND of the collection and what is directly in it."""
        spent = _Spent()
        reply = await self._ask(
            "PROPFIND", "", _LIST, {**_XML, "Depth": "1"}, MAX_ANSWER_BYTES, spent
        )
        told = await self._told(reply)
        if not isinstance(told, _Told):
            return told
        named = told.named
        if named is None or "" not in named:
            return _ELSEWHERE  # also an empty answer: the collection itself is always in it
        if named[""].status == _INSUFFICIENT:
            return Garbage(reason="the calendar does not show all that is in it")
        tags = {
            name: entry.etag
            for name, entry in named.items()
            if name and not entry.collection and entry.status not in _ABSENT
        }
        return Listing(tags=tags, token=named[""].token, requests=spent.requests)

    async def between(self, starts_at: datetime, ends_at: datetime) -> Listing | Failure:
        """REPORT calendar-query: the names and tags of events that touch [starts_at, ends_at).

        Source: RFC 4791 7.8 and 9.9.
        """
        spent = _Spent()
        told = await self._report("1", _query_body(starts_at, ends_at), spent)
        if not isinstance(told, _Told):
            return told if not isinstance(told, int) else Garbage(reason="no calendar-query")
        if told.named is None:
            return _ELSEWHERE
        tags = {
            name: entry.etag
            for name, entry in told.named.items()
            if name and not entry.collection and entry.status not in _ABSENT
        }
        return Listing(tags=tags, token=None, requests=spent.requests)

    async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
        """REPORT calendar-multiget; what it leaves out is asked for one by one, up to a point.

        Once what came is larger than one answer may be, the rest is left for another time: a
        server that pours out objects fills no memory.
        """
        spent = _Spent()
        objects: dict[str, Remote] = {}
        missing: set[str] = set()
        too_large: set[str] = set()
        waiting, at_once, came = list(hrefs), FETCH_AT_ONCE, 0
        while waiting and came < MAX_ANSWER_BYTES:
            asked = waiting[:at_once]
            got = await self._multiget(asked, spent)
            if isinstance(got, Oversized) and len(asked) > 1:
                at_once = len(asked) // 2
                continue
            del waiting[:at_once]
            if isinstance(got, Oversized):
                too_large.update(asked)
                continue
            if not isinstance(got, Fetched):
                return got
            came += sum(len(one.ics) for one in got.objects.values())
            large = {href for href, one in got.objects.items() if len(one.ics) > MAX_OBJECT_BYTES}
            objects.update((href, one) for href, one in got.objects.items() if href not in large)
            missing.update(got.missing)
            too_large |= got.too_large | large
        return Fetched(
            objects=objects,
            missing=frozenset(missing),
            too_large=frozenset(too_large),
            requests=spent.requests,
        )

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()

    async def _multiget(self, hrefs: Sequence[str], spent: "_Spent") -> Fetched | Failure:
        body = _multiget_body(self._client.base, hrefs)
        told = await self._report("1", body, spent, max_bytes=MAX_FETCHED_BYTES)
        if not isinstance(told, _Told):
            return told if not isinstance(told, int) else Garbage(reason="no multiget")
        named = told.named or {}
        objects: dict[str, Remote] = {}
        missing: set[str] = set()
        for href in hrefs:
            entry = named.get(href)
            if entry is not None and entry.status in _ABSENT:
                missing.add(href)
            elif entry is not None and entry.data is not None:
                objects[href] = Remote(ics=entry.data, etag=entry.etag)
        left_out = [href for href in hrefs if href not in objects and href not in missing]
        return await self._one_by_one(left_out[:ONE_BY_ONE], objects, missing, spent)

    async def _one_by_one(
        self,
        hrefs: Sequence[str],
        objects: dict[str, Remote],
        missing: set[str],
        spent: "_Spent",
    ) -> Fetched | Failure:
        too_large: set[str] = set()
        for href in hrefs:
            reply = await self._ask("GET", href, b"", {}, MAX_OBJECT_BYTES, spent)
            match reply:
                case Oversized():
                    too_large.add(href)
                case Reply() if reply.status_code in _ABSENT:
                    missing.add(href)
                case Reply() if reply.status_code == _OK:
                    objects[href] = Remote(ics=reply.content, etag=reply.etag)
                case Reply():
                    pass  # this one object is not given; the others are
                case _:
                    return reply
        return Fetched(objects=objects, missing=frozenset(missing), too_large=frozenset(too_large))

    async def _report(
        self,
        depth: str,
        body: bytes,
        spent: "_Spent",
        *,
        unknown: frozenset[int] = frozenset(),
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> "_Told | int | Failure":
        """A report on the collection; an answer with a status in `unknown` is given as that."""
        headers = {**_XML, "Depth": depth}
        reply = await self._ask("REPORT", "", body, headers, max_bytes, spent)
        if isinstance(reply, Reply) and reply.status_code in unknown:
            return reply.status_code
        return await self._told(reply)

    async def _ask(  # noqa: PLR0917 -- one request
        self,
        method: str,
        href: str,
        body: bytes,
        headers: Mapping[str, str],
        max_bytes: int,
        spent: "_Spent",
    ) -> Reply | Failure:
        """One request, when its turn comes."""
        async with self._turn:
            before = self._client.requests
            reply = await self._client.ask(method, href, body, headers, max_bytes=max_bytes)
            spent.requests += self._client.requests - before
            return reply

    async def _told(self, reply: Reply | Failure) -> "_Told | Failure":
        """What a Multi-Status says of this collection."""
        if isinstance(reply, Reply) and len(reply.content) > _LONG:
            return await asyncio.to_thread(_told, self._client.base, reply)
        return _told(self._client.base, reply)


@dataclass(slots=True)
class _Spent:
    """What one call has asked for so far."""

    requests: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """The entries by name; None when there are some and all are elsewhere."""

    named: Mapping[str, Entry] | None
    token: str | None


_ELSEWHERE = Garbage(reason="the answer does not speak of this calendar")


def _read(reply: Reply | Failure) -> Multistatus | Failure:
    if not isinstance(reply, Reply):
        return reply
    if reply.status_code in _ABSENT:
        return Gone(reason="the calendar is not there")
    if reply.status_code != _MULTI_STATUS:
        return Garbage(reason="the answer is no CalDAV") if reply.status_code == _OK else odd(reply)
    try:
        return parse_multistatus(reply.content)
    except NoMultistatus as error:
        return Garbage(reason=str(error))


def _told(base: str, reply: Reply | Failure) -> _Told | Failure:
    read = _read(reply)
    if not isinstance(read, Multistatus):
        return read
    return _Told(named=_named(base, read.entries), token=read.token)


def _named(base: str, entries: Iterable[Entry]) -> Mapping[str, Entry] | None:
    """The entries by name in the collection; None when there are some and all are elsewhere."""
    found: dict[str, Entry] = {}
    foreign = False
    for entry in entries:
        name = name_in(base, entry.href)
        if name is None:
            foreign = True
        else:
            found[name] = entry
    return None if foreign and not found else found


def _changes(named: Mapping[str, Entry], token: str, *, requests: int) -> Changes:
    itself = named.get("")
    members = {name: entry for name, entry in named.items() if name}
    return Changes(
        token=token,
        changed={n: e.etag for n, e in members.items() if e.status not in _ABSENT},
        removed=frozenset(n for n, e in members.items() if e.status in _ABSENT),
        cut=itself is not None and itself.status == _INSUFFICIENT,
        requests=requests,
    )


def _changes_body(token: str | None) -> bytes:
    return (
        f'{_HEAD}<sync-collection xmlns="DAV:"><sync-token>{escape(token or "")}</sync-token>'
        "<sync-level>1</sync-level><prop><getetag/></prop></sync-collection>"
    ).encode()


def _query_body(starts_at: datetime, ends_at: datetime) -> bytes:
    start, end = (f"{one.astimezone(UTC):%Y%m%dT%H%M%SZ}" for one in (starts_at, ends_at))
    return (
        f'{_HEAD}<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
        '<d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name="VCALENDAR">'
        f'<c:comp-filter name="VEVENT"><c:time-range start="{start}" end="{end}"/></c:comp-filter>'
        "</c:comp-filter></c:filter></c:calendar-query>"
    ).encode()


def _multiget_body(base: str, hrefs: Iterable[str]) -> bytes:
    path = urlsplit(base).path
    named = "".join(f"<d:href>{escape(path + quote(href, safe='@'))}</d:href>" for href in hrefs)
    return (
        f'{_HEAD}<c:calendar-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
        f"<d:prop><d:getetag/><c:calendar-data/></d:prop>{named}</c:calendar-multiget>"
    ).encode()
