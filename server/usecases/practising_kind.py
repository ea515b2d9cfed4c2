"""Whether somebody practises alone, guided, or at a location with a person beside them (R13)."""

from datetime import datetime, timedelta

from coaching.facts import PracticeKind
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import meetings
from server.store.database import Tx
from server.store.practices import PracticeSessionRecord

_BEGUN_BEFORE = timedelta(minutes=30)  # of an appointment, and its practice belongs to it
_BESIDE = timedelta(hours=2)  # after the last sign, nobody sits beside the candidate any more


def kind_of(meeting: meetings.MeetingRecord | None, *, now: datetime) -> PracticeKind:
    """Guided at the time of a practice by video; else alone, until staff say they sit beside."""
    if meeting is None or meeting.kind != MeetingKind.PRACTICE or meeting.mode != Mode.VIDEO:
        return PracticeKind.SELF
    begun = meeting.starts_at - _BEGUN_BEFORE <= now < meeting.ends_at
    return PracticeKind.GUIDED if begun else PracticeKind.SELF


def waits_for_guide(
    meeting: meetings.MeetingRecord, newest: PracticeSessionRecord | None, *, now: datetime
) -> bool:
    """Whether a guided practice goes on now of which nothing was begun on the practice page.

    Somebody may go straight to the talk. `newest` is the candidate's practice that changed last:
    one that still goes on, or that ended at this appointment, is the one that is followed.
    """
    stands = meeting.status in (MeetingStatus.PLANNED, MeetingStatus.OPEN)
    if not stands or kind_of(meeting, now=now) is not PracticeKind.GUIDED:
        return False
    if newest is None:
        return True
    return newest.ended_at is not None and newest.ended_at < meeting.starts_at - _BEGUN_BEFORE


async def kind_gone_on(
    tx: Tx,
    found: PracticeSessionRecord,
    meeting: meetings.MeetingRecord | None,
    *,
    now: datetime,
) -> PracticeKind:
    """What a practice is when somebody goes on with it, perhaps a day later at home.

    `meeting` is the appointment of the link they came by. Guided and beside last no longer than
    the appointment: what is done alone afterwards counts as done alone, and is written down so.
    """
    own = await meetings.meeting_by_id(tx, found.meeting_id) if found.meeting_id else None
    match PracticeKind(found.kind):
        case PracticeKind.SELF:
            return PracticeKind.SELF
        case PracticeKind.GUIDED:
            kinds = {kind_of(own, now=now), kind_of(meeting, now=now)}
            return PracticeKind.GUIDED if PracticeKind.GUIDED in kinds else PracticeKind.SELF
        case PracticeKind.ONSITE:
            during = own is not None and own.starts_at <= now < own.ends_at + _BESIDE
            beside = during or now < found.changed_at + _BESIDE
            return PracticeKind.ONSITE if beside else PracticeKind.SELF
