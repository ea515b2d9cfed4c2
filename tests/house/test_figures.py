"""The list of figures: every module can be measured, and the list keeps what is claimed."""

import contextlib
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks import booking_rush, looked_at
from benchmarks.__main__ import keep, kept, measure_all, measure_apart, present_commit, table
from benchmarks.leash import MARK, STOPPED, TIME_OVER
from benchmarks.one import KEYS, in_one_line, measure
from benchmarks.tasks import CHAOS, FIGURES, Task
from server.config import read_settings

pytestmark = pytest.mark.house

MODULES = sorted({task.module for task in (*FIGURES, *CHAOS)})
_LEAVES_AN_ORPHAN = """
import subprocess, sys, time
left = "import subprocess; print(subprocess.Popen(['sleep', '3600'], start_new_session=True).pid)"
subprocess.run([sys.executable, "-c", left])
"""


def test_parts_of_the_product_start_on_a_leash() -> None:
    assert read_settings({MARK: "1"}) == read_settings({})


@pytest.mark.parametrize("name", MODULES)
def test_every_figure_has_a_module_with_its_own_words(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")

    assert callable(module.figures)
    assert module.__doc__


def test_every_module_is_named_in_the_readme() -> None:
    root = Path(__file__).resolve().parents[2]
    readme = (root / "benchmarks" / "README.md").read_text(encoding="utf-8")

    modules = readme.partition("## The list")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", modules, re.MULTILINE))
    assert set(MODULES) == named


@pytest.mark.parametrize("task", [task for task in (*FIGURES, *CHAOS) if task.part], ids=str)
def test_a_part_that_is_measured_alone_is_one_that_its_module_offers(task: Task) -> None:
    module = importlib.import_module(f"benchmarks.{task.module}")

    assert "part" in inspect.signature(module.figures).parameters
    assert task.part in module.PARTS


def test_a_quick_look_gives_whole_figures() -> None:
    found = list(measure("wall_time", small=True))

    assert found
    assert all(figure.keys() >= set(KEYS) for figure in found)
    assert all(str(figure["command"]).startswith("python -m benchmarks.") for figure in found)


def test_what_cannot_be_measured_is_a_row_with_its_reason_and_the_next_one_is_measured(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out" / "figures.json"

    assert measure_all([Task("no_such", 5), Task("rules", 5)], small=True, out=out) == 1

    lacking, *measured = kept(out)
    assert lacking["reason"] == "ModuleNotFoundError: No module named 'benchmarks.no_such'"
    assert (lacking["figure"], lacking["holds"], lacking["ours"]) == ("no_such", False, None)
    assert list(table([lacking]).columns[1].cells) == [f"not measured: {lacking['reason']}"]
    assert len(measured) == 2
    assert all(figure.keys() >= set(KEYS) for figure in (lacking, *measured))


def test_a_measurement_ends_at_its_limit_which_its_row_tells() -> None:
    (row,) = measure_apart(Task("rules", 5, quick_minutes=0.0001), small=True)

    assert row["reason"] == "stopped at its limit of 0.0001 min"


@pytest.mark.parametrize("stopped", [False, True])
def test_nothing_that_a_measurement_started_outlives_it(*, stopped: bool) -> None:
    """Not even what lost its parent: when the measurement ends, and when whoever asked is gone."""
    waits = "time.sleep(3600)" if stopped else "sys.exit(7)"
    words = [sys.executable, "-c", f"{_LEAVES_AN_ORPHAN}{waits}"]
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.leash", "3600", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as leash:
        assert leash.stdin
        assert leash.stdout
        orphan = int(leash.stdout.readline())
        if stopped:
            leash.stdin.close()
        code = leash.wait()

    assert code == (STOPPED if stopped else 7)
    assert not _runs(orphan)


def test_program_that_asks_for_it_ends_with_all_that_it_started() -> None:
    """As each measurement does that is run alone; here it is killed."""
    program = (
        "import sys; from benchmarks.leash import end_together; end_together()\n"
        f"{_LEAVES_AN_ORPHAN}time.sleep(3600)"
    )
    env = {name: value for name, value in os.environ.items() if name != MARK}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env=env
    ) as whole:
        assert whole.stdout
        orphan = int(whole.stdout.readline())
        whole.kill()
        whole.stdout.read()  # ends when nobody is left who could write to it

    assert not _runs(orphan)


@pytest.mark.parametrize("name", MODULES)
def test_every_measurement_that_is_run_alone_is_on_a_leash(name: str) -> None:
    written = (Path(__file__).parents[2] / f"benchmarks/{name}.py").read_text("utf-8")
    begins = written.partition('if __name__ == "__main__":\n')[2].lstrip()

    assert begins.startswith(("end_together()\n", "print_figures(figures, __doc__)\n"))


def test_time_that_is_over_is_told_apart() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.leash", "0.01", "sleep", "3600"], stdin=subprocess.PIPE
    ) as leash:
        assert leash.wait() == TIME_OVER


def test_a_reason_is_one_line_without_the_name_of_a_plain_refusal() -> None:
    with pytest.raises(BaseException) as refused:  # noqa: PT011 -- what pytest refuses with
        pytest.fail("redis-server is not here:\n sudo apt-get install redis-server")

    assert in_one_line(refused.value).startswith("redis-server is not here: sudo apt-get")
    assert in_one_line(FileNotFoundError("Chromium is missing")) == "Chromium is missing"
    assert in_one_line(KeyError("figure")) == "KeyError: 'figure'"


def test_a_rush_of_thirty_for_one_slot_gives_whole_figures_that_hold() -> None:
    """On a running installation; `tests/contract/test_booking_rush.py` has it on both databases."""
    booked, quick = booking_rush.figures_of("sqlite", processes=1, n=30)

    assert booked.keys() & quick.keys() >= set(KEYS)
    assert (booked["holds"], booked["ours"], booked["n"]) == (True, 1, 30)


def test_the_list_replaces_what_was_measured_again_and_keeps_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "out" / "figures.json"

    first = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
    later = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)

    keep([_figure("a", 1), _figure("b", 2)], small=False, commit="1", when=first, out=out)
    given = keep([_figure("a", 3)], small=False, commit="2", when=later, out=out)
    keep([_figure("a", 4)], small=True, commit="2", when=later, out=out)
    lacking = {**_figure("b", 0), "command": "python -m benchmarks --only b", "reason": "no b"}
    keep([lacking], small=False, commit="2", when=later, task="b", out=out)
    beside = kept(out)
    keep([_figure("b", 5)], small=False, commit="2", when=later, task="b", out=out)

    assert [f["ours"] for f in beside if f["figure"] == "b"] == [2, 0]
    listed = kept(out)
    assert listed == json.loads(out.read_text())
    assert given[0] in listed
    found = [(f["figure"], f["ours"], f["small"], f["commit"], f["when"][:10]) for f in listed]
    assert sorted(found) == [
        ("a", 3, False, "2", "2026-11-23"),
        ("a", 4, True, "2", "2026-11-23"),
        ("b", 5, False, "2", "2026-11-23"),
    ]


def test_the_commit_that_is_measured_is_known() -> None:
    """Also in a copy without git, where it is unknown; it is never empty."""
    assert re.fullmatch(r"[0-9a-f]{10,}\+?|\?", present_commit())


def test_the_table_shows_what_does_not_hold() -> None:
    taken = {"commit": "0123456789", "when": "2026-11-22T09:05Z", "small": True}
    shown = table([{**_figure("a", 1), **taken}, {**_figure("b", 2), "holds": False}])

    assert [str(row.style) for row in shown.rows] == ["", "bold red"]
    measured = list(shown.columns[-1].cells)
    assert measured == ["0123456789 2026-11-22T09:05Z, a quick look", "? "]


def test_a_page_that_nobody_looked_at_in_a_corner_is_left_out() -> None:
    one = "/meetings/0619ab58-63b2-46d5-9dbb-5317f877e673"
    other = "/meetings/fd3b57c2-c571-4016-b8b4-13e50bcc50be"
    looks: list[dict[str, Any]] = [
        {"page": page, "language": language, "width": width, "wrong": []}
        for page, language in ((one, "nl"), (other, "en"))
        for width in (320, 1280)
    ]

    whole = looked_at.judged(looks, passed=True, seconds=1.0)
    lacking = looked_at.judged(looks[1:], passed=True, seconds=1.0)
    found = looked_at.judged([{**looks[0], "wrong": ["x"]}, *looks[1:]], passed=False, seconds=1.0)

    assert [(f["ours"], f["holds"], f["n"]) for f in whole] == [(0, True, 4), (0, True, 1)]
    assert looked_at.missing(looks[1:]) == {"/meetings/…, nl, 320 px"}
    narrow = [{**look, "page": "menu on a phone"} for look in looks if look["width"] == 320]
    assert looked_at.missing(narrow) == set()
    assert [(f["ours"], f["holds"]) for f in lacking] == [(0, True), (1, False)]
    assert [(f["ours"], f["holds"]) for f in found] == [(1, False), (0, False)]
    assert all(figure.keys() >= set(KEYS) for figure in whole)


def _runs(number: int) -> bool:
    """Whether this process is there and not just waiting to be laid to rest by somebody."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    return False


def _figure(name: str, ours: int) -> dict[str, Any]:
    whole = dict.fromkeys(KEYS)
    command = f"python -m benchmarks.{name}"
    return {**whole, "figure": name, "ours": ours, "holds": True, "command": command}
