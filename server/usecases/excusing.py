"""Talking without a camera this once: the coach excuses it, in the talk, with a reason (E9)."""

from datetime import datetime

from coaching.errors import NotFound
from coaching.facts import ExceptionCode
from server.store import meetings
from server.usecases.access import meeting_of_link
from server.usecases.camera_waiver import (
    CAMERA_RULE,
    has_camera_waiver,
    practises_without_camera,
)
from server.usecases.context import MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.exceptions import ExceptionRequest, ask_exception

REASONS = (ExceptionCode.OTHER, ExceptionCode.CANDIDATE_REQUEST, ExceptionCode.ACCESSIBILITY)


async def excuse_camera(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    code: ExceptionCode,
    reason: str,
    *,
    key: str,
    now: datetime,
) -> None:
    """Record that the candidate of this talk needs no camera; nothing more when it was recorded.

    It holds for one talk. The candidate's page finds it by `is_excused`.

    Raises:
        NotFound: not this person's meeting.
        BadInput: as `ask_exception`.
    """
    async with parts.database.read() as tx:
        found = await meetings.meeting_by_id(tx, meeting)
        if found is None:
            raise NotFound("meeting_unknown")
        excused = await has_camera_waiver(tx, found)
    if excused:
        return
    request = ExceptionRequest(
        trajectory=TrajectoryId(found.trajectory_id),
        rule=CAMERA_RULE,
        code=code,
        reason=reason,
        valid_until=None,
        meeting=meeting,
    )
    await ask_exception(parts, actor, request, key=key, now=now)


async def is_excused(parts: Parts, meeting: MeetingId) -> bool:
    """Whether the candidate may take part in this talk without a camera."""
    async with parts.database.read() as tx:
        found = await meetings.meeting_by_id(tx, meeting)
        return found is not None and await has_camera_waiver(tx, found)


async def may_practise_unseen(parts: Parts, token: str, *, now: datetime) -> bool:
    """Whether the candidate of this link may practise without a camera. Reads only.

    Raises:
        NotFound: `link_unknown`, also for a link that was replaced.
    """
    async with parts.database.read() as tx:
        return await practises_without_camera(tx, await meeting_of_link(tx, token), now=now)
