"""Another coach for one talk (E5): what turns with it, who hears of it, and back."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from coaching.facts import ExceptionCode
from coaching.words import MeetingKind, Mode
from server.store import meetings, people
from server.store.schema import notice, outbox
from server.usecases.attention import TodoCode, attention, my_people
from server.usecases.availability import add_absence
from server.usecases.booking import MoveRequest, move_meeting
from server.usecases.by_link import guest_move, guest_times
from server.usecases.coach_bars import BarCode, NewBar, set_bar
from server.usecases.context import (
    CandidateId,
    MeetingId,
    RoomId,
    StaffActor,
    StaffId,
    TrajectoryId,
)
from server.usecases.exceptions import ExceptionRequest, ask_exception
from server.usecases.handing_over import hand_over
from server.usecases.joining import InvitationState, preview_invitation
from server.usecases.overview import show_meeting
from server.usecases.own_page import own_facts
from server.usecases.people import show_candidate
from server.usecases.stand_in_form import stand_in_form
from server.usecases.standing_in import (
    StandInRequest,
    end_stand_in,
    name_stand_in,
)
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Anna's guidance of somebody, with a video talk on 3 March at 14.00; Bram could take it."""

    house: House
    anna: StaffActor
    bram: StaffActor
    planner: StaffActor
    candidate: CandidateId
    trajectory: TrajectoryId
    talk: MeetingId

    async def name(
        self,
        *,
        mode: Mode = Mode.PHONE,
        room: RoomId | None = None,
        coach: StaffActor | None = None,
        revision: int = 1,
        actor: StaffActor | None = None,
    ) -> None:
        wanted = StandInRequest(coach=StaffId((coach or self.bram).id), mode=mode, room=room)
        await name_stand_in(
            self.house.parts,
            actor or self.planner,
            self.talk,
            wanted,
            revision=revision,
            key=uuid4().hex,
            now=self.house.parts.now(),
        )

    async def end(self, *, revision: int) -> None:
        now, key = self.house.parts.now(), uuid4().hex
        await end_stand_in(
            self.house.parts, self.planner, self.talk, revision=revision, key=key, now=now
        )

    async def row(self) -> meetings.MeetingRecord:
        async with self.house.parts.database.read() as tx:
            found = await meetings.meeting_by_id(tx, self.talk)
        assert found is not None
        return found

    async def notices(self, whom: StaffActor) -> list[str]:
        query = select(notice.c.code).where(notice.c.staff_id == whom.id).order_by(notice.c.at)
        async with self.house.parts.database.read() as tx:
            return list((await tx.execute(query)).scalars())


@pytest.fixture
async def scene(house: House) -> Scene:
    anna = await house.coach(name="Anna de Vries")
    candidate = await house.candidate()
    trajectory = await house.acquainted(anna, candidate)
    booked = await house.book(trajectory, "2027-03-03T14:00")
    return Scene(
        house=house,
        anna=anna,
        bram=await house.coach(name="Bram Bakker"),
        planner=await house.planner(),
        candidate=candidate,
        trajectory=trajectory,
        talk=booked.meeting,
    )


async def test_seat_link_and_notices_turn_and_the_guidance_keeps_its_coach(scene: Scene) -> None:
    parts, now = scene.house.parts, scene.house.parts.now()
    old_link = await link_of(parts, scene.talk)

    await scene.name()

    row, link = await scene.row(), await link_of(parts, scene.talk)
    assert (row.coach_id, row.mode, row.revision) == (scene.bram.id, "phone", 2)
    assert (row.local_start, row.trajectory_id) == ("2027-03-03T14:00", scene.trajectory)
    async with parts.database.read() as tx:
        trajectory = await people.trajectory_by_id(tx, scene.trajectory)
        mails = (
            await tx.execute(select(outbox.c.payload).where(outbox.c.kind == "mail"))
        ).scalars()
    assert trajectory is not None
    assert trajectory.coach_id == scene.anna.id
    told = [one for one in mails if one.get("meeting") == str(scene.talk)]
    assert {(one["template"], one["revision"]) for one in told} >= {("moved", 2)}
    assert await scene.notices(scene.bram) == ["stand_in"]
    assert await scene.notices(scene.anna) == ["stand_in_for"]
    assert (await preview_invitation(parts, old_link, now=now)).state is InvitationState.MOVED
    shown = await preview_invitation(parts, link, now=now)
    assert (shown.state, shown.coach_name) == (InvitationState.PHONE, "Bram Bakker")
    assert (await own_facts(parts, link, now=now)).own_coach == "Anna de Vries"


async def test_only_who_has_the_talk_opens_it_and_the_own_coach_still_sees_that_it_is(
    scene: Scene,
) -> None:
    parts, now = scene.house.parts, scene.house.parts.now()
    await scene.name()

    view = await show_meeting(parts, scene.bram, scene.talk, now=now)

    assert (view.line.coach_name, view.marks.stands_in_for) == ("Bram Bakker", "Anna de Vries")
    assert not view.marks.may_stand_in
    with pytest.raises(NotFound):
        await show_meeting(parts, scene.anna, scene.talk, now=now)
    with pytest.raises(NotFound):
        await show_candidate(parts, scene.bram, scene.candidate, now=now)
    seen = await show_candidate(parts, scene.anna, scene.candidate, now=now)
    assert (seen.meetings[0].id, seen.meetings[0].stands_in) == (str(scene.talk), True)
    (person,) = await my_people(parts, scene.anna, now=now)
    assert person.next_meeting is not None
    assert person.next_meeting.stands_in


async def test_video_with_a_stand_in_needs_an_exception_for_another_reason(scene: Scene) -> None:
    parts, now = scene.house.parts, scene.house.parts.now()
    with pytest.raises(Refused) as refused:
        await scene.name(mode=Mode.VIDEO)
    assert refused.value.verdict.leading_rule == "R7"
    assert (await scene.row()).coach_id == scene.anna.id
    for code in (ExceptionCode.DISTANCE, ExceptionCode.OTHER):
        asked = ExceptionRequest(
            trajectory=scene.trajectory, rule="R7", code=code, reason="Vakantie.", valid_until=None
        )
        await ask_exception(parts, scene.planner, asked, key=uuid4().hex, now=now)

    await scene.name(mode=Mode.VIDEO)

    row = await scene.row()
    assert (row.coach_id, row.mode, row.excepted) == (scene.bram.id, "video", True)


async def test_given_back_it_has_its_form_again_whoever_stood_in_last(scene: Scene) -> None:
    third = await scene.house.coach(name="Carla Smit")
    room = await scene.house.room()
    await scene.name()
    await scene.name(coach=third, mode=Mode.OFFLINE, room=room, revision=2)

    await scene.end(revision=3)

    row = await scene.row()
    assert (row.coach_id, row.mode, row.room_id, row.revision) == (scene.anna.id, "video", None, 4)
    assert await scene.notices(scene.anna) == ["stand_in_for", "stand_in_for", "stand_in_back"]
    assert await scene.notices(scene.bram) == ["stand_in", "stand_in_over"]
    assert await scene.notices(third) == ["stand_in", "stand_in_over"]
    with pytest.raises(Conflict, match="no_stand_in"):
        await scene.end(revision=4)


async def test_who_is_taken_or_barred_or_the_coach_already_cannot_stand_in(scene: Scene) -> None:
    house, now = scene.house, scene.house.parts.now()
    taken, barred = await house.coach(), await house.coach()
    own = await house.acquainted(taken)
    await house.book(own, "2027-03-03T14:30")
    bar = NewBar(code=BarCode.FULL, starts_on=date(2027, 3, 1))
    await set_bar(house.parts, scene.planner, StaffId(barred.id), bar, key="b", now=now)

    with pytest.raises(Conflict, match="coach_taken"):
        await scene.name(coach=taken)
    with pytest.raises(Refused) as refused:
        await scene.name(coach=barred)
    assert refused.value.verdict.leading_rule == "R30"
    with pytest.raises(BadInput, match="same_coach"):
        await scene.name(coach=scene.anna)
    with pytest.raises(BadInput, match="coach_unknown"):
        await scene.name(coach=scene.planner)
    with pytest.raises(Conflict, match="stale"):
        await scene.name(revision=7)
    with pytest.raises(NotAllowed):
        await scene.name(actor=scene.anna)
    assert (await scene.row()).revision == 1


async def test_an_acquaintance_has_no_stand_in(house: House, scene: Scene) -> None:
    room = await house.room()
    first = await house.book(
        await house.trajectory(scene.anna),
        "2027-03-04T10:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=room,
    )
    now = house.parts.now()
    wanted = StandInRequest(coach=StaffId(scene.bram.id), mode=Mode.OFFLINE, room=room)

    with pytest.raises(BadInput, match="stand_in_first"):
        await name_stand_in(
            house.parts, scene.planner, first.meeting, wanted, revision=1, key="a", now=now
        )
    shown = await show_meeting(house.parts, scene.planner, first.meeting, now=now)
    assert not shown.marks.may_stand_in


async def test_holiday_of_the_own_coach_is_settled_and_what_is_to_do_goes_along(
    scene: Scene,
) -> None:
    parts, now = scene.house.parts, scene.house.parts.now()
    start = (await scene.row()).starts_at.replace(tzinfo=None)
    await add_absence(
        parts,
        scene.planner,
        StaffId(scene.anna.id),
        starts_local=start.replace(hour=0),
        ends_local=start.replace(hour=0),
        all_day=True,
        key="away",
        now=now,
    )
    codes = [one.code for one in await attention(parts, scene.anna, now=now)]
    assert TodoCode.ABSENCE_CONFLICT in codes

    await scene.name()

    left = [one for one in await attention(parts, scene.anna, now=now) if one.meeting == scene.talk]
    assert left == []


async def test_moving_keeps_the_stand_in_by_staff_and_by_the_candidate(scene: Scene) -> None:
    house, parts, now = scene.house, scene.house.parts, scene.house.parts.now()
    await house.works(scene.bram)
    await scene.name()
    local = (await scene.row()).starts_at.astimezone(parts.settings.tz).replace(tzinfo=None)
    await move_meeting(
        parts,
        scene.bram,
        scene.talk,
        MoveRequest(
            starts_local=local + timedelta(days=1),
            minutes=45,
            mode=Mode.PHONE,
            room=None,
        ),
        revision=2,
        key="m",
        now=now,
    )
    link = await link_of(parts, scene.talk)

    times = (await guest_times(parts, link, now=now)).times
    assert {one.time.coach for one in times} == {scene.bram.id}
    await guest_move(parts, link, offer=times[0].offer, key="g", now=now)

    assert (await scene.row()).coach_id == scene.bram.id


async def test_hand_over_leaves_the_talk_to_who_stands_in(scene: Scene) -> None:
    parts, now = scene.house.parts, scene.house.parts.now()
    new = await scene.house.coach()
    await scene.name()

    done = await hand_over(
        parts, scene.planner, scene.trajectory, StaffId(new.id), key="h", now=now
    )

    assert (done.moved, done.cancelled) == ((), ())
    row = await scene.row()
    assert (row.coach_id, row.status) == (scene.bram.id, "planned")


async def test_planner_sees_who_is_free_first(scene: Scene) -> None:
    house, now = scene.house, scene.house.parts.now()
    await house.works(scene.bram)
    no_hours = await house.coach(name="Aad Aarts")

    form = await stand_in_form(house.parts, scene.planner, scene.talk, now=now)

    named = [(one.name, one.why_not) for one in form.coaches]
    assert named[0] == (scene.bram.name, None)
    assert (no_hours.name, "no_hours") in named
    assert scene.anna.name not in dict(named)
    with pytest.raises(NotAllowed):
        await stand_in_form(house.parts, scene.anna, scene.talk, now=now)
