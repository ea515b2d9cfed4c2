"""Brings calendars to the present state of the meetings: reads, speaks to the calendar, writes.

No transaction is open while the network is spoken to.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from calendar_sync import mirror as plan
from calendar_sync import watching
from calendar_sync.caldav_target import CalDavTarget
from calendar_sync.event_format import EventFacts
from calendar_sync.plain_text import harmless
from calendar_sync.target import (
    Answer,
    AuthFailed,
    CalendarTarget,
    Failure,
    Garbage,
    Gone,
    Temporary,
)
from coaching.words import Language, MeetingStatus
from server.jobs.backoff import pause
from server.store import calendars, outbox
from server.store.calendars import ConnectionRecord, Hold, MirrorRecord
from server.store.database import Tx
from server.store.meetings import MeetingRecord, add_event, meeting_by_id
from server.store.notices import add_notice
from server.store.outbox import NOT_IN_TIME, Claimed
from server.store.people import (
    RoomRecord,
    candidate_by_id,
    room_by_id,
    staff_by_id,
    trajectory_by_id,
)
from server.store.promised import promise
from server.texts import catalogue
from server.usecases.context import Parts
from server.usecases.mirror_watch import keep_wish

MEETING_SECONDS = 25.0  # what was written by then is found again at the next try
_log = structlog.get_logger("tweespraak.calendars")

OpenTarget = Callable[[Parts, ConnectionRecord], CalendarTarget]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One outbox row with all that the planning needs."""

    row: Claimed
    meeting: UUID
    mirror: plan.Mirror
    wanted: plan.Wanted
    doubtful: bool  # an earlier try may have written it, under a name that the server chose


class HoldLost(Exception):
    """Another worker writes to this calendar now."""


def open_caldav(parts: Parts, connection: ConnectionRecord) -> CalendarTarget:
    """The calendar behind a connection.

    Raises:
        ValueError: the password was sealed for another row or by another installation.
    """
    return CalDavTarget(
        connection.calendar_url,
        user_name=connection.user_name,
        password=parts.secret.unseal(
            connection.secret, bound_to=f"calendar_connection:{connection.id}"
        ),
        allow_private_hosts=parts.settings.calendar_hosts,
    )


async def deliver_to_calendar(
    parts: Parts,
    held: Hold,
    rows: Sequence[Claimed],
    *,
    open_target: OpenTarget = open_caldav,
    until: float | None = None,
) -> None:
    """Deliver rows of one calendar, in order, while `held` gives the right to.

    When the calendar itself fails, what is left is put back, and the calendar is left in peace for
    a while: a thousand waiting rows cost one request. `until` is a time of the event loop from
    which no row but the first is begun any more; the others are put back for the next visit.
    """
    async with parts.database.read() as tx:
        connection = await calendars.connection_by_id(tx, held.connection)
    if connection is None:
        await _drop(parts, rows, "the calendar is no longer connected")
        return
    try:
        target = open_target(parts, connection)
    except ValueError:
        failure = AuthFailed(reason="the password of this calendar cannot be read")
        await _calendar_failed(parts, connection, rows, failure)
        return
    try:
        await _deliver_all(parts, held, connection, target, rows, until=until)
    except HoldLost:
        _log.warning("calendar_hold_lost", connection=str(held.connection))
    finally:
        await target.close()


async def _deliver_all(
    parts: Parts,
    held: Hold,
    connection: ConnectionRecord,
    target: CalendarTarget,
    rows: Sequence[Claimed],
    *,
    until: float | None,
) -> None:
    failing, time = connection.failing, asyncio.get_running_loop().time
    for number, row in enumerate(rows):
        if number and until is not None and time() >= until:
            await _put_back(parts, rows[number:])
            return
        work = await _read(parts, connection, row)
        if work is None:
            await _drop(parts, [row], "the meeting is no longer there")
            continue
        failure = await _bring(parts, held, target, work, failing=failing)
        match failure:
            case None:
                failing = False
            case Garbage():
                await _row_failed(parts, connection, row, failure)
                failing = True
            case AuthFailed() | Gone() | Temporary():
                await _calendar_failed(parts, connection, rows[number:], failure)
                return
            case _:
                assert_never(failure)


async def _bring(
    parts: Parts, held: Hold, target: CalendarTarget, work: _Work, *, failing: bool
) -> Failure | None:
    """Bring one meeting into the calendar; None when it stands there as wanted."""
    try:
        async with asyncio.timeout(MEETING_SECONDS):
            mirror, failure = await _walk(parts, held, target, work)
    except TimeoutError:
        return Temporary(reason="the calendar is too slow")
    if failure is not None:
        return failure
    async with parts.database.write() as tx:
        await _record(tx, parts, held, work, mirror, failing=failing)
    return None


async def _walk(
    parts: Parts, held: Hold, target: CalendarTarget, work: _Work
) -> tuple[plan.Mirror, Failure | None]:
    """Step by step; a new name is saved before it is used, so that a crash finds it again."""
    saved = work.mirror
    mirror, step = plan.begin(work.mirror, work.wanted, doubtful=work.doubtful)
    for _ in range(plan.MAX_STEPS):
        match step:
            case plan.Settled():
                return mirror, None
            case plan.Held():
                return mirror, step.failure
            case _:
                if mirror.generation != saved.generation:
                    async with parts.database.write() as tx:
                        await _save(tx, parts, held, work.meeting, mirror)
                    saved = mirror
                answer = await _perform(target, step)
                mirror, step = plan.decide(mirror, work.wanted, step, answer)
    return mirror, Garbage(reason="the calendar keeps changing under our hands")


async def _perform(target: CalendarTarget, step: plan.Doing) -> Answer:
    match step:
        case plan.Create():
            return await target.create(step.href, step.ics)
        case plan.Fetch():
            return await target.get(step.href)
        case plan.Check():
            return await target.check()
        case plan.Search():
            return await target.find(step.uid)
        case plan.Update():
            return await target.update(step.href, step.ics, etag=step.etag)
        case plan.Remove():
            return await target.remove(step.href, etag=step.etag)
        case _:
            assert_never(step)


async def _read(parts: Parts, connection: ConnectionRecord, row: Claimed) -> _Work | None:
    meeting_id = UUID(str(row.payload["meeting"]))
    domain = urlsplit(parts.settings.public_url).hostname or "localhost"
    async with parts.database.read() as tx:
        meeting = await meeting_by_id(tx, meeting_id)
        if meeting is None:
            return None
        stood = await calendars.mirror_of(tx, meeting_id, connection.id)
        facts = await _facts(tx, parts, connection, meeting)
    known = plan.new_mirror(meeting=str(meeting_id), domain=domain)
    return _Work(
        row=row,
        meeting=meeting_id,
        mirror=known if stood is None else _mirror(stood, domain),
        wanted=plan.Wanted(revision=meeting.revision, facts=facts),
        doubtful=row.attempts > 1 and not connection.keeps_names,
    )


async def _facts(
    tx: Tx, parts: Parts, connection: ConnectionRecord, meeting: MeetingRecord
) -> EventFacts | None:
    """What should stand in this calendar; None for a cancelled meeting or one of others."""
    gone = meeting.status == MeetingStatus.CANCELLED or not _belongs(connection, meeting)
    trajectory = await trajectory_by_id(tx, meeting.trajectory_id)
    coach = await staff_by_id(tx, meeting.coach_id)
    if gone or trajectory is None or coach is None:
        return None
    texts = catalogue(Language(coach.language))
    summary = texts.say("calendar.summary", number=f"T-{trajectory.number}")
    named = parts.settings.names_in_calendars and connection.room_id is None
    candidate = await candidate_by_id(tx, meeting.candidate_id) if named else None
    if candidate and candidate.erased_at:
        candidate = None
    summary += f", {harmless(candidate.name)}" if candidate else ""
    link = f"{parts.settings.public_url}/meetings/{meeting.id}"
    room = await room_by_id(tx, meeting.room_id) if meeting.room_id else None
    return EventFacts(
        uid="",
        meeting=str(meeting.id),
        revision=meeting.revision,
        summary=summary,
        description=texts.say("calendar.description", link=link),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        zone=meeting.zone,
        stamp=parts.now(),
        named=candidate is not None,
        location=_where(room) if room else "",
    )


def _where(room: RoomRecord) -> str:
    """The room and where it is, in one line."""
    return ", ".join(filter(None, (room.name, room.place_name, room.place_address)))


def _belongs(connection: ConnectionRecord, meeting: MeetingRecord) -> bool:
    if not connection.is_written:
        return False
    if connection.room_id is not None:
        return meeting.room_id == connection.room_id
    return meeting.coach_id == connection.staff_id


def _mirror(record: MirrorRecord, domain: str) -> plan.Mirror:
    return plan.Mirror(
        meeting=str(record.meeting_id),
        domain=domain,
        generation=record.generation,
        uid=record.uid,
        href=record.href,
        etag=record.etag,
        synced_revision=record.synced_revision,
        state=plan.MirrorState(record.state),
        base=watching.from_record(record.base),
    )


async def _save(tx: Tx, parts: Parts, held: Hold, meeting: UUID, mirror: plan.Mirror) -> None:
    kept = await calendars.save_mirror(
        tx,
        held,
        meeting,
        generation=mirror.generation,
        uid=mirror.uid,
        href=mirror.href,
        etag=mirror.etag,
        synced_revision=mirror.synced_revision,
        state=str(mirror.state),
        base=watching.to_record(mirror.base) if mirror.base else None,
    )
    if not kept:
        raise HoldLost
    if mirror.state is plan.MirrorState.PRESENT:
        await promise(tx, held.connection, mirror.href, now=parts.now())
    if mirror.wish:
        await keep_wish(tx, meeting, held.connection, mirror.wish, now=parts.now())


async def _record(
    tx: Tx, parts: Parts, held: Hold, work: _Work, mirror: plan.Mirror, *, failing: bool
) -> None:
    now = parts.now()
    await _save(tx, parts, held, work.meeting, mirror)
    await outbox.done(tx, work.row, now=now)
    await calendars.mark_ok(tx, held.connection, now=now)
    if failing:
        await outbox.wake_calendar(tx, held.connection, now=now)
    if _says_more(work.mirror, mirror):
        what = "calendar_removed" if work.wanted.facts is None else "calendar_present"
        await add_event(tx, work.meeting, at=now, actor="system", what=what)
    _log.info("calendar_settled", meeting=str(work.meeting), state=str(mirror.state))


def _says_more(before: plan.Mirror, after: plan.Mirror) -> bool:
    known = (before.state, before.synced_revision, before.generation)
    return known != (after.state, after.synced_revision, after.generation)


async def _drop(parts: Parts, rows: Sequence[Claimed], why: str) -> None:
    async with parts.database.write() as tx:
        for row in rows:
            await outbox.give_up(tx, row, error=why, now=parts.now())


async def _put_back(parts: Parts, rows: Sequence[Claimed]) -> None:
    """They were not begun: somebody else's calendar has its turn first."""
    async with parts.database.write() as tx:
        for row in rows:
            await outbox.retry_later(tx, row, error=NOT_IN_TIME, not_before=parts.now())


async def _row_failed(
    parts: Parts, connection: ConnectionRecord, row: Claimed, failure: Garbage
) -> None:
    """One object cannot be brought; the others of this calendar may."""
    async with parts.database.write() as tx:
        again = parts.now() + pause(row.id, row.attempts)
        await outbox.retry_later(tx, row, error=failure.reason, not_before=again)
        await calendars.mark_failing(tx, connection.id, error=failure.reason, broken=False)
    _log.warning("calendar_object_failed", row=str(row.id), reason=failure.reason)


async def _calendar_failed(
    parts: Parts,
    connection: ConnectionRecord,
    rows: Sequence[Claimed],
    failure: AuthFailed | Gone | Temporary,
) -> None:
    """The calendar itself does not work: everything waits, nothing is lost."""
    now = parts.now()
    asked = failure.retry_after if isinstance(failure, Temporary) else None
    again = now + pause(rows[0].id, rows[0].attempts, retry_after=asked)
    broken = not isinstance(failure, Temporary)
    async with parts.database.write() as tx:
        for row in rows:
            await outbox.retry_later(tx, row, error=failure.reason, not_before=again)
        await outbox.hold_calendar(tx, connection.id, not_before=again)
        if await calendars.mark_failing(tx, connection.id, error=failure.reason, broken=broken):
            await _tell(tx, connection, now)
    _log.warning("calendar_failed", connection=str(connection.id), reason=failure.reason)


async def _tell(tx: Tx, connection: ConnectionRecord, now: datetime) -> None:
    await add_notice(
        tx, connection.staff_id, code="calendar_broken", params={}, meeting_id=None, now=now
    )
