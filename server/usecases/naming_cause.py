"""The coach says afterwards where it went wrong, and what follows is put right (R20)."""

from datetime import datetime

from coaching.engine import judge_trouble
from coaching.errors import NotFound
from coaching.trigger_facts import FailureCause
from coaching.verdict import Action
from coaching.words import SkillSource
from server.store import aftermath, attention, keys, meetings
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.failing import own_failed, trouble_of
from server.usecases.flagging import flag_unready
from server.usecases.numbers import numbers_at
from server.usecases.proposing_skill import propose_lower
from server.usecases.repeating import once
from server.usecases.talks import load_talk
from server.usecases.todos import todo_key


async def name_cause(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    cause: FailureCause,
    *,
    key: str,
    now: datetime,
) -> None:
    """Keep `cause` in the place of what the pages guessed, with what R20 makes of it.

    An open proposal of a lower level that rested on the guess is withdrawn or made; planned video
    talks are judged again. A level that somebody accepted stays.

    Raises:
        Conflict: `already_closed`, the talk did not fail, or not any more.
        NotFound: no such meeting, or not one of this coach.
    """
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="name_cause",
        key=key,
        values={"meeting": str(meeting), "cause": cause},
    )

    async def work(tx: Tx) -> keys.Answer:
        found, failed = await own_failed(tx, actor, meeting, now=now)
        if failed.cause != cause:
            await aftermath.change_failure(tx, meeting, cause=cause)
            detail = {"cause": cause}
            await meetings.add_event(
                tx, meeting, at=now, actor=actor.key, what="cause_named", detail=detail
            )
            await _follow(parts, tx, actor, found, cause, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def _follow(
    parts: Parts,
    tx: Tx,
    actor: StaffActor,
    found: meetings.MeetingRecord,
    cause: FailureCause,
    *,
    now: datetime,
) -> None:
    talk = await load_talk(tx, found.id)
    if talk is None:
        raise NotFound("meeting_unknown")
    settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
    flags = Action.FLAG in judge_trouble(await trouble_of(tx, talk, cause), settings, now).actions
    guessed = [
        one
        for one in await aftermath.proposals(tx, candidate_id=found.candidate_id)
        if one.meeting_id == found.id and one.why == SkillSource.FAILURE
    ]
    if flags and not guessed:
        trajectory = await known_trajectory(tx, found.trajectory_id)
        await propose_lower(tx, trajectory, why=SkillSource.FAILURE, meeting=found.id, now=now)
    for one in guessed if not flags else ():
        await aftermath.decide(tx, one.id, accepted=False, by=actor.id, now=now)
        todo = todo_key(TodoCode.SKILL, one.trajectory_id, str(one.id))
        await attention.finish_todo_with_key(tx, todo, by=actor.id, now=now)
    await flag_unready(tx, found.candidate_id, about=found.id, now=now)
