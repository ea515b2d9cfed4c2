"""A coach who may take no new meetings: a requirement that lapses, full, a conflict (R30)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from coaching.errors import BadInput, Conflict, NotFound
from coaching.wall_time import to_wall
from coaching.words import MeetingStatus, StaffRole
from server.store import coach_bars, keys, meetings, people
from server.store.database import Tx
from server.usecases.access import require_planner
from server.usecases.attention import TodoCode
from server.usecases.context import Parts, StaffActor, StaffId
from server.usecases.repeating import once
from server.usecases.todos import write_todo

_DAYS = (date(2020, 1, 1), date(2100, 1, 1))
_TO_COME = (MeetingStatus.PROVISIONAL, MeetingStatus.PLANNED)


class BarCode(StrEnum):
    """Why a coach takes no new meetings."""

    REQUIREMENT = "requirement"  # a diploma, a registration: lapsed on a day
    FULL = "full"
    CONFLICT = "conflict"  # with one candidate; why is not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBar:
    """What is set: the first and the last day on which no new meeting may be; without end, open."""

    code: BarCode
    starts_on: date
    ends_on: date | None = None
    candidate: UUID | None = None  # of a conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachBarsView:
    """A coach with what holds, and the candidates with whom there can be a conflict."""

    coach: StaffId
    coach_name: str
    bars: tuple[coach_bars.CoachBarRow, ...]
    candidates: tuple[tuple[UUID, str], ...]


async def show_bars(parts: Parts, coach: StaffId, *, now: datetime) -> CoachBarsView:
    """What keeps this coach from new meetings, now or later. Reads only.

    Raises:
        NotFound: `coach_unknown`.
    """
    async with parts.database.read() as tx:
        found = await _coach(tx, coach)
        everybody = await people.candidates(tx, of_coach=None)
        return CoachBarsView(
            coach=coach,
            coach_name=found.name,
            bars=tuple(
                one
                for one in await coach_bars.bars_of_coach(tx, coach)
                if one.ends_on is None or one.ends_on >= to_wall(now, parts.settings.tz).date()
            ),
            candidates=tuple((one.id, one.name) for one in everybody),
        )


async def set_bar(
    parts: Parts, actor: StaffActor, coach: StaffId, new: NewBar, *, key: str, now: datetime
) -> int:
    """No new meetings from that day; how many that stand were flagged with a to-do.

    Raises:
        BadInput: `candidate_unknown`, a conflict is with somebody; `starts_on_bad`;
            `bar_ends_bad`, before it starts or before today.
        Conflict: `bar_exists`, this holds already.
        NotAllowed: `planner_needed`.
        NotFound: `coach_unknown`.
    """
    require_planner(actor)
    if not _DAYS[0] <= new.starts_on <= _DAYS[1]:
        raise BadInput("starts_on_bad", field="starts_on")
    today = to_wall(now, parts.settings.tz).date()
    if new.ends_on and not max(new.starts_on, today) <= new.ends_on <= _DAYS[1]:
        raise BadInput("bar_ends_bad", field="ends_on")
    about = new.candidate if new.code is BarCode.CONFLICT else None
    wanted = f"{new.code}|{new.starts_on}|{new.ends_on}|{about}"
    asked = _asked(actor, "set_bar", key, coach, wanted)

    async def work(tx: Tx) -> keys.Answer:
        await _coach(tx, coach)
        if new.code is BarCode.CONFLICT and not await _known(tx, about):
            raise BadInput("candidate_unknown", field="candidate")
        if any(_same(one, new, about) for one in await coach_bars.bars_of_coach(tx, coach)):
            raise Conflict("bar_exists")
        made = await coach_bars.insert_bar(
            tx,
            staff_id=coach,
            code=new.code,
            candidate_id=about,
            starts_on=new.starts_on,
            ends_on=new.ends_on,
            set_by=actor.id,
            set_at=now,
        )
        flagged = await _flag(parts, tx, coach, new, about=about, made=made, now=now)
        return {"flagged": str(flagged)}

    return int((await once(parts, asked, work, now=now))["flagged"])


async def lift_bar(
    parts: Parts, actor: StaffActor, coach: StaffId, bar: UUID, *, key: str, now: datetime
) -> None:
    """The coach may take new meetings again, as far as this is concerned.

    Raises:
        NotAllowed: `planner_needed`.
        NotFound: `bar_unknown`.
    """
    require_planner(actor)
    asked = _asked(actor, "lift_bar", key, coach, str(bar))

    async def work(tx: Tx) -> keys.Answer:
        if not await coach_bars.lift_bar(tx, coach, bar, now=now):
            raise NotFound("bar_unknown")
        return {}

    await once(parts, asked, work, now=now)


async def _flag(
    parts: Parts,
    tx: Tx,
    coach: StaffId,
    new: NewBar,
    *,
    about: UUID | None,
    made: UUID,
    now: datetime,
) -> int:
    """A to-do for each meeting to come that stands with this coach."""
    flagged = 0
    for trajectory in await people.trajectories_of_coach(tx, coach):
        if about not in (None, trajectory.candidate_id):
            continue
        for one in await meetings.meetings_of_trajectories(tx, [trajectory.id]):
            day = to_wall(one.starts_at, parts.settings.tz).date()
            outside = day < new.starts_on or (new.ends_on is not None and day > new.ends_on)
            if one.status not in _TO_COME or one.starts_at <= now or outside:
                continue
            flagged += await write_todo(
                tx,
                TodoCode.COACH_BARRED,
                trajectory,
                about=f"{made}:{one.id}",
                due_at=one.starts_at,
                now=now,
                meeting=one.id,
            )
    return flagged


async def _coach(tx: Tx, coach: StaffId) -> people.StaffRecord:
    found = await people.staff_by_id(tx, coach)
    if found is None or StaffRole.COACH not in found.roles:
        raise NotFound("coach_unknown")
    return found


async def _known(tx: Tx, candidate: UUID | None) -> bool:
    return candidate is not None and await people.candidate_by_id(tx, candidate) is not None


def _same(one: coach_bars.CoachBarRow, new: NewBar, about: UUID | None) -> bool:
    """Whether the same thing holds already on some of these days."""
    apart = (one.ends_on is not None and one.ends_on < new.starts_on) or (
        new.ends_on is not None and new.ends_on < one.starts_on
    )
    return one.code == new.code and one.candidate_id == about and not apart


def _asked(
    actor: StaffActor, route: str, key: str, coach: StaffId, wanted: str
) -> keys.KeyedRequest:
    values = {"coach": str(coach), "wanted": wanted}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)
