"""Carries the mails to staff out: neutral words, one button behind a sign-in, the appointment.

What is sent follows from how the meeting stands at that moment, never from the row.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from calendar_sync.invitation_format import InvitationFacts, Method, build_invitation
from coaching.words import Language, MeetingStatus
from server.jobs.backoff import pause
from server.jobs.mail import (
    BadAddress,
    Envelope,
    LetterWords,
    compose_letter,
    recipient,
    when_in_words,
)
from server.jobs.post import MailDelayed, MailRefused, send
from server.store import outbox
from server.store.database import Tx
from server.store.meetings import MeetingRecord, add_event, meeting_by_id
from server.store.notices import add_notice
from server.store.outbox import Claimed
from server.store.people import StaffRecord, staff_by_id, trajectory_by_id
from server.store.staff_mail import SENT, mailed_for
from server.texts import catalogue, words_for
from server.usecases.attention import TodoCode
from server.usecases.context import Parts
from server.usecases.invitation_names import mail_domain
from server.usecases.todos import write_todo

_LOOK_WITHIN = timedelta(days=1)
_log = structlog.get_logger("tweespraak.mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What has to be told now: `method` None is nothing."""

    method: Method | None
    meeting: MeetingRecord
    staff: StaffRecord
    number: int
    told: bool


async def deliver_staff_mail(parts: Parts, row: Claimed) -> None:
    """Deliver one row: sent, put back for later, or given up."""
    async with parts.database.read() as tx:
        letter = await _read(tx, row, now=parts.now())
    if letter is None or letter.method is None:
        async with parts.database.write() as tx:
            await outbox.done(tx, row, now=parts.now())
        return
    try:
        await send(_compose(parts, row, letter), parts.settings)
    except (BadAddress, MailRefused) as refusal:
        await _given_up(parts, row, letter, str(refusal))
    except MailDelayed as delay:
        await _later(parts, row, letter, delay)
    else:
        async with parts.database.write() as tx:
            await outbox.done(tx, row, now=parts.now())
            await _write_down(tx, letter, now=parts.now())


async def _given_up(parts: Parts, row: Claimed, letter: _Letter, reason: str) -> None:
    """It will never arrive: whoever it was for, and planners, are told."""
    staff, meeting, now = letter.staff, letter.meeting, parts.now()
    words = words_for(Language(staff.language), ZoneInfo(meeting.zone))
    when = f"{words.short_day(meeting.starts_at)}, {words.short_clock(meeting.starts_at)}"
    async with parts.database.write() as tx:
        if await outbox.give_up(tx, row, error=reason, now=now):
            await _ask_attention(tx, letter, now=now)
            await add_notice(
                tx,
                staff.id,
                code="staff_mail_refused",
                params={"name": staff.name, "when": when},
                meeting_id=meeting.id,
                now=now,
            )
    _log.warning("mail_given_up", row=str(row.id), reason=reason)


async def _ask_attention(tx: Tx, letter: _Letter, *, now: datetime) -> None:
    trajectory = await trajectory_by_id(tx, letter.meeting.trajectory_id)
    if trajectory is not None:
        await write_todo(
            tx,
            TodoCode.STAFF_MAIL,
            trajectory,
            about=f"staff_mail:{letter.meeting.id}:{letter.staff.id}",
            due_at=now + _LOOK_WITHIN,
            now=now,
            meeting=letter.meeting.id,
            params={"name": letter.staff.name},
        )


async def _later(parts: Parts, row: Claimed, letter: _Letter, delay: MailDelayed) -> None:
    again = parts.now() + pause(row.id, row.attempts)
    async with parts.database.write() as tx:
        await outbox.retry_later(tx, row, error=str(delay), not_before=again)
        if delay.perhaps and not letter.told:
            await _write_down(tx, letter, now=parts.now())
    _log.warning("mail_delayed", row=str(row.id), reason=str(delay))


async def _write_down(tx: Tx, letter: _Letter, *, now: datetime) -> None:
    detail = {"staff": str(letter.staff.id), "revision": str(letter.meeting.revision)}
    await add_event(tx, letter.meeting.id, at=now, actor="system", what=SENT, detail=detail)


async def _read(tx: Tx, row: Claimed, *, now: datetime) -> _Letter | None:
    meeting = await meeting_by_id(tx, UUID(str(row.payload["about"])))
    staff = await staff_by_id(tx, UUID(str(row.payload["staff"])))
    trajectory = await trajectory_by_id(tx, meeting.trajectory_id) if meeting else None
    if meeting is None or staff is None or trajectory is None:
        return None
    told = staff.id in await mailed_for(tx, meeting.id) or row.unheard
    return _Letter(
        method=_method(meeting, staff, told=told, now=now),
        meeting=meeting,
        staff=staff,
        number=trajectory.number,
        told=told,
    )


def _method(
    meeting: MeetingRecord, staff: StaffRecord, *, told: bool, now: datetime
) -> Method | None:
    """Invite whose meeting it is; withdraw it from whoever has heard of it and has it no more."""
    if meeting.ends_at <= now:
        return None
    if meeting.status == MeetingStatus.PLANNED and meeting.coach_id == staff.id:
        return Method.REQUEST
    return Method.CANCEL if told else None


def _compose(parts: Parts, row: Claimed, letter: _Letter) -> EmailMessage:
    settings, meeting = parts.settings, letter.meeting
    language = Language(letter.staff.language)
    texts = catalogue(language)
    cancelled = letter.method is Method.CANCEL
    what = texts.say("calendar.summary", number=f"T-{letter.number}")
    kind = "cancelled" if cancelled else "moved" if letter.told else "new"
    link = f"{settings.public_url}/meetings/{meeting.id}"
    words = LetterWords(
        subject=texts.say(f"staff_mail.{kind}", what=what),
        hello=texts.say("mail.hello", name=letter.staff.name),
        intro=texts.say(f"staff_mail.{kind}_text", what=what),
        when=when_in_words(meeting.starts_at, meeting.zone, language),
        before_button=(),
        button="" if cancelled else texts.say("staff_mail.button"),
        after_button=(texts.say("staff_mail.why"),),
        closing=texts.say("mail.closing", organisation=settings.organisation),
    )
    message = compose_letter(words, _envelope(parts, row, letter.staff, language, link))
    if recipient(letter.staff.name, letter.staff.email).addr_spec == settings.mail_from:
        return message  # a program shows no invitation to its own organizer
    facts = _facts(parts, letter, what, "" if cancelled else link)
    method = letter.method or Method.REQUEST
    message.add_alternative(
        build_invitation(facts, method).decode(), subtype="calendar", params={"method": str(method)}
    )
    return message


def _envelope(
    parts: Parts, row: Claimed, staff: StaffRecord, language: Language, link: str
) -> Envelope:
    return Envelope(
        language=language,
        to_name=staff.name,
        to_email=staff.email,
        link=link,
        organisation=parts.settings.organisation,
        sender=parts.settings.mail_from,
        domain=mail_domain(parts),
        message_key=str(row.id),
        stamp=parts.now(),
    )


def _facts(parts: Parts, letter: _Letter, what: str, link: str) -> InvitationFacts:
    settings, meeting = parts.settings, letter.meeting
    return InvitationFacts(
        uid=f"{meeting.id}-staff@{mail_domain(parts)}",
        revision=meeting.revision,
        summary=what,
        description="",
        location="",
        url=link,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        zone=meeting.zone,
        organizer=settings.mail_from,
        organizer_name=settings.organisation,
        attendee=recipient(letter.staff.name, letter.staff.email).addr_spec,
        attendee_name=letter.staff.name,
        stamp=parts.now(),
    )
