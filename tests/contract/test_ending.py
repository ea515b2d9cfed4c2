"""What ends with a guidance, what a hand-over meets on its way, and two who save at once."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from coaching.errors import Conflict
from coaching.words import MeetingStatus, Mode, StaffRole, TrajectoryState
from server.store.schema import invitation, meeting, outbox
from server.usecases.blend_settings import list_versions, save_settings
from server.usecases.booking import cancel_meeting
from server.usecases.context import MeetingId, Parts, StaffId
from server.usecases.guiding import set_state
from server.usecases.handing_over import HandedOver, hand_over
from server.usecases.holding import hold_times
from server.usecases.planned_talks import numbers_to_come
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def statuses(parts: Parts, *asked: MeetingId) -> list[str]:
    async with parts.database.read() as tx:
        rows = await tx.execute(select(meeting.c.id, meeting.c.status))
    found: dict[UUID, str] = {row.id: row.status for row in rows}
    return [found[one] for one in asked]


async def test_ending_a_guidance_calls_off_what_was_planned(house: House, parts: Parts) -> None:
    coach = await house.coach()
    room = await house.works(coach)
    trajectory = await house.acquainted(coach)
    video = await house.book(trajectory, "2027-03-03T14:00")
    offline = await house.book(trajectory, "2027-03-10T14:00", mode=Mode.OFFLINE, room=room)
    await hold_times(parts, coach, trajectory, key="hold", now=parts.now())
    other = await house.book(await house.acquainted(coach), "2027-03-04T14:00")
    said = await numbers_to_come(parts, [trajectory], now=parts.now())

    for _ in range(2):
        await set_state(parts, coach, trajectory, TrajectoryState.ENDED, key="end", now=parts.now())

    assert said == {trajectory: 2}
    assert await numbers_to_come(parts, [trajectory], now=parts.now()) == {trajectory: 0}
    found = await statuses(parts, video.meeting, offline.meeting, other.meeting)
    assert found == [MeetingStatus.CANCELLED, MeetingStatus.CANCELLED, MeetingStatus.PLANNED]
    async with parts.database.read() as tx:
        links = select(invitation.c.meeting_id).where(invitation.c.revoked_at.is_(None))
        open_links = set((await tx.execute(links)).scalars())
        held = select(meeting.c.id).where(
            meeting.c.trajectory_id == trajectory, meeting.c.status == MeetingStatus.PROVISIONAL
        )
        assert (await tx.execute(held)).all() == []
        mails = (await tx.execute(select(outbox.c.payload))).scalars().all()
    assert not open_links & {video.meeting, offline.meeting}
    assert other.meeting in open_links
    assert sum(one.get("template") == "cancelled" for one in mails) == 2


async def test_a_pause_calls_nothing_off(house: House, parts: Parts) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    video = await house.book(trajectory, "2027-03-03T14:00")

    await set_state(parts, coach, trajectory, TrajectoryState.PAUSED, key="p", now=parts.now())

    assert await statuses(parts, video.meeting) == [MeetingStatus.PLANNED]


async def test_a_meeting_cancelled_during_a_hand_over_stays_cancelled(
    house: House, parts: Parts
) -> None:
    old, planner = await house.coach(), await house.planner()
    for _ in range(4):
        new = await house.coach()
        trajectory, room = await house.acquainted(old), await house.room()
        talks = [
            await house.book(trajectory, f"2027-03-{day:02d}T14:00", mode=Mode.OFFLINE, room=room)
            for day in (3, 4, 5)
        ]
        calls = [
            cancel_meeting(
                parts, planner, talks[i].meeting, revision=1, key=uuid4().hex, now=parts.now()
            )
            for i in (2, 0)
        ]
        given = hand_over(
            parts, planner, trajectory, StaffId(new.id), key=uuid4().hex, now=parts.now()
        )

        answers = await asyncio.gather(calls[0], given, calls[1], return_exceptions=True)

        handed = answers[1]
        assert isinstance(handed, HandedOver)
        for talk, answer in ((talks[2], answers[0]), (talks[0], answers[2])):
            (status,) = await statuses(parts, talk.meeting)
            if answer is None:
                assert (status, talk.meeting in handed.moved) == (MeetingStatus.CANCELLED, False)
            else:  # the hand-over was first: what the planner saw is old
                assert isinstance(answer, Conflict)
                assert (status, answer.code) == (MeetingStatus.PLANNED, "stale")
        for one in talks:
            (status,) = await statuses(parts, one.meeting)
            if status == MeetingStatus.PLANNED:
                await cancel_meeting(
                    parts, planner, one.meeting, revision=2, key=uuid4().hex, now=parts.now()
                )


async def test_two_admins_who_save_numbers_at_once_save_one_version(
    house: House, parts: Parts
) -> None:
    admins = [await house.staff(StaffRole.ADMIN) for _ in range(4)]

    answers = await asyncio.gather(
        *(
            save_settings(
                parts,
                admin,
                {"less_skilled_percent": 40 + number},
                starts_on=date(2027, 4, 1),
                seen=1,
                key="a",
                now=parts.now(),
            )
            for number, admin in enumerate(admins)
        ),
        return_exceptions=True,
    )

    refused = [one.code for one in answers if isinstance(one, Conflict)]
    saved = [one for one in answers if isinstance(one, int)]
    assert refused == ["numbers_just_saved"] * (len(admins) - 1)
    assert saved == [2]
    assert len(await list_versions(parts)) == 2
