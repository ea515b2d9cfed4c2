"""Judging a plan as it will be, talk by talk, and changing it.

When a talk comes, those before it have been held, the practice before it has been passed, and after
the acquaintance both have said yes. What is assumed is told in notes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from coaching.availability_index import CoachIndex, RoomIndex
from coaching.availability_request import FreeTime, TimeRequest
from coaching.band import AT_A_LOCATION, counted_online
from coaching.engine import judge_booking
from coaching.facts import BookingFacts, DeviceClass, PracticeKind, PracticeRecord, TalkRecord
from coaching.history import FIRST_TALKS, counts, standing
from coaching.plan_problems import (
    Note,
    NoteKind,
    Problem,
    fewer_talks,
    note,
    overlap,
    practise_first,
    refused,
)
from coaching.practice import practice_window
from coaching.settings import BlendSettings
from coaching.verdict import Outcome, Verdict
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode, Skill

_WAITING = (MeetingStatus.PLANNED, MeetingStatus.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One talk of a plan that is not judged yet."""

    kind: MeetingKind
    time: FreeTime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTalk:
    """One talk of a plan, with what the rules say of it when it comes."""

    number: int  # from 1, in order of time; a practice counts too
    kind: MeetingKind
    time: FreeTime
    verdict: Verdict
    awaits_practice: bool = False  # stands provisionally until one is passed (R12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Talks in order of time, what is in the way, and what is worth knowing."""

    talks: tuple[PlannedTalk, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    online: int = 0  # talks online, with those of the history
    lower: int = 0  # of the band of the contract
    upper: int = 0

    @property
    def feasible(self) -> bool:
        """Whether this plan can be booked as it stands."""
        return bool(self.talks) and not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGrounds:
    """What a plan is made with: the file, the calendars and the version of the numbers.

    `facts` are those of the trajectory with its contract and history; kind, mode and times of it do
    not matter. Of `request` the needs, places and candidate matter, not mode, length and bounds.
    The index of the coach has to cover the period of the contract. `settings` are those of `now`;
    each talk is judged by those of its own day, out of `versions` (oldest first).
    """

    facts: BookingFacts
    request: TimeRequest
    coach: CoachIndex
    rooms: RoomIndex
    settings: BlendSettings
    now: datetime
    versions: tuple[BlendSettings, ...] = ()

    def numbers_at(self, moment: datetime) -> BlendSettings:
        """The version that holds on the day of `moment`; `settings` where none has begun."""
        day = to_wall(moment, self.settings.zone).date()
        begun = [one for one in self.versions if one.starts_on <= day]
        return begun[-1] if begun else self.settings


def judge_plan(drafts: Iterable[Draft], grounds: PlanGrounds) -> Plan:
    """Judge talks in order of time, each as it will be when those before it have been held."""
    ordered = sorted(drafts, key=lambda draft: draft.time.starts_at)
    talks = tuple(_judged(ordered, number, grounds) for number in range(1, len(ordered) + 1))
    lower, upper = grounds.settings.online_band(grounds.facts.talks)
    planned = sum(talk.time.mode is Mode.VIDEO for talk in _counted(talks, grounds))
    return Plan(
        talks=talks,
        problems=tuple(_problems(talks)),
        notes=tuple(_notes(talks, grounds)),
        online=planned + counted_online(grounds.facts, grounds.settings),
        lower=lower,
        upper=upper,
    )


def changed(plan: Plan, number: int, time: FreeTime | None, grounds: PlanGrounds) -> Plan:
    """Give the plan with talk `number` at another time or in another form, or without it (None).

    `look_at` of `coaching.free_times` says whether a time is free. The whole plan is judged
    again, because one talk decides about others.

    Raises:
        LookupError: the plan has no such talk.
    """
    if not 1 <= number <= len(plan.talks):
        raise LookupError(number)
    drafts = [
        Draft(kind=talk.kind, time=time if talk.number == number and time else talk.time)
        for talk in plan.talks
        if talk.number != number or time is not None
    ]
    return judge_plan(drafts, grounds)


def added(plan: Plan, kind: MeetingKind, time: FreeTime, grounds: PlanGrounds) -> Plan:
    """Give the plan with one talk more, judged again."""
    drafts = [Draft(kind=talk.kind, time=talk.time) for talk in plan.talks]
    return judge_plan([*drafts, Draft(kind=kind, time=time)], grounds)


def facts_then(
    kind: MeetingKind,
    mode: Mode,
    span: tuple[datetime, datetime],
    grounds: PlanGrounds,
    *,
    before: Sequence[Draft],
    after: Iterable[MeetingKind],
) -> BookingFacts:
    """Give the facts as they will be at a talk of `span`, when those `before` it were held."""
    facts = grounds.facts
    met = any(draft.kind in FIRST_TALKS for draft in before)
    return replace(
        facts,
        kind=kind,
        mode=mode,
        starts_at=span[0],
        ends_at=span[1],
        history=(*_held(facts.history, span[0]), *map(_record, _talks_of(before))),
        practice=(*facts.practice, *(_practice(one, facts) for one in _practices_of(before))),
        coach_consents=facts.coach_consents or met,
        candidate_consents=facts.candidate_consents or met,
        to_come_offline=sum(later in AT_A_LOCATION for later in after),
    )


def _judged(ordered: Sequence[Draft], number: int, grounds: PlanGrounds) -> PlannedTalk:
    draft = ordered[number - 1]
    facts = facts_then(
        draft.kind,
        draft.time.mode,
        (draft.time.starts_at, draft.time.ends_at),
        grounds,
        before=ordered[: number - 1],
        after=(later.kind for later in ordered[number:]),
    )
    verdict = judge_booking(facts, grounds.numbers_at(facts.starts_at), grounds.now)
    return PlannedTalk(
        number=number,
        kind=draft.kind,
        time=draft.time,
        verdict=verdict,
        awaits_practice=_awaits(facts, verdict, grounds),
    )


def _awaits(facts: BookingFacts, verdict: Verdict, grounds: PlanGrounds) -> bool:
    """Whether a talk is allowed only if a practice is passed that nobody passed yet."""
    if verdict.allowed and len(facts.practice) > len(grounds.facts.practice):
        today = replace(facts, practice=grounds.facts.practice)
        verdict = judge_booking(today, grounds.numbers_at(facts.starts_at), grounds.now)
    return verdict.outcome is Outcome.REFUSE_UNTIL


def _problems(talks: Sequence[PlannedTalk]) -> Iterator[Problem]:
    for place, talk in enumerate(talks):
        if talk.verdict.outcome is Outcome.REFUSE:
            yield refused(talk.number, talk.verdict)
        if place and talk.time.starts_at < talks[place - 1].time.ends_at:
            yield overlap(talk.number)


def _notes(talks: Sequence[PlannedTalk], grounds: PlanGrounds) -> Iterator[Note]:
    facts = grounds.facts
    if not facts.asked_how:
        yield note(NoteKind.ASK_HOW)
    if len(talks) > 1 and not (facts.coach_consents and facts.candidate_consents):
        yield note(NoteKind.FOLLOWS_AGREEMENT)
    left = facts.talks - len(standing(facts, grounds.settings))
    planned = len(_counted(talks, grounds))
    if planned < left:
        yield fewer_talks(planned, left)
    offline = [talk.number for talk in talks if talk.time.mode is Mode.OFFLINE]
    if facts.skill is Skill.NONE and offline:
        yield note(NoteKind.PRACTISE_ONSITE, offline[0])
    for talk in talks:
        if talk.time.own_office:
            yield note(NoteKind.OWN_OFFICE, talk.number)
        if talk.verdict.outcome is Outcome.REFUSE_UNTIL:
            yield practise_first(
                talk.number,
                *practice_window(talk.time.starts_at, grounds.numbers_at(talk.time.starts_at)),
            )


def _counted(talks: Iterable[PlannedTalk], grounds: PlanGrounds) -> list[PlannedTalk]:
    return [
        talk
        for talk in talks
        if counts(
            talk.kind,
            talk.time.mode,
            _minutes(talk.time),
            grounds.numbers_at(talk.time.starts_at),
        )
    ]


def _held(history: Iterable[TalkRecord], until: datetime) -> Iterator[TalkRecord]:
    """What is planned before `until` will have been held by then."""
    for talk in history:
        comes_first = talk.status in _WAITING and talk.starts_at < until
        yield replace(talk, status=MeetingStatus.HELD) if comes_first else talk


def _talks_of(drafts: Iterable[Draft]) -> Iterator[Draft]:
    return (draft for draft in drafts if draft.kind is not MeetingKind.PRACTICE)


def _practices_of(drafts: Iterable[Draft]) -> Iterator[Draft]:
    return (draft for draft in drafts if draft.kind is MeetingKind.PRACTICE)


def _record(draft: Draft) -> TalkRecord:
    return TalkRecord(
        kind=draft.kind,
        mode=draft.time.mode,
        status=MeetingStatus.HELD,
        starts_at=draft.time.starts_at,
        coach=draft.time.coach,
        minutes=_minutes(draft.time),
    )


def _practice(draft: Draft, facts: BookingFacts) -> PracticeRecord:
    at_location = draft.time.mode is Mode.OFFLINE
    return PracticeRecord(
        kind=PracticeKind.ONSITE if at_location else PracticeKind.GUIDED,
        passed_at=draft.time.ends_at,
        device=facts.device or DeviceClass.COMPUTER,
    )


def _minutes(time: FreeTime) -> int:
    return (time.ends_at - time.starts_at) // timedelta(minutes=1)
