"""R27: nothing but first talks and practice until both said yes, once somebody asked."""

from datetime import date
from uuid import uuid4

import pytest

from coaching.errors import BadInput, Conflict, NotFound, Refused
from coaching.words import MeetingKind, MeetingStatus, Mode, Role
from server.usecases.agreeing import (
    AgreementView,
    Answer,
    Said,
    Way,
    agreements_of_candidate,
    ask_agreement,
    record_answer,
)
from server.usecases.booking import Booked, record_outcome
from server.usecases.by_link import guest_move, guest_times
from server.usecases.context import CandidateId, Parts, StaffActor, StaffId, TrajectoryId
from server.usecases.handing_over import hand_over
from server.usecases.people import start_trajectory
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract

BOTH = frozenset(Role)


async def say(
    house: House,
    actor: StaffActor,
    trajectory: TrajectoryId,
    answer: Answer,
    roles: frozenset[Role] = BOTH,
    *,
    given_on: date = date(2027, 2, 26),
    way: Way = Way.TALK,
) -> None:
    said = Said(roles=roles, answer=answer, way=way, given_on=given_on)
    parts = house.parts
    await record_answer(parts, actor, trajectory, said, key=uuid4().hex, now=parts.now())


async def ask(house: House, actor: StaffActor, trajectory: TrajectoryId) -> None:
    await ask_agreement(house.parts, actor, trajectory, key=uuid4().hex, now=house.parts.now())


async def view(
    parts: Parts, actor: StaffActor, person: CandidateId, trajectory: TrajectoryId
) -> AgreementView:
    return (await agreements_of_candidate(parts, actor, person))[trajectory]


async def test_where_nobody_asked_everything_can_be_booked(house: House, parts: Parts) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory = await house.acquainted(coach, person)

    assert isinstance(await house.book(trajectory, "2027-03-03T14:00"), Booked)

    seen = await view(parts, coach, person, trajectory)
    assert (seen.asked, seen.agreed, seen.answers) == (False, frozenset(), ())


async def test_once_asked_only_a_first_talk_and_practice_wait_for_nobody(house: House) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    await ask(house, coach, trajectory)
    await say(house, coach, trajectory, Answer.YES, frozenset({Role.CANDIDATE}))

    for mode, room in ((Mode.VIDEO, None), (Mode.PHONE, None), (Mode.OFFLINE, await house.room())):
        with pytest.raises(Refused) as refused:
            await house.book(trajectory, "2027-03-03T14:00", mode=mode, room=room)
        verdict = refused.value.verdict
        assert verdict.leading_rule == "R27"
        assert "ask_consent" in {one.action for one in verdict.alternatives}
    for kind, day in ((MeetingKind.ACQUAINTANCE, "03"), (MeetingKind.PRACTICE, "04")):
        await house.book(
            trajectory,
            f"2027-03-{day}T14:00",
            kind=kind,
            mode=Mode.OFFLINE,
            room=await house.room(),
        )


async def test_both_yes_opens_and_a_withdrawal_closes_for_what_is_new_only(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory = await house.acquainted(coach, person)
    await ask(house, coach, trajectory)
    await say(house, coach, trajectory, Answer.YES, way=Way.PHONE)
    booked = await house.book(trajectory, "2027-03-03T14:00")

    clock.forward(minutes=5)
    await say(
        house,
        coach,
        trajectory,
        Answer.WITHDRAWN,
        frozenset({Role.CANDIDATE}),
        given_on=date(2027, 3, 1),
        way=Way.MAIL,
    )

    seen = await view(parts, coach, person, trajectory)
    assert (seen.complete, seen.agreed) == (False, frozenset({Role.COACH}))
    newest = seen.answers[0]
    assert (newest.role, newest.answer, newest.way, newest.given_on) == (
        Role.CANDIDATE,
        Answer.WITHDRAWN,
        Way.MAIL,
        date(2027, 3, 1),
    )
    assert len(seen.answers) == 3
    with pytest.raises(Refused):
        await house.book(trajectory, "2027-03-10T14:00")
    assert (await guest_times(parts, await link_of(parts, booked.meeting), now=clock())).can_cancel


async def test_a_first_answer_is_a_question_too(house: House) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)

    await say(house, coach, trajectory, Answer.NO, frozenset({Role.COACH}))

    with pytest.raises(Refused):
        await house.book(trajectory, "2027-03-03T14:00")


async def test_an_answer_that_cannot_be_is_refused(house: House, parts: Parts) -> None:
    coach, stranger, person = await house.coach(), await house.coach(), await house.candidate()
    trajectory = await house.acquainted(coach, person)

    with pytest.raises(Conflict):
        await say(house, coach, trajectory, Answer.WITHDRAWN)
    for day in (date(2027, 3, 2), date(1999, 12, 31)):
        with pytest.raises(BadInput):
            await say(house, coach, trajectory, Answer.YES, given_on=day)
    with pytest.raises(BadInput):
        await say(house, coach, trajectory, Answer.YES, frozenset())
    with pytest.raises(NotFound):
        await say(house, stranger, trajectory, Answer.YES)
    with pytest.raises(NotFound):
        await ask(house, stranger, trajectory)
    assert await agreements_of_candidate(parts, stranger, person) == {}
    assert not (await view(parts, coach, person, trajectory)).asked


async def test_a_form_sent_twice_is_one_answer(house: House, parts: Parts) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory = await house.acquainted(coach, person)
    said = Said(roles=BOTH, answer=Answer.YES, way=Way.LETTER, given_on=date(2027, 3, 1))

    for _ in range(2):
        await record_answer(parts, coach, trajectory, said, key="k", now=parts.now())

    assert len((await view(parts, coach, person, trajectory)).answers) == 2


async def test_another_coach_is_another_question(house: House, parts: Parts, clock: Clock) -> None:
    coach, other, person = await house.coach(), await house.coach(), await house.candidate()
    trajectory = await house.acquainted(coach, person)
    await say(house, coach, trajectory, Answer.YES)

    await hand_over(
        parts,
        await house.planner(),
        trajectory,
        StaffId(other.id),
        key="h",
        now=clock(),
    )

    seen = await view(parts, other, person, trajectory)
    assert (seen.asked, seen.agreed, seen.answers) == (True, frozenset(), ())


async def test_a_talk_planned_after_the_acquaintance_can_be_moved_before_anybody_agreed(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, person = await house.coach(), await house.candidate()
    await house.works(coach)
    trajectory = await start_trajectory(
        parts,
        await house.planner(),
        person,
        StaffId(coach.id),
        talks=6,
        minutes=45,
        ask_agreement=True,
        key="t",
        now=clock(),
    )
    first = await house.book(
        trajectory,
        "2027-03-02T10:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=await house.room(),
    )
    await say(house, coach, trajectory, Answer.YES)
    later = await house.book(trajectory, "2027-03-10T14:00", mode=Mode.PHONE)
    await say(house, coach, trajectory, Answer.WITHDRAWN)
    token = await link_of(parts, later.meeting)

    times = (await guest_times(parts, token, now=clock())).times
    after = next(one for one in times if one.time.starts_at > clock.set("2027-03-02T11:00"))
    await guest_move(parts, token, offer=after.offer, key="m", now=clock.set("2027-03-01T09:00"))

    now = clock.set("2027-03-02T11:00")
    await record_outcome(parts, coach, first.meeting, MeetingStatus.HELD, key="o", now=now)
    token = await link_of(parts, later.meeting)
    assert (await guest_times(parts, token, now=now)).times == ()
