"""The whole practice, screen after screen with the real guide, in a stock Firefox.

The same walk as the journey of `make test`, which goes by Chromium. Firefox draws and encodes on
the processor here, which takes minutes of a core.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.leash import end_together

COMMAND = "python -m benchmarks.practice_firefox"
WALK = "tests/journeys/practice_in_firefox.py"
RUNS = 3
_LONGEST_SECONDS = 1200
_ROOT = Path(__file__).parents[1]


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """How many walks did not come to their end; `small`: of one."""
    runs, began = 1 if small else RUNS, time.monotonic()
    failed = sum(not _passes() for _ in range(runs))
    return [
        {
            "figure": "walks through the whole practice in Firefox that did not come to the end",
            "unit": "walks",
            "ours": failed,
            "beside": "",
            "beside_value": None,
            "ratio": None,
            "goal": "≤ 0",
            "holds": failed == 0,
            "command": COMMAND,
            "seed": None,
            "n": runs,
            "seconds": round(time.monotonic() - began),
        }
    ]


def _passes() -> bool:
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", WALK]
    run = subprocess.run(
        words, cwd=_ROOT, timeout=_LONGEST_SECONDS, capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        print(run.stdout[-3000:], file=sys.stderr, flush=True)
    return run.returncode == 0


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick look, no claim")
    for one in figures(small=parser.parse_args().small):
        print(json.dumps(one, ensure_ascii=False), flush=True)
