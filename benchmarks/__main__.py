"""Runs every figure, prints one table, and writes `benchmarks/out/figures.json`.

python -m benchmarks [--small] [--chaos] [--only NAME ...]
python -m benchmarks --table     measures nothing: shows what the list holds

Each measurement has a process and a time limit of its own, and takes all that it started with it.
What cannot be measured is a row with its reason, and the next one begins. Ctrl-C ends it with the
table of what was measured.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.leash import STOPPED, TIME_OVER, leashed, stop_by_signals
from benchmarks.one import Figure
from benchmarks.tasks import CHAOS, FIGURES, Task

ROOT = Path(__file__).resolve().parent.parent
OUT = Path(__file__).parent / "out" / "figures.json"
_WIDE = 170  # letters
_HEADINGS = ("figure", "ours", "beside", "ratio", "goal", "holds", "n", "seconds", "measured")


def keep(
    figures: list[Figure],
    *,
    small: bool,
    commit: str,
    when: datetime,
    task: str = "",
    out: Path = OUT,
) -> list[Figure]:
    """Write figures to the list, in the place of older ones of the same commands.

    A quick look stands beside the figures that are claimed, never in their place. What was found
    of `task` takes the place of the row that said why it could not be measured. Gives the figures
    as they stand in the list: with `small`, the `commit` that was measured, and `when`.
    """
    out.parent.mkdir(exist_ok=True)
    new = {figure["command"] for figure in figures}
    others = [
        figure
        for figure in kept(out)
        if figure.get("small", False) != small
        or not (figure["command"] in new or ("reason" in figure and figure["figure"] == task))
    ]
    taken = {"small": small, "commit": commit, "when": f"{when:%Y-%m-%dT%H:%MZ}"}
    marked = [{**figure, **taken} for figure in figures]
    draft = out.with_suffix(".draft")
    draft.write_text(json.dumps([*others, *marked], indent=1) + "\n")
    draft.rename(out)
    return marked


def kept(out: Path = OUT) -> list[Figure]:
    """The list as it was written; empty before the first measurement."""
    found: list[Figure] = json.loads(out.read_text()) if out.exists() else []
    return found


def present_commit() -> str:
    """The commit that is measured, short; with a + when files differ from it; ? without git."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--abbrev=10", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "?"


def table(figures: list[Figure]) -> Table:
    """What a person reads."""
    shown = Table(title="Figures", title_justify="left")
    for heading in _HEADINGS:
        right = heading in ("ours", "ratio", "n", "seconds")
        shown.add_column(heading, justify="right" if right else "left", overflow="fold")
    for figure in figures:
        shown.add_row(*_cells(figure), style="" if figure["holds"] else "bold red")
    return shown


def _cells(figure: Figure) -> Iterator[str]:
    beside = figure["beside"]
    yield str(figure["figure"])
    reason = figure.get("reason")
    yield f"not measured: {reason}" if reason else f"{_number(figure['ours'])} {figure['unit']}"
    yield f"{beside}: {_number(figure['beside_value'])}" if beside else "–"
    yield _number(figure["ratio"])
    yield str(figure["goal"])
    yield "yes" if figure["holds"] else "NO"
    yield str(figure["n"])
    yield _number(figure["seconds"])
    quick = ", a quick look" if figure.get("small") else ""
    yield f"{figure.get('commit', '?')} {figure.get('when', '')}{quick}"


def _number(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> int:
    """Measure; 0 only when every figure could be measured and holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick look, no claim")
    parser.add_argument("--chaos", action="store_true", help="the long reliability runs")
    everything = sorted({task.module for task in (*FIGURES, *CHAOS)})
    parser.add_argument("--only", nargs="+", choices=everything, metavar="NAME")
    parser.add_argument("--table", action="store_true", help="measure nothing: show the list")
    given = parser.parse_args()
    console = _console()
    if given.table:
        return _judge(kept(), console)
    stop_by_signals()
    tasks = [task for task in (*FIGURES, *CHAOS) if task.module in (given.only or ())]
    return measure_all(tasks or (CHAOS if given.chaos else FIGURES), small=given.small)


def measure_all(tasks: Sequence[Task], *, small: bool, out: Path = OUT) -> int:
    """Measure these one after another, keep what was found, and show all of it.

    Gives 0 when all could be measured and holds, and `STOPPED` after Ctrl-C.
    """
    console, commit = _console(), present_commit()
    figures: list[Figure] = []
    left = list(tasks)
    with contextlib.suppress(KeyboardInterrupt):
        while left:
            task = left[0]
            most = task.most_minutes(small=small)
            console.print(f"measuring: {task.name} (at most {most:.4g} min)")
            began = time.monotonic()
            found = measure_apart(task, small=small)
            now = datetime.now(UTC)
            figures += keep(found, small=small, commit=commit, when=now, task=task.name, out=out)
            console.print(f"  {time.monotonic() - began:.0f} s")
            left.pop(0)
    figures += [unmeasured(task, "stopped before its end", 0.0) for task in left]
    judged = _judge(figures, console)
    return STOPPED if left else judged


def measure_apart(task: Task, *, small: bool) -> list[Figure]:
    """The figures of a task, measured in a process of its own.

    Where something of it could not be measured, the last row says why, without a figure.

    Raises:
        KeyboardInterrupt: we were stopped; what the measurement started has ended.
    """
    seconds = 60 * task.most_minutes(small=small)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tweespraak-bench-") as folder:
        file = Path(folder) / "found.jsonl"
        options = [*(["--part", task.part] if task.part else []), *(["--small"] if small else [])]
        words = [sys.executable, "-m", "benchmarks.one", str(file), task.module, *options]
        code = leashed(words, seconds)
        text = file.read_text("utf-8") if file.exists() else ""
        found: list[Figure] = [json.loads(line) for line in text.splitlines()]
    if code == 0:
        return found
    reason = f"it ended with code {code}"
    if code == TIME_OVER:
        reason = f"stopped at its limit of {seconds / 60:.4g} min"
    elif found and "reason" in found[-1]:
        reason = found.pop()["reason"]
    return [*found, unmeasured(task, reason, time.monotonic() - began)]


def unmeasured(task: Task, reason: str, seconds: float) -> Figure:
    """The row of something that could not be measured."""
    return {
        "figure": task.name,
        "unit": "",
        "ours": None,
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "goal": "to be measured",
        "holds": False,
        "command": f"python -m benchmarks --only {task.module}",
        "seed": None,
        "n": 0,
        "seconds": round(seconds, 1),
        "reason": reason,
    }


def _console() -> Console:
    """As wide as the terminal; a file has room for the whole table."""
    return Console(width=None if sys.stdout.isatty() else _WIDE)


def _judge(figures: list[Figure], console: Console) -> int:
    console.print(table(figures))
    return 0 if all(figure["holds"] for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
