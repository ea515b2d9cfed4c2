"""Telling people of a change: rows for mail and calendar, in the transaction of the change."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from coaching.words import Change, MeetingStatus, Mode
from server.secrets import token_hash
from server.store import attention, calendars, meetings, outbox, people
from server.store.database import Tx
from server.usecases.attention import TodoCode
from server.usecases.context import Parts
from server.usecases.staff_mail import mail_staff
from server.usecases.todos import write_todo

_LETTER_WITHIN = timedelta(days=1)


class Template(StrEnum):
    """Which mail a candidate gets."""

    INVITATION = "invitation"
    MOVED = "moved"
    CANCELLED = "cancelled"
    BY_PHONE = "by_phone"  # no practice was passed: by phone at the same time, or at a location
    FALLBACK = "fallback"  # the talk failed: these times are held


async def invite_anew(parts: Parts, tx: Tx, meeting: UUID, revision: int, *, now: datetime) -> UUID:
    """Revoke the invitations that there are and make one for this revision of the meeting."""
    await meetings.revoke_invitations(tx, meeting, now=now)
    invitation = uuid4()
    token = parts.secret.invitation_token(invitation)
    await meetings.insert_invitation(
        tx,
        meeting,
        invitation_id=invitation,
        token_hash=token_hash(token),
        revision=revision,
        now=now,
    )
    return invitation


async def announce(
    tx: Tx,
    meeting: meetings.MeetingRecord,
    template: Template,
    invitation: UUID | None,
    *,
    change: Change = Change.TIME,
    now: datetime,
) -> None:
    """Write the rows that bring a change to the candidate's mailbox and the coach's calendars.

    `change` says what a mail `MOVED` begins with.
    """
    await mail(tx, meeting, template, invitation, time=0, change=change, now=now)
    await tell_calendars(tx, meeting.id, meeting.coach_id, meeting.revision, now=now)


async def tell_calendars(
    tx: Tx, meeting: UUID, coach: UUID, revision: int, *, now: datetime
) -> None:
    """Write the rows that bring the calendars of coach and room up to this revision of a meeting.

    A coach without a calendar may want a mail (`staff_mail`). From the calendars of a coach or a
    room that no longer has the meeting it is taken away.
    """
    found = await meetings.meeting_by_id(tx, meeting)
    own = await calendars.connections_of(tx, coach, found.room_id if found else None)
    stands = await calendars.mirrored_in(tx, meeting)
    for connection in sorted({*stands, *(one.id for one in own)}):
        await tell_calendar(tx, meeting, connection, revision, now=now)
    await mail_staff(tx, meeting, coach, revision, now=now)


async def tell_calendar(
    tx: Tx, meeting: UUID, connection: UUID, revision: int, *, again: str = "", now: datetime
) -> bool:
    """Write the row that brings one calendar up to this revision of a meeting.

    One row for a revision; `again` tells a later reason apart, such as a calendar taken up anew.
    False when that row was written before.
    """
    return await outbox.enqueue(
        tx,
        outbox.Kind.CALENDAR,
        f"meeting:{meeting}",
        dedupe_key=f"calendar:{meeting}:{connection}:{revision}{again}",
        payload={"meeting": str(meeting), "connection": str(connection), "revision": revision},
        not_before=now,
        now=now,
    )


async def mail(
    tx: Tx,
    meeting: meetings.MeetingRecord,
    template: Template,
    invitation: UUID | None,
    *,
    time: int,
    change: Change = Change.TIME,
    now: datetime,
) -> None:
    """Write the row of a mail, sent for the `time`-th time.

    Without an e-mail address: a text where there is a number, and a to-do for the letter (E22).
    """
    candidate = await people.candidate_by_id(tx, meeting.candidate_id)
    if candidate is None:
        return
    if candidate.email is None:
        await _ask_for_letter(tx, meeting, candidate.name, now=now)
        if candidate.phone:
            await _text(tx, meeting, template, invitation, time=time, now=now)
        return
    payload = {**_about(meeting, template, invitation), "change": change}
    once = f"mail:{meeting.id}:{meeting.revision}:{template}:{time}"
    await _enqueue(tx, outbox.Kind.MAIL, payload, dedupe_key=once, now=now)


def _about(
    meeting: meetings.MeetingRecord, template: str, invitation: UUID | None
) -> dict[str, str | int | None]:
    """What a mail and a text hold alike."""
    return {
        "template": template,
        "meeting": str(meeting.id),
        "invitation": str(invitation) if invitation else None,
        "revision": meeting.revision,
    }


async def _enqueue(
    tx: Tx, kind: outbox.Kind, payload: outbox.Payload, *, dedupe_key: str, now: datetime
) -> None:
    subject = f"meeting:{payload['meeting']}"
    await outbox.enqueue(
        tx, kind, subject, dedupe_key=dedupe_key, payload=payload, not_before=now, now=now
    )


# What a text says in the place of these mails: a word of `server.jobs.reminders.Said`.
_BY_TEXT = {
    Template.INVITATION: "booked",
    Template.MOVED: "changed",
    Template.BY_PHONE: "changed",
    Template.CANCELLED: "called_off",
    Template.FALLBACK: "fallback",
}
_ONE_A_STEP = (Template.INVITATION, Template.MOVED)


async def _text(
    tx: Tx,
    meeting: meetings.MeetingRecord,
    template: Template,
    invitation: UUID | None,
    *,
    time: int,
    now: datetime,
) -> None:
    """Write the row of a text. Of all talks that are made or change in one step the first is told:
    nobody gets twenty texts of one plan.
    """
    said = _BY_TEXT[template]
    step = f"{meeting.trajectory_id}:{now.isoformat()}"
    about = step if template in _ONE_A_STEP else f"{meeting.id}:{meeting.revision}"
    payload = _about(meeting, said, invitation)
    once = f"text:{about}:{said}:{time}"
    await _enqueue(tx, outbox.Kind.TEXT, payload, dedupe_key=once, now=now)


async def _ask_for_letter(
    tx: Tx, meeting: meetings.MeetingRecord, name: str, *, now: datetime
) -> None:
    """Ask for a letter of this revision of the meeting: nothing else reaches them (E22)."""
    trajectory = await people.trajectory_by_id(tx, meeting.trajectory_id)
    if trajectory and meeting.starts_at > now:
        await write_todo(
            tx,
            TodoCode.LETTER,
            trajectory,
            about=f"{meeting.id}:{meeting.revision}",
            due_at=now + _LETTER_WITHIN,
            now=now,
            meeting=meeting.id,
            params={"candidate": name, **_form(meeting)},
        )


def _form(meeting: meetings.MeetingRecord) -> dict[str, str]:
    """What a to-do says of a video talk: who cannot read mail may rather phone or come by."""
    stands = meeting.status != MeetingStatus.CANCELLED
    return {"letter": "video"} if stands and meeting.mode == Mode.VIDEO else {}


async def ask_for_one_letter(
    tx: Tx, trajectory: people.TrajectoryRecord, made: Collection[UUID], *, now: datetime
) -> None:
    """Make one to-do of those for the letters of talks that changed in one step: one tells all.

    It belongs to no talk: the letter holds those that stand when it is printed.
    """
    found = await attention.open_todos(tx, candidates=[trajectory.candidate_id])
    asked = [
        one
        for one in found
        if one.code == TodoCode.LETTER
        and one.trajectory_id == trajectory.id
        and (one.meeting_id is None or one.meeting_id in made)
    ]
    single = [one for one in asked if one.meeting_id]
    if len(single) < 2:  # noqa: PLR2004 -- one letter is one already
        return
    for one in asked:
        await attention.finish_todos(tx, now=now, todo_id=one.id)
    await write_todo(
        tx,
        TodoCode.LETTER,
        trajectory,
        about=f"all:{uuid4()}",
        due_at=now + _LETTER_WITHIN,
        now=now,
        params={**single[0].params, "letter": "all", "first": str(single[0].meeting_id)},
    )


async def told_of_times(
    tx: Tx, meeting: meetings.MeetingRecord, *, time: int, now: datetime
) -> None:
    """Mail the times that are held after a talk failed; its own link leads to them."""
    invitation = await meetings.newest_invitation(tx, meeting.id)
    if invitation:
        await mail(tx, meeting, Template.FALLBACK, invitation.id, time=time, now=now)
