"""The same busy times as an independent expander: ours beside npm `ical.js`, object by object.

Where the two differ, `EXPLAINED` names the object with the reason; a difference that is not named
there, or one that is named and gone, is a failure.
"""

import argparse
import json
import subprocess
import time
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

from benchmarks.leash import end_together
from calendar_sync.events import ReadObject
from calendar_sync.occurrences import Ground, read_object
from tests.recurrence_corpus import AMSTERDAM, ENDS_AT, RULES, SEED, STARTS_AT, corpus

COMMAND = "python -m benchmarks.recurrence"
ROOT = Path(__file__).resolve().parents[1]
GROUND = Ground(owner_zone="Europe/Amsterdam", starts_at=STARTS_AT, ends_at=ENDS_AT)
_LOOK_AHEAD = 450 * 86_400  # a changed occurrence may come from that far behind the window
EXPLAINED = {
    "rule-324": "eight hours in the night that the clock goes back are eight hours (RFC 5545 "
    "3.3.6: a duration in hours is exact); ical.js counts on the clock, which makes nine",
    "extra-periods": "ical.js raises an error for RDATE;VALUE=PERIOD (RFC 5545 3.8.5.2)",
    "last-day-named": "UNTIL names a day and the series has a time: RFC 5545 3.3.10 forbids it, "
    "some writers mean the whole day, and busy is the careful reading; ical.js stops at midnight",
    "week-of-year": "ical.js does not apply BYWEEKNO beside BYDAY and gives every Monday",
}
Times = set[tuple[datetime, datetime]]


def expand_beside(objects: dict[str, str]) -> dict[str, Times]:
    """What ical.js finds, within the window.

    Raises:
        FileNotFoundError: ical.js is not installed.
    """
    if not (ROOT / "web" / "node_modules" / "ical.js").is_dir():
        raise FileNotFoundError("ical.js is missing: run `npm ci` in web/")
    until = int(ENDS_AT.timestamp()) + _LOOK_AHEAD
    asked = [{"name": name, "ics": ics, "until": until} for name, ics in objects.items()]
    done = subprocess.run(
        ["node", str(ROOT / "benchmarks" / "expand_with_ical.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return {one["name"]: _within(one) for one in json.loads(done.stdout)}


def _within(answer: dict[str, Any]) -> Times:
    times = answer.get("times", ())  # none where ical.js raised an error: a difference like others
    found = {(_moment(begin), _moment(end)) for begin, end in times}
    return {(a, b) for a, b in found if a < ENDS_AT and b > STARTS_AT and a != b}


def _moment(told: int | str) -> datetime:
    if isinstance(told, int):
        return datetime.fromtimestamp(told, UTC)
    if len(told) == 10:
        return datetime.combine(date.fromisoformat(told), clock(), AMSTERDAM).astimezone(UTC)
    return datetime.fromisoformat(told).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def expand_ours(objects: dict[str, str]) -> dict[str, ReadObject]:
    """What is read of each object."""
    return {name: read_object(ics.encode(), GROUND) for name, ics in objects.items()}


def differing(objects: dict[str, str]) -> dict[str, tuple[list[Any], list[Any]]]:
    """By name of the object: what only we find, and what only ical.js finds."""
    ours, theirs = expand_ours(objects), expand_beside(objects)
    found = {}
    for name, read in ours.items():
        own = {(one.starts_at, one.ends_at) for one in read.busy}
        own = {(a, b) for a, b in own if a < ENDS_AT}
        if read.reason or own != theirs[name]:
            found[name] = (sorted(own - theirs[name]), sorted(theirs[name] - own))
    return found


def figures(*, small: bool = False, seed: int = SEED) -> list[dict[str, Any]]:
    """One figure: objects with the same busy times, or with a named reason."""
    objects = corpus(seed, 60 if small else RULES)
    began = time.monotonic()
    found = differing(objects)
    for name in found:
        print(f"{name}: {EXPLAINED.get(name, 'NOT EXPLAINED')}")
    unexplained = found.keys() - (EXPLAINED.keys() if seed == SEED else set())
    return [
        {
            "figure": f"objects with the same busy times, {len(objects)} with rules and exports",
            "unit": "objects",
            "ours": len(objects) - len(found),
            "beside": "ical.js; explained differences",
            "beside_value": len(found) - len(unexplained),
            "ratio": None,
            "goal": "all, but for those with a named reason",
            "holds": not unexplained,
            "command": COMMAND,
            "seed": seed,
            "n": len(objects),
            "seconds": round(time.monotonic() - began, 1),
        }
    ]


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed), indent=1))
