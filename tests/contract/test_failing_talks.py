import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, Conflict, NotFound
from coaching.trigger_facts import FailureCause
from coaching.verdict import Outcome
from coaching.words import MeetingKind, MeetingStatus, Mode, Role, Skill
from server.secrets import InstallSecret
from server.store.schema import invitation, meeting, outbox
from server.usecases.access import ByLink
from server.usecases.attention import TodoCode, attention
from server.usecases.booking import Booked, BookingRequest, judge_booking
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.failing import choose_fallback, dismiss_failure, fail_talk, show_fallback
from server.usecases.holding import choose_time, hold_times
from server.usecases.skill import decide_proposal, open_proposals
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def talk_now(house: House, clock: Clock, coach: StaffActor) -> MeetingId:
    """A video talk on Wednesday 3 March 2027, 14.00; the clock stands at 14.05."""
    await house.works(coach)
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    clock.set("2027-03-03T14:05")
    return booked.meeting


async def status_of(parts: Parts, meeting_id: UUID) -> str:
    async with parts.database.read() as tx:
        return str(await tx.scalar(select(meeting.c.status).where(meeting.c.id == meeting_id)))


async def link_to(parts: Parts, meeting_id: UUID) -> ByLink:
    async with parts.database.read() as tx:
        query = select(invitation.c.id).where(
            invitation.c.meeting_id == meeting_id, invitation.c.revoked_at.is_(None)
        )
        found = await tx.scalar(query)
    assert isinstance(found, UUID)
    assert isinstance(parts.secret, InstallSecret)
    return ByLink(token=parts.secret.invitation_token(found))


async def choose(house: House, who: StaffActor | ByLink, failed: UUID, chosen: UUID) -> Booked:
    return await choose_fallback(
        house.parts,
        who,
        MeetingId(failed),
        MeetingId(chosen),
        key=uuid4().hex,
        now=house.parts.now(),
    )


async def test_a_failed_talk_gives_the_coach_a_number_and_both_three_times_at_a_location(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    failed = await talk_now(house, clock, coach)
    now = clock()

    await fail_talk(parts, failed, FailureCause.CANDIDATE_DEVICE, by=Role.CANDIDATE, now=now)

    seen = await show_fallback(parts, coach, failed, now=now)
    assert seen is not None
    assert (seen.role, seen.phone) == (Role.COACH, "+31612345678")
    other = await show_fallback(parts, await link_to(parts, failed), failed, now=now)
    assert other is not None
    assert (other.role, other.own_phone) == (Role.CANDIDATE, "+31612345678")
    times = other.times
    assert len(times.times) == 3
    assert times.soon
    assert times.held_until == now + timedelta(hours=48)
    assert all(one.mode is Mode.OFFLINE and one.place_name for one in times.times)
    assert all(now < one.starts_at < now + timedelta(days=8) for one in times.times)
    assert await status_of(parts, failed) == MeetingStatus.FAILED
    todos = await attention(parts, coach, now=now)
    assert [one.code for one in todos] == [TodoCode.PHONE_NOW, TodoCode.FAILED, TodoCode.SKILL]
    assert todos[0].due_at - now == timedelta(seconds=60)


async def test_reporting_a_failure_again_changes_nothing(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    failed = await talk_now(house, clock, coach)

    for by in (Role.COACH, Role.CANDIDATE, None):
        await fail_talk(parts, failed, FailureCause.UNKNOWN, by=by, now=clock())

    async with parts.database.read() as tx:
        held = (await tx.execute(select(meeting).where(meeting.c.status == "provisional"))).all()
        mails = (await tx.execute(select(outbox.c.payload))).scalars().all()
    assert len(held) == 3
    assert [m["template"] for m in mails].count("fallback") == 1


async def test_choosing_one_time_makes_an_appointment_and_frees_the_others(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    failed = await talk_now(house, clock, coach)
    await fail_talk(parts, failed, FailureCause.SERVER, by=None, now=clock())
    link = await link_to(parts, failed)
    seen = await show_fallback(parts, link, failed, now=clock())
    assert seen is not None
    first, second, third = (one.meeting for one in seen.times.times)

    booked = await choose(house, link, failed, second)

    assert booked.meeting == second
    assert [await status_of(parts, one) for one in (first, second, third)] == [
        "cancelled",
        "planned",
        "cancelled",
    ]
    with pytest.raises(Conflict) as late:
        await choose(house, coach, failed, first)
    assert late.value.code == "already_chosen"
    after = await show_fallback(parts, link, failed, now=clock())
    assert after is not None
    assert (after.chosen, after.times.times) == (second, ())
    codes = [one.code for one in await attention(parts, coach, now=clock())]
    assert TodoCode.FAILED not in codes


async def test_two_who_choose_at_once_get_one_appointment(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    failed = await talk_now(house, clock, coach)
    await fail_talk(parts, failed, FailureCause.SERVER, by=None, now=clock())
    link = await link_to(parts, failed)
    seen = await show_fallback(parts, link, failed, now=clock())
    assert seen is not None

    answers = await asyncio.gather(
        *(
            choose(house, who, failed, one.meeting)
            for who, one in zip((coach, link, link), seen.times.times, strict=True)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Booked) for one in answers) == 1
    assert {one.code for one in answers if isinstance(one, Conflict)} == {"already_chosen"}


async def test_held_times_keep_others_away_until_they_lapse(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory, other = await house.acquainted(coach), await house.acquainted(coach)
    held = await hold_times(parts, coach, trajectory, key=uuid4().hex, now=clock())
    wanted = held.times[0].starts_at.astimezone(parts.settings.tz).replace(tzinfo=None)

    with pytest.raises(Conflict) as taken:
        await house.book(other, wanted.isoformat())
    assert taken.value.code == "coach_taken"

    late = clock() + timedelta(hours=48)
    later = held.times[2].starts_at.astimezone(parts.settings.tz).replace(tzinfo=None)
    clock.moment = late
    if later > late.replace(tzinfo=None):
        await house.book(other, later.isoformat(), now=late)
    with pytest.raises(Conflict) as lapsed:
        await choose_time(parts, coach, held.times[2].meeting, key=uuid4().hex, now=late)
    assert lapsed.value.code == "hold_lapsed"


async def test_a_stranger_chooses_nothing(house: House, parts: Parts, clock: Clock) -> None:
    coach, stranger = await house.coach(), await house.coach()
    failed = await talk_now(house, clock, coach)
    await fail_talk(parts, failed, FailureCause.SERVER, by=None, now=clock())
    seen = await show_fallback(parts, coach, failed, now=clock())
    assert seen is not None

    for who in (stranger, ByLink(token="x" * 43)):
        with pytest.raises(NotFound):
            await choose(house, who, failed, seen.times.times[0].meeting)
        with pytest.raises(NotFound):
            await show_fallback(parts, who, failed, now=clock())


async def test_a_dismissed_failure_opens_the_talk_again(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    failed = await talk_now(house, clock, coach)
    await fail_talk(parts, failed, FailureCause.CANDIDATE_DEVICE, by=None, now=clock())

    with pytest.raises(BadInput):
        await dismiss_failure(parts, coach, failed, reason=" ", key="a", now=clock())
    await dismiss_failure(parts, coach, failed, reason="Het ging goed.", key="b", now=clock())

    assert await status_of(parts, failed) == "open"
    assert await attention(parts, coach, now=clock()) == ()
    assert await open_proposals(parts, coach) == ()


async def test_a_proposal_changes_nothing_until_the_coach_says_so(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    failed = await talk_now(house, clock, coach)
    await fail_talk(parts, failed, FailureCause.CANDIDATE_SKILL, by=None, now=clock())

    (proposal,) = await open_proposals(parts, coach)
    assert (proposal.before, proposal.proposed) == (Skill.ABLE, Skill.LESS)
    await decide_proposal(parts, coach, proposal.id, accept=True, key="a", now=clock())

    assert await open_proposals(parts, coach) == ()
    with pytest.raises(Conflict):
        await decide_proposal(parts, coach, proposal.id, accept=False, key="b", now=clock())


async def test_without_hours_a_failed_talk_still_tells_the_coach_to_phone(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    clock.set("2027-03-03T14:05")

    await fail_talk(parts, booked.meeting, FailureCause.UNKNOWN, by=None, now=clock())

    seen = await show_fallback(parts, coach, booked.meeting, now=clock())
    assert seen is not None
    assert (seen.times.times, seen.times.soon) == ((), False)
    codes = [one.code for one in await attention(parts, coach, now=clock())]
    assert codes == [TodoCode.PHONE_NOW, TodoCode.FAILED]


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (FailureCause.CANDIDATE_DEVICE, Outcome.REFUSE_UNTIL),
        (FailureCause.CANDIDATE_SKILL, Outcome.REFUSE_UNTIL),
        (FailureCause.CANDIDATE_NETWORK, Outcome.ALLOW_WITH),
        (FailureCause.SERVER, Outcome.ALLOW_WITH),
    ],
)
async def test_after_a_failure_by_their_device_the_next_video_talk_needs_a_practice(
    house: House, parts: Parts, clock: Clock, cause: FailureCause, outcome: Outcome
) -> None:
    coach = await house.coach()
    candidate = await house.candidate(skill=Skill.ABLE)
    await house.practises(candidate)
    trajectory = await house.acquainted(coach, candidate)
    booked = await house.book(trajectory, "2027-03-03T14:00")
    now = clock.set("2027-03-03T14:05")
    await fail_talk(parts, booked.meeting, cause, by=None, now=now)
    request = BookingRequest(
        trajectory=trajectory,
        kind=MeetingKind.PROGRESS,
        mode=Mode.VIDEO,
        starts_local=datetime.fromisoformat("2027-03-17T10:00"),
        minutes=45,
        room=None,
    )

    verdict = await judge_booking(parts, coach, request, now=now)

    assert verdict.outcome is outcome
    assert ("R12" in {one.rule for one in verdict.reasons}) is (outcome is Outcome.REFUSE_UNTIL)


@pytest.mark.parametrize(
    ("cause", "asks"), [(FailureCause.COACH_SIDE, False), (FailureCause.UNKNOWN, True)]
)
async def test_two_failures_on_our_side_ask_no_practice_of_the_candidate(
    house: House, parts: Parts, clock: Clock, cause: FailureCause, *, asks: bool
) -> None:
    coach = await house.coach()
    candidate = await house.candidate(skill=Skill.ABLE)
    await house.practises(candidate)
    trajectory = await house.acquainted(coach, candidate)
    for day in (3, 4):
        booked = await house.book(trajectory, f"2027-03-{day:02d}T14:00")
        now = clock.set(f"2027-03-{day:02d}T14:05")
        await fail_talk(parts, booked.meeting, cause, by=None, now=now)

    again = await house.book(trajectory, "2027-03-17T10:00")

    assert ("R15" in {one.rule for one in again.verdict.reasons}) is asks
