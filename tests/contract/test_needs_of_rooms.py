"""What a candidate needs of a room holds wherever a room is chosen."""

from datetime import date
from uuid import uuid4

import pytest

from coaching.availability import Need
from coaching.errors import BadInput, NotFound
from coaching.facts import TalkWish
from coaching.words import MeetingKind, Mode
from server.usecases.attention import TodoCode, attention
from server.usecases.context import CandidateId, Parts, PlaceId, RoomId, StaffActor, TrajectoryId
from server.usecases.free_times import free_times
from server.usecases.holding import hold_times
from server.usecases.places import add_place, add_room
from server.usecases.planning import PlanLine, PlanWish, book_plan, check_plan, propose_plan
from server.usecases.preferences import Preference, preference_of, save_needs, save_preference
from server.usecases.room_settings import list_room_availability, save_room
from tests.house_of_people import House

pytestmark = pytest.mark.contract
FIRST = MeetingKind.ACQUAINTANCE


async def place_with_two_rooms(house: House) -> tuple[PlaceId, RoomId, RoomId]:
    """A room without, and one with a way in for a wheelchair; both are quiet and private."""
    parts = house.parts
    place = await add_place(
        parts,
        name="Werkplein Zuid",
        address="Plein 1, Utrecht",
        route="Boven.",
        phone="030 123 45 67",
    )
    plain = await add_room(parts, place, name="A", seats=2)
    wide = await add_room(parts, place, name="B", seats=2)
    await save_room(
        parts,
        await house.planner(),
        wide,
        quiet=True,
        private=True,
        reachable=True,
        wheelchair=True,
        office_of=frozenset(),
        hours=[],
        key=uuid4().hex,
        now=parts.now(),
    )
    return place, plain, wide


async def somebody(
    house: House, *needs: Need
) -> tuple[StaffActor, CandidateId, TrajectoryId, RoomId, RoomId]:
    _, plain, wide = await place_with_two_rooms(house)
    coach, candidate = await house.coach(), await house.candidate()
    await house.works(coach, plain)
    planner, now = await house.planner(), house.parts.now()
    await save_needs(house.parts, planner, candidate, needs, key="n", now=now)
    return coach, candidate, await house.trajectory(coach, candidate), plain, wide


async def test_booking_names_the_rooms_that_fit_and_takes_them(house: House) -> None:
    *_, trajectory, plain, wide = await somebody(house, Need.WHEELCHAIR)
    when, how = "2027-03-03T14:00", Mode.OFFLINE

    with pytest.raises(BadInput) as refused:
        await house.book(trajectory, when, kind=FIRST, mode=how, room=plain)
    booked = await house.book(trajectory, when, kind=FIRST, mode=how, room=wide)

    error = refused.value
    assert (error.code, error.params["rooms"]) == ("room_lacks_wheelchair", "B (Werkplein Zuid)")
    assert error.params["fits"] == str(wide)
    assert booked.verdict.allowed


async def test_somebody_who_comes_along_needs_a_chair(house: House) -> None:
    *_, trajectory, plain, _ = await somebody(house, Need.COMPANION)

    with pytest.raises(BadInput, match="no_room_fits"):
        await house.book(trajectory, "2027-03-03T14:00", kind=FIRST, mode=Mode.OFFLINE, room=plain)


async def test_free_times_plans_and_held_times_have_rooms_that_fit(
    house: House, parts: Parts
) -> None:
    coach, _, trajectory, plain, wide = await somebody(house, Need.WHEELCHAIR, Need.QUIET)
    how = TalkWish.OFFLINE

    free = await free_times(
        parts, coach, trajectory, kind=FIRST, mode=Mode.OFFLINE, minutes=45, now=parts.now()
    )
    plan = await propose_plan(
        parts,
        coach,
        PlanWish(
            trajectory=trajectory,
            from_day=date(2027, 3, 2),
            weeks=20,
            diagnosis=False,
            practice=False,
            reassessment=False,
            closing=False,
            how=how,
        ),
        now=parts.now(),
    )
    held = await hold_times(parts, coach, trajectory, key="h", now=parts.now())
    changed = [PlanLine(**{**_fields(plan.lines[0].line), "room": plain})]
    checked = await check_plan(parts, coach, trajectory, changed, how=how, now=parts.now())

    assert {one.room for one in free} == {wide}
    assert {one.line.room for one in plan.lines} == {wide}
    assert {one.room_name for one in held.times} == {"B"}
    (wrong,) = (one for one in checked.problems if one.code.startswith("room_"))
    assert (wrong.code, wrong.line) == ("room_lacks_wheelchair", 0)
    with pytest.raises(BadInput, match="room_lacks_wheelchair") as refused:
        await book_plan(parts, coach, trajectory, changed, how=how, key="b", now=parts.now())
    assert refused.value.params["line"] == 0


def _fields(line: PlanLine) -> dict[str, object]:
    return {name: getattr(line, name) for name in line.__dataclass_fields__}


async def test_needs_and_wishes_are_kept_beside_each_other(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    coach, candidate, *_ = await somebody(sqlite_house, Need.QUIET)
    wish = Preference(days=frozenset({1}), mode=Mode.OFFLINE)
    await save_preference(sqlite_parts, coach, candidate, wish, key="p", now=sqlite_parts.now())
    after = await preference_of(sqlite_parts, candidate)
    await save_needs(sqlite_parts, coach, candidate, [], key="m", now=sqlite_parts.now())
    none = await preference_of(sqlite_parts, candidate)

    assert (after.needs, after.days) == (frozenset({Need.QUIET}), frozenset({1}))
    assert (none.needs, none.days, none.mode) == (frozenset(), frozenset({1}), Mode.OFFLINE)
    assert await list_room_availability(sqlite_parts, await sqlite_house.planner())


async def test_the_place_that_is_easy_to_reach_is_kept_beside_the_needs(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    coach, candidate, *_ = await somebody(sqlite_house, Need.QUIET)
    place, _, _ = await place_with_two_rooms(sqlite_house)
    now = sqlite_parts.now()
    await save_needs(sqlite_parts, coach, candidate, [], near=place, key="near", now=now)
    kept = await preference_of(sqlite_parts, candidate)
    unknown = PlaceId(uuid4())
    with pytest.raises(NotFound, match="place_unknown"):
        await save_needs(sqlite_parts, coach, candidate, [], near=unknown, key="no", now=now)

    assert kept.near == place
    assert await preference_of(sqlite_parts, candidate) == kept


async def test_talk_that_stands_in_a_room_that_does_not_fit_gets_one_to_do_until_it_does(
    house: House, parts: Parts
) -> None:
    coach, candidate, trajectory, plain, _ = await somebody(house)
    where = {"kind": FIRST, "mode": Mode.OFFLINE, "room": plain}
    talk = await house.book(trajectory, "2027-03-03T14:00", **where)

    async def need(*needs: Need) -> tuple[int, list[object]]:
        now = parts.now()
        flagged = await save_needs(parts, coach, candidate, needs, key=uuid4().hex, now=now)
        todos = await attention(parts, coach, now=now)
        return flagged, [one.meeting for one in todos if one.code is TodoCode.ROOM_UNFIT]

    assert await need(Need.QUIET, Need.WHEELCHAIR) == (1, [talk.meeting])
    assert await need(Need.WHEELCHAIR) == (1, [talk.meeting])
    assert await need() == (0, [])
    assert await need(Need.COMPANION) == (1, [talk.meeting])
