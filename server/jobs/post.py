"""Carries mail out: reads what is true now, hands the mail to the mail server, writes it down.

No transaction is open while the mail server is spoken to.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from uuid import UUID

import aiosmtplib
import structlog

from coaching.words import Change, Language, MeetingKind, MeetingStatus, Mode
from server.config import Settings
from server.jobs.backoff import pause
from server.jobs.mail import BadAddress, MailFacts, Template, compose
from server.portraits import mail_portrait
from server.store import outbox
from server.store.availability import preference
from server.store.database import Tx
from server.store.holds import group_of, open_group
from server.store.meetings import MeetingRecord, add_event, count_events, meeting_by_id
from server.store.notices import add_notice
from server.store.outbox import Claimed
from server.store.people import (
    CandidateRecord,
    RoomRecord,
    StaffRecord,
    candidate_by_id,
    room_by_id,
    staff_by_id,
)
from server.store.photos import photo_of
from server.texts import written_phone
from server.usecases.context import Parts
from server.usecases.invitation_names import invitation_name, mail_domain
from server.usecases.stand_ins import stands_in_for

SEND_SECONDS = 60.0
_PERMANENT = range(500, 600)
_SENT, _PERHAPS = "mail_sent", "mail_perhaps_sent"
_log = structlog.get_logger("tweespraak.mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What has to be told, as it is now. `told`: the candidate may have heard of it before."""

    template: Template
    meeting: MeetingRecord
    candidate: CandidateRecord
    coach: StaffRecord
    room: RoomRecord | None
    own_zone: str
    times: tuple[datetime, ...]
    told: bool
    overtaken: bool
    photo: bytes
    own_coach: str  # of the guidance, when another one has this one talk (E5)
    change: Change


class MailRefused(Exception):
    """The mail server will never take this mail."""


class MailDelayed(Exception):
    """The mail server does not take it now; `perhaps` when it may have done so all the same."""

    def __init__(self, reason: str, *, perhaps: bool = False) -> None:
        """Hold the reason, which is kept with the row."""
        super().__init__(reason)
        self.perhaps = perhaps


async def deliver_mail(parts: Parts, row: Claimed) -> None:
    """Deliver one mail row: sent, put back for later, or given up with a notice for the coach."""
    if row.unheard:
        await _note_perhaps(parts, row)
    async with parts.database.read() as tx:
        letter = await _read(tx, row, now=parts.now())
    if letter is None or not _is_news(letter, now=parts.now()):
        async with parts.database.write() as tx:
            await outbox.done(tx, row, now=parts.now())
        return
    photo = await asyncio.to_thread(mail_portrait, letter.photo) if letter.photo else b""
    try:
        await send(compose(_facts(parts, row, letter, photo)), parts.settings)
    except (BadAddress, MailRefused) as refusal:
        await _give_up(parts, row, letter, str(refusal))
    except MailDelayed as delay:
        if delay.perhaps:
            await _note_perhaps(parts, row)
        await _retry(parts, row, str(delay))
    else:
        await _sent(parts, row, letter)


async def send(message: EmailMessage, settings: Settings) -> None:
    """Hand a mail to the mail server; the envelope is the one recipient that the mail names."""
    (to,) = message["To"].addresses
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await aiosmtplib.send(
                message,
                sender=settings.mail_from,
                recipients=[to.addr_spec],
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user or None,
                password=settings.smtp_password or None,
                use_tls=settings.smtp_tls == "tls",
                start_tls=settings.smtp_tls == "starttls",
                timeout=30,
            )
    except aiosmtplib.SMTPRecipientsRefused as error:
        _raise_by_code(error.recipients[0].code)
    except aiosmtplib.SMTPDataError as error:
        _raise_by_code(error.code)
    except (aiosmtplib.SMTPConnectError, ConnectionRefusedError) as error:
        raise MailDelayed(f"the mail server cannot be reached ({type(error).__name__})") from None
    except (aiosmtplib.SMTPServerDisconnected, TimeoutError) as error:
        reason = f"the mail server does not answer ({type(error).__name__})"
        raise MailDelayed(reason, perhaps=True) from None
    except aiosmtplib.SMTPException as error:
        raise MailDelayed(f"the mail server refuses us ({type(error).__name__})") from None
    except OSError as error:
        raise MailDelayed(f"the mail server cannot be reached ({type(error).__name__})") from None


def _raise_by_code(code: int) -> None:
    if code in _PERMANENT:
        raise MailRefused(f"the mail server answers {code}") from None
    raise MailDelayed(f"the mail server answers {code}") from None


async def _read(tx: Tx, row: Claimed, *, now: datetime) -> _Letter | None:
    meeting = await meeting_by_id(tx, UUID(str(row.payload["meeting"])))
    if meeting is None:
        return None
    candidate = await candidate_by_id(tx, meeting.candidate_id)
    coach = await staff_by_id(tx, meeting.coach_id)
    if candidate is None or coach is None:
        return None
    likes = await preference(tx, candidate.id)
    told = [await count_events(tx, meeting.id, what, since=None) for what in (_SENT, _PERHAPS)]
    template = Template(str(row.payload["template"]))
    if template is Template.MOVED and not any(told):
        template = Template.INVITATION
    return _Letter(
        template=template,
        meeting=meeting,
        candidate=candidate,
        coach=coach,
        room=await room_by_id(tx, meeting.room_id) if meeting.room_id else None,
        own_zone=(likes.zone if likes else None) or "",
        times=await _held_times(tx, meeting, now=now) if template is Template.BY_PHONE else (),
        told=any(told),
        overtaken=await outbox.has_newer(tx, row),
        photo=await photo_of(tx, coach.id) if template is Template.INVITATION else b"",
        own_coach=await stands_in_for(tx, meeting),
        change=Change(str(row.payload.get("change", Change.TIME))),
    )


def _is_news(letter: _Letter, *, now: datetime) -> bool:
    """Whether the mail still tells the truth, and something that the candidate should hear."""
    if letter.meeting.ends_at <= now:
        return False
    cancelled = letter.meeting.status == MeetingStatus.CANCELLED
    if letter.template is Template.CANCELLED:
        return cancelled and letter.told
    return not cancelled and not letter.overtaken


def _facts(parts: Parts, row: Claimed, letter: _Letter, photo: bytes) -> MailFacts:
    settings, meeting, room = parts.settings, letter.meeting, letter.room
    return MailFacts(
        template=letter.template,
        language=Language(letter.candidate.language),
        uid=invitation_name(parts, meeting.id),
        revision=meeting.revision,
        mode=Mode(meeting.mode),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        zone=meeting.zone,
        candidate_name=letter.candidate.name,
        candidate_email=letter.candidate.email or "",
        coach_name=letter.coach.name,
        phone=written_phone(letter.coach.phone or settings.organisation_phone),
        place_name=room.place_name if room else "",
        place_address=room.place_address if room else "",
        place_route=room.place_route if room else "",
        link=_link(parts, row) + ("/times" if letter.times else ""),
        organisation=settings.organisation,
        sender=settings.mail_from,
        domain=mail_domain(parts),
        message_key=str(row.id),
        stamp=parts.now(),
        own_zone=letter.own_zone,
        answers=bool(settings.imap_host),
        times=letter.times,
        practice=meeting.kind == MeetingKind.PRACTICE,
        photo=photo,
        own_coach=letter.own_coach,
        change=letter.change,
    )


async def _held_times(tx: Tx, meeting: MeetingRecord, *, now: datetime) -> tuple[datetime, ...]:
    """The times at a location that are held for this candidate now."""
    group = await open_group(tx, meeting.trajectory_id, now=now)
    return tuple(one.starts_at for one in await group_of(tx, group)) if group else ()


def _link(parts: Parts, row: Claimed) -> str:
    invitation = row.payload.get("invitation")
    if not invitation:
        return ""
    return f"{parts.settings.public_url}/j/{parts.secret.invitation_token(UUID(str(invitation)))}"


async def _sent(parts: Parts, row: Claimed, letter: _Letter) -> None:
    now = parts.now()
    detail = {"template": str(letter.template), "revision": str(letter.meeting.revision)}
    async with parts.database.write() as tx:
        await outbox.done(tx, row, now=now)
        await add_event(tx, letter.meeting.id, at=now, actor="system", what=_SENT, detail=detail)
    _log.info("mail_sent", row=str(row.id), meeting=str(letter.meeting.id), **detail)


async def _note_perhaps(parts: Parts, row: Claimed) -> None:
    """Write down that a mail may have arrived: then its cancellation must arrive too."""
    meeting, now = UUID(str(row.payload["meeting"])), parts.now()
    async with parts.database.write() as tx:
        there = await meeting_by_id(tx, meeting)
        if there and not await count_events(tx, meeting, _PERHAPS, since=None):
            await add_event(tx, meeting, at=now, actor="system", what=_PERHAPS)


async def _retry(parts: Parts, row: Claimed, reason: str) -> None:
    again = parts.now() + pause(row.id, row.attempts)
    async with parts.database.write() as tx:
        await outbox.retry_later(tx, row, error=reason, not_before=again)
    _log.warning("mail_delayed", row=str(row.id), reason=reason)


async def _give_up(parts: Parts, row: Claimed, letter: _Letter, reason: str) -> None:
    now = parts.now()
    async with parts.database.write() as tx:
        if await outbox.give_up(tx, row, error=reason, now=now):
            await add_notice(
                tx,
                letter.coach.id,
                code="mail_bounced",
                params={"candidate": letter.candidate.name},
                meeting_id=letter.meeting.id,
                now=now,
            )
    _log.warning("mail_given_up", row=str(row.id), reason=reason)
