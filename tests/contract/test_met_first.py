"""Nobody comes to a video talk round the acquaintance: by another mode, or at the door (R8)."""

from datetime import datetime
from uuid import uuid4

import pytest

from coaching.errors import Refused
from coaching.facts import ExceptionCode
from coaching.words import MeetingKind, MeetingStatus, Mode, Role
from server.store import notices
from server.usecases.accounts import actor_behind
from server.usecases.booking import Booked, MoveRequest, move_meeting, record_outcome
from server.usecases.context import Actor, MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.door import may_enter
from server.usecases.exceptions import ExceptionRequest, ask_exception
from server.usecases.holding import put_back
from server.usecases.joining import issue_ticket, redeem_invitation
from tests.conftest import Clock
from tests.contract.test_too_early import planned
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract


async def moved(
    parts: Parts, meeting: MeetingId, starts: str, mode: Mode, *, by: StaffActor, revision: int
) -> Booked:
    return await move_meeting(
        parts,
        by,
        meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat(starts),
            minutes=45,
            mode=mode,
            room=None,
        ),
        revision=revision,
        key=uuid4().hex,
        now=parts.now(),
    )


async def test_a_phone_talk_behind_a_planned_acquaintance_does_not_become_a_video_talk(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    room = await house.works(coach)
    trajectory = await house.trajectory(coach)
    first = MeetingKind.ACQUAINTANCE
    await house.book(trajectory, "2027-03-03T10:00", kind=first, mode=Mode.OFFLINE, room=room)
    phone = await house.book(trajectory, "2027-03-10T14:00", mode=Mode.PHONE)

    with pytest.raises(Refused) as refused:
        await moved(parts, phone.meeting, "2027-03-10T14:00", Mode.VIDEO, by=coach, revision=1)

    assert refused.value.verdict.leading_rule == "R8"
    assert refused.value.verdict.alternatives


async def test_a_planned_video_talk_changes_time_and_comes_back_from_the_phone(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    _, _, video = await planned(house, coach)

    await moved(parts, video, "2027-03-11T14:00", Mode.VIDEO, by=coach, revision=1)
    await moved(parts, video, "2027-03-11T14:00", Mode.PHONE, by=coach, revision=2)
    with pytest.raises(Refused):
        await moved(parts, video, "2027-03-11T14:00", Mode.VIDEO, by=coach, revision=3)
    back = await put_back(parts, coach, video, revision=3, key="back", now=parts.now())

    assert back.verdict.allowed


async def test_the_door_stays_shut_when_the_acquaintance_fell_away(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, first, video = await planned(house, coach)
    now = clock.set("2027-03-03T11:00")
    await record_outcome(parts, coach, first, MeetingStatus.MISSED, key="m", now=now)
    clock.set("2027-03-10T13:55")
    guest = await guest_of(parts, video)

    for actor in (coach, guest):
        with pytest.raises(Refused) as refused:
            await issue_ticket(parts, actor, video, now=clock())
        assert refused.value.verdict.leading_rule == "R8"
    for actor in (guest, guest, coach):
        assert await may_enter(parts, actor, video, now=clock())

    async with parts.database.read() as tx:
        told = await notices.open_notices(tx, coach.id, also=())
    assert [one.code for one in told].count("met_first") == 1


async def test_the_door_opens_after_an_acquaintance_that_was_held(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, first, video = await planned(house, coach)
    await held(parts, coach, first, clock.set("2027-03-03T11:00"))
    clock.set("2027-03-10T13:55")

    assert await may_enter(parts, coach, video, now=clock()) is None
    assert (await issue_ticket(parts, coach, video, now=clock()))[1] is Role.COACH


async def test_the_door_opens_after_an_acquaintance_by_video_with_an_exception(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.trajectory(coach)
    await excepted(parts, coach, trajectory)
    first = await house.book(trajectory, "2027-03-03T10:00", kind=MeetingKind.ACQUAINTANCE)
    clock.set("2027-03-03T09:58")
    assert (await issue_ticket(parts, coach, first.meeting, now=clock()))[1] is Role.COACH
    await held(parts, coach, first.meeting, clock.set("2027-03-03T11:00"))
    video = await house.book(trajectory, "2027-03-10T14:00")
    clock.set("2027-03-10T13:55")

    assert (await issue_ticket(parts, coach, video.meeting, now=clock()))[1] is Role.COACH


async def guest_of(parts: Parts, meeting: MeetingId) -> Actor:
    token = await link_of(parts, meeting)
    session, _ = await redeem_invitation(parts, token, now=parts.now())
    actor = await actor_behind(parts, session, now=parts.now())
    assert actor
    return actor


async def held(parts: Parts, coach: StaffActor, meeting: MeetingId, now: datetime) -> None:
    await record_outcome(parts, coach, meeting, MeetingStatus.HELD, key=uuid4().hex, now=now)


async def excepted(parts: Parts, coach: StaffActor, trajectory: TrajectoryId) -> None:
    await ask_exception(
        parts,
        coach,
        ExceptionRequest(
            trajectory=trajectory,
            rule="R7",
            code=ExceptionCode.DISTANCE,
            reason="Anderhalf uur reizen",
            valid_until=None,
        ),
        key=uuid4().hex,
        now=parts.now(),
    )
