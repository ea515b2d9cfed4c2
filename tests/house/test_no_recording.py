"""Nothing of a talk can be recorded, and nothing jumps up in front of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]
_RECORDS = re.compile(
    r"MediaRecorder|ImageCapture|captureStream|toBlob|toDataURL|startRecording|captureCameraPicture"
)
# The blurred picture goes into the talk instead of the camera's, and nowhere else.
_MAY_CAPTURE = {"web/src/blur/blur.ts": {"captureStream"}}
_JUMPS_UP = re.compile(
    r"(?<![\w.])(?:window\.)?(?:alert|confirm|prompt)\(|showModal|<dialog|alertdialog|aria-modal|beforeunload"
)


def texts(*patterns: str) -> Iterator[tuple[str, str]]:
    """Every file of the program that matches, by its path; tests are left out."""
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            if ".test." not in path.name and "_web" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def test_nothing_in_the_program_can_record_a_talk() -> None:
    found = {
        name: set(_RECORDS.findall(text)) - _MAY_CAPTURE.get(name, set())
        for name, text in texts("web/src/**/*.ts", "server/**/*.py", "signaling/**/*.py")
    }

    assert len(found) > 200
    assert {name: words for name, words in found.items() if words} == {}


def test_no_page_puts_a_window_over_what_somebody_is_doing() -> None:
    found = {
        name: _JUMPS_UP.findall(text) for name, text in texts("web/src/**/*.ts", "web/templates/*")
    }

    assert len(found) > 100
    assert {name: words for name, words in found.items() if words} == {}
