"""The page behind a nudge: what was asked, and the answer, which is own activity."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.errors import NotFound
from coaching.rules.silence import Level
from server.secrets import token_hash
from server.store import attention, holds, people
from server.store.database import Tx
from server.store.tasks import newest_open_task
from server.usecases.access import known_trajectory, nudge_leads
from server.usecases.attention import TodoCode
from server.usecases.calling_back import CallWindow, ask_for_call
from server.usecases.context import MeetingId, Parts
from server.usecases.holding import read_group
from server.usecases.numbers import numbers_at
from server.usecases.offering import talks_to_come
from server.usecases.own_page import zone_abroad
from server.usecases.todos import write_todo

_SILENT_RULE = "R22"


class NudgeAnswer(StrEnum):
    """The buttons of a nudge (3.4)."""

    DONE = "done"
    NOT_YET = "not_yet"
    CALL_ME = "call_me"


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeView:
    """What the page of a nudge shows."""

    coach_name: str
    coach_phone: str
    candidate_first_name: str
    language: str
    rule: str
    level: int
    answer: NudgeAnswer | None
    held: tuple[MeetingId, ...]  # times to choose, level 3 (see `holding.held_times`)
    group: UUID | None
    zone: ZoneInfo | None = None  # the own clock of a candidate abroad (E18)
    task: str = ""  # that the nudge asks about; may be empty

    @property
    def wants_talk(self) -> bool:
        """Whether it is about a talk to plan (R23, R24), so that "done" answers nothing."""
        return self.rule != _SILENT_RULE or self.level >= Level.OFFLINE


async def preview_nudge(parts: Parts, token: str, *, now: datetime) -> NudgeView | None:
    """What stands behind the link of a nudge; None when it is unknown or old. Reads only."""
    async with parts.database.read() as tx:
        nudge = await _nudge_behind(tx, token, now=now)
        if nudge is None:
            return None
        trajectory = await known_trajectory(tx, nudge.trajectory_id)
        candidate = await people.candidate_by_id(tx, nudge.candidate_id)
        coach = await people.staff_by_id(tx, trajectory.coach_id)
        group = await holds.open_group(tx, trajectory.id, now=now)
        times = (await read_group(tx, group, now=now)).times if group else ()
        moments = [one.starts_at for one in times]
        zone = await zone_abroad(parts, tx, nudge.candidate_id, moments)
        asks = nudge.rule == _SILENT_RULE and nudge.level == Level.NUDGE
        task = await newest_open_task(tx, trajectory.id) if asks else ""
    if candidate is None or coach is None:
        return None
    return NudgeView(
        coach_name=coach.name,
        coach_phone=coach.phone or parts.settings.organisation_phone,
        candidate_first_name=candidate.name.split()[0],
        language=candidate.language,
        rule=nudge.rule,
        level=nudge.level,
        answer=NudgeAnswer(nudge.answer) if nudge.answer else None,
        held=tuple(one.meeting for one in times),
        group=group,
        zone=zone,
        task=task,
    )


async def answer_nudge(parts: Parts, token: str, answer: NudgeAnswer, *, now: datetime) -> None:
    """Keep the answer: own activity, so that the clock starts again; "Bel mij" is a to-do too.

    Raises:
        NotFound: `link_unknown`, also for an old one: it is own activity of nobody any more.
    """

    async def work(tx: Tx) -> None:
        nudge = await _nudge_behind(tx, token, now=now)
        if nudge is None:
            raise NotFound("link_unknown")
        trajectory = await known_trajectory(tx, nudge.trajectory_id)
        await attention.change_nudge(tx, nudge.id, answer=answer, answered_at=now)
        await attention.add_activity(tx, nudge.candidate_id, f"nudge_{answer}", now=now)
        codes = [TodoCode.SILENT]
        await attention.finish_todos(tx, now=now, trajectory_id=trajectory.id, codes=codes)
        if answer is NudgeAnswer.CALL_ME:
            zone = parts.settings.tz
            await ask_for_call(tx, trajectory, CallWindow.NOW, meeting=None, zone=zone, now=now)

    await parts.database.run(work)


async def nudge_stands(
    parts: Parts, tx: Tx, nudge: UUID, *, group: UUID | None, now: datetime
) -> bool:
    """Whether a nudge that waited for the day is still to be sent (R26).

    Not when the candidate did something since, and not shortly before a talk. Times that are held
    (of `group`) are told as long as they are: the candidate cannot know of them.
    """
    found = await attention.nudge_by_id(tx, nudge)
    if found is None:
        return False
    if group is not None:
        return await holds.open_group(tx, found.trajectory_id, now=now) == group
    acted = (await attention.last_activity(tx, [found.candidate_id])).get(found.candidate_id)
    if acted is not None and acted > found.at:
        return False
    near = timedelta(hours=(await numbers_at(tx, now, parts.settings.tz)).nudge_before_talk_hours)
    return not any(at <= now + near for at in await talks_to_come(tx, found.candidate_id, now=now))


async def nudge_failed(parts: Parts, nudge: UUID, *, now: datetime) -> None:
    """Keep that a nudge could not be delivered; after two in a row a person phones (E22)."""

    async def work(tx: Tx) -> None:
        found = await attention.nudge_by_id(tx, nudge)
        if found is None or found.failed_at:
            return
        await attention.change_nudge(tx, nudge, failed_at=now)
        last = (await attention.nudges_of_candidate(tx, found.candidate_id))[-2:]
        if len(last) < 2 or any(one.failed_at is None for one in last):  # noqa: PLR2004 -- twice
            return
        candidate = await people.candidate_by_id(tx, found.candidate_id)
        params = {
            "candidate": candidate.name if candidate else "",
            "phone": (candidate.phone or "") if candidate else "",
        }
        await write_todo(
            tx,
            TodoCode.UNREACHABLE,
            await known_trajectory(tx, found.trajectory_id),
            about=str(last[-1].id),
            due_at=now,
            now=now,
            params=params,
        )

    await parts.database.run(work)


async def _nudge_behind(tx: Tx, token: str, *, now: datetime) -> attention.NudgeRecord | None:
    nudge = await attention.nudge_behind(tx, token_hash(token))
    return nudge if nudge and nudge_leads(nudge, now=now) else None
