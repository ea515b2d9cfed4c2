"""Whose fault a failed talk was, as far as the house can tell by itself (R20).

What is our own is kept as the cause at once, because it spares the candidate: this server was
restarted while somebody sat in the talk, or talks of several coaches failed in the same minutes,
which no page can know. That somebody could not find their way is never kept by itself: it is
proposed to the coach, who was there.
"""

from datetime import datetime, timedelta
from typing import Final

from coaching.getting_in import DeviceVerdict
from coaching.trigger_facts import FailureCause
from server.store import aftermath, getting_in, meetings, sessions
from server.store.database import Tx
from server.usecases.context import Parts
from server.usecases.talks import Talk

TOGETHER: Final = timedelta(minutes=10)
_COACHES: Final = 3  # with this one: a coincidence of two says little
_OF_THE_LINE: Final = (FailureCause.CANDIDATE_NETWORK, FailureCause.UNKNOWN)
_NOT_FOUND: Final = frozenset(
    {DeviceVerdict.DISMISSED, DeviceVerdict.NOT_SEEN, DeviceVerdict.NOT_HEARD}
)
_SKILL_OR: Final = (FailureCause.CANDIDATE_DEVICE, FailureCause.UNKNOWN)
_BEFORE: Final = timedelta(hours=1)


async def likely_cause(
    parts: Parts, tx: Tx, talk: Talk, told: FailureCause, *, now: datetime
) -> FailureCause:
    """The cause to keep: what a page told, or our own where that explains it better."""
    if told not in _OF_THE_LINE:
        return told
    if await _restarted(parts, tx, talk, now=now):
        return FailureCause.SERVER
    together = await aftermath.failures_since(
        tx, now - TOGETHER, causes=(*_OF_THE_LINE, FailureCause.SERVER), besides=talk.meeting.id
    )
    if len({one.coach_id for one in together} | {talk.coach.id}) < _COACHES:
        return told
    for one in together:
        if one.cause in _OF_THE_LINE:
            await _was_ours(tx, one, now=now)
    return FailureCause.SERVER


async def proposed_cause(
    tx: Tx, talk: Talk, failed: aftermath.FailureRecord
) -> FailureCause | None:
    """What the coach may confirm: the candidate could not find their way; or None. Reads only.

    Seen from a question for permission that was put away, from saying not to see or hear what was
    there, or from asking to be called while trying.
    """
    if failed.cause not in _SKILL_OR:
        return None
    since = failed.at - _BEFORE
    checks = await getting_in.verdicts_of(tx, talk.meeting.id, since=since, until=failed.at)
    asked = await aftermath.asked_for_help(tx, talk.meeting.id, since=since, until=failed.at)
    return FailureCause.CANDIDATE_SKILL if asked or _NOT_FOUND & set(checks) else None


async def _restarted(parts: Parts, tx: Tx, talk: Talk, *, now: datetime) -> bool:
    """Whether this process began just now, and the candidate had come before that."""
    since = parts.since
    if since is None or not now - TOGETHER <= since <= now:
        return False
    return await sessions.candidate_came(tx, talk.meeting.id, before=since)


async def _was_ours(tx: Tx, failed: aftermath.FailedTogether, *, now: datetime) -> None:
    await aftermath.change_failure(tx, failed.meeting_id, cause=FailureCause.SERVER)
    await meetings.add_event(
        tx,
        failed.meeting_id,
        at=now,
        actor="system",
        what="cause_named",
        detail={"cause": FailureCause.SERVER},
    )
