"""Somebody else guides a practice: what they may, and what the own coach keeps."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from coaching.errors import Conflict, NotFound, Refused
from coaching.facts import DeviceClass, PracticeKind
from coaching.practising import PracticeStep
from coaching.words import MeetingKind, Mode, Score, Skill, TrajectoryState
from server.store.schema import meeting as talks
from server.store.schema import notice, readiness
from server.usecases.access import ByLink
from server.usecases.booking import cancel_meeting
from server.usecases.by_link import guest_cancel
from server.usecases.coach_bars import BarCode, NewBar, set_bar
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor, StaffId, TrajectoryId
from server.usecases.guiding import set_state
from server.usecases.letters import letter_of
from server.usecases.overview import show_meeting
from server.usecases.people import show_candidate
from server.usecases.practice_guides import ask_to_guide
from server.usecases.practising import begin_practice
from server.usecases.practising_booking import together_times
from server.usecases.practising_together import point_at, point_no_more, watch_practice
from server.usecases.readiness import PracticeResult, close_practice, record_practice
from server.usecases.skill import open_proposals
from server.usecases.standing_in import StandInRequest, name_stand_in
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract

PHONE = DeviceClass.PHONE


async def invited(house: House, coach: StaffActor) -> tuple[CandidateId, TrajectoryId, MeetingId]:
    """Mo practises on Thursday 4 March at two."""
    candidate = await house.candidate(name="Mo", skill=Skill.LESS)
    trajectory = await house.acquainted(coach, candidate)
    booked = await house.book(trajectory, "2027-03-04T14:00", kind=MeetingKind.PRACTICE)
    return candidate, trajectory, booked.meeting


async def give(parts: Parts, actor: StaffActor, practice: MeetingId, guide: StaffActor) -> None:
    whom = StaffId(guide.id)
    await ask_to_guide(parts, actor, practice, whom, key=f"to-{whom}", now=parts.now())


async def guided(
    house: House, coach: StaffActor
) -> tuple[CandidateId, TrajectoryId, MeetingId, StaffActor]:
    """The same practice, which Vera guides."""
    vera = await house.coach(name="Vera")
    candidate, trajectory, practice = await invited(house, coach)
    await give(house.parts, coach, practice, vera)
    return candidate, trajectory, practice, vera


async def heard(parts: Parts, who: StaffActor) -> list[str]:
    """The notices of this person, oldest first."""
    async with parts.database.read() as tx:
        query = select(notice.c.code).where(notice.c.staff_id == who.id)
        return list((await tx.scalars(query.order_by(notice.c.at, notice.c.code))).all())


async def guide_of(parts: Parts, practice: UUID) -> UUID | None:
    async with parts.database.read() as tx:
        return await tx.scalar(select(talks.c.coach_id).where(talks.c.id == practice))


async def test_r30_whoever_must_not_see_a_candidate_is_not_asked_to_guide(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach, barred = await house.coach(), await house.coach(name="Bar")
    candidate, _, practice = await invited(house, coach)
    bar = NewBar(code=BarCode.CONFLICT, starts_on=date(2027, 1, 1), candidate=candidate)
    await set_bar(parts, await house.planner(), StaffId(barred.id), bar, key="b", now=parts.now())

    with pytest.raises(Refused) as refused:
        await give(parts, coach, practice, barred)

    assert "R30" in {one.rule for one in refused.value.verdict.reasons}
    assert await guide_of(parts, practice) == coach.id


async def test_a_practice_that_is_over_is_given_to_nobody(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach, other = await house.coach(), await house.coach(name="Vera")
    _, _, practice = await invited(house, coach)
    assert (await watch_practice(parts, coach, practice, now=parts.now())).to_come
    clock.set("2027-03-04T14:00")

    with pytest.raises(Conflict) as refused:
        await give(parts, coach, practice, other)

    assert refused.value.code == "too_late"
    assert not (await watch_practice(parts, coach, practice, now=parts.now())).to_come


async def test_the_own_coach_takes_a_practice_back_and_a_stranger_does_not(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach, vera, stranger = [await house.coach(name=name) for name in ("Anna", "Vera", "Wim")]
    _, _, practice = await invited(house, coach)
    await give(parts, coach, practice, vera)
    with pytest.raises(NotFound):
        await show_meeting(parts, coach, practice, now=parts.now())
    with pytest.raises(NotFound):
        await give(parts, stranger, practice, stranger)

    await give(parts, coach, practice, coach)

    assert await guide_of(parts, practice) == coach.id
    await show_meeting(parts, coach, practice, now=parts.now())
    with pytest.raises(NotFound):
        await watch_practice(parts, vera, practice, now=parts.now())


async def test_everybody_hears_who_guides_and_the_guide_that_it_is_off(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach, vera, wim = [await house.coach(name=name) for name in ("Anna", "Vera", "Wim")]
    planner = await house.planner()
    _, _, practice = await invited(house, coach)

    await give(parts, planner, practice, vera)
    await give(parts, planner, practice, wim)
    await guest_cancel(parts, await link_of(parts, practice), key="z", now=parts.now())

    assert await heard(parts, coach) == ["practice_guided", "practice_guided"]
    assert sorted(await heard(parts, vera)) == ["practice_given_on", "practice_to_guide"]
    assert sorted(await heard(parts, wim)) == ["practice_off", "practice_to_guide"]


async def test_who_did_it_themselves_is_not_told_so(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach = await house.coach()
    _, _, practice, vera = await guided(house, coach)

    view = await show_meeting(parts, vera, practice, now=parts.now())
    await cancel_meeting(parts, vera, practice, revision=view.revision, key="c", now=parts.now())

    assert await heard(parts, coach) == []
    assert await heard(parts, vera) == ["practice_to_guide"]


async def test_a_guide_follows_no_practice_but_their_own(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach, vera = await house.coach(), await house.coach(name="Vera")
    _, trajectory, practice = await invited(house, coach)
    later = await house.book(trajectory, "2027-03-11T14:00", kind=MeetingKind.PRACTICE)
    await give(parts, coach, practice, vera)
    own, other = await link_of(parts, practice), await link_of(parts, later.meeting)

    await begin_practice(parts, ByLink(token=other), PHONE, now=parts.now())
    before = await watch_practice(parts, vera, practice, now=parts.now())
    assert (before.kind, before.going_on, before.steps) == (None, False, ())
    for act in (
        point_at(parts, vera, practice, PracticeStep.SEE, now=parts.now()),
        point_no_more(parts, vera, practice, now=parts.now()),
    ):
        with pytest.raises(Conflict) as refused:
            await act
        assert refused.value.code == "practice_over"
    assert (await watch_practice(parts, coach, practice, now=parts.now())).kind is not None

    clock.set("2027-03-04T14:05")  # at its time it is followed, by whichever link Mo came
    await begin_practice(parts, ByLink(token=own), PHONE, now=parts.now())
    assert (await watch_practice(parts, vera, practice, now=parts.now())).going_on
    await point_at(parts, vera, practice, PracticeStep.SEE, now=parts.now())

    clock.set("2027-03-09T10:00")
    await begin_practice(parts, ByLink(token=other), PHONE, now=parts.now())
    assert (await watch_practice(parts, vera, practice, now=parts.now())).kind is None


async def test_a_guide_of_a_cancelled_practice_sees_nothing_of_the_next(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach = await house.coach()
    _, trajectory, practice, vera = await guided(house, coach)
    view = await show_meeting(parts, vera, practice, now=parts.now())
    await cancel_meeting(parts, vera, practice, revision=view.revision, key="c", now=parts.now())
    later = await house.book(trajectory, "2027-03-11T14:00", kind=MeetingKind.PRACTICE)
    clock.set("2027-03-04T14:05")
    token = await link_of(parts, later.meeting)
    await begin_practice(parts, ByLink(token=token), PHONE, now=parts.now())

    watched = await watch_practice(parts, vera, practice, now=parts.now())

    assert (watched.kind, watched.going_on, watched.steps) == (None, False, ())
    with pytest.raises(Conflict):
        await point_at(parts, vera, practice, PracticeStep.SEE, now=parts.now())


async def test_a_practice_is_offered_from_the_own_coach_by_the_link_of_a_stand_in(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach, other = await house.coach(name="Anna"), await house.coach(name="Bo")
    await house.works(other)  # the own coach has no hours at all
    trajectory = await house.acquainted(coach, await house.candidate(name="Mo"))
    booked = await house.book(trajectory, "2027-03-09T14:00", mode=Mode.PHONE)
    request = StandInRequest(coach=StaffId(other.id), mode=Mode.PHONE, room=None)
    planner, now = await house.planner(), parts.now()
    await name_stand_in(parts, planner, booked.meeting, request, revision=1, key="s", now=now)
    token = await link_of(parts, booked.meeting)

    assert (await together_times(parts, token, now=now)).times == ()

    await house.works(coach)
    offered = (await together_times(parts, token, now=now)).times
    assert {one.time.coach_name for one in offered} == {"Anna"}


async def close(
    parts: Parts, who: StaffActor, practice: MeetingId, *, unseen: bool = False
) -> None:
    """Mo did well, and whoever closes it takes them for able."""
    await close_practice(
        parts,
        who,
        practice,
        device=PHONE,
        score=Score.GOOD,
        cause=None,
        skill=Skill.ABLE,
        without_camera=unseen,
        key="close",
        now=parts.now(),
    )


async def test_a_guide_proposes_a_level_and_the_own_coach_sets_it(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach = await house.coach()
    candidate, _, practice, vera = await guided(house, coach)
    clock.set("2027-03-04T14:40")

    await close(parts, vera, practice)

    assert (await show_candidate(parts, coach, candidate, now=parts.now())).skill == Skill.LESS
    assert [one.proposed for one in await open_proposals(parts, coach)] == [Skill.ABLE]


async def test_a_coach_whose_guidance_ended_closes_the_practice_and_sets_no_level(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach, planner = await house.coach(), await house.planner()
    candidate, trajectory, practice = await invited(house, coach)
    now = clock.set("2027-03-04T14:40")
    await set_state(parts, coach, trajectory, TrajectoryState.ENDED, key="e", now=now)

    await close(parts, coach, practice)

    assert (await show_candidate(parts, planner, candidate, now=now)).skill == Skill.LESS
    assert [one.proposed for one in await open_proposals(parts, planner)] == [Skill.ABLE]


async def test_the_letter_of_a_practice_is_not_for_who_guides_it(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach = await house.coach()
    _, _, practice, vera = await guided(house, coach)

    with pytest.raises(NotFound):
        await letter_of(parts, vera, practice, now=parts.now())

    (told,) = (await letter_of(parts, coach, practice, now=parts.now())).talks
    assert told.link


@pytest.mark.parametrize("unseen", [False, True])
async def test_whoever_writes_a_practice_down_says_whether_it_was_without_a_camera(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock, *, unseen: bool
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach = await house.coach()
    candidate, _, practice = await invited(house, coach)
    clock.set("2027-03-04T14:40")
    result = PracticeResult(
        device=PHONE, kind=PracticeKind.ONSITE, score=Score.GOOD, without_camera=unseen
    )

    await close(parts, coach, practice, unseen=unseen)
    await record_practice(parts, coach, candidate, result, key="r", now=parts.now())

    async with parts.database.read() as tx:
        query = select(readiness.c.without_camera).where(readiness.c.candidate_id == candidate)
        assert (await tx.scalars(query)).all() == [unseen, unseen]


@pytest.mark.parametrize("unseen", [False, True])
async def test_a_practice_without_a_camera_raises_no_level(
    sqlite_house: House, sqlite_parts: Parts, *, unseen: bool
) -> None:
    house, parts = sqlite_house, sqlite_parts
    coach = await house.coach()
    candidate = await house.candidate(name="Mo", skill=Skill.NONE)
    await house.acquainted(coach, candidate)
    result = PracticeResult(
        device=PHONE, kind=PracticeKind.ONSITE, score=Score.GOOD, without_camera=unseen
    )

    await record_practice(parts, coach, candidate, result, key="r", now=parts.now())

    raised = [one.proposed for one in await open_proposals(parts, coach)]
    assert raised == ([] if unseen else [Skill.LESS])
