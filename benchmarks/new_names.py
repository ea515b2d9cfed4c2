"""A million names of elements that a hostile calendar server invented, in answers of 20,000.

libxml2 keeps every name that a thread ever met; what reads foreign answers here must not. Counted
is how much this process grew between the fifth answer, when its memory is warm, and the last.
"""

import os
import time
from pathlib import Path
from typing import Any

from benchmarks.command import print_figures
from calendar_sync.multistatus import parse_multistatus

COMMAND = "python -m benchmarks.new_names"
GOAL_MB = 10.0
AN_ANSWER, ANSWERS, SMALL_ANSWERS, WARM = 20_000, 50, 10, 5


def answer(number: int) -> bytes:
    """One Multi-Status in which every property has a name of its own."""
    entries = (
        f"<response><href>/a</href><propstat><prop><n{number * AN_ANSWER + one:015}/></prop>"
        "</propstat></response>"
        for one in range(AN_ANSWER)
    )
    return f'<multistatus xmlns="DAV:">{"".join(entries)}</multistatus>'.encode()


def room() -> float:
    """Megabytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """How much memory the names left behind."""
    began = time.monotonic()
    answers = SMALL_ANSWERS if small else ANSWERS
    warm = 0.0
    for number in range(answers):
        assert len(parse_multistatus(answer(number)).entries) == AN_ANSWER
        warm = room() if number < WARM else warm
    grown = max(0.0, room() - warm)
    return [
        {
            "figure": f"memory that {answers * AN_ANSWER:,} invented names leave behind",
            "unit": "MB",
            "ours": round(grown, 1),
            "goal": f"at most {GOAL_MB:.0f} MB",
            "holds": grown <= GOAL_MB,
            "beside": None,
            "beside_value": None,
            "ratio": None,
            "command": COMMAND,
            "seed": None,
            "n": answers,
            "seconds": round(time.monotonic() - began, 1),
        }
    ]


if __name__ == "__main__":
    print_figures(figures, __doc__)
