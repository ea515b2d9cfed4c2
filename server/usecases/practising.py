"""A practice step by step: begun, answered, measured, gone on with elsewhere, ended (5.2, E25).

A practice belongs to a candidate, who comes by the link of an appointment, or to a member of staff.
Whoever comes without either practises on the public page, and nothing of that is kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

from coaching.errors import Conflict, NotFound
from coaching.facts import DeviceClass, PracticeKind
from coaching.practising import (
    CAUSES,
    Difference,
    Given,
    PracticeStep,
    StepAnswer,
    differences_of,
    first_open,
    judge_practice,
    valid_on,
)
from coaching.words import MeetingKind, PracticeCause, Score
from server.store import meetings
from server.store import practices as store
from server.store import readiness as kept
from server.store.database import Tx
from server.store.locks import lock_names
from server.usecases.access import ByLink, meeting_of_link
from server.usecases.context import Parts, StaffActor
from server.usecases.numbers import numbers_at
from server.usecases.practising_kind import kind_gone_on, kind_of
from server.usecases.practising_measured import measured_of
from server.usecases.readiness import PracticeResult, keep_practice

Practiser = ByLink | StaffActor
_TRIES = 2  # so often something may fail before a person is asked to help
_HALFWAY = timedelta(hours=24)  # without a sign, a practice counts as left


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeState:
    """Where a practice is. `pointed` is the step at which whoever guides points."""

    id: UUID
    kind: PracticeKind
    step: PracticeStep
    answered: tuple[PracticeStep, ...]  # that need not be asked again on the newest device
    pointed: PracticeStep | None
    helped: bool  # a person was asked to help
    ended: bool
    score: Score | None
    cause: PracticeCause | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Who:
    candidate: UUID | None = None
    staff: UUID | None = None
    meeting: meetings.MeetingRecord | None = None


async def look_at_practice(parts: Parts, who: Practiser) -> PracticeState | None:
    """Where the practice of this person is, that did not end; None before it began. Reads only.

    Raises:
        NotFound: `link_unknown`, also for a link that was replaced.
    """
    async with parts.database.read() as tx:
        found = await _open(tx, await _who(tx, who))
    return _state(found) if found else None


async def begin_practice(
    parts: Parts, who: Practiser, device: DeviceClass, *, now: datetime
) -> PracticeState:
    """Begin to practise, or go on where this person left, on whatever device.

    Raises:
        NotFound: `link_unknown`, also for a link that was replaced.
    """

    async def work(tx: Tx) -> PracticeState:
        person = await _who(tx, who)
        await _lock(tx, person)
        found = await _open(tx, person)
        if found is None:
            made = await _insert(tx, person, device, now=now)
            return _state(await _known(tx, made))
        step = first_open(answers_of(found), device)
        kind = await kind_gone_on(tx, found, person.meeting, now=now)
        helper = found.helped_by if kind is PracticeKind.ONSITE else None
        await _change(tx, found, device, step=step, kind=kind, helped_by=helper, changed_at=now)
        return _state(await _known(tx, found.id))

    return await parts.database.run(work)


async def answer_step(
    parts: Parts,
    who: Practiser,
    step: PracticeStep,
    given: Given,
    device: DeviceClass,
    *,
    final: bool = True,
    cause: PracticeCause | None = None,
    now: datetime,
) -> PracticeState:
    """Keep an answer; the last one of all ends the practice and says what it gave.

    Of two tabs or devices the newest answer counts. `final` is False for something that did not
    work and is tried again: the second time a to-do asks a person to help, and nothing is lost.
    `cause` is what the page found in the way then, where it says more than the step does.

    Raises:
        Conflict: `practice_over`, it ended, perhaps in another tab.
        NotFound: `link_unknown`, also for a link that was replaced.
    """

    async def work(tx: Tx) -> PracticeState:
        person = await _who(tx, who)
        await _lock(tx, person)
        found = await _open(tx, person)
        if found is None or step is PracticeStep.DONE:
            raise Conflict("practice_over")
        if final:
            found = await _keep_answer(tx, found, step, given, device, now=now)
        else:
            why = cause or CAUSES.get(step, PracticeCause.OTHER)
            found = await _try_again(parts, tx, found, step, device, cause=why, now=now)
        if first_open(answers_of(found), device) is PracticeStep.DONE:
            await _end(parts, tx, found, device, now=now)
        return _state(await _known(tx, found.id))

    return await parts.database.run(work)


async def practices_left(tx: Tx, *, now: datetime) -> tuple[tuple[UUID, datetime], ...]:
    """The practices that were left halfway a day ago, and since when that counts."""
    left = await store.left_halfway(tx, before=now - _HALFWAY)
    return tuple((one.id, one.changed_at + _HALFWAY) for one in left)


async def end_left_practice(parts: Parts, practice: UUID, *, now: datetime) -> bool:
    """End a practice that was left halfway, so that a person helps; False when it went on since."""

    async def work(tx: Tx) -> bool:
        found = await store.practice_by_id(tx, practice)
        if found is None or found.ended_at is not None or found.changed_at >= now - _HALFWAY:
            return False
        device = DeviceClass(found.device)
        outcome = judge_practice(answers_of(found), measured_of(found), device)
        await store.change_practice(tx, practice, ended_at=now, score=Score.BAD)
        if found.reported_at is None:
            result = _gave(found, Score.BAD, _left_because(found, outcome.causes[0]))
            await _write(parts, tx, found, result, now=now)
        return True

    return await parts.database.run(work)


def _left_because(found: store.PracticeSessionRecord, cause: PracticeCause) -> PracticeCause:
    """Who left where something failed did not just stop."""
    tried = found.answers.get(found.step, {})
    failed = tried.get("cause") if "given" not in tried else None
    return PracticeCause(failed) if failed and cause is PracticeCause.STOPPED else cause


def answers_of(found: store.PracticeSessionRecord) -> dict[PracticeStep, StepAnswer]:
    """What was answered, by step."""
    return {
        PracticeStep(step): StepAnswer(given=Given(one["given"]), device=DeviceClass(one["device"]))
        for step, one in found.answers.items()
        if "given" in one
    }


def differences_in(found: store.PracticeSessionRecord) -> tuple[Difference, ...]:
    """Where the person and the measurement differ."""
    return differences_of(answers_of(found), measured_of(found))


async def _who(tx: Tx, who: Practiser) -> _Who:
    match who:
        case ByLink():
            found = await meeting_of_link(tx, who.token)
            return _Who(candidate=found.candidate_id, meeting=found)
        case StaffActor():
            return _Who(staff=who.id)
        case _:
            assert_never(who)


async def _lock(tx: Tx, person: _Who) -> None:
    """Two devices of one person one after the other."""
    await lock_names(tx, f"practice:{person.candidate or person.staff}")


async def _open(tx: Tx, person: _Who) -> store.PracticeSessionRecord | None:
    return await store.open_practice(tx, candidate=person.candidate, staff=person.staff)


async def _known(tx: Tx, practice: UUID) -> store.PracticeSessionRecord:
    found = await store.practice_by_id(tx, practice)
    if found is None:
        raise NotFound("practice_unknown")
    return found


async def start_practice(tx: Tx, meeting: meetings.MeetingRecord, *, now: datetime) -> UUID:
    """Begin the practice of a candidate, whose device is not known yet, in a transaction."""
    person = _Who(candidate=meeting.candidate_id, meeting=meeting)
    return await _insert(tx, person, DeviceClass.PHONE, now=now)


async def _insert(tx: Tx, person: _Who, device: DeviceClass, *, now: datetime) -> UUID:
    return await store.insert_practice(
        tx,
        candidate_id=person.candidate,
        staff_id=person.staff,
        meeting_id=person.meeting.id if person.meeting else None,
        kind=kind_of(person.meeting, now=now),
        device=device,
        step=PracticeStep.CAMERA,
        answers={},
        measured={},
        started_at=now,
        changed_at=now,
    )


async def _change(
    tx: Tx,
    found: store.PracticeSessionRecord,
    device: DeviceClass,
    **values: Any,  # noqa: ANN401 -- the columns
) -> None:
    """Write what changed on this device; what was measured on another one says nothing of it."""
    measured = found.measured if found.device == device else {}
    await store.change_practice(tx, found.id, device=device, measured=measured, **values)


async def _keep_answer(
    tx: Tx,
    found: store.PracticeSessionRecord,
    step: PracticeStep,
    given: Given,
    device: DeviceClass,
    *,
    now: datetime,
) -> store.PracticeSessionRecord:
    before = found.answers.get(step, {})
    answers = {**found.answers, step: {**before, "given": given, "device": device}}
    pointed = None if found.pointed == step else found.pointed
    await _change(tx, found, device, answers=answers, pointed=pointed, changed_at=now)
    changed = await _known(tx, found.id)
    await store.change_practice(tx, found.id, step=first_open(answers_of(changed), device))
    return changed


async def _try_again(
    parts: Parts,
    tx: Tx,
    found: store.PracticeSessionRecord,
    step: PracticeStep,
    device: DeviceClass,
    *,
    cause: PracticeCause,
    now: datetime,
) -> store.PracticeSessionRecord:
    """Count a try that failed; at the second one a person is asked to help, once a practice."""
    tries = int(found.answers.get(step, {}).get("tries", "0")) + 1
    answers = {**found.answers, step: {"tries": str(tries), "cause": str(cause)}}
    await _change(tx, found, device, answers=answers, step=step, changed_at=now)
    changed = await _known(tx, found.id)
    if tries >= _TRIES and found.reported_at is None:
        await store.change_practice(tx, found.id, reported_at=now)
        await _write(parts, tx, changed, _gave(changed, Score.BAD, cause), now=now)
    return await _known(tx, found.id)


async def _end(
    parts: Parts,
    tx: Tx,
    found: store.PracticeSessionRecord,
    device: DeviceClass,
    *,
    now: datetime,
) -> None:
    """Say what it gave."""
    outcome = judge_practice(answers_of(found), measured_of(found), device)
    await store.change_practice(
        tx, found.id, ended_at=now, score=outcome.score, step=PracticeStep.DONE, changed_at=now
    )
    cause = outcome.causes[0] if outcome.score is Score.BAD else None
    await _write(parts, tx, found, _gave(found, outcome.score, cause), now=now)


def _gave(
    found: store.PracticeSessionRecord, score: Score, cause: PracticeCause | None
) -> PracticeResult:
    return PracticeResult(
        device=DeviceClass(found.device),
        kind=PracticeKind(found.kind),
        score=score,
        cause=cause,
        without_camera=found.measured.get("without_camera") is True,
    )


async def _write(
    parts: Parts,
    tx: Tx,
    found: store.PracticeSessionRecord,
    result: PracticeResult,
    *,
    now: datetime,
) -> None:
    """Write what it gave to what the rules read (R12 to R15).

    What a person guided is closed by that person, who sees all of this.
    """
    if result.kind is PracticeKind.GUIDED:
        return
    if found.candidate_id:
        meeting = await _practice_of(tx, found)
        await keep_practice(
            parts, tx, found.candidate_id, result, by=found.helped_by, meeting=meeting, now=now
        )
        return
    settings = await numbers_at(tx, now, parts.settings.tz)
    lasts = timedelta(days=settings.practice_valid_days)
    await kept.insert_readiness(
        tx,
        staff_id=found.staff_id,
        device=result.device,
        kind=result.kind,
        score=result.score,
        cause=result.cause,
        at=now,
        expires_at=now + lasts if result.passed else None,
        recorded_by=None,
    )


async def _practice_of(tx: Tx, found: store.PracticeSessionRecord) -> UUID | None:
    """The appointment that was a practice; the link of a talk only says whose practice it is."""
    meeting = await meetings.meeting_by_id(tx, found.meeting_id) if found.meeting_id else None
    if meeting is None or meeting.kind != MeetingKind.PRACTICE:
        return None
    return None if found.kind == PracticeKind.SELF else meeting.id


def _state(found: store.PracticeSessionRecord) -> PracticeState:
    device = DeviceClass(found.device)
    answers = valid_on(answers_of(found), device)
    outcome = judge_practice(answers, measured_of(found), device)
    bad = found.score == Score.BAD
    return PracticeState(
        id=found.id,
        kind=PracticeKind(found.kind),
        step=PracticeStep(found.step),
        answered=tuple(answers),
        pointed=PracticeStep(found.pointed) if found.pointed else None,
        helped=found.reported_at is not None,
        ended=found.ended_at is not None,
        score=Score(found.score) if found.score else None,
        cause=outcome.causes[0] if bad and outcome.causes else None,
    )
