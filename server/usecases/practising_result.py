"""What the newest practice of a candidate gave, and the talk that it was for."""

from dataclasses import dataclass
from datetime import datetime

from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import meetings, readiness
from server.usecases.access import ByLink, meeting_of_link
from server.usecases.context import Parts
from server.usecases.practice_views import result_of
from server.usecases.readiness import PracticeResult

_TO_COME = (MeetingStatus.PLANNED, MeetingStatus.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Practised:
    """`result` is None when nothing was written down yet; `talk_at` that of the next video talk."""

    result: PracticeResult | None
    talk_at: datetime | None
    own_talk: bool  # the link is that of this talk


async def practice_result(parts: Parts, who: ByLink, *, now: datetime) -> Practised:
    """What the candidate of this link reads after a practice. Reads only.

    Raises:
        NotFound: `link_unknown`, also for a link that was replaced.
    """
    async with parts.database.read() as tx:
        found = await meeting_of_link(tx, who.token)
        kept = await readiness.of_candidate(tx, found.candidate_id)
        others = await meetings.meetings_of_trajectories(tx, [found.trajectory_id])
    talks = [
        one
        for one in others
        if one.mode == Mode.VIDEO
        and one.kind != MeetingKind.PRACTICE
        and one.status in _TO_COME
        and one.starts_at > now
    ]
    talk = min(talks, key=lambda one: one.starts_at, default=None)
    return Practised(
        result=result_of(kept[0]) if kept else None,
        talk_at=talk.starts_at if talk else None,
        own_talk=talk is not None and talk.id == found.id,
    )
