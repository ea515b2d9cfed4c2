"""Every row of the acceptance list of the blend names where it is built, and tests that exist."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]
LISTED = (ROOT / "docs" / "blend-acceptance.md").read_text("utf-8")
SCENARIOS = (1, 2, 3, 4, 6, 7, 8, 9, 11, 13, 14, 17, 18, 19, 21, 23, 24)
NUMBERED = {
    *(f"R{number}" for number in range(1, 31)),
    *(f"E{number}" for number in range(1, 27)),
    *(f"S{number}" for number in SCENARIOS),
}
_WORDS = """
    person types modes held seen online offline failed counted N LU F skill comfort practice
    activity contact workday inputs outputs precedence exceptions shown fixed profiles two-days
    talk-soon reminders monotone two alternative open arithmetic quiet idempotent explain one-rule
    versions years explained hours around rooms wishes natures tables propose fallback odd-days
    whole one-step overlap by-link failing timers levels recorded texts plan-page board week
    attention coach-page own-page no-script verdict-time times-time rush to-three plans ends
    no-hours small cycle jumps both-drag just-taken contradict
    live-plan phone-only near-place room-changes
"""
_ROW = re.compile(r"^\| ([\w-]+) \| .+? \| (`[^|]+`) \| (`[^|]+`) \|$", re.MULTILINE)
_FILE = re.compile(r"`([\w./-]+)`")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def listed() -> dict[str, tuple[str, str]]:
    """The files and the tests of each row, as they are written."""
    return {row: (files, tests) for row, files, tests in _ROW.findall(LISTED)}


def test_every_row_of_the_blend_is_listed_once() -> None:
    rows = [row for row, _, _ in _ROW.findall(LISTED)]

    assert len(rows) == len(set(rows))
    assert set(rows) == NUMBERED | set(_WORDS.split())


def test_every_row_of_the_blend_is_built_in_a_file_that_exists() -> None:
    for row, (files, _) in listed().items():
        found = _FILE.findall(files)
        assert found, row
        assert [one for one in found if not (ROOT / one).is_file()] == [], row


def test_every_row_of_the_blend_has_tests_that_exist() -> None:
    for row, (_, tests) in listed().items():
        found = _TEST.findall(tests)
        assert len(found) == tests.count("::"), row
        missing = [
            name for file, name in found if f"def {name}(" not in (ROOT / file).read_text("utf-8")
        ]
        assert (found != [], missing) == (True, []), row
