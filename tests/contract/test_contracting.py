"""R28: once every agreed talk is held or planned, both agree to another number first."""

from datetime import date, datetime
from uuid import uuid4

import pytest

from coaching.errors import BadInput, Conflict, NotFound, Refused
from coaching.words import MeetingStatus, Mode, Role
from server.usecases.agreeing import Way, agreements_of_candidate
from server.usecases.booking import record_outcome
from server.usecases.context import CandidateId, Parts, StaffActor, TrajectoryId
from server.usecases.contract_view import (
    ContractView,
    contracts_of_candidate,
    own_contract,
)
from server.usecases.contracting import (
    NewContract,
    VersionSaid,
    ask_contract,
    guest_agrees,
    record_contract_yes,
    withdraw_contract,
)
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract


async def ask(
    house: House, actor: StaffActor, trajectory: TrajectoryId, talks: int, *, minutes: int = 45
) -> None:
    new = NewContract(talks=talks, minutes=minutes, reason="Nog twee sollicitaties")
    await ask_contract(house.parts, actor, trajectory, new, key=uuid4().hex, now=house.parts.now())


async def say(
    house: House,
    actor: StaffActor,
    trajectory: TrajectoryId,
    *roles: Role,
    version: int = 2,
    given_on: date = date(2027, 3, 1),
) -> None:
    said = VersionSaid(roles=frozenset(roles), way=Way.PHONE, given_on=given_on)
    now = house.parts.now()
    await record_contract_yes(
        house.parts, actor, trajectory, said, version=version, key=uuid4().hex, now=now
    )


async def view(
    parts: Parts, actor: StaffActor, person: CandidateId, trajectory: TrajectoryId
) -> ContractView:
    return (await contracts_of_candidate(parts, actor, person, now=parts.now()))[trajectory]


async def full(house: House, coach: StaffActor, person: CandidateId) -> TrajectoryId:
    """Six talks agreed: five held, one planned (scenario 18)."""
    trajectory = await house.acquainted(coach, person, talks=6)
    room = await house.room()
    for day in (2, 3, 4, 5):
        booked = await house.book(trajectory, f"2027-03-0{day}T14:00", mode=Mode.OFFLINE, room=room)
        await record_outcome(
            house.parts,
            await house.planner(),
            booked.meeting,
            MeetingStatus.HELD,
            key=uuid4().hex,
            now=datetime(2027, 3, day, 15, tzinfo=house.parts.settings.tz),
        )
    await house.book(trajectory, "2027-03-12T14:00")
    return trajectory


async def test_scenario_18_seventh_talk_waits_for_a_version_that_both_agreed_to(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory = await full(house, coach, person)
    clock.set("2027-03-08T09:00")
    with pytest.raises(Refused) as refused:
        await house.book(trajectory, "2027-03-15T14:00")
    verdict = refused.value.verdict
    assert verdict.leading_rule == "R28"
    assert "new_contract" in {one.action for one in verdict.alternatives}

    await ask(house, coach, trajectory, 8)
    seen = await view(parts, coach, person, trajectory)
    assert seen.waiting
    assert (seen.counted, seen.talks, seen.waiting.agreed) == (6, 6, frozenset({Role.COACH}))
    with pytest.raises(Refused):
        await house.book(trajectory, "2027-03-15T14:00")
    await say(house, coach, trajectory, Role.CANDIDATE)

    await house.book(trajectory, "2027-03-15T14:00")
    seen = await view(parts, coach, person, trajectory)
    assert (seen.counted, seen.talks, seen.waiting) == (7, 8, None)
    newest, first = seen.versions
    assert (newest.version, newest.talks, newest.reason) == (2, 8, "Nog twee sollicitaties")
    assert (first.version, first.talks, first.agreed) == (1, 6, frozenset(Role))
    assert [(one.role, one.way, one.given_on) for one in newest.said] == [
        ("candidate", "phone", date(2027, 3, 1))
    ]
    agreed = (await agreements_of_candidate(parts, coach, person))[trajectory]
    assert agreed.answers == ()


async def test_candidate_agrees_by_the_link_and_the_planner_writes_down_the_coach(
    house: House, parts: Parts
) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory = await house.acquainted(coach, person, talks=6)
    booked = await house.book(trajectory, "2027-03-12T14:00")
    token = await link_of(parts, booked.meeting)
    assert await own_contract(parts, token) is None
    await ask(house, await house.planner(), trajectory, 8)
    asked = await own_contract(parts, token)
    assert asked
    assert (asked.version, asked.talks, asked.talks_now) == (2, 8, 6)

    key = uuid4().hex
    for _ in range(2):
        await guest_agrees(parts, token, version=2, key=key, now=parts.now())
    assert await own_contract(parts, token) is None
    assert (await view(parts, coach, person, trajectory)).talks == 6

    await say(house, await house.planner(), trajectory, Role.COACH)
    assert (await view(parts, coach, person, trajectory)).talks == 8
    with pytest.raises(Conflict, match="contract_gone"):
        await guest_agrees(parts, token, version=2, key=uuid4().hex, now=parts.now())


async def test_another_proposal_replaces_the_one_that_waits_and_a_withdrawn_one_is_gone(
    house: House, parts: Parts
) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory = await house.acquainted(coach, person, talks=6)
    await ask(house, coach, trajectory, 8)
    await ask(house, coach, trajectory, 9, minutes=60)

    with pytest.raises(Conflict, match="contract_gone"):
        await say(house, coach, trajectory, Role.CANDIDATE, version=2)
    await withdraw_contract(parts, coach, trajectory, version=3, key=uuid4().hex, now=parts.now())
    with pytest.raises(Conflict, match="contract_gone"):
        await say(house, coach, trajectory, Role.CANDIDATE, version=3)

    seen = await view(parts, coach, person, trajectory)
    assert (seen.talks, seen.minutes, seen.waiting) == (6, 45, None)
    assert [(one.version, one.withdrawn) for one in seen.versions] == [
        (3, True),
        (2, True),
        (1, False),
    ]


async def test_what_cannot_be_agreed_is_refused_and_nothing_is_kept(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory = await full(house, coach, person)
    clock.set("2027-03-08T09:00")

    for talks in (0, 5, 201):
        with pytest.raises(BadInput, match="talks_bad"):
            await ask(house, coach, trajectory, talks)
    with pytest.raises(BadInput, match="minutes_bad"):
        await ask(house, coach, trajectory, 8, minutes=9)
    with pytest.raises(Conflict, match="contract_same"):
        await ask(house, coach, trajectory, 6)
    with pytest.raises(NotFound):
        await ask(house, await house.coach(), trajectory, 8)
    await ask(house, coach, trajectory, 8)
    with pytest.raises(BadInput, match="given_on_bad"):
        await say(house, coach, trajectory, Role.CANDIDATE, given_on=date(2027, 3, 9))

    assert len((await view(parts, coach, person, trajectory)).versions) == 2
