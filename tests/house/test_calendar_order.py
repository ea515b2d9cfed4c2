"""Every line of the order for calendars names what it is built in, and what shows it."""

import importlib.util
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]
LINES = {
    *(f"1{letter}" for letter in "abcdefghi"),
    *(f"2{letter}" for letter in "abcdefg"),
    *(f"3{letter}" for letter in "abcdefghijk"),
    *(f"4{letter}" for letter in "abcd"),
    *(f"5{letter}" for letter in "abcde"),
    *(f"6{letter}" for letter in "abcde"),
    *(f"f{number}" for number in range(1, 7)),
    *(f"p{number}" for number in range(1, 5)),
    *(f"11.{number}" for number in range(1, 8)),
    *("2.6", "2.7", "S12", "S13", "S14", "S15", "S16", "S17", "R8", "R9", "R14"),
}
_ROW = re.compile(r"^\| ([\w.]+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_FIGURE = re.compile(r"`python -m (benchmarks\.\w+)`")
_FILE = re.compile(r"`([\w/.]+\.(?:py|md))`")


def lines() -> dict[str, list[str]]:
    """The cells of each line of the order: what, built in, shown by."""
    document = (ROOT / "docs" / "calendar-order.md").read_text("utf-8")
    found = {name: cells.split(" | ") for name, cells in _ROW.findall(document)}
    return {name: cells for name, cells in found.items() if name != "Line"}


def test_every_line_of_the_order_is_listed_with_files_and_a_test() -> None:
    listed = lines()

    assert listed.keys() == LINES
    assert [line for line, cells in listed.items() if not _TEST.findall(cells[2])] == []
    assert [line for line, cells in listed.items() if not _FILE.findall(cells[1])] == []


def test_every_file_test_and_figure_of_the_list_exists() -> None:
    listed = lines().values()
    files = sorted({file for cells in listed for file in _FILE.findall(cells[1])})
    shown = " ".join(cells[2] for cells in listed)
    missing = [
        f"{file}::{name}"
        for file, name in sorted(set(_TEST.findall(shown)))
        if f"def {name}(" not in (ROOT / file).read_text("utf-8")
    ]
    figures = sorted(set(_FIGURE.findall(shown)))

    assert [file for file in files if not (ROOT / file).is_file()] == []
    assert missing == []
    assert [one for one in figures if importlib.util.find_spec(one) is None] == []
