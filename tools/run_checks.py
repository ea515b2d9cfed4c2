"""Runs the checks and the tests in turn, all of them, and says at the end what failed.

python -m tools.run_checks fast | all
"""

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.prepare import WEB, node_environment
from tools.say import CACHE, ROOT, say

_COUNT = re.compile(r"(\d+) (failed|passed|skipped|xfailed|xpassed|errors?|warnings?|deselected)")
_ORDER = ("failed", "passed", "skipped", "xfailed", "xpassed", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command; `tool` is a program of the environment, or npm in `web`."""

    name: str
    command: tuple[str, ...]
    folder: Path = ROOT


CODE = (
    Step(name="lint", command=("ruff", "check", ".")),
    Step(name="format", command=("ruff", "format", "--check", ".")),
    Step(name="types", command=("mypy",)),
    Step(name="imports", command=("lint-imports",)),
    Step(name="web types and lint", command=("npm", "run", "--silent", "check"), folder=WEB),
    Step(name="web tests", command=("npm", "test", "--silent"), folder=WEB),
)
# Beside those that look at the code. It also leaves everything compiled: five workers that begin at
# once on a fresh clone would each compile it all.
FOUND = Step(
    name="tests are found",
    command=("pytest", "-qq", "--collect-only", "-p", "no:cacheprovider", "tests"),
)
_PYTEST = ("pytest", "-q", "--durations=5", "-p", "no:cacheprovider")
FAST = (*_PYTEST, "-n", "2", "-m", "unit or house", "--ignore=tests/journeys")
# In the order they are named: the files whose tests take longest must not come last.
# Five on two processors: most of these tests wait for a server, a process or a clock of their own.
_SPREAD = ("-n", "5", "--dist", "loadfile", "--no-loadscope-reorder")
_IN_TURN = ("tests/wire", "tests/contract", "tests/house", "tests/unit")
WITHOUT_BROWSERS = (*_PYTEST, *_SPREAD, *_IN_TURN)
WITH_BROWSERS = (*_PYTEST, "-n", "2", "--dist", "loadfile", "tests/journeys")
_AT_ONCE = 2  # steps that look at the code; most of them use one processor
_LONGEST_REASON = 600  # letters of what a failed test says
_MOST_TOLD = 40  # failed tests that are named at the end
_LAST_LINES = 12  # of a failed step, repeated at the end


def run_step(step: Step, env: dict[str, str]) -> list[str]:
    """Run one step quietly when it passes, with its whole output when it does not.

    Gives what to say of it at the end: nothing, or its name with its last lines.
    """
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=step.folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    mark = "ok" if done.returncode == 0 else "FAILED"
    told = f"{step.name:<20} {mark:<7} {time.monotonic() - began:6.1f} s"
    if done.returncode == 0:
        say(told)
        return []
    say(f"{told}\n{done.stdout}")
    return [f"FAILED {step.name}", *done.stdout.splitlines()[-_LAST_LINES:]]


def run_pytest(command: tuple[str, ...], env: dict[str, str]) -> tuple[list[str], dict[str, int]]:
    """Run one round of tests, showing it as it goes.

    Gives what to say of it at the end (nothing when it passed), and the counts of its summary.
    """
    say(f"\n{' '.join(command)}")
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        process = subprocess.Popen(
            (*command, f"--junit-xml={report}"),
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        summary, last = "", deque[str](maxlen=_LAST_LINES)
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last.append(line.rstrip())
            if _COUNT.search(line) and " in " in line:
                summary = line
        counts = {kind.rstrip("s"): int(number) for number, kind in _COUNT.findall(summary)}
        if process.wait() == 0:
            return [], counts
        found = failures(report.read_text("utf-8")) if report.exists() else []
    return [f"FAILED {' '.join(command)}", *(found or last)], counts


def failures(report: str) -> list[str]:
    """A line for each test of a JUnit report that failed: its name, and what it said."""
    told = []
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 -- pytest wrote it just now
        for kind in ("failure", "error"):
            for found in case.findall(kind):
                said = " ".join(str(found.get("message")).split())[:_LONGEST_REASON]
                told.append(f"{kind}: {case.get('classname')}::{case.get('name')}: {said}")
    more = len(told) - _MOST_TOLD
    return told if more <= 0 else [*told[:_MOST_TOLD], f"and {more} more, further up"]


def summary_line(rounds: list[dict[str, int]], seconds: float) -> str:
    """The counts of all rounds together, in pytest's own form."""
    sums = {kind: sum(counts.get(kind, 0) for counts in rounds) for kind in _ORDER}
    told = ", ".join(f"{count} {kind}" for kind, count in sums.items() if count)
    return f"===== {told or 'no tests ran'} in {seconds:.2f}s ====="


def main(how: str) -> int:
    """Run everything of `how`; 0 only when every step passed."""
    began = time.monotonic()
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    env = {**os.environ, "PATH": path, **node_environment()}
    env["RUFF_CACHE_DIR"] = str(CACHE / "ruff")
    steps = CODE if how == "fast" else (FOUND, *CODE)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        failed = [
            line for told in pool.map(lambda step: run_step(step, env), steps) for line in told
        ]
    rounds = []
    for command in (FAST,) if how == "fast" else (WITHOUT_BROWSERS, WITH_BROWSERS):
        told, counts = run_pytest(command, env)
        rounds.append(counts)
        failed += told
    # What failed stands last: of a long output the end is what people see.
    say("\n" + ("\n".join(failed) if failed else "All checks passed."))
    say(summary_line(rounds, time.monotonic() - began))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "fast"))
