"""Who has one talk of another coach's guidance, or had a guidance: what they may not (0027)."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from coaching.errors import NotFound
from coaching.facts import ExceptionCode
from coaching.practising import PracticeStep
from coaching.trigger_facts import FailureCause
from coaching.words import (
    Comfort,
    Language,
    MeetingKind,
    MeetingStatus,
    Mode,
    Score,
    Skill,
    SkillSource,
    TrajectoryState,
)
from server.app import build_app
from server.store import meetings
from server.store.aftermath import insert_proposal, set_skill
from server.usecases.accounts import actor_behind
from server.usecases.booking import BookingRequest, cancel_meeting, record_outcome
from server.usecases.comfort import ComfortSaid
from server.usecases.context import (
    CandidateId,
    GuestActor,
    MeetingId,
    Parts,
    StaffActor,
    StaffId,
    TrajectoryId,
)
from server.usecases.exceptions import ExceptionRequest, ask_exception
from server.usecases.explaining import explain, explain_booking
from server.usecases.failing import fail_talk, show_fallback
from server.usecases.free_times import free_times
from server.usecases.guiding import set_state
from server.usecases.joining import redeem_invitation
from server.usecases.letters import letter_of
from server.usecases.next_date import next_times
from server.usecases.overview import show_meeting
from server.usecases.people import show_candidate
from server.usecases.practice_guides import ask_to_guide
from server.usecases.practice_views import practices_of
from server.usecases.practising_together import point_at, pointed_in_talk, practice_link
from server.usecases.preferences import Preference, save_comfort, save_preference
from server.usecases.skill import decide_proposal, open_proposals
from server.usecases.standing_in import StandInRequest, name_stand_in
from server.usecases.tasks import give_task, task_sheet
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.contract


async def stood_in(
    house: House, own: StaffActor, other: StaffActor, starts: str = "2027-03-09T14:00"
) -> tuple[TrajectoryId, MeetingId]:
    """A talk by phone of the guidance of `own`, which `other` takes."""
    trajectory = await house.acquainted(own, await house.candidate(name="Mo"))
    talk = (await house.book(trajectory, starts, mode=Mode.PHONE)).meeting
    wanted = StandInRequest(coach=StaffId(other.id), mode=Mode.PHONE, room=None)
    parts, planner = house.parts, await house.planner()
    await name_stand_in(parts, planner, talk, wanted, revision=1, key="n", now=parts.now())
    return trajectory, talk


async def guided(house: House, own: StaffActor, guide: StaffActor) -> MeetingId:
    """A practice by video on 4 March at two, of the guidance of `own`."""
    trajectory = await house.acquainted(own, await house.candidate(name="Mo"))
    booked = await house.book(trajectory, "2027-03-04T14:00", kind=MeetingKind.PRACTICE)
    now = house.parts.now()
    await ask_to_guide(house.parts, own, booked.meeting, StaffId(guide.id), key="g", now=now)
    return booked.meeting


async def test_a_stand_in_reads_nothing_of_what_comes_next_and_plans_none_of_it(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts, now = sqlite_house, sqlite_parts, sqlite_parts.now()
    own, other = await house.coach(), await house.coach()
    trajectory, talk = await stood_in(house, own, other)
    await house.book(trajectory, "2027-03-16T14:00", mode=Mode.PHONE)

    sheet = await task_sheet(parts, other, talk, now=now)

    assert (sheet.next_at, sheet.candidate, sheet.may_plan) == (None, None, False)
    assert sheet.may_give
    assert not sheet.wants_next
    with pytest.raises(NotFound):
        await next_times(parts, other, talk, now=now)
    seen = await task_sheet(parts, await house.planner(), talk, now=now)
    assert seen.next_at is not None


async def test_who_stood_in_finishes_the_talk_for_a_day_and_then_only_reads_it(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_parts
    own, other = await house.coach(), await house.coach()
    _, talk = await stood_in(house, own, other)
    ended = clock.set("2027-03-11T10:00")
    held = MeetingStatus.HELD
    await record_outcome(parts, other, talk, held, key="o", now=ended)
    await give_task(parts, other, talk, "Bel de gemeente", key="t", now=ended)

    late = ended + timedelta(days=1)

    with pytest.raises(NotFound):
        await give_task(parts, other, talk, "Bel nog eens", key="u", now=late)
    view = await show_meeting(parts, other, talk, now=late)
    assert (view.may_change, view.can_close, view.candidate_phone) == (False, False, None)
    sheet = await task_sheet(parts, other, talk, now=late)
    assert (sheet.may_change, sheet.may_give, len(sheet.tasks)) == (False, False, 1)
    await give_task(parts, await house.planner(), talk, "Bel nog eens", key="v", now=late)


async def test_who_stood_in_looks_for_no_other_time_of_a_talk_that_is_over(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_parts
    own, other = await house.coach(), await house.coach()
    trajectory, talk = await stood_in(house, own, other)
    request = BookingRequest(
        trajectory=trajectory,
        kind=MeetingKind.PROGRESS,
        mode=Mode.PHONE,
        starts_local=datetime.fromisoformat("2027-03-16T15:00"),
        minutes=45,
        room=None,
    )

    async def times(now: datetime) -> None:
        wanted = {"kind": MeetingKind.PROGRESS, "mode": Mode.PHONE, "minutes": 45, "talk": talk}
        await free_times(parts, other, trajectory, **wanted, now=now)

    async def why(now: datetime) -> None:
        await explain_booking(parts, other, request, moved=talk, now=now)

    await times(parts.now())
    await why(parts.now())
    ended = clock.set("2027-03-11T10:00")
    await record_outcome(parts, other, talk, MeetingStatus.HELD, key="o", now=ended)
    await why(ended)
    for look in (times, why):
        with pytest.raises(NotFound, match="meeting_unknown"):
            await look(ended + timedelta(days=1))


async def test_who_stood_in_prints_no_letter_of_a_talk_called_off_long_ago(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_parts
    own, other = await house.coach(), await house.coach()
    _, talk = await stood_in(house, own, other)
    await cancel_meeting(parts, other, talk, revision=2, key="c", now=parts.now())
    assert (await letter_of(parts, other, talk, now=parts.now())).cancelled

    late = clock.set("2027-03-11T10:00")

    with pytest.raises(NotFound):
        await letter_of(parts, other, talk, now=late)


async def test_a_stand_in_excuses_the_camera_and_lifts_no_other_rule(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts, now = sqlite_house, sqlite_parts, sqlite_parts.now()
    own, other = await house.coach(), await house.coach()
    trajectory, talk = await stood_in(house, own, other)

    def asked(rule: str) -> ExceptionRequest:
        return ExceptionRequest(
            trajectory=trajectory,
            rule=rule,
            code=ExceptionCode.OTHER,
            reason="Op verzoek",
            valid_until=None,
            meeting=talk,
        )

    await ask_exception(parts, other, asked("R4"), key="a", now=now)
    with pytest.raises(NotFound):
        await ask_exception(parts, other, asked("R7"), key="b", now=now)
    await ask_exception(parts, own, asked("R7"), key="c", now=now)


async def test_a_coach_whose_guidance_ended_reads_the_file_and_changes_nothing_in_it(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts, now = sqlite_house, sqlite_parts, sqlite_parts.now()
    before, after = await house.coach(), await house.coach()
    candidate = await house.candidate(name="Mo")
    ended = await house.acquainted(before, candidate)
    await set_state(parts, before, ended, TrajectoryState.ENDED, key="e", now=now)
    await house.acquainted(after, candidate)
    likes = Preference(mode=Mode.PHONE)

    assert not (await show_candidate(parts, before, candidate, now=now)).may_change
    assert (await show_candidate(parts, after, candidate, now=now)).may_change
    with pytest.raises(NotFound):
        await save_preference(parts, before, candidate, likes, key="p", now=now)
    await save_preference(parts, after, candidate, likes, key="q", now=now)


async def test_a_coach_whose_guidance_ended_decides_on_no_level_that_was_proposed_in_it(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    house, parts, now = sqlite_house, sqlite_parts, sqlite_parts.now()
    before, after = await house.coach(), await house.coach()
    candidate = await house.candidate(name="Mo", skill=Skill.LESS)
    ended = await house.acquainted(before, candidate)
    level = {"what": "skill", "skill": Skill.NONE, "before": Skill.LESS, "at": now}
    whose = {"candidate_id": candidate, "trajectory_id": ended}
    async with parts.database.write() as tx:
        proposal = await insert_proposal(tx, why=SkillSource.PRACTICE, **whose, **level)
    assert [one.id for one in await open_proposals(parts, before)] == [proposal]
    await set_state(parts, before, ended, TrajectoryState.ENDED, key="e", now=now)
    await house.acquainted(after, candidate)

    assert await open_proposals(parts, before) == ()
    with pytest.raises(NotFound, match="proposal_unknown"):
        await decide_proposal(parts, before, proposal, accept=True, key="a", now=now)
    planner = await house.planner()
    assert [one.id for one in await open_proposals(parts, planner)] == [proposal]
    await decide_proposal(parts, planner, proposal, accept=False, key="b", now=now)


async def test_a_coach_whose_guidance_ended_reads_what_was_known_then_and_nothing_newer(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock, aiohttp_client: object
) -> None:
    house, parts = sqlite_house, sqlite_parts
    before, after = await house.coach(), await house.coach()
    candidate = await house.candidate(name="Mo", skill=Skill.LESS)
    ended = await house.acquainted(before, candidate)
    talk = (await house.book(ended, "2027-03-09T14:00", mode=Mode.PHONE)).meeting
    await house.practises(candidate, score=Score.FAIR)
    await set_state(parts, before, ended, TrajectoryState.PAUSED, key="p", now=parts.now())
    then = clock.forward(days=1)
    await set_state(parts, before, ended, TrajectoryState.ENDED, key="e", now=then)
    now = clock.forward(days=1)
    await house.book(await house.acquainted(after, candidate), "2027-03-16T14:00", mode=Mode.PHONE)
    said = ComfortSaid(level=Comfort.AT_EASE, source=SkillSource.SELF, since=now.date())
    await save_comfort(parts, after, candidate, said, key="c", now=now)
    await save_preference(parts, after, candidate, Preference(mode=Mode.VIDEO), key="q", now=now)
    await house.practises(candidate, now=now)
    async with parts.database.write() as tx:
        await set_skill(tx, candidate, Skill.ABLE, SkillSource.PRACTICE, since=now.date(), now=now)

    seen = await show_candidate(parts, before, candidate, now=now)

    assert (seen.skill, seen.comfort) == (Skill.LESS, None)
    assert [one.still_since for one in seen.trajectories] == [then]
    assert {one.coach_name for one in seen.meetings} == {before.name}
    kept = await practices_of(parts, before, candidate, now=now)
    assert [one.result.score for one in kept] == [Score.FAIR]
    assert (await show_meeting(parts, before, talk, now=now)).skill is Skill.LESS
    told = dict((await explain(parts, before, talk, language=Language.NL, now=now)).facts)
    newer = dict((await explain(parts, None, talk, language=Language.NL, now=now)).facts)
    differ = {name for name in newer if told[name] != newer[name]}
    assert differ >= {"Digitale vaardigheid", "Wens van de kandidaat"}, differ
    whole = await show_candidate(parts, after, candidate, now=now)
    assert (whole.skill, whole.comfort) == (Skill.ABLE, said)
    assert len(await practices_of(parts, after, candidate, now=now)) == 2

    visitor = Visitor(await aiohttp_client(build_app(parts)))  # type: ignore[operator]  # the fixture is untyped
    await visitor.sign_in(before)
    page = await visitor.open(f"/candidates/{candidate}")
    assert page.status == 200
    assert "16 maart" not in page.text()


async def test_where_whoever_guides_points_is_for_the_two_of_that_practice(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    house, parts = sqlite_house, sqlite_parts
    own, guide, stranger = [await house.coach() for _ in range(3)]
    practice = await guided(house, own, guide)
    now = clock.set("2027-03-04T14:01")
    step = PracticeStep.CAMERA
    await point_at(parts, guide, practice, step, now=now)

    def guest(meeting: MeetingId) -> GuestActor:
        return GuestActor(
            meeting=meeting,
            candidate=CandidateId(uuid4()),
            name="Iemand",
            language=Language.NL,
            device=uuid4(),
            csrf="",
        )

    assert await pointed_in_talk(parts, guest(practice), practice) is step
    assert await pointed_in_talk(parts, guide, practice) is step
    for other in (guest(MeetingId(uuid4())), stranger, own):
        assert await pointed_in_talk(parts, other, practice) is None
    session, _ = await redeem_invitation(parts, await link_of(parts, practice), now=now)
    came = await actor_behind(parts, session, now=now)
    assert came is not None
    assert await pointed_in_talk(parts, came, practice) is step
    async with parts.database.write() as tx:
        await meetings.revoke_invitations(tx, practice, now=now)
    assert await pointed_in_talk(parts, came, practice) is None


async def test_who_guided_a_practice_that_failed_plans_nothing_and_loses_number_and_link(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock, aiohttp_client: object
) -> None:
    house, parts = sqlite_house, sqlite_parts
    own, guide = await house.coach(), await house.coach()
    practice = await guided(house, own, guide)
    now = clock.set("2027-03-04T14:05")
    await fail_talk(parts, practice, FailureCause.SERVER, by=None, now=now)

    shown = await show_fallback(parts, guide, practice, now=now)
    assert shown is not None
    assert (bool(shown.phone), shown.may_plan, shown.may_change) == (True, False, True)
    visitor = Visitor(await aiohttp_client(build_app(parts)))  # type: ignore[operator]  # the fixture is untyped
    await visitor.sign_in(guide)
    seen = await visitor.open(f"/talk/{practice}/fallback?as=coach")
    assert seen.has("//*[@id='own-coach-plans']")
    assert not seen.has("//button[@name='meeting'] | //*[@id='again-online']")

    late = now + timedelta(days=2)
    shown = await show_fallback(parts, guide, practice, now=late)
    assert shown is not None
    assert (shown.phone, shown.may_plan, shown.may_change) == ("", False, False)
    with pytest.raises(NotFound):
        await practice_link(parts, guide, practice, now=late)
