"""What a verdict and a plan cost, in processor time of one thread.

One verdict: a booking with forty meetings behind it, over all kinds, modes and skills; a refusal
looks for alternatives that are allowed and costs most. A plan: twenty talks with times and rooms,
for a coach with a full calendar. Beside: the same facts looked at by one rule only.
"""

import argparse
import gc
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any
from uuid import UUID

from benchmarks.leash import end_together
from coaching.availability import (
    Block,
    BusyTime,
    CoachCalendar,
    OpeningHours,
    Room,
    SlotRules,
    workdays,
)
from coaching.availability_index import CoachIndex, RoomIndex
from coaching.availability_request import TimeRequest
from coaching.engine import judge_booking
from coaching.facts import BookingFacts, Known, TalkRecord
from coaching.history import is_acquainted
from coaching.plan import plan_window, propose_plan
from coaching.plan_judging import PlanGrounds
from coaching.plan_shape import Contract
from coaching.settings import VERSION_1
from coaching.words import MeetingKind, MeetingStatus, Mode, Skill, TrajectoryState

COMMAND = "python -m benchmarks.rules"
VERDICT_GOAL_MS, PLAN_GOAL_MS = 1.0, 50.0
VERDICTS, PLANS = 5_000, 60
HISTORY, PLANNED = 40, 20
COACH, PLACE, ROOM = (UUID(int=number) for number in (1, 2, 3))
NOW = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)


def bookings(seed: int, count: int) -> list[BookingFacts]:
    """Bookings of every kind, each with forty meetings behind it."""
    chance = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
    return [_booking(chance) for _ in range(count)]


def _booking(chance: random.Random) -> BookingFacts:
    starts_at = NOW + timedelta(days=chance.randint(1, 40))
    return BookingFacts(
        kind=chance.choice(list(MeetingKind)),
        mode=chance.choice((Mode.VIDEO, Mode.VIDEO, Mode.OFFLINE, Mode.PHONE)),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=60),
        coach=COACH,
        trajectory_state=TrajectoryState.ACTIVE,
        talks=chance.choice((40, 50, 60)),
        history=tuple(_talk(chance, number) for number in range(HISTORY)),
        skill=chance.choice(list(Skill)),
        known=frozenset(Known),
        coach_consents=True,
        candidate_consents=chance.random() < 0.9,
    )


def _talk(chance: random.Random, number: int) -> TalkRecord:
    return TalkRecord(
        kind=MeetingKind.PROGRESS if number else MeetingKind.ACQUAINTANCE,
        mode=chance.choice((Mode.VIDEO, Mode.OFFLINE)) if number else Mode.OFFLINE,
        status=chance.choice((MeetingStatus.HELD,) * 8 + tuple(MeetingStatus)),
        starts_at=NOW - timedelta(days=7 * (HISTORY - number)),
        coach=COACH,
    )


def plan_of_twenty(seed: int) -> tuple[Contract, PlanGrounds]:
    """A contract of twenty talks, and a coach whose calendar is half full."""
    chance = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
    contract = Contract(
        talks=PLANNED,
        minutes=60,
        starts_on=date(2027, 1, 11),
        ends_on=date(2027, 6, 13),
        cadence_days=7,
        diagnosis=True,
        reassessment=True,
    )
    rules, window = SlotRules(), plan_window(contract)
    open_days = OpeningHours(week=workdays(Block(opens=clock(9), closes=clock(17), place=PLACE)))
    begins = (NOW + timedelta(minutes=15 * chance.randrange(160 * 96)) for _ in range(2_000))
    busy = tuple(BusyTime(starts_at=at, ends_at=at + timedelta(minutes=30)) for at in begins)
    calendar = CoachCalendar(coach=COACH, hours=open_days, busy=busy)
    facts = replace(
        _booking(chance),
        history=(),
        skill=chance.choice((Skill.ABLE, Skill.LESS)),
        kind=MeetingKind.PROGRESS,
    )
    rooms = [Room(room=ROOM, place=PLACE, people=2, hours=open_days)]
    return contract, PlanGrounds(
        facts=facts,
        request=TimeRequest(mode=Mode.OFFLINE, minutes=60),
        coach=CoachIndex(calendar, rules, window),
        rooms=RoomIndex(rooms, rules, window),
        settings=VERSION_1,
        now=NOW,
    )


def _milliseconds(work: Callable[[], object]) -> float:
    """Processor time, so that other work on the machine is not counted."""
    began = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - began) / 1e6


def _worst_of_hundred(found: list[float]) -> float:
    return statistics.quantiles(found, n=100)[98]


def measure_verdicts(seed: int, count: int) -> tuple[float, float]:
    """The 99th percentile of a whole verdict, and of one rule over the same facts."""
    facts = bookings(seed, count)
    for one in facts[:200]:
        judge_booking(one, VERSION_1, NOW)
    gc.collect()
    gc.freeze()
    ours = [_milliseconds(lambda one=one: judge_booking(one, VERSION_1, NOW)) for one in facts]
    single = [_milliseconds(lambda one=one: is_acquainted(one)) for one in facts]
    gc.unfreeze()
    return _worst_of_hundred(ours), _worst_of_hundred(single)


def measure_plans(seed: int, count: int) -> tuple[float, int]:
    """The slowest of many plans, and how many of them worked out."""
    found, feasible = [], 0
    for number in range(count):
        contract, grounds = plan_of_twenty(seed + number)
        propose_plan(contract, grounds)  # warm, as a planner's second look is
        found.append(_milliseconds(lambda c=contract, g=grounds: propose_plan(c, g)))
        feasible += propose_plan(contract, grounds).feasible
    return max(found), feasible


def figures(*, small: bool = False, seed: int = 1) -> list[dict[str, Any]]:
    """Both figures."""
    verdicts, plans = (500, 5) if small else (VERDICTS, PLANS)
    began = time.monotonic()
    verdict, single = measure_verdicts(seed, verdicts)
    verdict_seconds, began = time.monotonic() - began, time.monotonic()
    slowest, feasible = measure_plans(seed, plans)
    print(f"{feasible} of {plans} plans work out, seed {seed}")
    return [
        {
            "figure": f"one verdict with {HISTORY} meetings behind it, p99 of processor time",
            "unit": "ms",
            "ours": round(verdict, 3),
            "beside": "one rule over the same facts",
            "beside_value": round(single, 4),
            "ratio": round(verdict / single, 1),
            "goal": f"under {VERDICT_GOAL_MS} ms",
            "holds": verdict < VERDICT_GOAL_MS,
            "command": COMMAND,
            "seed": seed,
            "n": verdicts,
            "seconds": round(verdict_seconds, 1),
        },
        {
            "figure": f"a plan of {PLANNED} talks, slowest",
            "unit": "ms",
            "ours": round(slowest, 2),
            "beside": f"{PLANNED} verdicts at their p99",
            "beside_value": round(PLANNED * verdict, 2),
            "ratio": round(slowest / (PLANNED * verdict), 2),
            "goal": f"under {PLAN_GOAL_MS} ms",
            "holds": slowest < PLAN_GOAL_MS and feasible > 0,
            "command": COMMAND,
            "seed": seed,
            "n": plans,
            "seconds": round(time.monotonic() - began, 1),
        },
    ]


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed), indent=1))
