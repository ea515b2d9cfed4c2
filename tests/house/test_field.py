"""Each acceptance scenario, property and edge case of the field (5.7 to 5.9) has its test.

Which one it is stands in `tests/data/field.txt`, for planners to read.
"""

import re
from itertools import pairwise
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

TESTS = Path(__file__).parents[1]
SCENARIOS = {1, 2, 3, 4, 6, 7, 8, 9, 11, 13, 14, 17, 18, 19, 21, 23, 24}
PROPERTIES = {
    "monotone in skill",
    "two",
    "alternative",
    "offline always open",
    "band arithmetic",
    "quiet",
    "idempotent",
    "explain",
}


def listed() -> list[str]:
    return (TESTS / "data/field.txt").read_text("utf-8").splitlines()


def titles(kind: str) -> set[str]:
    return {line.removeprefix(kind).strip() for line in listed() if line.startswith(kind)}


def named() -> list[tuple[str, str]]:
    """The file and the name of every test in the list."""
    found, file = [], ""
    for line in listed():
        if line.startswith("    "):
            found.append((file, line.strip()))
        elif line.startswith("  "):
            file = line.strip()
    return found


def test_every_test_in_the_list_is_there() -> None:
    def defined(file: str) -> set[str]:
        text = (TESTS / file).read_text("utf-8")
        return set(re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE))

    assert [(file, name) for file, name in named() if name not in defined(file)] == []


def test_every_title_of_the_field_has_a_test() -> None:
    edges = set(range(1, 27))
    bare = [line for line, after in pairwise([*listed(), ""]) if line and not after.startswith(" ")]

    assert titles("scenario") == set(map(str, SCENARIOS))
    assert titles("edge case") == set(map(str, edges))
    assert titles("property") == PROPERTIES
    assert [line for line in bare if not line.startswith("    ")] == []
