"""Planned video talks that stand while the rules ask a practice first by now (R20, S2-13)."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from coaching.errors import Conflict, NotFound, Refused
from coaching.trigger_facts import FailureCause
from coaching.words import Mode, Skill
from server.store import notices
from server.store.schema import meeting
from server.usecases.attention import TodoCode, attention, done
from server.usecases.booking import cancel_meeting
from server.usecases.by_link import guest_move, guest_times
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor
from server.usecases.failing import dismiss_failure, fail_talk, show_fallback
from server.usecases.joining import issue_ticket
from server.usecases.naming_cause import name_cause
from server.usecases.overview import show_meeting
from server.usecases.skill import Observation, decide_proposal, observe, open_proposals
from server.usecases.timers import MomentKind, due_moments, run_moment
from server.usecases.waiting import run_unready
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract
PRACTISE_FIRST = TodoCode.PRACTISE_FIRST


async def three_talks(
    house: House, coach: StaffActor, *, skill: Skill = Skill.ABLE
) -> tuple[CandidateId, list[MeetingId]]:
    """Somebody who practised and has three video talks planned, on 3, 10 and 17 March 2027."""
    await house.works(coach)
    candidate = await house.candidate(skill=skill)
    await house.practises(candidate)
    trajectory = await house.acquainted(coach, candidate)
    days = ("2027-03-03T14:00", "2027-03-10T14:00", "2027-03-17T14:00")
    return candidate, [(await house.book(trajectory, day)).meeting for day in days]


async def flagged(parts: Parts, coach: StaffActor) -> list[MeetingId | None]:
    found = await attention(parts, coach, now=parts.now())
    return [one.meeting for one in found if one.code is TodoCode.PRACTISE_FIRST]


async def statuses(parts: Parts, talks: list[MeetingId]) -> list[str]:
    async with parts.database.read() as tx:
        query = (
            select(meeting.c.status).where(meeting.c.id.in_(talks)).order_by(meeting.c.starts_at)
        )
        return list((await tx.execute(query)).scalars())


@pytest.mark.parametrize(
    ("cause", "asks"),
    [
        (FailureCause.CANDIDATE_DEVICE, True),
        (FailureCause.CANDIDATE_SKILL, True),
        (FailureCause.CANDIDATE_NETWORK, False),
        (FailureCause.COACH_SIDE, False),
        (FailureCause.SERVER, False),
    ],
)
async def test_a_failure_by_the_candidates_side_flags_the_next_video_talk_until_they_practised(
    house: House, parts: Parts, clock: Clock, cause: FailureCause, *, asks: bool
) -> None:
    coach = await house.coach()
    candidate, talks = await three_talks(house, coach)
    now = clock.set("2027-03-03T14:05")

    await fail_talk(parts, talks[0], cause, by=None, now=now)

    assert await flagged(parts, coach) == ([talks[1]] if asks else [])
    assert await statuses(parts, talks) == ["failed", "planned", "planned"]
    shown = await show_meeting(parts, coach, talks[1], now=now)
    assert shown.marks.practise_first is asks

    await house.practises(candidate)
    assert await flagged(parts, coach) == []


async def test_a_dismissed_failure_takes_the_flag_away(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, talks = await three_talks(house, coach)
    now = clock.set("2027-03-03T14:05")
    await fail_talk(parts, talks[0], FailureCause.CANDIDATE_DEVICE, by=None, now=now)

    await dismiss_failure(parts, coach, talks[0], reason="Het ging goed.", key="a", now=now)

    assert await flagged(parts, coach) == []


async def test_the_lowest_level_flags_every_planned_video_talk_and_changes_none(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, talks = await three_talks(house, coach, skill=Skill.LESS)
    now = clock.set("2027-03-03T15:00")
    await observe(parts, coach, talks[0], Observation.NOT_ABLE, key="o", now=now)
    (proposal,) = [one for one in await open_proposals(parts, coach) if not one.about_comfort]
    assert proposal.proposed is Skill.NONE
    assert await flagged(parts, coach) == []

    await decide_proposal(parts, coach, proposal.id, accept=True, key="d", now=now)

    assert await flagged(parts, coach) == talks[1:]
    assert await statuses(parts, talks[1:]) == ["planned", "planned"]
    found = await attention(parts, coach, now=now)
    todo = next(one for one in found if one.code is TodoCode.PRACTISE_FIRST)
    assert (todo.action, todo.href) == ("change", f"/meetings/{talks[1]}")

    await cancel_meeting(
        parts, await house.planner(), talks[1], revision=1, key=uuid4().hex, now=now
    )
    assert await flagged(parts, coach) == [talks[2]]


async def test_the_cause_that_the_coach_names_takes_the_place_of_what_the_page_guessed(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, talks = await three_talks(house, coach)
    now = clock.set("2027-03-03T14:05")
    await fail_talk(parts, talks[0], FailureCause.CANDIDATE_DEVICE, by=None, now=now)

    for key, cause, asks in (
        ("a", FailureCause.SERVER, False),
        ("b", FailureCause.CANDIDATE_SKILL, True),
        ("c", FailureCause.COACH_SIDE, False),
    ):
        now = clock.forward(minutes=1)
        await name_cause(parts, coach, talks[0], cause, key=key, now=now)

        assert await flagged(parts, coach) == ([talks[1]] if asks else [])
        assert len(await open_proposals(parts, coach)) == asks
        codes = [one.code for one in await attention(parts, coach, now=now)]
        assert (TodoCode.SKILL in codes) is asks
        seen = await show_fallback(parts, coach, talks[0], now=now)
        assert seen is not None
        assert (seen.cause, seen.needs_practice, seen.ours) == (cause, asks, not asks)


async def test_a_cause_is_named_by_the_own_coach_of_a_talk_that_failed(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, stranger = await house.coach(), await house.coach()
    _, talks = await three_talks(house, coach)
    now = clock.set("2027-03-03T14:05")
    await fail_talk(parts, talks[0], FailureCause.UNKNOWN, by=None, now=now)
    cause = FailureCause.SERVER

    with pytest.raises(NotFound):
        await name_cause(parts, stranger, talks[0], cause, key="s", now=now)
    with pytest.raises(Conflict) as stands:
        await name_cause(parts, coach, talks[1], cause, key="t", now=now)
    assert stands.value.code == "already_closed"


async def test_a_talk_that_failed_on_our_side_gets_a_new_online_time_beside_the_held_ones(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, talks = await three_talks(house, coach)
    token = await link_of(parts, talks[0])
    now = clock.set("2027-03-03T14:05")
    await fail_talk(parts, talks[0], FailureCause.COACH_SIDE, by=None, now=now)

    choice = await guest_times(parts, token, now=now)
    assert choice.ours
    assert choice.held is not None
    assert len(choice.held.times) == 3
    assert {one.time.mode for one in choice.times} == {Mode.VIDEO}
    offer = choice.times[0].offer
    booked = await guest_move(parts, token, offer=offer, key="m", now=now)

    held = [MeetingId(one.meeting) for one in choice.held.times]
    assert await statuses(parts, [talks[0], booked.meeting]) == ["failed", "planned"]
    assert await statuses(parts, held) == ["cancelled"] * 3
    after = await guest_times(parts, token, now=now)
    assert (after.instead is not None, after.times) == (True, ())
    with pytest.raises(Conflict) as again:
        await guest_move(parts, token, offer=offer, key="n", now=now)
    assert again.value.code == "already_chosen"


async def test_a_talk_that_failed_elsewhere_gets_no_online_time_by_itself(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, talks = await three_talks(house, coach)
    token = await link_of(parts, talks[0])
    now = clock.set("2027-03-03T14:05")
    await fail_talk(parts, talks[0], FailureCause.CANDIDATE_NETWORK, by=None, now=now)

    choice = await guest_times(parts, token, now=now)

    assert (choice.ours, choice.times) == (False, ())
    seen = await show_fallback(parts, coach, talks[0], now=now)
    assert seen is not None
    assert (seen.needs_internet, seen.needs_practice) == (True, False)


async def test_a_flagged_talk_turns_into_phone_at_the_deadline_and_not_before(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, talks = await three_talks(house, coach)
    now = clock.set("2027-03-03T14:05")
    await fail_talk(parts, talks[0], FailureCause.CANDIDATE_DEVICE, by=None, now=now)
    (todo,) = [o for o in await attention(parts, coach, now=now) if o.code is PRACTISE_FIRST]
    await done(parts, coach, todo.id, now=now)  # nobody ticks away what a practice has to answer
    assert await flagged(parts, coach) == [talks[1]]

    assert await unready(parts, clock.set("2027-03-09T13:59")) == []
    assert await unready(parts, clock.set("2027-03-09T14:00")) == [talks[1]]
    assert not await run_unready(parts, talks[1], now=parts.now())

    assert await modes(parts, talks) == ["video", "phone", "video"]
    assert await flagged(parts, coach) == [talks[2]]  # now the first by video after the failure
    async with parts.database.read() as tx:
        told = await notices.open_notices(tx, coach.id, also=())
    assert "turned_to_phone" in [one.code for one in told]


async def test_who_practised_in_time_keeps_the_video_talk(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    candidate, talks = await three_talks(house, coach)
    now = clock.set("2027-03-03T14:05")
    await fail_talk(parts, talks[0], FailureCause.CANDIDATE_DEVICE, by=None, now=now)
    clock.set("2027-03-08T10:00")
    await house.practises(candidate)

    assert await unready(parts, clock.set("2027-03-09T14:00")) == []
    assert await modes(parts, talks) == ["video", "video", "video"]


async def test_the_door_asks_for_the_practice_too(house: House, parts: Parts, clock: Clock) -> None:
    coach = await house.coach()
    _, talks = await three_talks(house, coach)
    now = clock.set("2027-03-03T14:05")
    await fail_talk(parts, talks[0], FailureCause.CANDIDATE_DEVICE, by=None, now=now)
    now = clock.set("2027-03-10T13:55")  # and no worker ran

    with pytest.raises(Refused) as refused:
        await issue_ticket(parts, coach, talks[1], now=now)

    assert refused.value.verdict.leading_rule == "R12"


async def unready(parts: Parts, now: datetime) -> list[UUID]:
    """What a worker does about flagged talks at this moment."""
    found = [m for m in await due_moments(parts, now=now) if m.kind is MomentKind.UNREADY]
    return [one.subject for one in found if await run_moment(parts, one, now=now)]


async def modes(parts: Parts, talks: list[MeetingId]) -> list[str]:
    async with parts.database.read() as tx:
        query = select(meeting.c.mode).where(meeting.c.id.in_(talks)).order_by(meeting.c.starts_at)
        return list((await tx.execute(query)).scalars())
