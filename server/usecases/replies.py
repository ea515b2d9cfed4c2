"""Answers to invitations by mail: believed with our mark and from the candidate, and heard once.

An answer never changes a meeting. "Yes" is noted; "no" and "another time" become a wish for the
planner. Nobody is ever mailed because of a mail, so no two machines can write to each other.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from calendar_sync.incoming_mail import Answered, CameBack
from calendar_sync.reply_format import Answer, Reply
from coaching.words import MeetingStatus
from server.store import attention, mailboxes, meetings, notices, people, proposals
from server.store.database import Tx
from server.store.meetings import MeetingRecord
from server.usecases.attention import TodoCode
from server.usecases.context import Parts
from server.usecases.invitation_names import mail_domain, meeting_named
from server.usecases.todos import write_todo
from server.usecases.withdrawing import withdraw_from

CALL_WITHIN = timedelta(days=1)


class Heard(StrEnum):
    """What came of a mail; stable words for a count."""

    NOTED = "noted"
    ASKED = "asked"  # a person decides
    UNREACHABLE = "unreachable"  # a mail of ours came back
    FORGED = "forged"  # without our mark: no effect
    STRANGER = "stranger"  # not from the candidate: no effect
    LATE = "late"  # about a time that stands no more: no effect
    TWICE = "twice"
    UNKNOWN = "unknown"  # about no mail of ours


async def hear_reply(
    parts: Parts, answered: Answered, *, message_hash: str, now: datetime
) -> Heard:
    """Take an answer in.

    Raises:
        Unavailable: the database does not answer; then nothing was kept.
    """
    named = meeting_named(parts, answered.reply.uid)
    if named is None:
        return Heard.FORGED

    async def work(tx: Tx) -> Heard:
        meeting = await meetings.meeting_to_change(tx, named)
        if meeting is None:
            return Heard.UNKNOWN
        candidate = await people.candidate_by_id(tx, meeting.candidate_id)
        if candidate is None or not _is_from(candidate.email, answered):
            return Heard.STRANGER
        if not _stands(meeting, answered.reply, now=now):
            return Heard.LATE
        answer = answered.reply.answer
        if not await mailboxes.keep_reply(
            tx, meeting.id, message_hash=message_hash, answer=answer, now=now
        ):
            return Heard.TWICE
        await _note(tx, meeting, answer, now=now)
        await withdraw_from(tx, meeting.id, None, now=now)  # the newest answer is the one
        if answer in (Answer.ACCEPTED, Answer.TENTATIVE):
            return Heard.NOTED
        await _ask(tx, meeting, answered.reply, candidate.name, now=now)
        return Heard.ASKED

    return await parts.database.run(work)


async def hear_return(parts: Parts, back: CameBack, *, now: datetime) -> Heard:
    """A mail of ours came back: somebody has to call. Once for each mail.

    Raises:
        Unavailable: the database does not answer; then nothing was kept.
    """
    row = _row_of(parts, back.message_id)
    if row is None:
        return Heard.UNKNOWN

    async def work(tx: Tx) -> Heard:
        payload = await mailboxes.mail_row(tx, row)
        about = (payload or {}).get("meeting")
        meeting = await meetings.meeting_by_id(tx, UUID(str(about))) if about else None
        trajectory = await people.trajectory_by_id(tx, meeting.trajectory_id) if meeting else None
        candidate = await people.candidate_by_id(tx, meeting.candidate_id) if meeting else None
        if meeting is None or trajectory is None or candidate is None or candidate.erased_at:
            return Heard.UNKNOWN
        if not await attention.take_moment(tx, f"mail_came_back:{row}", now=now):
            return Heard.TWICE
        await write_todo(
            tx,
            TodoCode.UNREACHABLE,
            trajectory,
            about=f"mail:{meeting.id}",
            due_at=now + CALL_WITHIN,
            now=now,
            meeting=meeting.id,
        )
        await notices.add_notice(
            tx,
            meeting.coach_id,
            code="mail_bounced",
            params={"candidate": candidate.name},
            meeting_id=meeting.id,
            now=now,
        )
        return Heard.UNREACHABLE

    return await parts.database.run(work)


def _is_from(email: str | None, answered: Answered) -> bool:
    """The mail, and the attendee in it, are the candidate's address."""
    own = (email or "").strip().lower()
    return bool(own) and answered.sender == own == answered.reply.attendee


def _stands(meeting: MeetingRecord, reply: Reply, *, now: datetime) -> bool:
    """Whether the answer is about the time that stands, before it begins (RFC 5546 3.2.3)."""
    if meeting.status != MeetingStatus.PLANNED or meeting.starts_at <= now:
        return False
    if reply.sequence is not None:
        return reply.sequence == meeting.revision
    asks = reply.answer is Answer.COUNTERED
    return asks or reply.starts_at in (None, meeting.starts_at)


async def _note(tx: Tx, meeting: MeetingRecord, answer: Answer, *, now: datetime) -> None:
    await meetings.add_event(tx, meeting.id, at=now, actor="candidate", what=f"replied_{answer}")
    await attention.add_activity(
        tx, meeting.candidate_id, f"replied_{answer}", meeting_id=meeting.id, now=now
    )


async def _ask(
    tx: Tx, meeting: MeetingRecord, reply: Reply, candidate: str, *, now: datetime
) -> None:
    times = (reply.starts_at, reply.ends_at) if reply.answer is Answer.COUNTERED else (None, None)
    moved = None not in times
    said = f"mail:{meeting.revision}:{times[0]}:{times[1]}" if moved else "mail:declined"
    await proposals.note_wish(
        tx,
        meeting_id=meeting.id,
        digest=hashlib.sha256(f"{said}:{meeting.revision}".encode()).hexdigest(),
        now=now,
        connection_id=None,
        kind="moved" if moved else "declined",
        starts_at=times[0] if moved else None,
        ends_at=times[1] if moved else None,
        why="",
    )
    await notices.add_notice(
        tx,
        meeting.coach_id,
        code=f"reply_{reply.answer}",
        params={"candidate": candidate},
        meeting_id=meeting.id,
        now=now,
    )


def _row_of(parts: Parts, message_id: str) -> UUID | None:
    row, _, domain = message_id.partition("@")
    try:
        return UUID(row) if domain.lower() == mail_domain(parts).lower() else None
    except ValueError:
        return None
