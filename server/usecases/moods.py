"""Three faces at the start and the end of a talk: the candidate's, if they like, for the coach.

Nothing follows from them: no score, no rule, no status. That a talk failed, or that somebody did
not come, is written elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coaching.errors import NotAllowed, NotFound
from coaching.words import Role
from server.store import after_talk
from server.store.database import Tx
from server.usecases.context import Actor, MeetingId, Parts
from server.usecases.talks import load_talk, role_in


class Mood(StrEnum):
    """One of three faces."""

    GOOD = "good"
    SO_SO = "so_so"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moods:
    """What the candidate said of one talk; None: nothing."""

    start: Mood | None = None
    end: Mood | None = None


async def say_mood(
    parts: Parts, actor: Actor, meeting: MeetingId, mood: Mood, *, at_end: bool, now: datetime
) -> None:
    """Keep the candidate's face; a later one takes the place of an earlier one.

    Raises:
        NotAllowed: `candidate_only`.
        NotFound: not one of the two.
    """

    async def work(tx: Tx) -> None:
        if await _role(tx, actor, meeting) is not Role.CANDIDATE:
            raise NotAllowed("candidate_only")
        await after_talk.keep_mood(tx, meeting, mood, at_end=at_end, now=now)

    await parts.database.run(work)


async def moods_of(parts: Parts, actor: Actor, meeting: MeetingId) -> Moods:
    """What was said: to the two only, so a planner reads nothing. Reads only."""
    async with parts.database.read() as tx:
        talk = await load_talk(tx, meeting)
        if talk is None or await role_in(tx, talk, actor) is None:
            return Moods()
        said = {one.at_end: Mood(one.mood) for one in await after_talk.moods_of(tx, meeting)}
    return Moods(start=said.get(False), end=said.get(True))


async def _role(tx: Tx, actor: Actor, meeting: MeetingId) -> Role:
    talk = await load_talk(tx, meeting)
    role = await role_in(tx, talk, actor) if talk else None
    if role is None:
        raise NotFound("meeting_unknown")
    return role
