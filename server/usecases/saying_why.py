"""A talk that stands beyond what soft rules advise: what they say of it, and why it is so."""

from datetime import datetime
from zoneinfo import ZoneInfo

from coaching.errors import Conflict
from coaching.verdict import Verdict
from coaching.words import MeetingStatus, Mode
from server.store import keys, meetings
from server.store.database import Tx
from server.usecases.access import known_trajectory, open_meeting
from server.usecases.appointments import own_meeting
from server.usecases.blend_settings import judge_standing
from server.usecases.booking_facts import read_file
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.exceptions import checked_reason
from server.usecases.numbers import numbers_at
from server.usecases.repeating import once
from server.usecases.soft_rules import keep_why, waits_for_reason


async def soft_verdict(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> Verdict:
    """What the rules say of a meeting that stands, beside all others. Reads only.

    Raises:
        NotFound: no such meeting, or not one of this coach.
    """
    async with parts.database.read() as tx:
        found = await open_meeting(tx, actor, meeting)
        trajectory = await known_trajectory(tx, found.trajectory_id)
        settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
        return judge_standing(await read_file(tx, trajectory), found, settings, now=now)


async def checked_why(tx: Tx, why: str, tz: ZoneInfo, *, now: datetime) -> str:
    """Why talks of a plan are online, as it is kept; empty where nobody says it now.

    Raises:
        BadInput: `text_too_long`, `medical_word`, `reason_bad`.
    """
    settings = await numbers_at(tx, now, tz)
    return checked_reason(why, settings.exception_text_length) if why.strip() else ""


async def give_reason(
    parts: Parts, actor: StaffActor, meeting: MeetingId, reason: str, *, key: str, now: datetime
) -> None:
    """Keep in the history why this talk is online (R14).

    Raises:
        BadInput: `reason_missing`, `text_too_long`, `medical_word`, `reason_bad`.
        Conflict: `reason_not_asked` (any more): it was given before, or the talk is not online.
        NotFound: no such meeting, or not one of this coach.
    """
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="say_why_online",
        key=key,
        values={"meeting": str(meeting), "reason": reason},
    )

    async def work(tx: Tx) -> keys.Answer:
        found = await own_meeting(tx, actor, meeting, now=now)
        settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
        why = checked_reason(reason, settings.exception_text_length)
        history = await meetings.events_of(tx, meeting)
        if not waits_for_reason(history, Mode(found.mode), MeetingStatus(found.status)):
            raise Conflict("reason_not_asked")
        await keep_why(tx, meeting, why, actor=actor.key, now=now)
        return {}

    await once(parts, asked, work, now=now)
