"""Guidance in writing (E24, scenario 24), through the use cases."""

from datetime import date
from uuid import uuid4

import pytest

from coaching.errors import BadInput, Conflict, Refused
from coaching.facts import ExceptionCode
from coaching.words import MeetingKind, Mode, Role
from coaching.writing import WrittenWeeks
from server.usecases.attention import TodoCode, attention
from server.usecases.context import CandidateId, Parts, StaffActor, TrajectoryId
from server.usecases.exceptions import ExceptionRequest, ask_exception, list_exceptions
from server.usecases.people import show_candidate
from server.usecases.timers import due_moments, run_moment
from server.usecases.writing import (
    guide_blended,
    guide_in_writing,
    keep_contact,
    written_of_candidate,
    written_of_coach,
)
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def in_writing(
    house: House,
) -> tuple[StaffActor, CandidateId, TrajectoryId]:
    """Guided in writing from Monday 1 March 2027; they did not meet."""
    coach, candidate = await house.coach(), await house.candidate()
    trajectory = await house.trajectory(coach, candidate)
    await guide_in_writing(house.parts, coach, trajectory, key=uuid4().hex, now=house.parts.now())
    return coach, candidate, trajectory


async def wrote(
    house: House, coach: StaffActor, trajectory: TrajectoryId, role: Role, on: str
) -> None:
    day, now = date.fromisoformat(on), house.parts.now()
    await keep_contact(house.parts, coach, trajectory, role, day, key=uuid4().hex, now=now)


async def weeks(
    parts: Parts, coach: StaffActor, candidate: CandidateId, trajectory: TrajectoryId
) -> WrittenWeeks:
    return (await written_of_candidate(parts, coach, candidate, now=parts.now()))[trajectory]


async def look(parts: Parts) -> None:
    for one in await due_moments(parts, now=parts.now()):
        await run_moment(parts, one, now=parts.now())


async def test_way_back_to_talks_ends_the_exception_and_asks_the_acquaintance_again(
    house: House, parts: Parts
) -> None:
    coach, candidate, trajectory = await in_writing(house)
    await wrote(house, coach, trajectory, Role.COACH, "2027-03-01")
    assert set(await written_of_coach(parts, coach, now=parts.now())) == {trajectory}

    await guide_blended(parts, coach, trajectory, key="a", now=parts.now())

    assert await written_of_coach(parts, coach, now=parts.now()) == {}
    (exception,) = await list_exceptions(parts, coach, candidate=candidate, now=parts.now())
    assert exception.ended
    with pytest.raises(Refused) as refused:
        await house.book(trajectory, "2027-03-04T14:00")
    assert refused.value.verdict.leading_rule == "R8"
    with pytest.raises(Conflict, match="not_written"):
        await guide_blended(parts, coach, trajectory, key="b", now=parts.now())


async def test_scenario_24_a_week_with_one_contact_is_one_of_two_and_the_clock_of_extra_runs(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, candidate, trajectory = await in_writing(house)
    clock.set("2027-03-16T10:00")
    await wrote(house, coach, trajectory, Role.CANDIDATE, "2027-03-16")  # a Tuesday, week 3

    seen = await weeks(parts, coach, candidate, trajectory)
    assert (seen.this_week, seen.wanted, seen.last_week) == (1, 2, 0)
    clock.set("2027-03-22T10:00")
    later = await weeks(parts, coach, candidate, trajectory)
    assert (later.this_week, later.last_week) == (0, 1)

    (view,) = (await show_candidate(parts, coach, candidate, now=parts.now())).trajectories
    assert view.profile == "extra"
    codes = [one.code for one in await attention(parts, coach, now=parts.now())]
    assert TodoCode.SILENT not in codes  # six days
    await look(parts)
    clock.set("2027-03-23T10:00")  # seven: the coach phones, where others get a first word
    await look(parts)
    codes = [one.code for one in await attention(parts, coach, now=parts.now())]
    assert TodoCode.SILENT in codes


async def test_scenario_24_a_video_talk_in_writing_asks_to_meet_first(
    house: House, parts: Parts
) -> None:
    coach, candidate, trajectory = await in_writing(house)
    (one,) = await list_exceptions(parts, coach, candidate=candidate, now=parts.now())
    assert (one.code, one.in_force) == (ExceptionCode.WRITTEN_TRAJECTORY, True)

    with pytest.raises(Refused) as refused:
        await house.book(trajectory, "2027-03-16T14:00")
    with pytest.raises(Refused) as first:
        await house.book(trajectory, "2027-03-16T14:00", kind=MeetingKind.ACQUAINTANCE)

    assert refused.value.verdict.leading_rule == "R8"
    assert first.value.verdict.leading_rule == "R7"
    await house.meet(trajectory)
    await house.book(trajectory, "2027-03-16T14:00", mode=Mode.VIDEO)


async def test_guidance_in_writing_is_no_reason_for_an_exception_by_hand(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    trajectory = await house.trajectory(coach)
    request = ExceptionRequest(
        trajectory=trajectory,
        rule="R7",
        code=ExceptionCode.WRITTEN_TRAJECTORY,
        reason="Wij schrijven elkaar.",
        valid_until=None,
    )

    with pytest.raises(BadInput) as refused:
        await ask_exception(parts, coach, request, key="e", now=parts.now())

    assert (refused.value.code, refused.value.field) == ("exception_not_possible", "code")


async def test_contacts_of_both_count_and_only_the_candidates_own_starts_the_clock_again(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, candidate, trajectory = await in_writing(house)
    clock.set("2027-03-08T10:00")
    await wrote(house, coach, trajectory, Role.COACH, "2027-03-08")
    await wrote(house, coach, trajectory, Role.COACH, "2027-03-08")

    await look(parts)

    assert (await weeks(parts, coach, candidate, trajectory)).this_week == 2
    codes = [one.code for one in await attention(parts, coach, now=parts.now())]
    assert TodoCode.SILENT in codes  # the candidate has been silent for seven days


async def test_a_contact_of_another_day_or_of_other_guidance_is_refused(
    house: House, parts: Parts
) -> None:
    coach, _, trajectory = await in_writing(house)
    talking = await house.trajectory(coach)

    for day in ("2027-03-02", "2027-01-28"):
        with pytest.raises(BadInput) as refused:
            await wrote(house, coach, trajectory, Role.COACH, day)
        assert refused.value.code == "contact_date_bad"
    with pytest.raises(Conflict) as other:
        await wrote(house, coach, talking, Role.COACH, "2027-03-01")
    assert other.value.code == "not_written"
    with pytest.raises(Conflict):
        await guide_in_writing(parts, coach, trajectory, key="again", now=parts.now())
