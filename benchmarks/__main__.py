"""Runs every figure, prints one table, and writes `benchmarks/out/figures.json`.

python -m benchmarks [--small] [--chaos] [--only NAME ...]
python -m benchmarks --table     measures nothing: shows what the list holds
"""

import argparse
import importlib
import inspect
import json
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

FIGURES = (
    "signalling",
    "booking_rush",
    "booking_random",
    "join_time",
    "fallback_time",
    "candidate_weight",
    "call_smooth",
    "thin_line",
    "camera_off",
    "fingerprint_swaps",
    "rules",
    "wall_time",
    "free_times",
    "addresses",
    "recurrence",
    "hostile_ics",
    "stand_in",
    "calendar_peers",
    "calendar_scale",
    "practice",
)
CHAOS = (
    "kill",
    "network_chaos",
    "malformed_frames",
    "trajectories",
    "booking_histories",
    "booking_steps",
    "calendar_quarters",
    "clock_skew",
    "calendar_flaps",
    "hostile_servers",
    "mail_storm",
    "looked_at",
    "channel_flood",
    "webkit_pages",
    "practice_firefox",
    "fresh_clone",
)
ROOT = Path(__file__).resolve().parent.parent
OUT = Path(__file__).parent / "out" / "figures.json"
KEYS = (
    "figure",
    "unit",
    "ours",
    "beside",
    "beside_value",
    "ratio",
    "goal",
    "holds",
    "command",
    "seed",
    "n",
    "seconds",
)
_HEADINGS = ("figure", "ours", "beside", "ratio", "goal", "holds", "n", "seconds", "measured")
Figure = dict[str, Any]


def measure(name: str, *, small: bool) -> list[Figure]:
    """The figures of one module; with `small` a quick look, where the module offers one."""
    module = importlib.import_module(f"benchmarks.{name}")
    takes_small = "small" in inspect.signature(module.figures).parameters
    found: list[Figure] = module.figures(small=small) if takes_small else module.figures()
    for figure in found:
        missing = [key for key in KEYS if key not in figure]
        if missing:
            raise KeyError(f"benchmarks/{name}.py leaves out {', '.join(missing)}")
    return found


def keep(
    figures: list[Figure], *, small: bool, commit: str, when: datetime, out: Path = OUT
) -> list[Figure]:
    """Write figures to the list, in the place of older ones of the same commands.

    A quick look stands beside the figures that are claimed, never in their place. Gives the
    figures as they stand in the list: with `small`, the `commit` that was measured, and `when`.
    """
    out.parent.mkdir(exist_ok=True)
    new = {figure["command"] for figure in figures}
    others = [
        figure
        for figure in kept(out)
        if figure["command"] not in new or figure.get("small", False) != small
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
    yield f"{_number(figure['ours'])} {figure['unit']}"
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
    parser.add_argument("--only", nargs="+", choices=(*FIGURES, *CHAOS))
    parser.add_argument("--table", action="store_true", help="measure nothing: show the list")
    given = parser.parse_args()
    console = Console()
    if given.table:
        return _judge(kept(), [], console)
    figures: list[Figure] = []
    broken = []
    commit = present_commit()
    for name in given.only or (CHAOS if given.chaos else FIGURES):
        console.print(f"measuring: {name}")
        began = time.monotonic()
        try:
            found = measure(name, small=given.small)
            now = datetime.now(UTC)
            figures += keep(found, small=given.small, commit=commit, when=now)
        except Exception:  # noqa: BLE001 -- the other figures still count
            traceback.print_exc()
            broken.append(name)
        console.print(f"  {time.monotonic() - began:.0f} s")
    return _judge(figures, broken, console)


def _judge(figures: list[Figure], broken: list[str], console: Console) -> int:
    console.print(table(figures))
    if broken:
        console.print(f"could not be measured: {', '.join(broken)}", style="bold red")
    return 0 if not broken and all(figure["holds"] for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
