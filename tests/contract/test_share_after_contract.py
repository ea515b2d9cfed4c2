"""E3: another number of talks that puts what stands out of the band is told to the coach."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from coaching.verdict import Action
from coaching.words import Mode, Role, StaffRole
from server.usecases.agreeing import Way
from server.usecases.booking import cancel_meeting
from server.usecases.context import Parts, StaffActor, TrajectoryId
from server.usecases.contracting import NewContract, VersionSaid, ask_contract, record_contract_yes
from server.usecases.overview import NoticeView, today
from server.usecases.reach_of_numbers import Reach, reach_of_numbers
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def told_at(
    house: House, coach: StaffActor, trajectory: TrajectoryId, talks: int
) -> list[NoticeView]:
    """What the coach is told of the share once both agreed to so many talks."""
    parts, now = house.parts, house.parts.now()
    new = NewContract(talks=talks, minutes=45, reason="Er is werk gevonden")
    await ask_contract(parts, coach, trajectory, new, key=uuid4().hex, now=now)
    said = VersionSaid(roles=frozenset({Role.CANDIDATE}), way=Way.PHONE, given_on=date(2027, 3, 1))
    await record_contract_yes(parts, coach, trajectory, said, version=2, key=uuid4().hex, now=now)
    seen = await today(parts, coach, now=now)
    return [one for one in seen.notices if one.code.startswith("share_")]


@pytest.mark.parametrize(
    ("mode", "talks", "code"),
    [
        (Mode.VIDEO, 6, "share_above"),  # five are online, of at most four
        (Mode.VIDEO, 8, ""),
        (Mode.OFFLINE, 6, "share_below"),  # one is left to be online, of at least two
        (Mode.OFFLINE, 8, ""),
    ],
)
async def test_coach_is_told_when_another_number_of_talks_leaves_the_band(
    sqlite_house: House, mode: Mode, talks: int, code: str
) -> None:
    house = sqlite_house
    coach = await house.coach()
    trajectory = await house.acquainted(coach, talks=10)
    room = None if mode is Mode.VIDEO else await house.room()
    booked = 5 if mode is Mode.VIDEO else 4
    for day in range(2, 2 + booked):
        await house.book(trajectory, f"2027-03-{day:02d}T14:00", mode=mode, room=room)

    told = await told_at(house, coach, trajectory, talks)

    assert [one.code for one in told] == ([code] if code else [])


async def test_r16_the_talk_that_leaves_too_few_for_the_band_is_told_once_and_by_video_it_is_not(
    house: House,
) -> None:
    coach, room = await house.coach(), await house.room()
    trajectory = await house.acquainted(coach, talks=10)  # at least three of ten are online
    for day in range(2, 8):
        booked = await house.book(
            trajectory, f"2027-03-{day:02d}T14:00", mode=Mode.OFFLINE, room=room
        )
        assert "R16" not in {one.rule for one in booked.verdict.reasons}

    told = await house.book(trajectory, "2027-03-08T14:00", mode=Mode.OFFLINE, room=room)
    (reason,) = (one for one in told.verdict.reasons if one.rule == "R16")
    assert told.verdict.allowed
    assert Action.NOTICE in told.verdict.actions
    assert Mode.VIDEO in {one.mode for one in told.verdict.alternatives}
    assert reason.staff.nl.startswith("Hiermee komt het aandeel online gesprekken buiten")

    planner, parts = await house.planner(), house.parts
    await cancel_meeting(parts, planner, told.meeting, revision=1, key="c", now=parts.now())
    kept = await house.book(trajectory, "2027-03-08T14:00", mode=Mode.VIDEO)
    assert "R16" not in {one.rule for one in kept.verdict.reasons}


async def test_preview_names_what_silence_and_failing_numbers_touch(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    coach, admin = await sqlite_house.coach(), await sqlite_house.staff(StaffRole.ADMIN)
    await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-24T14:00")
    later_on = sqlite_parts.now() + timedelta(days=10)  # silent for longer than usual.nudge
    later = {"usual.nudge": 100, "usual.phone": 200, "usual.offline": 300}
    numbers = {**later, "reconnects": 5, "notice_hours": 48}

    found = await reach_of_numbers(
        sqlite_parts, admin, numbers, starts_on=date(2027, 3, 20), seen=1, now=later_on
    )

    assert {(one.name, one.after, one.reach, one.how_many) for one in found.touched} == {
        *((name, value, Reach.PEOPLE, 1) for name, value in later.items()),
        ("reconnects", 5, Reach.TALKS, 1),
        ("notice_hours", 48, Reach.CHOICES, 0),
    }
    assert found.otherwise == 1
