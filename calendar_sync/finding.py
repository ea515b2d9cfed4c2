"""Where an event stands, by its UID: the name that we gave it may not be the one it has.

A server or a program may give an event another name and say nothing of it. Before an event is
written once more under a new name, the calendar is asked for its UID; a server that cannot answer
that, or answers with everything, is looked through.
"""

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from calendar_sync.caldav_client import CalDavClient, Reply, odd
from calendar_sync.caldav_source import CalDavSource
from calendar_sync.multistatus import NoMultistatus, name_in, parse_multistatus
from calendar_sync.reading import FETCH_AT_ONCE, MAX_ANSWER_BYTES, Fetched, Listing
from calendar_sync.target import Failure, Found, Garbage, Gone, Missing, Temporary

_HEADERS = {"Content-Type": "application/xml; charset=utf-8", "Depth": "1"}
_MULTI_STATUS = 207
_ABSENT = (404, 410)
_CANNOT_TELL = frozenset({400, 403, 405, 409, 412, 415, 422, 501, 507})
_ASKED_TWICE = 2  # an answer that broke off whole cannot be told from "nothing found"


async def find_uid(client: CalDavClient, uid: str) -> Found | Missing | Failure:
    """Look for the event with this UID in the calendar (RFC 4791 7.8.6).

    What a calendar names is believed only when the object itself has the UID.
    """
    source = CalDavSource(client)
    for _ in range(_ASKED_TWICE):
        names = await _asked(client, source, uid)
        if not isinstance(names, list):
            return names
        found = await _holding(source, names, uid)
        if not isinstance(found, Missing):
            return found
    return Missing()


async def _asked(client: CalDavClient, source: CalDavSource, uid: str) -> list[str] | Failure:
    """The names that may have the UID."""
    reply = await client.ask("REPORT", "", _query(uid), _HEADERS, max_bytes=MAX_ANSWER_BYTES)
    if not isinstance(reply, Reply):
        return reply
    if reply.status_code in _CANNOT_TELL:
        listing = await source.listing()
        return list(listing.tags) if isinstance(listing, Listing) else listing
    if reply.status_code in _ABSENT:
        return Gone(reason="the calendar is not there")
    if reply.status_code != _MULTI_STATUS:
        return odd(reply)
    try:
        told = parse_multistatus(reply.content).entries
    except NoMultistatus as error:
        return Garbage(reason=str(error))
    return [name for name in (name_in(client.base, one.href) for one in told) if name]


async def _holding(
    source: CalDavSource, names: Sequence[str], uid: str
) -> Found | Missing | Failure:
    shown = True
    for at in range(0, len(names), FETCH_AT_ONCE):
        part = names[at : at + FETCH_AT_ONCE]
        got = await source.fetch(part)
        if not isinstance(got, Fetched):
            return got
        href = _first(((href, one.ics) for href, one in got.objects.items()), uid)
        if href is not None:
            return Found(href=href)
        shown = shown and not set(part) - got.objects.keys() - got.missing - got.too_large
    return Missing() if shown else Temporary(reason="the calendar does not show what it names")


def _first(objects: Iterable[tuple[str, bytes]], uid: str) -> str | None:
    """The first name whose object says this UID; nothing of it is parsed."""
    line = re.compile(rb"(?im)^UID(;[^:\r\n]*)?:" + re.escape(uid.encode()) + rb"[ \t]*\r?$")
    for href, ics in objects:
        if line.search(re.sub(rb"\r?\n[ \t]", b"", ics)):
            return href
    return None


def _query(uid: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
        '<prop><getetag/></prop><c:filter><c:comp-filter name="VCALENDAR">'
        '<c:comp-filter name="VEVENT"><c:prop-filter name="UID">'
        f'<c:text-match collation="i;octet">{escape(uid)}</c:text-match>'
        "</c:prop-filter></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    ).encode()
