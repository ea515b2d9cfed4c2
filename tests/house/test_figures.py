"""The list of figures: every module can be measured, and the list keeps what is claimed."""

import importlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import booking_rush, looked_at
from benchmarks.__main__ import (
    CHAOS,
    FIGURES,
    KEYS,
    keep,
    kept,
    measure,
    present_commit,
    table,
)

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

    first = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
    later = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)

    keep([_figure("a", 1), _figure("b", 2)], small=False, commit="1", when=first, out=out)
    given = keep([_figure("a", 3)], small=False, commit="2", when=later, out=out)
    keep([_figure("a", 4)], small=True, commit="2", when=later, out=out)

    listed = kept(out)
    assert listed == json.loads(out.read_text())
    assert given[0] in listed
    found = [(f["figure"], f["ours"], f["small"], f["commit"], f["when"][:10]) for f in listed]
    assert sorted(found) == [
        ("a", 3, False, "2", "2026-11-23"),
        ("a", 4, True, "2", "2026-11-23"),
        ("b", 2, False, "1", "2026-11-22"),
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


def _figure(name: str, ours: int) -> dict[str, Any]:
    whole = dict.fromkeys(KEYS)
    command = f"python -m benchmarks.{name}"
    return {**whole, "figure": name, "ours": ours, "holds": True, "command": command}
