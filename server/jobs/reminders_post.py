"""Carries reminders, words after a missed talk and nudges out, by mail or text.

What the database says at that moment decides: an appointment that moved, a pause, the night.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from coaching.settings import BlendSettings
from coaching.wall_time import to_instant, to_wall
from coaching.words import Language, MeetingStatus, Mode, TrajectoryState
from coaching.working_days import is_working_day
from server.config import Settings
from server.jobs.backoff import pause
from server.jobs.mail import BadAddress, Envelope, compose_letter
from server.jobs.post import MailDelayed, MailRefused, send
from server.jobs.reminders import (
    BY_TEXT_ONLY,
    MessageFacts,
    Said,
    TalkLines,
    letter_words,
    nudge_said,
    text_words,
)
from server.jobs.texting import BadNumber, TextDelayed, send_text
from server.store import aftermath, attention, holds, meetings, outbox, people
from server.store.database import Tx
from server.store.meetings import MeetingRecord
from server.store.notices import add_notice
from server.store.outbox import Claimed, Kind
from server.store.tasks import newest_open_task
from server.texts import written_phone
from server.usecases.context import Parts
from server.usecases.desk_messages import Ask, still_asked
from server.usecases.nudges import nudge_stands
from server.usecases.numbers import numbers_at
from server.usecases.reminding import clock_of
from server.usecases.timers import nudge_failed

# A reminder of the last minute of daytime has some time to get through.
_SLACK = 30  # minutes
MISSED_IS_NEWS = _ONE_DAY = timedelta(days=1)
MOST_ATTEMPTS = 8
_PAGES = {
    Said.MISSED: "/times",
    Said.FALLBACK: "/times",
    Said.PRACTISE: "/practice",
}  # behind the link of the talk
_ASKS = frozenset(Said(one) for one in Ask)
# No nudges: on any day, in daytime.
_BY_DAY = _ASKS | BY_TEXT_ONLY | {Said.REMINDER, Said.MISSED, Said.PRACTISE}
_PLANNED = (MeetingStatus.PLANNED, MeetingStatus.OPEN)
_STATES = {
    Said.PRACTISE: (MeetingStatus.PROVISIONAL,),
    Said.CALLED_OFF: (MeetingStatus.CANCELLED,),
}
_TOLD = tuple(f"{one}_sent" for one in (Said.BOOKED, Said.CHANGED, Said.REMINDER))
_CHANGES = ("moved", "handed_over")  # in the history
_log = structlog.get_logger("tweespraak.reminders")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """Who gets what, as it is now."""

    said: Said
    candidate: people.CandidateRecord
    coach: people.StaffRecord
    trajectory: people.TrajectoryRecord
    meeting: MeetingRecord | None
    place: str
    zone: ZoneInfo
    times: tuple[datetime, ...]
    task: str  # that a nudge asks about; may be empty
    still: bool  # of a nudge, and of what asks for a yes: whether it is still to be said
    others: int  # appointments that were made, or changed, in the same step
    heard: bool  # that there is this appointment, by text or long enough ago by letter
    numbers: BlendSettings  # of now: hours of R26 and daytime are those at sending


async def deliver_reminder(parts: Parts, row: Claimed) -> None:
    """Deliver one row: sent, put back, dropped as no longer true, or given up with a word of it."""
    now = parts.now()
    async with parts.database.read() as tx:
        message = await _read(parts, tx, row)
    if message is None or not _is_news(message, row, now=now):
        async with parts.database.write() as tx:
            mine = await outbox.done(tx, row, now=now)
            if mine and row.payload.get("nudge") and not row.tried:
                await attention.forget_nudge(tx, UUID(str(row.payload["nudge"])))
        return
    if (day := _next_day(message, now)) is not None:
        async with parts.database.write() as tx:
            await outbox.retry_later(tx, row, error=outbox.NOT_AT_NIGHT, not_before=day)
        return
    try:
        await _send(parts, row, message, now=now)
    except (BadAddress, BadNumber, MailRefused) as refusal:
        await _give_up(parts, row, message, str(refusal))
    except (MailDelayed, TextDelayed) as delay:
        if row.attempts >= MOST_ATTEMPTS:
            await _give_up(parts, row, message, str(delay))
        else:
            await _retry(parts, row, str(delay))
    else:
        await _sent(parts, row, message)


async def _read(parts: Parts, tx: Tx, row: Claimed) -> _Message | None:
    found = row.payload.get("meeting")
    meeting = await meetings.meeting_by_id(tx, UUID(str(found))) if found else None
    of = meeting.trajectory_id if meeting else row.payload.get("trajectory")
    trajectory = await people.trajectory_by_id(tx, UUID(str(of))) if of else None
    if trajectory is None:
        return None
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    coach = await people.staff_by_id(tx, meeting.coach_id if meeting else trajectory.coach_id)
    if candidate is None or coach is None:
        return None
    room = await people.room_by_id(tx, meeting.room_id) if meeting and meeting.room_id else None
    place = ", ".join(p for p in (room.place_name, room.place_address) if p) if room else ""
    tz = parts.settings.tz
    heard = meeting is None or await _heard(tx, meeting, now=parts.now())
    said = _said(row)
    if said is Said.CHANGED and not heard:
        said = Said.BOOKED
    return _Message(
        said=said,
        candidate=candidate,
        coach=coach,
        trajectory=trajectory,
        meeting=meeting,
        place=place,
        zone=await clock_of(tx, candidate.id, tz) if meeting or said in _ASKS else tz,
        times=await _held_times(tx, meeting, now=parts.now()) if meeting else (),
        task=await newest_open_task(tx, trajectory.id) if said is Said.NUDGE1 else "",
        still=await _still(parts, tx, row, said, trajectory),
        others=await _others(tx, meeting, said) if meeting else 0,
        heard=heard,
        numbers=await numbers_at(tx, parts.now(), tz),
    )


async def _held_times(tx: Tx, meeting: MeetingRecord, *, now: datetime) -> tuple[datetime, ...]:
    """The times that can still be chosen after this talk failed."""
    failed = await aftermath.failure_of(tx, meeting.id)
    if failed is None or failed.dismissed_at or failed.hold_group is None:
        return ()
    group = await holds.group_of(tx, failed.hold_group)
    return tuple(
        one.starts_at
        for one in group
        if one.status == MeetingStatus.PROVISIONAL and one.hold_until and one.hold_until > now
    )


def _said(row: Claimed) -> Said:
    template = str(row.payload["template"])
    if template == "nudge":
        rule, level = str(row.payload["rule"]), int(row.payload["level"] or 1)
        return nudge_said(rule, level, held=bool(row.payload.get("group")))
    return Said(template)


async def _heard(tx: Tx, meeting: MeetingRecord, *, now: datetime) -> bool:
    """Whether the candidate knows of an appointment: by a text, or since it stands a day."""
    if now - meeting.created_at >= _ONE_DAY:
        return True
    told = [await meetings.count_events(tx, meeting.id, what, since=None) for what in _TOLD]
    return any(told)


async def _others(tx: Tx, meeting: MeetingRecord, said: Said) -> int:
    """How many appointments were made, or changed, in one step with this one, and stand."""
    if said not in (Said.BOOKED, Said.CHANGED):
        return 0
    found = await meetings.meetings_of_trajectories(tx, [meeting.trajectory_id])
    others = [one for one in found if one.id != meeting.id and one.status in _PLANNED]
    if said is Said.BOOKED:
        return sum(one.created_at == meeting.created_at for one in others)
    step = await _last_changed(tx, meeting)
    return sum([step == await _last_changed(tx, one) for one in others]) if step else 0


async def _last_changed(tx: Tx, meeting: MeetingRecord) -> datetime | None:
    events = await meetings.events_of(tx, meeting.id)
    return max((one.at for one in events if one.what in _CHANGES), default=None)


async def _still(
    parts: Parts, tx: Tx, row: Claimed, said: Said, trajectory: people.TrajectoryRecord
) -> bool:
    if nudge := row.payload.get("nudge"):
        of = row.payload.get("group")
        group = UUID(str(of)) if of else None
        return await nudge_stands(parts, tx, UUID(str(nudge)), group=group, now=parts.now())
    return said in _ASKS and await still_asked(tx, trajectory, Ask(said), str(row.payload["about"]))


def _is_news(message: _Message, row: Claimed, *, now: datetime) -> bool:
    """Whether it is still true, and nothing that R26 forbids to say."""
    called_off = message.said is Said.CALLED_OFF
    active = message.trajectory.state == TrajectoryState.ACTIVE
    if not (message.heard if called_off else active):
        return False
    meeting = message.meeting
    if meeting is None:
        return message.still
    if meeting.revision != int(row.payload.get("revision") or 0):
        return False
    if message.said is Said.FALLBACK:
        return bool(message.times)
    if message.said is Said.MISSED:
        gone = (MeetingStatus.CANCELLED, MeetingStatus.HELD)
        return meeting.status not in gone and now - meeting.starts_at < MISSED_IS_NEWS
    return meeting.status in _STATES.get(message.said, _PLANNED) and now < meeting.starts_at


def _next_day(message: _Message, now: datetime) -> datetime | None:
    """When the day begins for a message that would come at night now, or None."""
    wall = to_wall(now, message.zone)
    if message.said is Said.FALLBACK:
        return None  # the candidate is awake: the talk was a moment ago
    nudge, numbers = message.said not in _BY_DAY, message.numbers
    quiet = nudge or message.said in BY_TEXT_ONLY  # the hours of R26, which reminders go around
    day = wall.date()
    begins = time(numbers.nudge_from_hour if quiet else numbers.remind_from_hour)
    ends = numbers.nudge_until_hour * 60 if quiet else numbers.remind_until_hour * 60 + _SLACK
    late = wall.hour * 60 + wall.minute >= ends
    if wall.time() >= begins and not late and (not nudge or is_working_day(day)):
        return None
    if wall.time() >= begins:
        day += timedelta(days=1)
    while nudge and not is_working_day(day):
        day += timedelta(days=1)
    morning = to_instant(datetime.combine(day, begins), message.zone)
    told = message.meeting if message.said in BY_TEXT_ONLY else None
    # Rather at night than after the appointment.
    return None if told and morning >= told.starts_at else morning


async def _send(parts: Parts, row: Claimed, message: _Message, *, now: datetime) -> None:
    facts = _facts(parts, row, message)
    if row.kind is Kind.TEXT:
        text = text_words(facts, now=now)
        await send_text(parts.settings, message.candidate.phone or "", text, key=str(row.id))
    else:
        letter = compose_letter(letter_words(facts), _envelope(parts, row, message, facts, now=now))
        await send(letter, parts.settings)


def _facts(parts: Parts, row: Claimed, message: _Message) -> MessageFacts:
    settings = parts.settings
    # Who said no is not the one to call about another coach.
    refused = message.said is Said.OTHER_COACH and settings.organisation_phone
    return MessageFacts(
        said=message.said,
        language=Language(message.candidate.language),
        candidate_name=message.candidate.name,
        coach_name=settings.organisation if refused else message.coach.name,
        phone=written_phone(refused or message.coach.phone or settings.organisation_phone),
        link=_link(parts, row, message.said),
        organisation=parts.settings.organisation,
        talk=_talk(message.meeting, message.place, message.zone) if message.meeting else None,
        times=message.times,
        task=message.task,
        others=message.others,
    )


def _talk(meeting: MeetingRecord, place: str, own: ZoneInfo) -> TalkLines:
    return TalkLines(
        mode=Mode(meeting.mode),
        starts_at=meeting.starts_at,
        zone=meeting.zone,
        place=place if meeting.mode == Mode.OFFLINE else "",
        own_zone=own.key,
    )


def _link(parts: Parts, row: Claimed, said: Said) -> str:
    """The link is made here and now: no token stands in the outbox."""
    behind = row.payload.get("nudge") or row.payload.get("link") or row.payload.get("invitation")
    if not behind:
        return ""
    token = parts.secret.invitation_token(UUID(str(behind)))
    if row.payload.get("nudge"):
        return f"{parts.settings.public_url}/n/{token}"
    if row.payload.get("link"):
        return f"{parts.settings.public_url}/a/{token}"
    return f"{parts.settings.public_url}/j/{token}{_PAGES.get(said, '')}"


def _envelope(
    parts: Parts, row: Claimed, message: _Message, facts: MessageFacts, *, now: datetime
) -> Envelope:
    settings: Settings = parts.settings
    return Envelope(
        language=facts.language,
        to_name=message.candidate.name,
        to_email=message.candidate.email or "",
        link=facts.link,
        organisation=settings.organisation,
        sender=settings.mail_from,
        domain=urlsplit(settings.public_url).hostname or "localhost",
        message_key=str(row.id),
        stamp=now,
    )


async def _sent(parts: Parts, row: Claimed, message: _Message) -> None:
    now = parts.now()
    async with parts.database.write() as tx:
        await outbox.done(tx, row, now=now)
        if message.meeting:
            await meetings.add_event(
                tx,
                message.meeting.id,
                at=now,
                actor="system",
                what=f"{message.said}_sent",
                detail={"by": str(row.kind)},
            )
    _log.info("message_sent", row=str(row.id), kind=str(row.kind), said=str(message.said))


async def _retry(parts: Parts, row: Claimed, reason: str) -> None:
    again = parts.now() + pause(row.id, row.attempts)
    async with parts.database.write() as tx:
        await outbox.retry_later(tx, row, error=reason, not_before=again)
    _log.warning("message_delayed", row=str(row.id), reason=reason)


async def _give_up(parts: Parts, row: Claimed, message: _Message, reason: str) -> None:
    """A person hears of it: of a nudge by the rule for it (E22), of a reminder by a notice."""
    now = parts.now()
    nudge = row.payload.get("nudge")
    async with parts.database.write() as tx:
        mine = await outbox.give_up(tx, row, error=reason, now=now)
        if mine and not nudge:
            await add_notice(
                tx,
                message.coach.id,
                code="mail_bounced" if row.kind is Kind.MAIL else "text_failed",
                params={"candidate": message.candidate.name},
                meeting_id=message.meeting.id if message.meeting else None,
                now=now,
            )
    if mine and nudge:
        await nudge_failed(parts, UUID(str(nudge)), now=now)
    _log.warning("message_given_up", row=str(row.id), reason=reason)
