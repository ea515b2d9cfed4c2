"""The list of figures: every module can be measured, and the list keeps what is claimed."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import booking_rush
from benchmarks.__main__ import CHAOS, FIGURES, KEYS, keep, measure, table

pytestmark = pytest.mark.house


@pytest.mark.parametrize("name", [*FIGURES, *CHAOS])
def test_every_figure_has_a_module_with_its_own_words(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")

    assert callable(module.figures)
    assert module.__doc__


def test_every_module_is_named_in_the_readme() -> None:
    root = Path(__file__).resolve().parents[2]
    readme = (root / "benchmarks" / "README.md").read_text(encoding="utf-8")

    modules = readme.partition("## The list")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", modules, re.MULTILINE))
    assert {*FIGURES, *CHAOS} == named


@pytest.mark.parametrize("name", ["rules", "wall_time"])
def test_a_quick_look_gives_whole_figures(name: str) -> None:
    found = measure(name, small=True)

    assert found
    assert all(figure.keys() >= set(KEYS) for figure in found)
    assert all(str(figure["command"]).startswith("python -m benchmarks.") for figure in found)


def test_a_rush_of_thirty_for_one_slot_gives_whole_figures_that_hold() -> None:
    """On a running installation; `tests/contract/test_booking_rush.py` has it on both databases."""
    booked, quick = booking_rush.figures_of("sqlite", processes=1, n=30)

    assert booked.keys() & quick.keys() >= set(KEYS)
    assert (booked["holds"], booked["ours"], booked["n"]) == (True, 1, 30)


def test_the_list_replaces_what_was_measured_again_and_keeps_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "out" / "figures.json"

    keep([_figure("a", 1), _figure("b", 2)], small=False, out=out)
    keep([_figure("a", 3)], small=False, out=out)
    keep([_figure("a", 4)], small=True, out=out)

    found = [(f["figure"], f["ours"], f["small"]) for f in json.loads(out.read_text())]
    assert sorted(found) == [("a", 3, False), ("a", 4, True), ("b", 2, False)]


def test_the_table_shows_what_does_not_hold() -> None:
    rows = table([_figure("a", 1), {**_figure("b", 2), "holds": False}]).rows

    assert [str(row.style) for row in rows] == ["", "bold red"]


def _figure(name: str, ours: int) -> dict[str, Any]:
    whole = dict.fromkeys(KEYS)
    command = f"python -m benchmarks.{name}"
    return {**whole, "figure": name, "ours": ours, "holds": True, "command": command}
