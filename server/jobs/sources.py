"""The open connections to calendars that are read, kept from one reading to the next.

A kept connection saves asking for its address and for the way to authenticate; after a failure,
or when address or password changed, a new one is made.
"""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from calendar_sync.caldav_source import CalDavSource
from calendar_sync.feed_source import FeedSource
from calendar_sync.reading import CalendarSource
from server.store.remote_objects import ReadingRecord
from server.usecases.context import Parts

OPEN_AT_ONCE = 200
_Key = tuple[str, str, bytes]
OpenSource = Callable[[Parts, ReadingRecord], CalendarSource]
_KINDS = frozenset({"caldav", "feed"})


def open_calendar_source(parts: Parts, reading: ReadingRecord) -> CalendarSource:
    """The calendar behind a connection, to read.

    Raises:
        ValueError: the password was sealed for another row or by another installation.
    """
    secret = parts.secret.unseal(reading.secret, bound_to=f"calendar_connection:{reading.id}")
    allowed = parts.settings.calendar_hosts
    if reading.kind == "feed":
        return FeedSource(secret, allow_private_hosts=allowed)
    return CalDavSource.at(
        reading.calendar_url,
        user_name=reading.user_name,
        password=secret,
        allow_private_hosts=allowed,
    )


class Sources:
    """Kept sources, the longest unused let go of first."""

    def __init__(self, parts: Parts, open_source: OpenSource) -> None:
        self._parts = parts
        self._open = open_source
        self._kept: OrderedDict[UUID, tuple[_Key, CalendarSource]] = OrderedDict()

    def knows(self, kind: str) -> bool:
        """Whether calendars of this kind can be read."""
        return kind in _KINDS

    async def open(self, reading: ReadingRecord) -> CalendarSource:
        """The source of a calendar, kept or new.

        Raises:
            ValueError: as of `open_source`.
        """
        key = (reading.calendar_url, reading.user_name, reading.secret)
        kept = self._kept.get(reading.id)
        if kept is not None and kept[0] == key:
            self._kept.move_to_end(reading.id)
            return kept[1]
        await self.drop(reading.id)
        source = self._open(self._parts, reading)
        self._kept[reading.id] = (key, source)
        if len(self._kept) > OPEN_AT_ONCE:
            await self.drop(next(iter(self._kept)))
        return source

    async def drop(self, connection: UUID) -> None:
        """Let go of the connections to a calendar."""
        kept = self._kept.pop(connection, None)
        if kept is not None:
            with suppress(OSError):
                await kept[1].close()

    async def close(self) -> None:
        """Let go of all."""
        for connection in list(self._kept):
            await self.drop(connection)
