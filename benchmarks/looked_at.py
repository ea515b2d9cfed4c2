"""Every page with axe-core, in Dutch and in English, at 320 px and at 1280 px.

Runs the journeys that look at pages, each page in both widths; `tests/house/test_looked_at.py` sees
to it that no route is left out. What is found also counts when a page is wider than its window, or
shows a candidate two primary buttons.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.command import print_figures

COMMAND = "python -m benchmarks.looked_at"
ROOT = Path(__file__).resolve().parent.parent
CORNERS = frozenset(product(("nl", "en"), (320, 1280)))
_NARROW = " on a phone"  # how a name ends of what stands there at 320 px only
_QUICK = "tests/journeys/test_accessibility_practice.py"
_JOURNEYS = ("tests/journeys/test_practice.py", "tests/journeys/test_accessibility*.py")
_NAMES = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{43}|\d{4}-\d\d-\d\d")
Look = dict[str, Any]


def figures(*, small: bool = False) -> list[Look]:
    """What was found, and what was left out; a quick look takes the journeys of one file."""
    began = time.monotonic()
    patterns = (_QUICK,) if small else _JOURNEYS
    files = sorted(str(path) for one in patterns for path in ROOT.glob(one))
    looks, passed = _look(files)
    return judged(looks, passed=passed, seconds=time.monotonic() - began)


def judged(looks: list[Look], *, passed: bool, seconds: float) -> list[Look]:
    """The two figures of these looks; `passed`: every journey came to its end and found nothing."""
    wrong = [f"{one['page']}: {found}" for one in looks for found in one["wrong"]]
    left_out = sorted(missing(looks))
    for line in (*wrong, *(f"left out: {one}" for one in left_out)):
        print(line, flush=True)
    rest = {"n": len(looks), "seconds": round(seconds, 1)}
    return [
        _figure("found by axe-core on a page", "findings", len(wrong), passed=passed) | rest,
        _figure("pages not looked at in each corner", "corners", len(left_out), passed=passed)
        | {**rest, "n": len(corners(looks))},
    ]


def corners(looks: Iterable[Look]) -> dict[str, set[tuple[str, int]]]:
    """The languages and widths in which each page was looked at; names of one run left out."""
    seen: dict[str, set[tuple[str, int]]] = {}
    for one in looks:
        seen.setdefault(_NAMES.sub("…", one["page"]), set()).add((one["language"], one["width"]))
    return seen


def missing(looks: Iterable[Look]) -> set[str]:
    """Pages with the corners in which nobody looked at them."""
    return {
        f"{page}, {language}, {width} px"
        for page, seen in corners(looks).items()
        for language, width in CORNERS - seen
        if width == 320 or not page.endswith(_NARROW)
    }


def _look(files: list[str]) -> tuple[list[Look], bool]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "looks.jsonl"
        out.touch()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
            cwd=ROOT,
            env={**os.environ, "TWEESPRAAK_LOOKS": str(out)},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout[-6000:], flush=True)
        return [json.loads(line) for line in out.read_text().splitlines()], done.returncode == 0


def _figure(name: str, unit: str, ours: int, *, passed: bool) -> Look:
    return {
        "figure": name,
        "unit": unit,
        "ours": ours,
        "beside": None,
        "beside_value": None,
        "ratio": None,
        "goal": "0",
        "holds": passed and ours == 0,
        "command": COMMAND,
        "seed": None,
    }


if __name__ == "__main__":
    print_figures(figures, __doc__)
