"""The line of a talk in a word: at the thresholds, and over a whole talk."""

from dataclasses import replace

import pytest

from coaching.line_quality import LineLevel, Stretch, level_of, level_of_talk

pytestmark = pytest.mark.unit

GOOD, WEAK, BAD = LineLevel
FINE = Stretch(lost_permille=0, rtt_ms=40, kbps=900, height=720)


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, GOOD),
        ({"lost_permille": 99}, GOOD),
        ({"lost_permille": 100}, WEAK),
        ({"lost_permille": 299}, WEAK),
        ({"lost_permille": 300}, BAD),
        ({"rtt_ms": None}, GOOD),
        ({"rtt_ms": 600}, GOOD),
        ({"rtt_ms": 601}, WEAK),
        ({"rtt_ms": 1500}, WEAK),
        ({"rtt_ms": 1501}, BAD),
        ({"height": 180}, GOOD),
        ({"height": 179}, WEAK),
        ({"height": None}, GOOD),
        ({"kbps": 1}, GOOD),
        ({"kbps": 0}, BAD),
    ],
)
def test_level_of_a_stretch_at_each_threshold(
    change: dict[str, int | None], level: LineLevel
) -> None:
    assert level_of(replace(FINE, **change)) is level  # type: ignore[arg-type]  # one field of each kind


@pytest.mark.parametrize(
    ("good", "weak", "bad", "level"),
    [
        (0, 0, 0, None),
        (1, 0, 0, GOOD),
        (0, 1, 0, WEAK),
        (0, 0, 1, BAD),
        (31, 10, 0, GOOD),
        (30, 10, 0, WEAK),
        (81, 0, 20, GOOD),
        (80, 0, 20, BAD),
        (60, 21, 19, WEAK),
    ],
)
def test_level_of_a_talk_is_what_lasted(
    good: int, weak: int, bad: int, level: LineLevel | None
) -> None:
    assert level_of_talk({GOOD: good, WEAK: weak, BAD: bad}) is level
