"""Every row of the acceptance list of calendars names tests, and each of those exists."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]
ROWS = {str(number) for number in range(1, 21)} | {
    *("night", "moved", "twice", "private", "lie", "backwards", "uid", "href", "again")
}
_ROW = re.compile(r"^\| (\w+) \| .+? \| (`.+`) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def listed() -> dict[str, list[tuple[str, str]]]:
    """The tests of each row, as file and name."""
    document = (ROOT / "docs" / "calendar-acceptance.md").read_text("utf-8")
    return {row: _TEST.findall(tests) for row, tests in _ROW.findall(document)}


def test_every_row_is_listed_with_a_test() -> None:
    found = listed()

    assert found.keys() == ROWS
    assert [row for row, tests in found.items() if not tests] == []


def test_every_test_of_the_list_exists() -> None:
    named = sorted({one for tests in listed().values() for one in tests})
    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"def {name}(" not in (ROOT / file).read_text("utf-8")
    ]

    assert missing == []
