"""A whole trajectory at once: proposed from the contract, changed, and booked in one step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from coaching.errors import BadInput, Conflict, Refused
from coaching.facts import TalkWish
from coaching.plan import propose_plan as propose
from coaching.plan_judging import Plan, PlannedTalk
from coaching.plan_problems import Note
from coaching.plan_shape import Contract
from coaching.verdict import Verdict
from coaching.wall_time import to_wall
from coaching.words import Mode
from server.store import keys
from server.store.database import Tx
from server.store.locks import lock_people_and_room
from server.usecases.announcing import ask_for_one_letter
from server.usecases.appointments import claim, own_trajectory
from server.usecases.context import MeetingId, Parts, RoomId, StaffActor, TrajectoryId
from server.usecases.erased import refuse_erased
from server.usecases.fields import between
from server.usecases.looking_live import Wanted, look_before_all, note_unchecked
from server.usecases.own_office import keep_reason, reason_for_office
from server.usecases.plan_grounds import (
    PlanLine,
    Ready,
    judge_lines,
    line_error,
    open_grounds,
    plan_request,
    reasons_missing,
    rooms_that_do_not_fit,
    slot_of_line,
    slots_of_lines,
    what_is_in_the_way,
)
from server.usecases.preferences import keep_wish
from server.usecases.repeating import once
from server.usecases.saying_why import checked_why
from server.usecases.slots import FURTHEST, Slot
from server.usecases.standing import make_appointment, make_provisional
from server.usecases.verdict_record import from_record, to_record

__all__ = ["PlanLine"]
_MOST_WEEKS = 104
MOST_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWish:
    """What the planner asks for. N and the minutes come from the trajectory."""

    trajectory: TrajectoryId
    from_day: date
    weeks: int
    diagnosis: bool
    practice: bool
    reassessment: bool
    closing: bool
    how: TalkWish | None = None  # what the candidate answered (R18); None: not asked yet


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedLine:
    """A line with what the page shows beside it."""

    line: PlanLine
    room_name: str
    place_name: str
    warnings_nl: tuple[str, ...]
    warnings_en: tuple[str, ...]
    verdict: Verdict  # of this talk when those before it have been held


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProblem:
    """Why a plan cannot be made, or why a line of it cannot stand (`line` counts from 0).

    Without words of its own it is said by `error.<code>`, filled in with `params`.
    """

    code: str
    nl: str = ""
    en: str = ""
    line: int | None = None
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPlan:
    """A plan within the blend; with `problems` it is not feasible as asked.

    `remarks` are of the plan as a whole; nothing of them stands in the way.
    """

    lines: tuple[ProposedLine, ...]
    problems: tuple[PlanProblem, ...]
    remarks: tuple[PlanProblem, ...]
    online: int
    offline: int
    lower: int  # L of the band
    upper: int  # U
    added: int | None = None  # the line that `add_line` put in, counted from 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedPlan:
    """All meetings of a plan, in the order of its lines; some verdicts may carry warnings."""

    meetings: tuple[MeetingId, ...]
    verdicts: tuple[Verdict, ...]


async def propose_plan(
    parts: Parts, actor: StaffActor, wish: PlanWish, *, now: datetime
) -> ProposedPlan:
    """Propose the whole trajectory. Reads only.

    Raises:
        BadInput: `weeks_bad` (1 to 104), `day_bad`, a first day in the past or years ahead.
        NotFound: not this person's trajectory.
    """
    between(wish.weeks, 1, _MOST_WEEKS, field="weeks", code="weeks_bad")
    today = to_wall(now, parts.settings.tz).date()
    if not today <= wish.from_day <= today + FURTHEST:
        raise BadInput("day_bad", field="from_day")
    async with parts.database.read() as tx:
        trajectory = await own_trajectory(tx, actor, wish.trajectory)
        contract = replace(
            Contract.of_weeks(
                wish.weeks,
                starts_on=wish.from_day,
                talks=trajectory.talks,
                minutes=trajectory.minutes,
            ),
            cadence_days=trajectory.cadence_days,
            diagnosis=wish.diagnosis,
            practice=wish.practice,
            reassessment=wish.reassessment,
            closing=wish.closing,
        )
        until = contract.ends_on
        ready = await open_grounds(parts, tx, trajectory, until=until, wish=wish.how, now=now)
    return _proposed(ready, propose(contract, ready.grounds))


async def check_plan(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    lines: Sequence[PlanLine],
    *,
    how: TalkWish | None = None,
    now: datetime,
) -> ProposedPlan:
    """Say what is wrong with a plan that the planner changed. Reads only.

    Raises:
        BadInput: `plan_empty`, `plan_too_long` (over 200 lines).
        NotFound: not this person's trajectory.
    """
    _check_count(lines)
    slots = slots_of_lines(parts, lines, now=now)
    async with parts.database.read() as tx:
        found = await own_trajectory(tx, actor, trajectory)
        until = _last_day(lines)
        ready = await open_grounds(parts, tx, found, until=until, wish=how, now=now)
        return await checked_plan(tx, ready, lines, slots, now=now)


async def checked_plan(
    tx: Tx, ready: Ready, lines: Sequence[PlanLine], slots: Sequence[Slot], *, now: datetime
) -> ProposedPlan:
    """What is wrong with each line, in the order of the lines. `slots` are those of the lines."""
    plan, order = judge_lines(ready, lines, slots)
    wrong = [
        *await what_is_in_the_way(tx, ready, plan, order, now=now),
        *await reasons_missing(tx, ready.file.trajectory.coach_id, lines),
    ]
    found = [
        *(PlanProblem(code=code, nl=said.nl, en=said.en, line=at) for at, code, said in wrong),
        *[
            PlanProblem(code=error.code, line=number, params=error.params)
            for number, error in await rooms_that_do_not_fit(tx, ready, lines, slots, now=now)
        ],
    ]
    return _as_written(_proposed(ready, plan), lines, order, tuple(found))


async def book_plan(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    lines: Sequence[PlanLine],
    *,
    how: TalkWish | None = None,
    over_busy: bool = False,
    why: str = "",
    key: str,
    now: datetime,
) -> BookedPlan:
    """Book all lines or none, in order of time; each with invitation, mail and calendar rows.

    The rules judge each line as if the ones before it took place, as they will. A video talk for
    which a practice has to be passed first is held, and stands once that is so (R12). What the
    candidate answered to `how` is kept with what they like (R18).

    The calendars of coach and rooms are looked at once for all lines, at most 3 s; a talk whose
    calendars did not answer says so. `over_busy` as in `BookingRequest`. `why` is kept with
    each talk beyond the share of this skill (R14); empty, it stays to be done.

    Raises:
        Refused: a rule refuses a line; the parameter `line` tells which, counted from 0.
        BadInput, Conflict: as `book_meeting`, with the parameter `line`; `plan_empty`,
            `plan_too_long`; `text_too_long`, `medical_word`, `reason_bad` of `why`.
        NotFound: not this person's trajectory.
    """
    _check_count(lines)
    asked = plan_request(actor, trajectory, lines, how=how, over_busy=over_busy, why=why, key=key)

    async def work(tx: Tx) -> keys.Answer:
        slots = slots_of_lines(parts, lines, now=now)
        found = await own_trajectory(tx, actor, trajectory)
        await lock_people_and_room(tx, found.coach_id, found.candidate_id)
        await refuse_erased(tx, found.candidate_id)
        ready = await open_grounds(parts, tx, found, until=_last_day(lines), wish=how, now=now)
        plan, order = judge_lines(ready, lines, slots)
        if how:
            await keep_wish(tx, found.candidate_id, how, now=now)
        said = await checked_why(tx, why, parts.settings.tz, now=now)
        judged = _Judged(plan=plan, order=order, unchecked=unchecked, why=said)
        answer = await _book_all(parts, tx, ready, lines, judged, actor=actor.key, now=now)
        await ask_for_one_letter(tx, found, [UUID(one) for one in answer["meetings"]], now=now)
        return answer

    async def wanted(tx: Tx) -> list[Wanted]:
        found = await own_trajectory(tx, actor, trajectory)
        return [Wanted.of(found.coach_id, one) for one in slots_of_lines(parts, lines, now=now)]

    unchecked = await look_before_all(parts, asked, wanted, over_busy=over_busy, now=now)
    answer = await once(parts, asked, work, now=now)
    return BookedPlan(
        meetings=tuple(MeetingId(UUID(one)) for one in answer["meetings"]),
        verdicts=tuple(from_record(one) for one in answer["verdicts"]),
    )


def _check_count(lines: Sequence[PlanLine]) -> None:
    if not lines:
        raise BadInput("plan_empty", field="lines")
    if len(lines) > MOST_LINES:
        raise BadInput("plan_too_long", field="lines")


def _last_day(lines: Sequence[PlanLine]) -> date:
    return max(line.starts_local for line in lines).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A plan as it is booked: talk by talk its line, and the lines whose calendars were silent."""

    plan: Plan
    order: Sequence[int]
    unchecked: frozenset[int]
    why: str  # why talks are online (R14)


async def _book_all(
    parts: Parts,
    tx: Tx,
    ready: Ready,
    lines: Sequence[PlanLine],
    judged: _Judged,
    *,
    actor: str,
    now: datetime,
) -> keys.Answer:
    """Book in order of time; the answer is in the order of the lines."""
    made: dict[int, tuple[str, object]] = {}
    for talk, number in zip(judged.plan.talks, judged.order, strict=True):
        if not (talk.verdict.allowed or talk.awaits_practice):
            raise Refused(talk.verdict, line=number)
        make = make_provisional if talk.awaits_practice else make_appointment
        slot = slot_of_line(parts, lines[number], now=now)
        trajectory, office = ready.file.trajectory, lines[number].office_reason
        try:
            await claim(tx, trajectory, talk.kind, slot, now=now)
            office = await reason_for_office(tx, trajectory.coach_id, slot.room, office)
        except (BadInput, Conflict) as error:
            raise line_error(error, number) from None
        meeting = await make(
            parts,
            tx,
            talk.kind,
            slot,
            trajectory,
            verdict=talk.verdict,
            why=judged.why,
            actor=actor,
            now=now,
        )
        await keep_reason(tx, meeting, office, actor=actor, now=now)
        seen = number not in judged.unchecked
        await note_unchecked(tx, meeting, checked=seen, actor=actor, now=now)
        made[number] = (str(meeting), to_record(talk.verdict))
    told = [made[number] for number in range(len(lines))]
    return {"meetings": [one for one, _ in told], "verdicts": [one for _, one in told]}


def _proposed(ready: Ready, plan: Plan) -> ProposedPlan:
    """A plan as a page shows it, lines in order of time."""
    counted = [talk.time.mode for talk in plan.talks]
    problems = tuple(
        PlanProblem(
            code=one.kind,
            nl=one.text.nl,
            en=one.text.en,
            line=one.number - 1 if one.number else None,
        )
        for one in plan.problems
    )
    return ProposedPlan(
        lines=tuple(_proposed_line(ready, plan, talk) for talk in plan.talks),
        problems=problems,
        remarks=tuple(_remarks(plan)),
        online=plan.online,
        offline=counted.count(Mode.OFFLINE),
        lower=plan.lower,
        upper=plan.upper,
    )


def _proposed_line(ready: Ready, plan: Plan, talk: PlannedTalk) -> ProposedLine:
    room = ready.diaries.room_records.get(talk.time.room) if talk.time.room else None
    notes = [one for one in plan.notes if one.number == talk.number]
    return ProposedLine(
        line=PlanLine(
            kind=talk.kind,
            mode=talk.time.mode,
            starts_local=talk.time.wall,
            minutes=(talk.time.ends_at - talk.time.starts_at) // timedelta(minutes=1),
            room=RoomId(room.id) if room else None,
        ),
        room_name=room.name if room else "",
        place_name=room.place_name if room else "",
        warnings_nl=_warnings(talk.verdict, notes, "nl"),
        warnings_en=_warnings(talk.verdict, notes, "en"),
        verdict=talk.verdict,
    )


def _remarks(plan: Plan) -> Iterator[PlanProblem]:
    """The notes of the plan as a whole."""
    for one in plan.notes:
        if one.number == 0:
            yield PlanProblem(code=one.kind, nl=one.text.nl, en=one.text.en)


def _warnings(verdict: Verdict, notes: Sequence[Note], language: str) -> tuple[str, ...]:
    """What the rules remark of a talk that they allow, and the remarks of the plan."""
    soft = [one.staff for one in verdict.reasons] if verdict.allowed else []
    texts = [*soft, *(one.text for one in notes)]
    return tuple(dict.fromkeys(getattr(text, language) for text in texts))


def _as_written(
    plan: ProposedPlan,
    given: Sequence[PlanLine],
    order: Sequence[int],
    taken: tuple[PlanProblem, ...],
) -> ProposedPlan:
    """The lines as the planner wrote them, in that order; problems point at those."""
    lines: list[ProposedLine | None] = [None] * len(order)
    for place, number in enumerate(order):
        lines[number] = replace(plan.lines[place], line=given[number])
    problems = tuple(
        replace(one, line=None if one.line is None else order[one.line]) for one in plan.problems
    )
    return replace(plan, lines=tuple(one for one in lines if one), problems=(*problems, *taken))
