"""What a calendar can do, measured with a test event that is taken away again.

The test event has one fixed name, lies in the past, takes no time and is private. A try that was
cut off leaves it behind at worst; the next try, of whichever connection, takes it away first.
What a server says of itself is not believed, only what it does; but what the `caldav` library
knows to be wrong with a server counts, because it may not show in one try.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from xml.sax.saxutils import escape, unescape

from caldav import compatibility_hints
from caldav.compatibility_hints import FeatureSet
from icalendar import Event

from calendar_sync.caldav_client import CalDavClient, Reply, odd
from calendar_sync.event_format import empty_calendar
from calendar_sync.finding import find_uid
from calendar_sync.multistatus import NoMultistatus, name_in, parse_multistatus
from calendar_sync.reading import Capabilities
from calendar_sync.target import Failure, Found, Garbage, Gone, Temporary

TEST_NAMES = ("tweespraak-proef.ics", "tweespraak-proef-2.ics")
MEASURE_SECONDS = 40.0
_CLEAN_SECONDS = 10.0
_ICS = "text/calendar; charset=utf-8"
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_TOKEN = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>'
)
_TOLD_TOKEN = re.compile(rb"<(?:\w+:)?sync-token[^>]*>([^<]{1,2000})</")
_WRITTEN = (200, 201, 204)
_ABSENT = (404, 410)
_REFUSED = range(400, 500)
_HOSTS = {"icloud": ".icloud.com", "gmx": ".gmx.net", "posteo": "posteo.de", "yahoo": ".yahoo.com"}
_PATHS = {
    "nextcloud": "/remote.php/dav/",
    "sogo": "/sogo/dav/",
    "davical": "/caldav.php/",
    "baikal": "/dav.php/",
    "bedework_5_0_0": "/ucaldav/",
    "cyrus": "/dav/calendars/user/",
    "ox": "/caldav/",
}
_HEADERS = ("radicale", "xandikos", "zimbra", "sogo", "cyrus", "stalwart", "davical", "bedework")


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotWrite:
    """The calendar refused the test event: it can be read at most."""

    reason: str


async def measure(
    client: CalDavClient, *, now: datetime, total_seconds: float = MEASURE_SECONDS
) -> Capabilities | CannotWrite | Failure:
    """Write a test event, look what the calendar makes of it, and take it away.

    Never raises for what a server does, ends after `total_seconds`, and leaves nothing behind that
    the next try does not remove.
    """
    try:
        async with asyncio.timeout(total_seconds):
            return await _Trial(client, now).run()
    except TimeoutError:
        return Temporary(reason="the calendar is too slow")
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLEAN_SECONDS):
                await asyncio.shield(clean(client))


async def clean(client: CalDavClient) -> Failure | None:
    """Take away what a try may have left; None when nothing is left."""
    for name in TEST_NAMES:
        there = await client.ask("GET", name)
        if isinstance(there, Reply) and there.status_code in _WRITTEN:
            headers = {"If-Match": there.etag} if there.etag else {}
            gone = await client.ask("DELETE", name, headers=headers)
            if not isinstance(gone, Reply):
                return gone
            if gone.status_code not in (*_WRITTEN, *_ABSENT):
                return odd(gone)
        elif not isinstance(there, Reply):
            return there
    return None


def server_name(address: str, reply: Reply) -> str:
    """Which server of the library's compatibility table this is, or ""."""
    parts = urlsplit(address)
    host, path = f".{parts.hostname or ''}", f"{parts.path.lower()}/"
    told = " ".join(reply.headers.get(name, "") for name in ("Server", "X-Powered-By", "DAV"))
    names = [
        *(name for name, ending in _HOSTS.items() if host.endswith(ending)),
        *(name for name, part in _PATHS.items() if part in path),
        *(name for name in _HEADERS if name in told.lower()),
    ]
    return next((name for name in names if hasattr(compatibility_hints, name)), "")


def known_good(server: str, feature: str) -> bool:
    """Whether the library knows nothing against `feature` on this server."""
    if not server:
        return True
    known: Any = FeatureSet
    return bool(known(getattr(compatibility_hints, server)).is_supported(feature))


class _Trial:
    """One try with one calendar."""

    def __init__(self, client: CalDavClient, now: datetime) -> None:
        self._client = client
        self._uid = f"{uuid4()}@proef.tweespraak"  # new each time, for the sake of bins
        self._event = _test_event(self._uid, now)

    async def run(self) -> Capabilities | CannotWrite | Failure:
        failure = await clean(self._client)
        if failure is not None:
            return failure
        token_reply = await self._client.ask("PROPFIND", "", _TOKEN, {**_XML, "Depth": "0"})
        if not isinstance(token_reply, Reply):
            return token_reply
        written = await self._put(TEST_NAMES[0], {"If-None-Match": "*"})
        if not isinstance(written, Reply):
            return written
        if written.status_code not in _WRITTEN:
            return _refusal(written)
        return await self._observe(token_reply, written)

    async def _observe(self, before: Reply, written: Reply) -> Capabilities:
        server = server_name(self._client.base, before)
        told = await self._is_told(_token(before))
        keeps_names = await self._stands_as_named()
        return Capabilities(
            sync_token=told and known_good(server, "sync-token.delete"),
            conditional_writes=await self._refuses_twice(),
            uid_check=await self._refuses_a_second_name(),
            tags_on_write=(written.etag or "").startswith('"'),
            may_write=True,
            keeps_names=keeps_names,
            server=server,
        )

    async def _is_told(self, token: str | None) -> bool:
        """Whether our write stands among the changes since a token from before it (RFC 6578)."""
        if token is None:
            return False
        reply = await self._client.ask("REPORT", "", _since(token), {**_XML, "Depth": "0"})
        if not isinstance(reply, Reply) or reply.status_code != 207:  # noqa: PLR2004 -- RFC 4918 11.1
            return False
        try:
            told = parse_multistatus(reply.content)
        except NoMultistatus:
            return False
        names = [name_in(self._client.base, one.href) for one in told.entries]
        return TEST_NAMES[0] in names and bool(told.token)

    async def _stands_as_named(self) -> bool:
        """Whether the event is where it was written; if not, it is taken away where it is."""
        there = await self._client.ask("GET", TEST_NAMES[0])
        if isinstance(there, Reply) and there.status_code in _WRITTEN:
            return True
        found = await find_uid(self._client, self._uid)
        if isinstance(found, Found):
            await self._client.ask("DELETE", found.href)
        return False

    async def _refuses_twice(self) -> bool:
        """Whether a second creation and a write over another version are both refused."""
        again = await self._put(TEST_NAMES[0], {"If-None-Match": "*"})
        other = await self._put(TEST_NAMES[0], {"If-Match": '"of-another-version"'})
        return all(isinstance(one, Reply) and one.status_code in _REFUSED for one in (again, other))

    async def _refuses_a_second_name(self) -> bool:
        """Whether the same UID under another name is refused (RFC 4791 5.3.2.1)."""
        twin = await self._put(TEST_NAMES[1], {"If-None-Match": "*"})
        return isinstance(twin, Reply) and twin.status_code in _REFUSED

    async def _put(self, name: str, headers: dict[str, str]) -> Reply | Failure:
        return await self._client.ask("PUT", name, self._event, {**headers, "Content-Type": _ICS})


def _test_event(uid: str, now: datetime) -> bytes:
    """A private event of yesterday that takes no time."""
    calendar = empty_calendar()
    event = Event()
    starts = now.astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
    event.add("uid", uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=5))
    event.add("summary", "Tweespraak: proef, gaat vanzelf weg")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _refusal(reply: Reply) -> CannotWrite | Failure:
    if reply.status_code in (403, 405):
        return CannotWrite(reason="this user may not write in this calendar")
    if reply.status_code in (*_ABSENT, 409):
        return Gone(reason="the calendar is not there")
    failure = odd(reply)
    if isinstance(failure, Garbage):
        return CannotWrite(reason=f"the calendar answers {reply.status_code} to a new event")
    return failure


def _token(reply: Reply) -> str | None:
    found = _TOLD_TOKEN.search(reply.content)
    return unescape(found[1].decode("utf-8", "replace")).strip() if found else None


def _since(token: str) -> bytes:
    """The report of RFC 6578 3.2, without a limit."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><sync-collection xmlns="DAV:">'
        f"<sync-token>{escape(token)}</sync-token><sync-level>1</sync-level>"
        "<prop><getetag/></prop></sync-collection>"
    ).encode()
