from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from coaching.availability import BusyKind, BusyTime, DayPart
from coaching.errors import BadInput, Conflict, NotAllowed, NotFound
from coaching.words import Comfort, MeetingKind, MeetingStatus, Mode, Skill
from server.usecases.attention import TodoCode, attention
from server.usecases.availability import (
    DayLine,
    HoursLine,
    add_absence,
    coach_availability,
    end_absence,
    replace_busy,
    save_days,
    save_hours,
)
from server.usecases.booking import record_outcome
from server.usecases.context import Parts, RoomId, StaffActor, StaffId, TrajectoryId
from server.usecases.free_times import FreeTimeView, free_times
from server.usecases.people import list_rooms, show_candidate
from server.usecases.preferences import Preference, save_preference
from server.usecases.room_settings import save_room
from server.usecases.skill import Observation, decide_proposal, observe, open_proposals
from tests.conftest import AMSTERDAM, Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def at(text: str) -> datetime:
    return local(text).replace(tzinfo=AMSTERDAM)


async def hours(
    parts: Parts,
    actor: StaffActor,
    coach: StaffActor,
    lines: Sequence[HoursLine],
    **other: Any,  # noqa: ANN401 -- as `save_hours` takes them
) -> None:
    values: dict[str, Any] = {"before_minutes": 0, "after_minutes": 0, "talks_a_day": None}
    await save_hours(
        parts,
        actor,
        StaffId(coach.id),
        lines,
        key=uuid4().hex,
        now=parts.now(),
        **{**values, **other},
    )


async def offered(
    parts: Parts,
    coach: StaffActor,
    trajectory: TrajectoryId,
    **other: Any,  # noqa: ANN401 -- as `free_times` takes them
) -> tuple[FreeTimeView, ...]:
    values: dict[str, Any] = {"mode": Mode.OFFLINE, "most": 50, "from_day": date(2027, 3, 2)}
    return await free_times(
        parts,
        coach,
        trajectory,
        kind=MeetingKind.PROGRESS,
        minutes=60,
        now=parts.now(),
        **{**values, **other},
    )


def days(found: Sequence[FreeTimeView]) -> list[str]:
    return sorted({f"{one.starts_at.astimezone(AMSTERDAM):%m-%d}" for one in found})


async def facets(parts: Parts, house: House, room: RoomId, **other: Any) -> None:  # noqa: ANN401 -- as `save_room` takes them
    values: dict[str, Any] = {
        "quiet": True,
        "private": True,
        "reachable": True,
        "wheelchair": False,
        "office_of": frozenset(),
        "hours": (),
    }
    await save_room(
        parts,
        await house.planner(),
        room,
        key=uuid4().hex,
        now=parts.now(),
        **{**values, **other},
    )


async def test_a_coach_who_asks_for_everybody_reads_only_the_own_times(
    house: House, parts: Parts
) -> None:
    candidate = await house.candidate()
    coaches = [await house.coach() for _ in range(2)]
    for one in coaches:
        await house.works(one)
    mine, _ = [await house.acquainted(one, candidate) for one in coaches]
    await house.book(await house.acquainted(coaches[0]), "2027-03-02T10:00")

    whose = [
        {one.coach for one in await offered(parts, who, mine, any_coach=True)}
        for who in (coaches[0], await house.planner())
    ]

    assert whose == [{coaches[0].id}, {one.id for one in coaches}]


async def test_leave_closes_its_days_and_shows_which_talks_lie_in_it(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach)
    await house.book(trajectory, "2027-03-03T14:00")

    count = await add_absence(
        parts,
        coach,
        StaffId(coach.id),
        starts_local=local("2027-03-02T00:00"),
        ends_local=local("2027-03-04T00:00"),
        all_day=True,
        key="a",
        now=parts.now(),
    )
    found = days(await offered(parts, coach, trajectory))

    assert count == 1
    assert found[0] == "03-05"
    assert [one.code for one in await attention(parts, coach, now=parts.now())] == [
        TodoCode.ABSENCE_CONFLICT
    ]
    (absence,) = (
        await coach_availability(parts, coach, StaffId(coach.id), now=parts.now())
    ).absences
    await end_absence(parts, coach, absence.id, key="b", now=parts.now())
    assert days(await offered(parts, coach, trajectory))[0] == "03-02"


async def test_other_hours_on_a_day_take_the_place_of_the_week(house: House, parts: Parts) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach)
    day = date(2027, 3, 2)
    for lines in ([DayLine(day=day)], [DayLine(day=day, opens=time(19), closes=time(21))]):
        await save_days(
            parts, coach, StaffId(coach.id), day, lines, key=uuid4().hex, now=parts.now()
        )

    by_phone = await offered(parts, coach, trajectory, mode=Mode.PHONE)

    first = [one.starts_at for one in by_phone if days([one]) == ["03-02"]]
    assert first == [at("2027-03-02T19:00"), at("2027-03-02T20:00")]
    assert days(await offered(parts, coach, trajectory))[0] == "03-03"


async def test_tentative_time_is_free_only_when_asked(house: House, parts: Parts) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach)
    whole_day = (at("2027-03-02T00:00"), at("2027-03-03T00:00"))
    for kind in (BusyKind.HARD, BusyKind.SOFT):  # the second replaces the first
        line = BusyTime(starts_at=whole_day[0], ends_at=whole_day[1], kind=kind)
        await replace_busy(parts, coach.id, "calendar:1", [line])

    assert days(await offered(parts, coach, trajectory))[0] == "03-03"
    over = await offered(parts, coach, trajectory, soft=True)
    assert [one.soft for one in over if days([one]) == ["03-02"]] == [True] * 8


async def test_a_room_has_to_fit_and_an_own_office_is_said(house: House, parts: Parts) -> None:
    coach = await house.coach()
    room = await house.works(coach)
    trajectory = await house.acquainted(coach)

    await facets(parts, house, room, office_of=frozenset({StaffId(coach.id)}))
    assert all(one.own_office for one in await offered(parts, coach, trajectory))
    await facets(parts, house, room, hours=[HoursLine(weekday=2, opens=time(9), closes=time(12))])
    assert days(await offered(parts, coach, trajectory))[:2] == ["03-03", "03-10"]
    await facets(parts, house, room, private=False)
    assert await offered(parts, coach, trajectory) == ()


async def test_e21_whoever_books_reads_whose_own_office_a_room_is(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    own, other = await house.works(coach), await house.room()

    await facets(parts, house, own, office_of=frozenset({StaffId(coach.id)}))

    said = {one.id: one.office_of for one in await list_rooms(parts)}
    assert (said[own], said[other]) == ((coach.name,), ())


async def test_wishes_of_the_candidate_come_into_it(house: House, parts: Parts) -> None:
    coach = await house.coach()
    await house.works(coach)
    candidate = await house.candidate()
    trajectory = await house.acquainted(coach, candidate)
    wish = Preference(days=frozenset({3}), parts=frozenset({DayPart.AFTERNOON}), zone="Asia/Tokyo")

    await save_preference(parts, coach, candidate, wish, key="a", now=parts.now())
    found = await offered(parts, coach, trajectory)

    local_hours = [one.starts_at.astimezone(AMSTERDAM).hour for one in found]
    assert sorted(set(local_hours)) == [9, 10]  # before and after our clock goes forward
    assert {one.candidate_wall.hour for one in found if one.candidate_wall} == {16, 17}
    here = Preference(days=wish.days, parts=wish.parts)
    await save_preference(parts, coach, candidate, here, key="b", now=parts.now())
    found = await offered(parts, coach, trajectory)
    assert {one.starts_at.astimezone(AMSTERDAM).weekday() for one in found} == {3}
    assert min(one.starts_at.astimezone(AMSTERDAM).hour for one in found) == 12


async def test_a_full_day_offers_nothing_more(house: House, parts: Parts) -> None:
    coach = await house.coach()
    room = await house.works(coach)
    place = (await coach_availability(parts, coach, StaffId(coach.id), now=parts.now())).hours
    await hours(parts, coach, coach, place, talks_a_day=1)
    trajectory = await house.acquainted(coach)
    await house.book(trajectory, "2027-03-02T10:00", mode=Mode.OFFLINE, room=room)

    assert days(await offered(parts, coach, trajectory))[0] == "03-03"


MORNING = HoursLine(weekday=0, opens=time(9), closes=time(12))


@pytest.mark.parametrize(
    ("lines", "other", "code"),
    [
        ([HoursLine(weekday=0, opens=time(12), closes=time(9))], {}, "hours_contradict"),
        (
            [MORNING, HoursLine(weekday=0, opens=time(11), closes=time(13))],
            {},
            "hours_contradict",
        ),
        ([HoursLine(weekday=7, opens=time(9), closes=time(12))], {}, "weekday_bad"),
        ([MORNING], {"before_minutes": 241}, "minutes_bad"),
        ([MORNING], {"talks_a_day": 0}, "talks_a_day_bad"),
    ],
)
async def test_hours_that_cannot_be_are_refused(
    house: House, parts: Parts, lines: list[HoursLine], other: dict[str, Any], code: str
) -> None:
    coach = await house.coach()
    with pytest.raises(BadInput) as refused:
        await hours(parts, coach, coach, lines, **other)
    assert refused.value.code == code


async def test_a_coach_sets_only_the_own_hours_and_no_rooms(house: House, parts: Parts) -> None:
    coach, other = await house.coach(), await house.coach()
    with pytest.raises(NotFound):
        await hours(parts, other, coach, [MORNING])
    with pytest.raises(NotAllowed):
        await save_room(
            parts,
            coach,
            await house.room(),
            quiet=True,
            private=True,
            reachable=True,
            wheelchair=True,
            office_of=frozenset(),
            hours=(),
            key="a",
            now=parts.now(),
        )


async def test_much_help_proposes_a_lower_level_and_holds_times(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    with pytest.raises(Conflict):
        await observe(parts, coach, booked.meeting, Observation.MUCH_HELP, key="a", now=clock())
    now = clock.set("2027-03-03T14:20")

    held = await observe(parts, coach, booked.meeting, Observation.MUCH_HELP, key="b", now=now)

    assert held is not None
    assert len(held.times) == 3
    proposals = await open_proposals(parts, coach)
    assert {one.proposed for one in proposals} == {Skill.LESS, Comfort.SO_SO}
    clock.forward(days=1)
    with pytest.raises(Conflict):
        await observe(parts, coach, booked.meeting, Observation.WENT_WELL, key="c", now=clock())


async def test_two_talks_without_help_propose_a_higher_level(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    candidate = await house.candidate(skill=Skill.LESS)
    trajectory = await house.acquainted(coach, candidate)
    await house.practises(candidate)
    for day in (3, 4):
        booked = await house.book(trajectory, f"2027-03-{day:02d}T14:00")
        now = clock.set(f"2027-03-{day:02d}T15:00")
        await record_outcome(
            parts, coach, booked.meeting, MeetingStatus.HELD, key=uuid4().hex, now=now
        )
        assert await open_proposals(parts, coach) == ()
        await observe(parts, coach, booked.meeting, Observation.WENT_WELL, key=uuid4().hex, now=now)

    (proposal,) = await open_proposals(parts, coach)
    await decide_proposal(parts, coach, proposal.id, accept=True, key="a", now=clock())

    seen = await show_candidate(parts, coach, candidate, now=clock() + timedelta(minutes=1))
    assert (seen.skill, seen.skill_since) == (Skill.ABLE, date(2027, 3, 4))


@pytest.mark.parametrize(
    ("first", "last"),
    [("9999-12-31", "9999-12-31"), ("0001-01-01", "2027-03-05"), ("2027-03-05", "9999-12-30")],
)
async def test_an_absence_of_a_year_typed_wrong_is_refused(
    house: House, parts: Parts, first: str, last: str
) -> None:
    coach = await house.coach()

    with pytest.raises(BadInput, match="day_bad"):
        await add_absence(
            parts,
            coach,
            StaffId(coach.id),
            starts_local=datetime.fromisoformat(first),
            ends_local=datetime.fromisoformat(last),
            all_day=True,
            key="a",
            now=parts.now(),
        )
