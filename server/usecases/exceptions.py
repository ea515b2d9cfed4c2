"""Recorded exceptions to a rule: asked, confirmed by a second person, listed, ended (5.5)."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from coaching.access import Right, limited_to, may_guide
from coaching.errors import BadInput, Conflict, NotFound
from coaching.exceptions import check_exception
from coaching.facts import BookingFacts, ExceptionCode, ExceptionRecord, SeatFacts
from coaching.rules import BOOKING_RULES, SEAT_RULES
from coaching.rules.rule import Rule
from coaching.settings import BlendSettings
from coaching.wall_time import to_wall
from server.store import attention, keys, people, rulebook
from server.store.database import Tx
from server.usecases.access import known_trajectory, require_planner, rights_in
from server.usecases.appointments import (
    known_meeting,
    own_trajectory,
)
from server.usecases.attention import TodoCode
from server.usecases.booking_facts import in_force
from server.usecases.camera_waiver import CAMERA_RULE
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.fields import clean_text
from server.usecases.numbers import numbers_at
from server.usecases.repeating import once
from server.usecases.todos import todo_key, write_todo
from server.usecases.waiting import follow_candidate

_AnyRule = Rule[BookingFacts] | Rule[SeatFacts]
_CAMERA: Final = tuple(rule for rule in SEAT_RULES if rule.id == CAMERA_RULE)
_ALL: Final[tuple[_AnyRule, ...]] = (*_CAMERA, *BOOKING_RULES)
_RULES: Final = {rule.id: rule for rule in _ALL}
_WITHIN = timedelta(days=2)  # for the second person
# Words that tell of somebody's health do not belong in a reason (5.5, GDPR article 9).
_MEDICAL = re.compile(
    r"\b(ziekte\w*|diagnose\w*|depressie\w*|burn-?out|kanker|medicijn\w*|medicatie|psych\w+"
    r"|therapie\w*|zwanger\w*|verslav\w+|operatie\w*|ziekenhuis\w*|autis\w+|adhd|ptss|hiv"
    r"|illness\w*|disease\w*|depress\w+|cancer|medicine\w*|medication|therapy|pregnan\w+"
    r"|addict\w+|surgery|hospital\w*|ptsd)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRequest:
    """An exception to `rule`, for one appointment or until a day (at most 90 days on)."""

    trajectory: TrajectoryId
    rule: str
    code: ExceptionCode
    reason: str  # at most 200 characters; no medical words
    valid_until: date | None
    meeting: MeetingId | None = None  # the talk in which it is asked, by who has that talk


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionView:
    """An exception as staff see it."""

    id: UUID
    trajectory: TrajectoryId
    trajectory_number: str
    candidate: CandidateId
    candidate_name: str
    rule: str
    rule_text_nl: str
    rule_text_en: str
    code: ExceptionCode
    reason: str
    asked_by: str
    asked_at: datetime
    second: str | None
    waits_for_second: bool
    valid_until: date | None
    used: bool
    ended: bool
    in_force: bool
    settings_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionCount:
    """How many exceptions a coach has by reason, for the quarterly list."""

    coach_name: str
    code: ExceptionCode
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Liftable:
    """A rule that an exception may lift, and the people that takes."""

    rule: str
    text_nl: str
    text_en: str
    people: int


def liftable_rules() -> tuple[Liftable, ...]:
    """The camera duty and the rules about bookings that an exception may lift, in order."""
    return tuple(
        Liftable(
            rule=rule.id, text_nl=rule.staff.nl, text_en=rule.staff.en, people=rule.liftable_by
        )
        for rule in _ALL
        if rule.liftable_by
    )


async def longest_reason(parts: Parts, moment: datetime) -> int:
    """How many characters a reason may have by the numbers that hold at `moment` (aware)."""
    async with parts.database.read() as tx:
        return (await numbers_at(tx, moment, parts.settings.tz)).exception_text_length


async def ask_exception(
    parts: Parts, actor: StaffActor, request: ExceptionRequest, *, key: str, now: datetime
) -> UUID:
    """Record an exception; where two people are needed it waits for `confirm_exception`.

    A talk that waited for what it lifts stands at once (R12).

    Raises:
        BadInput: `rule_unknown`, `exception_not_possible`, `text_too_long`, `date_too_far`,
            `reason_missing`, or `medical_word`, the reason tells of health.
        NotFound: not this person's trajectory.
    """
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="ask_exception",
        key=key,
        values={name: str(getattr(request, name)) for name in request.__dataclass_fields__},
    )

    async def work(tx: Tx) -> keys.Answer:
        trajectory = await _asked_for(tx, actor, request, now=now)
        settings = await numbers_at(tx, now, parts.settings.tz)
        reason = _checked(request, actor, settings, made_on=to_wall(now, settings.zone).date())
        made = await rulebook.insert_exception(
            tx,
            trajectory_id=trajectory.id,
            rule=request.rule,
            code=request.code,
            reason=reason,
            asked_by=actor.id,
            asked_at=now,
            people_needed=_RULES[request.rule].liftable_by,
            valid_until=request.valid_until,
            settings_version=settings.version,
        )
        if _RULES[request.rule].liftable_by > 1:
            await _ask_second(tx, actor, trajectory, request.rule, made, now=now)
        else:
            await follow_candidate(parts, tx, trajectory.candidate_id, now=now)
        return {"exception": str(made)}

    return UUID((await once(parts, asked, work, now=now))["exception"])


async def confirm_exception(
    parts: Parts, actor: StaffActor, exception: UUID, *, key: str, now: datetime
) -> None:
    """Agree as the second person; the to-do of the planners is done.

    Raises:
        Conflict: `same_person`, who asked cannot be the second; `already_closed`.
        NotAllowed: the actor is neither planner nor admin, nor coach of the candidate.
        NotFound: `exception_unknown`.
    """
    asked = _about(actor, "confirm_exception", key, exception)

    async def work(tx: Tx) -> keys.Answer:
        found = await _own(tx, actor, exception)
        if found.asked_by == actor.id:
            raise Conflict("same_person")
        waits = found.people_needed > 1 and found.second_at is None
        values = {"second_id": actor.id, "second_at": now}
        if not waits or not await rulebook.change_exception(tx, exception, **values):
            raise Conflict("already_closed")
        await _todo_done(tx, actor, found, now=now)
        await follow_candidate(parts, tx, found.candidate_id, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def end_exception(
    parts: Parts, actor: StaffActor, exception: UUID, *, key: str, now: datetime
) -> None:
    """End an exception today; what was booked on it stays, flagged where R12 or R13 refuses it now.

    Raises:
        Conflict: `already_closed`.
        NotFound: `exception_unknown`, or not one of this coach.
    """
    asked = _about(actor, "end_exception", key, exception)

    async def work(tx: Tx) -> keys.Answer:
        found = await _own(tx, actor, exception)
        if not await rulebook.change_exception(tx, exception, ended_at=now):
            raise Conflict("already_closed")
        await _todo_done(tx, actor, found, now=now)
        await follow_candidate(parts, tx, found.candidate_id, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def list_exceptions(
    parts: Parts, actor: StaffActor, *, candidate: CandidateId | None = None, now: datetime
) -> tuple[ExceptionView, ...]:
    """All exceptions for planner and admin, the own people's for a coach; newest first."""
    today = to_wall(now, parts.settings.tz).date()
    async with parts.database.read() as tx:
        found = await rulebook.exceptions(tx, coach=limited_to(actor), candidate_id=candidate)
    return tuple(_view(one, today) for one in found)


async def count_exceptions(
    parts: Parts, actor: StaffActor, *, since: datetime, until: datetime
) -> tuple[ExceptionCount, ...]:
    """Exceptions per coach and reason that were asked in [since, until).

    Raises:
        NotAllowed: the actor is neither planner nor admin.
    """
    require_planner(actor)
    async with parts.database.read() as tx:
        found = await rulebook.exceptions(tx)
        coaches = {one.id: one.name for one in await people.active_staff(tx)}
    counted = Counter(
        (coaches.get(one.coach_id, one.asked_by_name), one.code)
        for one in found
        if since <= one.asked_at < until
    )
    return tuple(
        ExceptionCount(coach_name=coach, code=ExceptionCode(code), count=count)
        for (coach, code), count in sorted(counted.items())
    )


async def _asked_for(
    tx: Tx, actor: StaffActor, request: ExceptionRequest, *, now: datetime
) -> people.TrajectoryRecord:
    """The trajectory; for the camera in one talk also of who has that talk only (E5)."""
    found = await known_meeting(tx, request.meeting) if request.meeting else None
    of_talk = found is not None and found.trajectory_id == request.trajectory
    if found is None or not of_talk or request.rule != CAMERA_RULE:
        return await own_trajectory(tx, actor, request.trajectory)
    if Right.EXCUSE not in await rights_in(tx, actor, found, now=now):
        raise NotFound("meeting_unknown")
    return await known_trajectory(tx, found.trajectory_id)


def _about(actor: StaffActor, route: str, key: str, exception: UUID) -> keys.KeyedRequest:
    values = {"exception": str(exception)}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)


def _checked(
    request: ExceptionRequest, actor: StaffActor, settings: BlendSettings, *, made_on: date
) -> str:
    """The reason, when the whole request can be recorded."""
    rule = _RULES.get(request.rule)
    if rule is None:
        raise BadInput("rule_unknown", field="rule")
    reason = checked_reason(request.reason, settings.exception_text_length)
    record = _as_confirmed(request, actor)
    check_exception(record, rule, text=reason, made_on=made_on, settings=settings)
    return reason


async def _ask_second(
    tx: Tx,
    actor: StaffActor,
    trajectory: people.TrajectoryRecord,
    rule: str,
    made: UUID,
    *,
    now: datetime,
) -> None:
    await write_todo(
        tx,
        TodoCode.SECOND_PERSON,
        trajectory,
        about=str(made),
        due_at=now + _WITHIN,
        now=now,
        params={"rule": rule, "by": actor.name, "exception": str(made)},
    )


def checked_reason(reason: str, longest: int) -> str:
    """A reason of at most `longest` characters that tells nothing of somebody's health (5.5).

    Raises:
        BadInput: `reason_missing`, `text_too_long`, `medical_word`, `reason_bad`.
    """
    if not reason.strip():
        raise BadInput("reason_missing", field="reason")
    if len(reason.strip()) > longest:
        raise BadInput("text_too_long", field="reason", longest=longest)
    if _MEDICAL.search(reason):
        raise BadInput("medical_word", field="reason")
    return clean_text(reason, field="reason", most=longest, code="reason_bad")


def _as_confirmed(request: ExceptionRequest, actor: StaffActor) -> ExceptionRecord:
    """The record once a second person agreed; who that is comes later."""
    somebody = UUID(int=0)
    return ExceptionRecord(
        rule=request.rule,
        code=request.code,
        by=actor.id,
        second=somebody,
        valid_until=request.valid_until,
    )


async def _own(tx: Tx, actor: StaffActor, exception: UUID) -> rulebook.ExceptionRow:
    found = await rulebook.exception_by_id(tx, exception)
    if found is None or not may_guide(actor, found.coach_id):
        raise NotFound("exception_unknown")
    return found


async def _todo_done(
    tx: Tx, actor: StaffActor, found: rulebook.ExceptionRow, *, now: datetime
) -> None:
    trajectory = await known_trajectory(tx, found.trajectory_id)
    await attention.finish_todo_with_key(
        tx,
        todo_key(TodoCode.SECOND_PERSON, trajectory.id, str(found.id)),
        by=actor.id,
        now=now,
    )


def _view(found: rulebook.ExceptionRow, today: date) -> ExceptionView:
    rule = _RULES[found.rule]
    return ExceptionView(
        id=found.id,
        trajectory=TrajectoryId(found.trajectory_id),
        trajectory_number=f"T-{found.trajectory_number}",
        candidate=CandidateId(found.candidate_id),
        candidate_name=found.candidate_name,
        rule=rule.id,
        rule_text_nl=rule.staff.nl,
        rule_text_en=rule.staff.en,
        code=ExceptionCode(found.code),
        reason=found.reason,
        asked_by=found.asked_by_name,
        asked_at=found.asked_at,
        second=found.second_name,
        waits_for_second=found.people_needed > 1 and found.second_at is None,
        valid_until=found.valid_until,
        used=found.used,
        ended=found.ended_at is not None,
        in_force=in_force(found, today) and not (found.valid_until is None and found.used),
        settings_version=found.settings_version,
    )
