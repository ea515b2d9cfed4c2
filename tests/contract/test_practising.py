"""Practice and readiness (R12, R13, R15; scenarios 6 and 14), through the use cases."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from coaching.errors import BadInput, Conflict, NotFound, Refused
from coaching.facts import DeviceClass, PracticeKind
from coaching.verdict import Outcome
from coaching.words import (
    MeetingKind,
    MeetingStatus,
    Mode,
    PracticeCause,
    Score,
    Skill,
    TrajectoryState,
)
from server.store.schema import activity, meeting, notice, outbox, practice_session, readiness
from server.usecases.access import ByLink
from server.usecases.attention import TodoCode, attention
from server.usecases.booking import Booked, cancel_meeting
from server.usecases.context import CandidateId, Parts, StaffActor, StaffId, TrajectoryId
from server.usecases.guiding import set_state
from server.usecases.handing_over import hand_over
from server.usecases.plan_grounds import PlanLine
from server.usecases.planning import book_plan, check_plan
from server.usecases.practice_views import practices_of
from server.usecases.practising import begin_practice
from server.usecases.readiness import close_practice, record_practice
from server.usecases.skill import decide_proposal, open_proposals
from server.usecases.timers import MomentKind, due_moments, run_moment
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract

TALK = "2027-03-09T14:00"  # a Tuesday; the practice has to be passed by Monday 14.00
DEADLINE = "2027-03-08T14:00"


async def less_skilled(
    house: House, coach: StaffActor, skill: Skill = Skill.LESS
) -> tuple[CandidateId, TrajectoryId]:
    """Mo of scenario 6: met the coach, has not practised."""
    candidate = await house.candidate(name="Mo", skill=skill)
    return candidate, await house.acquainted(coach, candidate)


async def state(parts: Parts, booked: Booked) -> tuple[str, str]:
    async with parts.database.read() as tx:
        query = select(meeting.c.status, meeting.c.mode)
        row = (await tx.execute(query.where(meeting.c.id == booked.meeting))).one()
    return row.status, row.mode


async def mails(parts: Parts, booked: Booked) -> list[str]:
    async with parts.database.read() as tx:
        found = (await tx.execute(select(outbox).where(outbox.c.kind == "mail"))).all()
    return [r.payload["template"] for r in found if r.payload.get("meeting") == str(booked.meeting)]


async def practice_behind_the_mail(parts: Parts, booked: Booked) -> UUID:
    """Whose practice the link in the proposal begins."""
    async with parts.database.read() as tx:
        rows = (await tx.execute(select(outbox).where(outbox.c.kind == "mail"))).all()
    (row,) = (one for one in rows if one.payload["template"] == "practise")
    token = parts.secret.invitation_token(UUID(row.payload["invitation"]))
    await begin_practice(parts, ByLink(token=token), DeviceClass.PHONE, now=parts.now())
    async with parts.database.read() as tx:
        return (await tx.execute(select(practice_session.c.candidate_id))).scalar_one()


async def codes(parts: Parts, coach: StaffActor) -> list[TodoCode]:
    return [one.code for one in await attention(parts, coach, now=parts.now())]


async def notices(parts: Parts, coach: StaffActor) -> list[str]:
    async with parts.database.read() as tx:
        found = await tx.scalars(select(notice.c.code).where(notice.c.staff_id == coach.id))
    return sorted(found)


async def look(parts: Parts) -> list[MomentKind]:
    """Do what is due; a second look finds nothing of it."""
    done = [
        one.kind
        for one in await due_moments(parts, now=parts.now())
        if await run_moment(parts, one, now=parts.now())
    ]
    again = [one.kind for one in await due_moments(parts, now=parts.now())]
    assert MomentKind.WAITING not in again
    return done


async def test_scenario_6_a_video_talk_waits_and_a_passed_practice_makes_it_firm(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    candidate, trajectory = await less_skilled(house, coach)

    with pytest.raises(Refused) as refused:
        await house.book(trajectory, TALK)
    assert refused.value.verdict.outcome is Outcome.REFUSE_UNTIL
    assert refused.value.verdict.leading_rule == "R12"
    kinds = [one.kind for one in refused.value.verdict.alternatives]
    assert MeetingKind.PRACTICE in kinds

    held = await house.book(trajectory, TALK, provisional=True)
    assert held.provisional
    assert await state(parts, held) == ("provisional", "video")
    assert await mails(parts, held) == []
    with pytest.raises(Conflict):  # the time is kept from others
        await house.book(await house.acquainted(coach), TALK)

    clock.set("2027-03-01T23:59")
    assert MomentKind.WAITING not in await look(parts)
    clock.set("2027-03-02T00:00")
    assert MomentKind.WAITING in await look(parts)
    assert await codes(parts, coach) == [TodoCode.PRACTISE]
    assert await mails(parts, held) == ["practise"]
    assert await practice_behind_the_mail(parts, held) == candidate

    clock.set("2027-03-04T11:00")
    await house.practises(candidate, kind=PracticeKind.SELF)

    assert await state(parts, held) == ("planned", "video")
    assert await mails(parts, held) == ["practise", "invitation"]
    assert await notices(parts, coach) == ["talk_firm"]
    assert TodoCode.PRACTISE not in await codes(parts, coach)
    assert await link_of(parts, held.meeting)


async def test_scenario_14_without_a_practice_it_becomes_phone_with_times_at_a_location(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    candidate, trajectory = await less_skilled(house, coach)
    held = await house.book(trajectory, TALK, provisional=True)

    clock.set("2027-03-05T10:00")
    await house.practises(candidate, score=Score.BAD, cause=PracticeCause.NETWORK)
    assert await state(parts, held) == ("provisional", "video")
    clock.set(DEADLINE)
    clock.forward(seconds=-1)
    await look(parts)
    assert await state(parts, held) == ("provisional", "video")
    clock.set(DEADLINE)
    await look(parts)

    assert await state(parts, held) == ("planned", "phone")
    assert await mails(parts, held) == ["practise", "by_phone"]
    assert await notices(parts, coach) == ["turned_to_phone"]
    async with parts.database.read() as tx:
        offered = await tx.scalar(
            select(func.count())
            .select_from(meeting)
            .where(meeting.c.hold_group.is_not(None), meeting.c.status == "provisional")
        )
    assert offered == 3
    view = await practices_of(parts, coach, candidate, now=parts.now())
    assert [(one.result.cause, one.valid) for one in view] == [(PracticeCause.NETWORK, False)]


async def test_variant_none_is_refused_until_an_onsite_practice_and_the_coach_says_less(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    candidate, trajectory = await less_skilled(house, coach, Skill.NONE)
    with pytest.raises(Refused) as refused:
        await house.book(trajectory, TALK, provisional=True)
    assert refused.value.verdict.leading_rule == "R13"

    await house.practises(candidate, kind=PracticeKind.ONSITE)
    with pytest.raises(Refused):
        await house.book(trajectory, TALK, provisional=True)
    (proposal,) = await open_proposals(parts, coach)
    assert (proposal.before, proposal.proposed) == (Skill.NONE, Skill.LESS)
    await decide_proposal(parts, coach, proposal.id, accept=True, key="a", now=parts.now())

    assert not (await house.book(trajectory, TALK)).provisional


async def test_a_self_practice_does_not_raise_the_lowest_level(house: House, parts: Parts) -> None:
    coach = await house.coach()
    candidate, _ = await less_skilled(house, coach, Skill.NONE)

    await house.practises(candidate, kind=PracticeKind.SELF)

    assert await open_proposals(parts, coach) == ()


async def test_a_higher_level_makes_a_waiting_talk_firm(house: House, parts: Parts) -> None:
    coach = await house.coach()
    candidate, trajectory = await less_skilled(house, coach)
    held = await house.book(trajectory, TALK, provisional=True)

    await record_practice(
        parts,
        coach,
        candidate,
        house.practice(score=Score.BAD, cause=PracticeCause.SOUND),
        skill=Skill.ABLE,
        key="a",
        now=parts.now(),
    )

    assert await state(parts, held) == ("planned", "video")


async def test_an_unknown_level_waits_like_a_lower_one(house: House) -> None:
    _, trajectory = await less_skilled(house, await house.coach(), Skill.UNKNOWN)

    assert (await house.book(trajectory, TALK, provisional=True)).provisional


async def test_an_able_candidate_needs_no_practice(house: House) -> None:
    trajectory = await house.acquainted(await house.coach())

    assert not (await house.book(trajectory, TALK, provisional=True)).provisional


async def test_an_old_practice_or_another_device_is_no_practice(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    candidate, trajectory = await less_skilled(house, coach)
    await house.practises(candidate, device=DeviceClass.COMPUTER)
    assert not (await house.book(trajectory, TALK)).provisional

    clock.forward(hours=1)
    await house.practises(
        candidate, device=DeviceClass.PHONE, score=Score.BAD, cause=PracticeCause.CAMERA
    )
    assert (await house.book(trajectory, "2027-03-11T10:00", provisional=True)).provisional
    await house.practises(candidate, device=DeviceClass.PHONE, now=clock.forward(hours=1))
    await house.book(trajectory, "2027-05-10T10:00", mode=Mode.OFFLINE, room=await house.room())
    late = "2027-08-30T10:00"  # 182 days on
    assert (await house.book(trajectory, late, provisional=True)).provisional


async def test_closing_a_practice_keeps_what_it_gave(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    candidate, trajectory = await less_skilled(house, coach)
    room = await house.room()
    practice = await house.book(
        trajectory, "2027-03-03T10:00", kind=MeetingKind.PRACTICE, mode=Mode.OFFLINE, room=room
    )
    how = {"device": DeviceClass.PHONE, "score": Score.FAIR, "cause": None}

    with pytest.raises(BadInput) as early:
        await close_practice(parts, coach, practice.meeting, **how, key="a", now=parts.now())
    now = clock.set("2027-03-03T10:40")
    bad = {**how, "score": Score.BAD}
    with pytest.raises(BadInput) as bare:
        await close_practice(parts, coach, practice.meeting, **bad, key="b", now=now)
    await close_practice(parts, coach, practice.meeting, **how, key="c", now=now)
    with pytest.raises(Conflict) as twice:
        await close_practice(parts, coach, practice.meeting, **how, key="d", now=now)

    assert (early.value.code, bare.value.code) == ("not_begun", "cause_missing")
    assert twice.value.code == "already_closed"
    assert (await state(parts, practice))[0] == MeetingStatus.HELD
    (kept,) = await practices_of(parts, coach, candidate, now=now)
    assert (kept.result.kind, kept.result.score) == (PracticeKind.ONSITE, Score.FAIR)
    assert kept.expires_at == now + timedelta(days=180)
    assert kept.meeting == practice.meeting
    async with parts.database.read() as tx:
        acts = list(await tx.scalars(select(activity.c.what)))
    assert acts == ["practice_done"]


async def test_only_a_practice_is_closed_as_one_and_by_its_own_coach(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, other = await house.coach(), await house.coach()
    candidate, trajectory = await less_skilled(house, coach)
    talk = await house.book(trajectory, "2027-03-03T10:00", mode=Mode.PHONE)
    now = clock.set("2027-03-03T10:40")
    how = {"device": DeviceClass.PHONE, "score": Score.GOOD, "cause": None}

    with pytest.raises(Conflict) as refused:
        await close_practice(parts, coach, talk.meeting, **how, key="a", now=now)
    assert refused.value.code == "not_practice"
    with pytest.raises(NotFound):
        await close_practice(parts, other, talk.meeting, **how, key="b", now=now)
    with pytest.raises(NotFound):
        await practices_of(parts, other, candidate, now=now)
    with pytest.raises(NotFound):
        await record_practice(parts, other, candidate, house.practice(), key="c", now=now)


async def test_a_practice_that_did_not_work_asks_a_person_for_help_until_one_is_passed(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    candidate, _ = await less_skilled(house, coach)

    await house.practises(candidate, score=Score.BAD, cause=PracticeCause.MICROPHONE)
    assert await codes(parts, coach) == [TodoCode.PRACTICE_FAILED]
    clock.forward(hours=1)
    await house.practises(candidate)

    assert await codes(parts, coach) == []


async def test_a_waiting_talk_goes_without_a_word_to_the_candidate(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    _, trajectory = await less_skilled(house, coach)
    held = await house.book(trajectory, TALK, provisional=True)

    await cancel_meeting(parts, coach, held.meeting, revision=0, key="a", now=parts.now())

    assert await state(parts, held) == ("cancelled", "video")
    assert await mails(parts, held) == []


async def test_a_paused_trajectory_leaves_its_waiting_talk_until_it_goes_on(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, trajectory = await less_skilled(house, coach)
    held = await house.book(trajectory, TALK, provisional=True)
    paused, active = TrajectoryState.PAUSED, TrajectoryState.ACTIVE
    await set_state(parts, coach, trajectory, paused, key="a", now=parts.now())
    clock.set(DEADLINE)
    await look(parts)
    assert await state(parts, held) == ("provisional", "video")

    await set_state(parts, coach, trajectory, active, key="b", now=parts.now())
    await look(parts)

    assert await state(parts, held) == ("planned", "phone")


async def test_another_coach_does_not_get_a_talk_that_waits(house: House, parts: Parts) -> None:
    coach, other = await house.coach(), await house.coach()
    _, trajectory = await less_skilled(house, coach)
    held = await house.book(trajectory, TALK, provisional=True)

    planner = await house.planner()
    done = await hand_over(parts, planner, trajectory, StaffId(other.id), key="a", now=parts.now())

    assert done.cancelled == (held.meeting,)
    assert await state(parts, held) == ("cancelled", "video")
    assert await codes(parts, other) == [TodoCode.PLAN_NEW]


async def test_a_plan_holds_video_talks_that_wait_for_its_practice(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    room = await house.works(coach)
    candidate, trajectory = await less_skilled(house, coach)
    lines = [
        PlanLine(
            kind=kind,
            mode=mode,
            starts_local=clock.set(starts).replace(tzinfo=None),
            minutes=45,
            room=room if mode is Mode.OFFLINE else None,
        )
        for kind, mode, starts in (
            (MeetingKind.PRACTICE, Mode.OFFLINE, "2027-03-04T10:00"),
            (MeetingKind.PROGRESS, Mode.VIDEO, TALK),
        )
    ]
    now = clock.set("2027-03-01T09:00")
    planner = await house.planner()
    checked = await check_plan(parts, planner, trajectory, lines, now=now)
    assert checked.problems == ()

    made = await book_plan(parts, planner, trajectory, lines, key=uuid4().hex, now=now)

    practice, talk = (Booked(meeting=one, verdict=made.verdicts[0]) for one in made.meetings)
    assert await state(parts, practice) == ("planned", "offline")
    assert await state(parts, talk) == ("provisional", "video")
    await house.practises(candidate, now=clock.set("2027-03-04T10:45"))
    assert await state(parts, talk) == ("planned", "video")


async def test_the_same_practice_sent_twice_is_kept_once(house: House, parts: Parts) -> None:
    coach = await house.coach()
    candidate, _ = await less_skilled(house, coach)
    for _ in range(2):
        await record_practice(
            parts, coach, candidate, house.practice(), key="same", now=parts.now()
        )

    async with parts.database.read() as tx:
        kept = list(await tx.scalars(select(readiness.c.candidate_id)))
    assert [one for one in kept if one] == [UUID(str(candidate))]
