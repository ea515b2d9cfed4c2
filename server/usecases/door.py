"""At the door of a video talk: may it be by video still? Asked again when a seat is wanted."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.engine import judge_door
from coaching.errors import Refused
from coaching.verdict import Verdict
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode, Role
from server.store import meetings, notices
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.booking_facts import Asked, read_file
from server.usecases.context import Actor, MeetingId, Parts
from server.usecases.numbers import numbers_at
from server.usecases.talks import load_talk

_NOTICE = "met_first"
_NOTICES = {"R12": "practise_at_door", "R13": "practise_at_door"}
_NOTICE_PAUSE = timedelta(hours=1)


async def check_door(tx: Tx, found: meetings.MeetingRecord, *, now: datetime) -> None:
    """Ask the rules about the form of a talk whose seat is asked, with what is so by now.

    Of a talk that has begun nobody is sent away: they were asked when its first seat was.

    Raises:
        Refused: the acquaintance fell away (R8) or a practice is needed (R12, R13) since the talk
            was booked.
    """
    if found.mode != Mode.VIDEO or found.status != MeetingStatus.PLANNED:
        return
    zone = ZoneInfo(found.zone)
    asked = Asked(
        kind=MeetingKind(found.kind),
        mode=Mode(found.mode),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
    )
    file = await read_file(tx, await known_trajectory(tx, found.trajectory_id))
    today = to_wall(now, zone).date()
    facts = file.facts(asked, today=today, moved=found.id, coach=found.coach_id, foresees=False)
    verdict = judge_door(facts, await numbers_at(tx, found.starts_at, zone), now)
    if not verdict.allowed:
        raise Refused(verdict)


async def may_enter(
    parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime
) -> Verdict | None:
    """The refusal for one of the two whose talk is open now; None: nothing is in the way.

    Whoever is refused as candidate is not left alone: the coach gets a notice, once an hour.

    Raises:
        Conflict, NotFound: as `Database.run`.
    """

    async def work(tx: Tx) -> Verdict | None:
        talk = await load_talk(tx, meeting)
        role = talk.role_of(actor) if talk else None
        if talk is None or role is None or now < talk.opens_at(parts.settings):
            return None
        try:
            await check_door(tx, talk.meeting, now=now)
        except Refused as refused:
            if role is Role.CANDIDATE:
                code = _NOTICES.get(refused.verdict.leading_rule, _NOTICE)
                await _tell(tx, code, talk.coach.id, talk.candidate.name, meeting, now=now)
            return refused.verdict
        return None

    return await parts.database.run(work)


async def _tell(
    tx: Tx, code: str, coach: UUID, candidate: str, meeting: MeetingId, *, now: datetime
) -> None:
    if await notices.noticed_since(tx, meeting, code, since=now - _NOTICE_PAUSE):
        return
    await notices.add_notice(
        tx, coach, code=code, params={"candidate": candidate}, meeting_id=meeting, now=now
    )
