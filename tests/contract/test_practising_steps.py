"""A practice step by step, through the use cases: kept, gone on with, ended, and what follows."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from coaching.errors import Conflict, NotFound
from coaching.facts import DeviceClass, PracticeKind
from coaching.practising import ASKED, Given, PracticeStep
from coaching.words import MeetingKind, Mode, PracticeCause, Score, Skill
from server.store.schema import meeting, practice_session, readiness
from server.usecases.access import ByLink
from server.usecases.attention import TodoCode, attention
from server.usecases.context import CandidateId, Parts, StaffActor
from server.usecases.practising import (
    PracticeState,
    Practiser,
    answer_step,
    begin_practice,
    look_at_practice,
)
from server.usecases.practising_measured import keep_measured, measure_on
from server.usecases.practising_together import sit_beside
from server.usecases.timers import MomentKind, due_moments, run_moment
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract

PHONE, COMPUTER = DeviceClass.PHONE, DeviceClass.COMPUTER
FINE: dict[str, object] = {"score": "good", "causes": []}


async def somebody(house: House, coach: StaffActor) -> tuple[CandidateId, ByLink]:
    """A candidate with the link of an appointment."""
    candidate = await house.candidate(name="Mo", skill=Skill.LESS)
    trajectory = await house.acquainted(coach, candidate)
    booked = await house.book(trajectory, "2027-03-04T14:00", kind=MeetingKind.PRACTICE)
    return candidate, ByLink(token=await link_of(house.parts, booked.meeting))


async def go(
    parts: Parts,
    who: Practiser,
    *steps: PracticeStep,
    given: Given = Given.YES,
    device: DeviceClass = PHONE,
) -> PracticeState:
    for step in steps:
        state = await answer_step(parts, who, step, given, device, now=parts.now())
    return state


async def records(parts: Parts, candidate: UUID) -> list[tuple[str, str, str | None, str]]:
    async with parts.database.read() as tx:
        query = select(readiness).where(readiness.c.candidate_id == candidate)
        found = (await tx.execute(query.order_by(readiness.c.at))).all()
    return [(one.kind, one.score, one.cause, one.device) for one in found]


async def todos(parts: Parts, coach: StaffActor) -> list[tuple[TodoCode, str]]:
    found = await attention(parts, coach, now=parts.now())
    return [(one.code, one.params.get("cause", "")) for one in found]


async def test_a_whole_practice_is_written_down_with_its_expiry(house: House, parts: Parts) -> None:
    candidate, link = await somebody(house, await house.coach())
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    assert (begun.step, begun.ended) == (PracticeStep.CAMERA, False)

    await keep_measured(parts, begun.id, FINE, parts.now())
    state = await go(parts, link, *ASKED)

    assert (state.step, state.score, state.ended) == (PracticeStep.DONE, Score.GOOD, True)
    assert await records(parts, candidate) == [("self", "good", None, "phone")]
    with pytest.raises(Conflict) as over:
        await go(parts, link, PracticeStep.SEE)
    assert over.value.code == "practice_over"


@pytest.mark.parametrize("number", range(len(ASKED)))
async def test_left_at_any_step_it_goes_on_there_in_another_tab(
    sqlite_house: House, sqlite_parts: Parts, number: int
) -> None:
    parts = sqlite_parts
    _, link = await somebody(sqlite_house, await sqlite_house.coach())
    first = await begin_practice(parts, link, PHONE, now=parts.now())
    await go(parts, link, *ASKED[:number]) if number else None

    again = await begin_practice(parts, link, PHONE, now=parts.now())

    assert (again.id, again.step) == (first.id, ASKED[number])


async def test_on_another_device_it_goes_on_and_asks_what_belongs_to_the_device(
    house: House, parts: Parts
) -> None:
    candidate, link = await somebody(house, await house.coach())
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    await keep_measured(parts, begun.id, FINE, parts.now())
    await go(parts, link, *ASKED[:11])

    there = await begin_practice(parts, link, COMPUTER, now=parts.now())
    await keep_measured(parts, begun.id, FINE, parts.now())
    asked = []
    while not there.ended:
        asked.append(there.step)
        there = await go(parts, link, there.step, device=COMPUTER)

    assert asked[0] is PracticeStep.CAMERA
    assert PracticeStep.SOUND not in asked
    assert asked[-2:] == [PracticeStep.STUTTER, PracticeStep.LEAVE]
    assert await records(parts, candidate) == [("self", "good", None, "computer")]


async def test_who_changes_devices_at_every_step_still_comes_to_the_end(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    parts = sqlite_parts
    candidate, link = await somebody(sqlite_house, await sqlite_house.coach())
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    for number, step in enumerate(ASKED):
        device = (PHONE, COMPUTER)[number % 2]
        there = await begin_practice(parts, link, device, now=parts.now())
        assert there.id == begun.id
        assert there.step in ASKED[: number + 1]  # nothing is passed over
        await go(parts, link, step, device=device)

    await keep_measured(parts, begun.id, FINE, parts.now())
    state = await look_at_practice(parts, link)
    while state is not None and not state.ended:  # what belongs to the device, on the last one
        state = await go(parts, link, state.step, device=PHONE)

    assert await records(parts, candidate) == [("self", "good", None, "phone")]


@pytest.mark.parametrize("begins", [True, False])
async def test_what_was_measured_on_one_device_passes_no_other_device(
    house: House, parts: Parts, *, begins: bool
) -> None:
    candidate, link = await somebody(house, await house.coach())
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    await keep_measured(parts, begun.id, FINE, parts.now())
    await go(parts, link, *ASKED[:-1])

    if begins:
        await begin_practice(parts, link, COMPUTER, now=parts.now())
    state = await go(parts, link, *ASKED, device=COMPUTER)

    assert (state.score, state.cause) == (Score.BAD, PracticeCause.STOPPED)
    assert await records(parts, candidate) == [("self", "bad", "stopped", "computer")]


async def test_what_comes_late_from_a_device_that_was_given_up_is_not_kept(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    parts = sqlite_parts
    candidate, link = await somebody(sqlite_house, await sqlite_house.coach())
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    old, new = uuid4(), uuid4()
    await measure_on(parts, begun.id, old)
    await keep_measured(parts, begun.id, {**FINE, "device": str(old)}, parts.now())

    await measure_on(parts, begun.id, new)  # another phone
    await keep_measured(parts, begun.id, {**FINE, "device": str(old)}, parts.now())
    await go(parts, link, *ASKED)

    assert await records(parts, candidate) == [("self", "bad", "stopped", "phone")]


@pytest.mark.parametrize(
    ("second", "kept"),
    [
        ({"score": "bad", "causes": ["microphone"], "seconds": 20}, 90),
        ({"score": "good", "causes": [], "seconds": 20}, 20),
        ({"score": "bad", "causes": ["network"], "seconds": 91}, 91),
    ],
)
async def test_a_guide_that_was_started_anew_takes_nothing_back(
    sqlite_house: House, sqlite_parts: Parts, second: dict[str, object], kept: int
) -> None:
    parts = sqlite_parts
    _, link = await somebody(sqlite_house, await sqlite_house.coach())
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    await keep_measured(parts, begun.id, {**FINE, "seconds": 90}, parts.now())

    await keep_measured(parts, begun.id, second, parts.now())

    async with parts.database.read() as tx:
        measured = await tx.scalar(select(practice_session.c.measured))
    assert measured["seconds"] == kept


async def test_a_guided_practice_that_goes_on_alone_is_written_down_as_alone(
    house: House, parts: Parts, clock: Clock
) -> None:
    candidate, link = await somebody(house, await house.coach())
    clock.set("2027-03-04T14:05")
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    assert begun.kind is PracticeKind.GUIDED
    await go(parts, link, *ASKED[:4])

    clock.set("2027-03-04T19:00")
    again = await begin_practice(parts, link, PHONE, now=parts.now())
    await keep_measured(parts, begun.id, FINE, parts.now())
    await go(parts, link, *ASKED[4:])

    assert (again.id, again.kind) == (begun.id, PracticeKind.SELF)
    assert await records(parts, candidate) == [("self", "good", None, "phone")]


@pytest.mark.parametrize(
    ("later", "kind"), [("2027-03-04T14:20", "onsite"), ("2027-03-05T09:00", "self")]
)
async def test_a_practice_at_a_location_counts_there_only_while_somebody_sits_beside(
    house: House, parts: Parts, clock: Clock, later: str, kind: str
) -> None:
    coach = await house.coach()
    candidate = await house.candidate(name="Mo", skill=Skill.NONE)
    trajectory = await house.acquainted(coach, candidate)
    room = await house.room()
    here = {"mode": Mode.OFFLINE, "room": room, "kind": MeetingKind.INTAKE}
    booked = await house.book(trajectory, "2027-03-04T14:00", **here)
    link = ByLink(token=await link_of(parts, booked.meeting))
    await sit_beside(parts, coach, booked.meeting, now=clock.set("2027-03-04T14:05"))
    begun = await begin_practice(parts, link, PHONE, now=parts.now())

    await begin_practice(parts, link, PHONE, now=clock.set(later))
    await keep_measured(parts, begun.id, FINE, parts.now())
    await go(parts, link, *ASKED)

    assert await records(parts, candidate) == [(kind, "good", None, "phone")]


async def test_of_two_tabs_the_newest_answer_counts(house: House, parts: Parts) -> None:
    _, link = await somebody(house, await house.coach())
    await begin_practice(parts, link, PHONE, now=parts.now())
    await go(parts, link, *ASKED[:3])
    await go(parts, link, PracticeStep.SEE, given=Given.NO)

    state = await go(parts, link, PracticeStep.SEE)

    assert state.step is PracticeStep.HEAR


async def test_permission_refused_twice_asks_a_person_to_help_and_loses_nothing(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    candidate, link = await somebody(house, coach)
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    await keep_measured(parts, begun.id, FINE, parts.now())

    for tried in (1, 2, 3):
        state = await answer_step(
            parts, link, PracticeStep.CAMERA, Given.NO, PHONE, final=False, now=parts.now()
        )
        assert state.helped is (tried > 1)
    assert await todos(parts, coach) == [(TodoCode.PRACTICE_FAILED, "camera")]
    assert await records(parts, candidate) == [("self", "bad", "camera", "phone")]

    assert (await go(parts, link, *ASKED)).score is Score.GOOD
    assert await todos(parts, coach) == []


async def test_a_browser_that_cannot_is_named_as_the_cause_also_after_one_try(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    candidate, link = await somebody(house, coach)
    await begin_practice(parts, link, PHONE, now=parts.now())
    await answer_step(
        parts,
        link,
        PracticeStep.CAMERA,
        Given.NO,
        PHONE,
        final=False,
        cause=PracticeCause.BROWSER,
        now=parts.now(),
    )
    left = clock.forward(hours=24) + timedelta(minutes=1)

    due = [one for one in await due_moments(parts, now=left) if one.kind is MomentKind.LEFT_HALFWAY]
    for one in due:
        await run_moment(parts, one, now=left)

    assert await records(parts, candidate) == [("self", "bad", "browser", "phone")]
    assert await todos(parts, coach) == [(TodoCode.PRACTICE_FAILED, "browser")]


async def test_what_the_person_could_not_see_is_bad_and_asks_for_help(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    candidate, link = await somebody(house, coach)
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    await keep_measured(parts, begun.id, FINE, parts.now())
    await go(parts, link, *ASKED[:7])
    await go(parts, link, PracticeStep.MIRROR, given=Given.NO)

    state = await go(parts, link, *ASKED[8:])

    assert (state.score, state.cause) == (Score.BAD, PracticeCause.CAMERA)
    assert await todos(parts, coach) == [(TodoCode.PRACTICE_FAILED, "camera")]
    assert await records(parts, candidate) == [("self", "bad", "camera", "phone")]


async def test_a_practice_that_was_left_asks_for_help_the_next_day_once(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    candidate, link = await somebody(house, coach)
    await begin_practice(parts, link, PHONE, now=parts.now())
    await go(parts, link, *ASKED[:4])
    left = clock.forward(hours=24) + timedelta(minutes=1)

    due = [one for one in await due_moments(parts, now=left) if one.kind is MomentKind.LEFT_HALFWAY]
    assert [await run_moment(parts, one, now=left) for one in (*due, *due)] == [True, False]

    assert await records(parts, candidate) == [("self", "bad", "stopped", "phone")]
    assert await todos(parts, coach) == [(TodoCode.PRACTICE_FAILED, "stopped")]
    assert await look_at_practice(parts, link) is None


async def test_a_coach_practises_the_same_way_before_hosting(house: House, parts: Parts) -> None:
    coach = await house.coach(practised=False)
    begun = await begin_practice(parts, coach, COMPUTER, now=parts.now())
    await keep_measured(parts, begun.id, FINE, parts.now())

    await go(parts, coach, *ASKED, device=COMPUTER)

    booked = await house.book(await house.acquainted(coach), "2027-03-09T14:00")
    assert booked.meeting  # R15 lets them host


async def test_scenario_6_a_practice_with_the_guide_makes_the_talk_firm(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    candidate = await house.candidate(name="Mo", skill=Skill.LESS)
    trajectory = await house.acquainted(coach, candidate)
    booked = await house.book(trajectory, "2027-03-04T14:00", kind=MeetingKind.PRACTICE)
    link = ByLink(token=await link_of(parts, booked.meeting))
    waits = await house.book(trajectory, "2027-03-09T14:00", provisional=True)
    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    await keep_measured(parts, begun.id, FINE, parts.now())

    await go(parts, link, *ASKED)

    async with parts.database.read() as tx:
        query = select(meeting.c.status).where(meeting.c.id == waits.meeting)
        assert await tx.scalar(query) == "planned"


async def test_e25_a_link_that_is_not_ours_begins_nothing(house: House, parts: Parts) -> None:
    await somebody(house, await house.coach())

    for token in ("", "x" * 43):
        with pytest.raises(NotFound):
            await begin_practice(parts, ByLink(token=token), PHONE, now=parts.now())
