"""A whole trajectory at once: from the contract to talks with times, places and rooms."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from coaching.availability import BusyTime
from coaching.availability_index import Window, midnight
from coaching.availability_request import FreeTime, TimeRequest, places_of
from coaching.engine import judge_booking
from coaching.free_times import propose
from coaching.history import FIRST_TALKS
from coaching.intervals import minute_on_clock, moment_of
from coaching.plan_judging import Draft, Plan, PlanGrounds, facts_then, judge_plan
from coaching.plan_problems import Note, Problem, ProblemKind, at_a_location_instead, no_time
from coaching.plan_shape import Contract, Shape, shape
from coaching.practice import practice_need, practice_window
from coaching.verdict import Outcome
from coaching.words import MeetingKind, Mode, Skill

_PRACTICE_MINUTES = 15
_ONE_DAY = timedelta(days=1)
_NOON = time(12)


@dataclass(slots=True)
class _Search:
    """What has been found so far."""

    contract: Contract
    grounds: PlanGrounds
    form: Shape
    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def propose_plan(contract: Contract, grounds: PlanGrounds) -> Plan:
    """Propose every talk that is left of the contract, within the blend.

    A plan that does not work out keeps the talks that do, and says why the others do not.
    """
    grounds = replace(grounds, facts=replace(grounds.facts, talks=contract.talks))
    form = shape(contract, grounds.facts, grounds.settings)
    if isinstance(form, Problem):
        return Plan(talks=(), problems=(form,))
    search = _Search(contract, grounds, form)
    _find_all(search)
    judged = judge_plan(search.drafts, grounds)
    return replace(
        judged,
        problems=(*search.problems, *judged.problems),
        notes=(*form.notes, *search.notes, *judged.notes),
    )


def time_for(
    kind: MeetingKind,
    mode: Mode,
    minutes: int,
    *,
    days: tuple[date, date],
    drafts: Iterable[Draft],
    grounds: PlanGrounds,
) -> FreeTime | Problem:
    """Give the first free time for a talk more on these days, or why there is none.

    The talks that are in the plan already keep an hour around them. What the rules say of the time
    is for `judge_plan`.
    """
    request = replace(_around_the_plan(drafts, grounds), mode=mode, minutes=minutes)
    found = _between(grounds, request, *days)
    return found or _why_not(grounds, request, kind, *days)


def plan_window(contract: Contract) -> Window:
    """Give the days that the index of the coach and of the rooms have to cover."""
    return Window(first=contract.starts_on, last=contract.ends_on)


def _find_all(search: _Search) -> None:
    """Find a time for each talk; without the acquaintance nothing can follow."""
    for place, (kind, wished) in enumerate(search.form.talks):
        first, target, last = _days(search, place)
        mode = _possible(search, place, target) if wished is Mode.VIDEO else wished
        request = replace(search.grounds.request, mode=mode, minutes=search.contract.minutes)
        found = _between(search.grounds, request, target, last)
        found = found or _between(search.grounds, request, first, target - _ONE_DAY)
        if found is None:
            search.problems.append(_why_not(search.grounds, request, kind, first, last))
            if kind in FIRST_TALKS:
                return
            continue
        draft = Draft(kind=kind, time=found)
        search.drafts += [*_practice_before(search, draft), draft]


def _days(search: _Search, place: int) -> tuple[date, date, date]:
    """Give the first, the best and the last day for a talk: half a cadence around its turn."""
    cadence, contract = search.form.cadence_days, search.contract
    target = contract.starts_on + place * timedelta(days=cadence)
    first = target - timedelta(days=cadence // 2) if place else target
    last = target + timedelta(days=cadence // 2 if place else cadence - 1)
    talks = [draft for draft in search.drafts if draft.kind is not MeetingKind.PRACTICE]
    if talks:
        rest = timedelta(days=max(1, cadence // 2))
        first = max(first, talks[-1].time.wall.date() + rest)
    target = max(first, target)
    return first, target, min(max(last, target), contract.ends_on)


def _possible(search: _Search, place: int, day: date) -> Mode:
    """Give video, or a location where a rule refuses video on that day."""
    kind, _ = search.form.talks[place]
    zone = search.grounds.rooms.rules.zone
    noon = moment_of(minute_on_clock(datetime.combine(day, _NOON), zone))
    facts = facts_then(
        kind,
        Mode.VIDEO,
        (noon, noon + timedelta(minutes=search.contract.minutes)),
        search.grounds,
        before=search.drafts,
        after=(later for later, _ in search.form.talks[place + 1 :]),
    )
    verdict = judge_booking(facts, search.grounds.numbers_at(noon), search.grounds.now)
    if verdict.outcome is not Outcome.REFUSE:
        return Mode.VIDEO
    search.notes.append(at_a_location_instead(len(search.drafts) + 1, verdict))
    return Mode.OFFLINE


def _between(
    grounds: PlanGrounds, request: TimeRequest, first: date, last: date
) -> FreeTime | None:
    """Give the first free time on the days from `first` to `last`."""
    if last < first:
        return None
    zone = grounds.rooms.rules.zone
    bounded = replace(
        request,
        after=moment_of(midnight(first, zone)),
        before=moment_of(midnight(last + _ONE_DAY, zone)),
    )
    times = propose(bounded, (grounds.coach,), grounds.rooms, now=grounds.now, count=1)
    return times[0] if times else None


def _practice_before(search: _Search, draft: Draft) -> Iterator[Draft]:
    """Give a practice together before the first video talk of somebody who needs one (R12)."""
    facts = search.grounds.facts
    practised = any(one.kind is MeetingKind.PRACTICE for one in search.drafts)
    if draft.time.mode is not Mode.VIDEO or practised:
        return
    unsure = facts.skill in (Skill.LESS, Skill.UNKNOWN)
    when = replace(facts, starts_at=draft.time.starts_at)
    numbers = search.grounds.numbers_at(draft.time.starts_at)
    needed = unsure and practice_need(when, numbers) is not None
    if not needed and not search.contract.practice:
        return
    first, last = practice_window(draft.time.starts_at, numbers)
    around = _around_the_plan(search.drafts, search.grounds)
    request = replace(around, mode=Mode.VIDEO, minutes=_PRACTICE_MINUTES)
    found = _between(search.grounds, request, max(first, search.contract.starts_on), last)
    if found is not None:
        yield Draft(kind=MeetingKind.PRACTICE, time=found)


def _around_the_plan(drafts: Iterable[Draft], grounds: PlanGrounds) -> TimeRequest:
    """The request with what is planned already as taken, an hour around it for the coach's way."""
    hour = timedelta(hours=1)
    taken = tuple(
        BusyTime(starts_at=draft.time.starts_at - hour, ends_at=draft.time.ends_at + hour)
        for draft in drafts
    )
    request = grounds.request
    candidate = replace(request.candidate, busy=(*request.candidate.busy, *taken))
    return replace(request, candidate=candidate)


def _why_not(
    grounds: PlanGrounds, request: TimeRequest, kind: MeetingKind, first: date, last: date
) -> Problem:
    """Say what was in the way, by asking again without it."""
    anyhow = replace(request.candidate, days=frozenset(), parts=frozenset())
    without_room = replace(request, mode=Mode.PHONE)
    coach, rooms = grounds.coach, grounds.rooms
    if not places_of(request, coach):
        reason = ProblemKind.NO_HOURS
    elif request.mode is Mode.OFFLINE and not rooms.fitting(request.needs):
        reason = ProblemKind.ROOM_TOO_SMALL
    elif _between(grounds, replace(request, candidate=anyhow), first, last):
        reason = ProblemKind.WISHES
    elif request.mode is Mode.OFFLINE and _between(grounds, without_room, first, last):
        reason = ProblemKind.NO_ROOM
    else:
        reason = ProblemKind.COACH_FULL
    return no_time(reason, kind, first, last)
