"""Every row of the list of practising names where it is built and what shows it: both exist."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]
# Build 1 to 6, the figures, the bad input, and what the handbook says of practising.
ROWS = {
    *(f"1{one}" for one in "abcdef"),
    *(f"2{one}" for one in "abcde"),
    *(f"3{one}" for one in "abcde"),
    *(f"4{one}" for one in "abcdefg"),
    *(f"5{one}" for one in "abcdefgh"),
    *("6a", "6b", "size", "dark", "noise", "bare", "half", "tabs", "queue", "film"),
    *(f"F{number}" for number in range(1, 8)),
    *(f"S2-{number}" for number in (*range(11, 18), 21, 53, 54, 55)),
    *("S1-38", "S1-40", "3-4", "3-9", "5-2", "R12", "R13", "R14", "R15", "E25", "E26"),
    *("S22", "S23"),
}
_ROW = re.compile(r"^\| ([\w-]+) \| [^|]+ \| (`[^|]+`) \| (`[^|]+`) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_COMMAND = re.compile(r"`python -m ([\w.]+)[^`]*`")
_FILE = re.compile(r"`([\w/.-]+\.[a-z]+)`")


def listed() -> dict[str, tuple[str, str]]:
    """Where each row is built, and what shows it."""
    document = (ROOT / "docs" / "practice-acceptance.md").read_text("utf-8")
    return {row: (where, shown) for row, where, shown in _ROW.findall(document)}


def test_every_row_of_practising_is_listed() -> None:
    assert listed().keys() == ROWS


def test_what_the_list_of_practising_names_exists() -> None:
    text = "".join(where + shown for where, shown in listed().values())
    modules = {f"{name.replace('.', '/')}.py" for name in _COMMAND.findall(text)}
    missing = [
        f"{file}::{name}"
        for file, name in sorted(set(_TEST.findall(text)))
        if f"def {name}(" not in (ROOT / file).read_text("utf-8")
    ]

    assert [
        one for one in sorted({*_FILE.findall(text), *modules}) if not (ROOT / one).exists()
    ] == []
    assert missing == []
