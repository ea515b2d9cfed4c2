"""Lines of hours, as forms give them and the store keeps them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from uuid import UUID

from coaching.availability import Block
from coaching.errors import BadInput, NotFound
from coaching.words import StaffRole
from server.store import availability as store
from server.store import keys, people
from server.store.database import Tx
from server.usecases.context import PlaceId, StaffActor

_DAYS = range(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursLine:
    """Open on `weekday` (0 is Monday) from `opens` until `closes` (00:00: the end of the day).

    `place` is None for hours in which a coach talks by video or phone only.
    """

    weekday: int
    opens: time
    closes: time
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """Other hours on one day; no `opens` closes the day."""

    day: date
    opens: time | None = None
    closes: time | None = None
    place: PlaceId | None = None


def asked_about(actor: StaffActor, route: str, key: str, *wanted: object) -> keys.KeyedRequest:
    """The keyed request of a form, with everything that was wanted."""
    values = {"wanted": "|".join(str(one) for one in wanted)}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)


async def known_coach(tx: Tx, coach: UUID) -> people.StaffRecord:
    """Who this coach is.

    Raises:
        NotFound: `coach_unknown`.
    """
    found = await people.staff_by_id(tx, coach)
    if found is None or StaffRole.COACH not in found.roles:
        raise NotFound("coach_unknown")
    return found


def check_week(lines: Iterable[HoursLine]) -> None:
    """Check a whole week.

    Raises:
        BadInput: `weekday_bad`, `hours_contradict`.
    """
    days: dict[int, list[HoursLine]] = {}
    for line in lines:
        if line.weekday not in _DAYS:
            raise BadInput("weekday_bad", field="hours")
        days.setdefault(line.weekday, []).append(line)
    for day in days.values():
        check_blocks(day)


def check_blocks(lines: Collection[HoursLine] | Collection[DayLine]) -> None:
    """Each closes after it opens, and no two of one day overlap."""
    blocks = []
    for line in lines:
        if line.opens is None or line.closes is None:
            raise BadInput("hours_contradict", field="hours")
        blocks.append(Block(opens=line.opens, closes=line.closes))
    spans = sorted(block.on(date.min) for block in blocks)
    for earlier, later in pairwise(spans):
        if later[0] < earlier[1]:
            raise BadInput("hours_contradict", field="hours")


async def check_places(tx: Tx, lines: Iterable[HoursLine] | Iterable[DayLine]) -> None:
    """Check that every place there is one.

    Raises:
        NotFound: `place_unknown`.
    """
    for place in {line.place for line in lines if line.place}:
        await check_place(tx, place)


async def check_place(tx: Tx, place: UUID) -> None:
    """Check that there is such a place.

    Raises:
        NotFound: `place_unknown`.
    """
    if not await people.place_exists(tx, place):
        raise NotFound("place_unknown")


def hours_line(one: store.HoursRecord) -> HoursLine:
    """A line of a week as it was kept."""
    return HoursLine(
        weekday=one.weekday,
        opens=time.fromisoformat(one.opens),
        closes=time.fromisoformat(one.closes),
        place=PlaceId(one.place_id) if one.place_id else None,
    )


def day_line(one: store.DayRecord) -> DayLine:
    """A line of a day as it was kept."""
    return DayLine(
        day=one.day,
        opens=time.fromisoformat(one.opens) if one.opens else None,
        closes=time.fromisoformat(one.closes) if one.closes else None,
        place=PlaceId(one.place_id) if one.place_id else None,
    )


def hours_row(line: HoursLine) -> dict[str, object]:
    """A line of a week to keep."""
    return {
        "weekday": line.weekday,
        "opens": line.opens.isoformat("minutes"),
        "closes": line.closes.isoformat("minutes"),
        "place_id": line.place,
    }


def day_row(line: DayLine) -> dict[str, object]:
    """A line of a day to keep."""
    return {
        "opens": line.opens.isoformat("minutes") if line.opens is not None else None,
        "closes": line.closes.isoformat("minutes") if line.closes is not None else None,
        "place_id": line.place,
    }
