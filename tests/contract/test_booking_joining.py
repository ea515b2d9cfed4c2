"""From the link in the mail to a ticket, and from the talk to held."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar
from sqlalchemy import select

from coaching.errors import Conflict, NotFound, Refused
from coaching.words import MeetingKind, MeetingStatus, Mode, Role, StaffRole
from server.store.meetings import revoke_invitations
from server.store.schema import invitation, meeting, metadata, notice
from server.usecases.accounts import actor_behind
from server.usecases.booking import Booked, MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import GuestActor, MeetingId, Parts, StaffActor
from server.usecases.joining import (
    InvitationState,
    after_talk,
    invitation_ics,
    issue_ticket,
    judge_camera,
    open_talk,
    preview_invitation,
    record_joint_time,
    redeem_invitation,
    redeem_ticket,
    refuse_third,
)
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract

STARTS = "2027-03-03T14:00"


async def link_of(parts: Parts, meeting_id: MeetingId) -> str:
    async with parts.database.read() as tx:
        query = select(invitation.c.id).where(invitation.c.meeting_id == meeting_id)
        newest = await tx.scalar(query.order_by(invitation.c.revision.desc()).limit(1))
    assert newest is not None
    return parts.secret.invitation_token(newest)


async def fingerprint(parts: Parts) -> str:
    """Changes when any row of any table changes."""
    digest = hashlib.sha256()
    async with parts.database.read() as tx:
        for table in metadata.sorted_tables:
            rows = sorted(str(tuple(row)) for row in await tx.execute(select(table)))
            digest.update(repr((table.name, rows)).encode())
    return digest.hexdigest()


async def video(house: House, coach: StaffActor) -> Booked:
    return await house.book(await house.acquainted(coach), STARTS)


async def guest(parts: Parts, token: str) -> GuestActor:
    session, _ = await redeem_invitation(parts, token, now=parts.now())
    actor = await actor_behind(parts, session, now=parts.now())
    assert isinstance(actor, GuestActor)
    return actor


async def state(parts: Parts, token: str) -> InvitationState:
    return (await preview_invitation(parts, token, now=parts.now())).state


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2027-03-03T13:29", InvitationState.EARLY),
        ("2027-03-03T13:30", InvitationState.OPEN),
        ("2027-03-03T15:45", InvitationState.OPEN),
        ("2027-03-03T15:46", InvitationState.OVER),
    ],
)
async def test_a_link_opens_from_before_the_start_until_after_the_end(
    house: House, parts: Parts, clock: Clock, when: str, expected: InvitationState
) -> None:
    booked = await video(house, await house.coach())
    token = await link_of(parts, booked.meeting)

    clock.set(when)

    assert await state(parts, token) is expected
    if expected is not InvitationState.OPEN:
        with pytest.raises(NotFound):
            await redeem_invitation(parts, token, now=clock())


async def test_twenty_looks_of_a_mail_scanner_change_no_row(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await video(house, await house.coach())
    token = await link_of(parts, booked.meeting)
    clock.set(STARTS)
    before = await fingerprint(parts)

    for _ in range(20):
        await preview_invitation(parts, token, now=clock())
        await invitation_ics(parts, token, now=clock())

    assert await fingerprint(parts) == before


async def test_the_link_pressed_again_in_the_same_browser_stays_the_same_device(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await video(house, await house.coach())
    token = await link_of(parts, booked.meeting)
    clock.set(STARTS)
    first = await guest(parts, token)

    session, _ = await redeem_invitation(parts, token, now=clock(), here=first)

    again = await actor_behind(parts, session, now=clock())
    assert isinstance(again, GuestActor)
    assert again.device == first.device
    assert (await guest(parts, token)).device != first.device


@pytest.mark.parametrize("token", ["", "x", "%2F..", "é" * 43, "\ud800", "a" * 10_000])
async def test_a_link_that_is_not_ours_says_nothing(parts: Parts, token: str) -> None:
    preview = await preview_invitation(parts, token, now=parts.now())

    assert preview.state is InvitationState.UNKNOWN
    assert (preview.coach_name, preview.starts_at, preview.meeting) == ("", None, None)
    with pytest.raises(NotFound):
        await redeem_invitation(parts, token, now=parts.now())


async def test_after_a_move_the_old_link_explains_and_the_old_page_is_refused(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await video(house, await house.coach())
    old = await link_of(parts, booked.meeting)
    clock.set("2027-03-03T13:40")
    early_guest = await guest(parts, old)
    await move_meeting(
        parts,
        await house.planner(),
        booked.meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat("2027-03-03T14:05"),
            minutes=45,
            mode=Mode.VIDEO,
            room=None,
        ),
        revision=1,
        key=uuid4().hex,
        now=clock(),
    )

    preview = await preview_invitation(parts, old, now=clock())
    assert preview.state is InvitationState.MOVED
    assert preview.starts_at == datetime.fromisoformat("2027-03-03T14:05+01:00")
    with pytest.raises(Refused) as refused:
        await issue_ticket(parts, early_guest, booked.meeting, now=clock())
    assert refused.value.verdict.leading_rule == "R3"
    assert await state(parts, await link_of(parts, booked.meeting)) is InvitationState.OPEN
    clock.set("2027-03-03T16:00")
    assert await state(parts, old) is InvitationState.OVER


async def test_a_cancelled_meeting_is_open_to_nobody(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    booked = await video(house, coach)
    token = await link_of(parts, booked.meeting)
    await cancel_meeting(
        parts, await house.planner(), booked.meeting, revision=1, key="k", now=clock()
    )
    clock.set(STARTS)

    assert await state(parts, token) is InvitationState.CANCELLED
    with pytest.raises(Refused):
        await issue_ticket(parts, coach, booked.meeting, now=clock())


async def test_a_meeting_at_a_location_shows_the_place_and_never_the_room(
    house: House, parts: Parts, clock: Clock
) -> None:
    trajectory = await house.trajectory(await house.coach())
    booked = await house.book(
        trajectory,
        STARTS,
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=await house.room(name="Spreekkamer 7"),
    )
    clock.set(STARTS)

    preview = await preview_invitation(parts, await link_of(parts, booked.meeting), now=clock())

    assert preview.state is InvitationState.OFFLINE
    assert preview.place_address == "Stationsplein 1, 3511 ED Utrecht"
    assert "Spreekkamer" not in repr(preview)


async def test_both_get_a_ticket_that_works_once(house: House, parts: Parts, clock: Clock) -> None:
    coach = await house.coach()
    booked = await video(house, coach)
    clock.set(STARTS)
    candidate = await guest(parts, await link_of(parts, booked.meeting))

    for actor, role, person in (
        (coach, Role.COACH, coach.id),
        (candidate, Role.CANDIDATE, candidate.candidate),
    ):
        ticket, given = await issue_ticket(parts, actor, booked.meeting, now=clock())
        seat = await redeem_ticket(parts, ticket, now=clock())
        assert seat is not None
        assert (given, seat.role, seat.person, seat.device) == (role, role, person, actor.device)
        assert await redeem_ticket(parts, ticket, now=clock()) is None


async def test_a_ticket_is_good_for_thirty_seconds(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    booked = await video(house, coach)
    clock.set(STARTS)
    ticket, _ = await issue_ticket(parts, coach, booked.meeting, now=clock())

    clock.forward(seconds=30)

    assert await redeem_ticket(parts, ticket, now=clock()) is None
    assert await redeem_ticket(parts, "unknown", now=clock()) is None


async def test_a_ticket_opens_nothing_once_the_link_it_came_by_was_replaced(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await video(house, await house.coach())
    clock.set("2027-03-03T14:00")
    actor = await guest(parts, await link_of(parts, booked.meeting))
    ticket, _ = await issue_ticket(parts, actor, booked.meeting, now=clock())
    kept, _ = await issue_ticket(parts, actor, booked.meeting, now=clock())
    assert await redeem_ticket(parts, kept, now=clock()) is not None

    async with parts.database.write() as tx:
        await revoke_invitations(tx, booked.meeting, now=clock())

    assert await redeem_ticket(parts, ticket, now=clock()) is None


async def test_a_third_is_refused_and_the_coach_is_told_once_in_ten_minutes(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await video(house, await house.coach())
    third = await house.staff(StaffRole.COACH)
    clock.set(STARTS)

    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await open_talk(parts, third, booked.meeting, now=clock())
        await refuse_third(parts, third, booked.meeting, now=clock())
    clock.forward(minutes=11)
    await refuse_third(parts, third, booked.meeting, now=clock())

    assert refused.value.verdict.leading_rule == "R3"
    async with parts.database.read() as tx:
        codes = (await tx.execute(select(notice.c.code))).scalars().all()
    assert codes == ["third_refused", "third_refused"]


async def test_one_of_the_two_with_an_old_link_is_no_third(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await video(house, await house.coach())
    clock.set(STARTS)
    candidate = await guest(parts, await link_of(parts, booked.meeting))

    await refuse_third(parts, candidate, booked.meeting, now=clock())

    async with parts.database.read() as tx:
        assert (await tx.execute(select(notice))).all() == []


async def test_a_guest_knows_one_meeting_and_no_other(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    candidate = await house.candidate()
    trajectory = await house.acquainted(coach, candidate)
    first = await house.book(trajectory, STARTS, minutes=30)
    second = await house.book(trajectory, "2027-03-03T14:30", minutes=30)
    clock.set("2027-03-03T14:05")
    visitor = await guest(parts, await link_of(parts, first.meeting))

    with pytest.raises(Refused):
        await open_talk(parts, visitor, second.meeting, now=clock())


async def test_a_guest_session_ends_with_the_window(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await video(house, await house.coach())
    token = await link_of(parts, booked.meeting)
    clock.set(STARTS)
    session, _ = await redeem_invitation(parts, token, now=clock())

    assert await actor_behind(parts, session, now=clock())
    assert await actor_behind(parts, session, now=clock() + timedelta(minutes=105)) is None


@pytest.mark.parametrize(
    ("joint", "expected"), [(599, MeetingStatus.OPEN), (600, MeetingStatus.HELD)]
)
async def test_joint_time_decides_held_when_the_talk_is_over(
    house: House, parts: Parts, clock: Clock, joint: int, expected: MeetingStatus
) -> None:
    coach = await house.coach()
    booked = await video(house, coach)
    clock.set(STARTS)

    await record_joint_time(parts, booked.meeting, joint_seconds=joint, over=False, now=clock())
    async with parts.database.read() as tx:
        assert await tx.scalar(select(meeting.c.status).where(meeting.c.id == booked.meeting)) == (
            MeetingStatus.OPEN
        )
    await record_joint_time(parts, booked.meeting, joint_seconds=3, over=True, now=clock())

    after = await after_talk(parts, coach, booked.meeting, now=clock())
    assert (after.held, after.joint_seconds) == (expected is MeetingStatus.HELD, joint)


async def test_after_the_talk_both_read_when_the_next_one_is(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    booked = await house.book(trajectory, STARTS)
    await house.book(trajectory, "2027-03-10T14:00", mode=Mode.PHONE)
    clock.set(STARTS)
    candidate = await guest(parts, await link_of(parts, booked.meeting))

    after = await after_talk(parts, candidate, booked.meeting, now=clock())

    assert after.next_starts_at == datetime.fromisoformat("2027-03-10T14:00+01:00")
    assert after.next_mode is Mode.PHONE
    assert after.phone == "+31201234567"


async def test_the_calendar_file_holds_the_appointment(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await video(house, await house.coach())

    file = await invitation_ics(parts, await link_of(parts, booked.meeting), now=clock())

    event = Calendar.from_ical(file).walk("VEVENT")[0]
    assert event["dtstart"].dt == datetime.fromisoformat("2027-03-03T14:00+01:00")
    assert str(booked.meeting) in event["uid"]


async def test_nobody_enters_without_a_live_camera() -> None:
    assert (await judge_camera(live=True)).allowed
    assert (await judge_camera(live=False)).leading_rule == "R4"


@pytest.mark.parametrize(
    ("moment", "code"),
    [("2027-03-03T08:00", "talk_not_open"), ("2027-03-03T23:00", "talk_over")],
)
async def test_one_of_the_two_outside_the_window_hears_when_and_is_not_called_a_stranger(
    house: House, parts: Parts, clock: Clock, moment: str, code: str
) -> None:
    coach = await house.coach()
    booked = await video(house, coach)
    clock.set(moment)

    with pytest.raises(Conflict) as refused:
        await issue_ticket(parts, coach, booked.meeting, now=clock())

    assert refused.value.code == code


async def test_coach_of_somebody_without_a_number_is_given_that_of_the_organisation(
    house: House, clock: Clock
) -> None:
    parts = replace(
        house.parts, settings=replace(house.parts.settings, organisation_phone="020 555 01 00")
    )
    coach = await house.coach()
    trajectory = await house.acquainted(coach, await house.candidate(phone=""))
    meeting = (await house.book(trajectory, "2027-03-01T09:10")).meeting

    facts = await open_talk(parts, coach, meeting, now=clock())

    assert (facts.phone_name, facts.phone) == (parts.settings.organisation, "020 555 01 00")
