"""The subtitles of a film, read from a WebVTT file."""

import re
from pathlib import Path
from typing import Final

from signaling.practice.film import Cue

DEFAULT_WORDS: Final = Path(__file__).parent / "default" / "nl.txt"
_SPAN: Final = re.compile(
    r"(?:(\d+):)?(\d\d):(\d\d)\.(\d{3}) --> (?:(\d+):)?(\d\d):(\d\d)\.(\d{3})"
)


def read_cues(path: Path) -> tuple[Cue, ...]:
    """The subtitles in a WebVTT file; none when there is no such file."""
    try:
        text = path.read_text("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return ()
    cues = []
    for block in text.split("\n\n"):
        lines = block.strip().split("\n")
        for number, line in enumerate(lines):
            if span := _SPAN.match(line):
                said = " ".join(lines[number + 1 :])
                cues.append(
                    Cue(
                        start=_moment(*span.groups()[:4]),
                        end=_moment(*span.groups()[4:]),
                        text=said,
                    )
                )
                break
    return tuple(cues)


def _moment(hours: str | None, minutes: str, seconds: str, thousandths: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000
