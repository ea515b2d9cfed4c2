"""Every row of the acceptance lists names what shows it, and each test that is named exists."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]
LINES_OF_THE_CALL = {  # how many parts each line of the order was taken apart into
    "1": 8,
    "2": 6,
    "3": 8,
    "4": 4,
    "5": 7,
    "6": 7,
    "7": 5,
    "8": 5,
    "9": 9,
    "10": 5,
}
CALL = (
    {f"{line}.{part}" for line, n in LINES_OF_THE_CALL.items() for part in range(1, n + 1)}
    | {"BROWSER_BLOCKED", "OS_BLOCKED", "DISMISSED", "NO_CAMERA", "NO_MIC", "BUSY", "LOST"}
    | {"BLACK", "SILENT", "INSECURE_CONTEXT", "UNSUPPORTED", "TIMEOUT"}
    | {f"3.3-{rule}" for rule in ("play", "interrupted", "system", "codecs", "lobby")}
    | {f"3.6-{rung}" for rung in ("0", "3", "15", "pauses", "60", "socket")}
    | {f"3.8-{rule}" for rule in ("one", "hint", "still", "words", "summary")}
    | {f"3.11-{rule}" for rule in ("said", "measured", "grace", "excused", "after")}
    | {f"4.2-{rule}" for rule in ("header", "issuer", "room", "subject", "times", "user")}
    | {f"4.2-{rule}" for rule in ("features", "key", "empty")}
    | {"S2.3", "S2.4-ice", "S2.4-socket", "S2.4-sdp", "S2.4-words", "S2.5", "S20"}
    | {f"T{number}" for number in (*range(1, 9), *range(21, 26))}
    | {"chromium", "firefox", "webkit", "keyboard", "languages", "pure"}
    | {"join", "chaos", "thin", "camera", "weight", "malformed", "swaps"}
    | {"unplugged", "share", "tabs", "back", "second", "name", "megabyte", "flood", "clock"}
)
CALENDARS = {str(number) for number in range(1, 21)} | {
    *("night", "moved", "twice", "private", "lie", "backwards", "uid", "href", "again")
}
_HOUSE = """
    demo-bare demo-node demo-people demo-progress demo-table demo-keeps demo-port demo-sentence
    test-installs test-runs test-both targets bench-list bench-ends cli wheel
    planner-books planner-kinds planner-rules planner-changes mail ics
    link-reads link-early link-moved link-place coach-day coach-event coach-hour
    talk-press talk-switch talk-two talk-second talk-camera talk-seen talk-banner talk-again
    talk-restart end-held end-next
    rooms protocol samples migrations overlap key outbox headers rights papers
    languages axe one-button keyboard
    join weight signalling rush kill minutes
    bad-link bad-old bad-scanner bad-shared bad-messages bad-frames bad-sdp bad-booking bad-name
    bad-address bad-calendar bad-quiet bad-sentence
    must-chromium must-firefox must-gates must-contract must-wire must-property
    fact-1-3 fact-4 fact-5-6 fact-7 fact-8 fact-9 fact-10-12 fact-11
    2.1-body 2.1-host 2.2-door 2.2-caps 2.2-slow 2.2-rate 2.2-ends 2.3-policy 2.3-cookies
    2.4-servers 2.4-stamp 2.8-disk 2.8-clash 2.8-settings 2.8-mail
"""
LISTS = {
    "calendar-acceptance.md": CALENDARS,
    "call-acceptance.md": CALL,
    "house-acceptance.md": set(_HOUSE.split()),
}
each_list = pytest.mark.parametrize("name", LISTS)
_ROW = re.compile(r"^\| ([\w.-]+) \| .+ \| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`((?:tests|web/src)/[\w/.-]+\.(?:py|ts))::([^`]+)`")
_COMMAND = re.compile(r"`python -m benchmarks --only (\w+)`")


def listed(name: str) -> list[tuple[str, str]]:
    """Each row with its last column."""
    rows = _ROW.findall((ROOT / "docs" / name).read_text("utf-8"))
    return [(row, shown) for row, shown in rows if row != "Row"]


@each_list
def test_every_row_is_listed_once_with_what_shows_it(name: str) -> None:
    rows = listed(name)

    assert sorted(row for row, _ in rows) == sorted(LISTS[name])
    bare = [row for row, shown in rows if not (_TEST.search(shown) or _COMMAND.search(shown))]
    assert bare == []


@each_list
def test_every_test_of_the_list_exists(name: str) -> None:
    named = sorted({one for _, shown in listed(name) for one in _TEST.findall(shown)})

    assert [f"{file}::{title}" for file, title in named if not stands_in(file, title)] == []
    figures = {one for _, shown in listed(name) for one in _COMMAND.findall(shown)}
    assert [one for one in figures if not (ROOT / "benchmarks" / f"{one}.py").is_file()] == []


def stands_in(file: str, title: str) -> bool:
    """Whether this test is there: a whole name in Python, the beginning of a title elsewhere."""
    text = (ROOT / file).read_text("utf-8")
    return f"def {title}(" in text if file.endswith(".py") else f'"{title}' in text
