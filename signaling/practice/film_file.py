"""Reads a film that was converted before, as ready packets. Nothing is decoded."""

from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from signaling.practice.cues import read_cues
from signaling.practice.film import Chapter, Encoded, Film, cut

DEFAULT: Final = Path(__file__).parent / "default" / "film.webm"


class BadFilm(Exception):
    """A film cannot be used; the text is one sentence that says why."""


def read_film(path: Path) -> Film:
    """The film in `path` (VP8 and Opus in WebM) with its subtitles beside it.

    Raises:
        BadFilm: it is no such film.
    """
    pictures: list[Encoded] = []
    sounds: list[Encoded] = []
    try:
        with av.open(str(path)) as container:
            chapters = chapters_of(container)
            for packet in container.demux():
                if packet.pts is None or packet.time_base is None:
                    continue
                at = float(packet.pts * packet.time_base)
                one = Encoded(at=at, data=bytes(packet), key=packet.is_keyframe)
                (pictures if packet.stream.type == "video" else sounds).append(one)
        film = cut(tuple(pictures), tuple(sounds), chapters, read_cues(path.with_suffix(".vtt")))
    except (OSError, ValueError, EOFError) as error:  # those of FFmpeg are among these
        raise BadFilm(f"{path} is no film that was converted: {error}") from None
    return film


def chapters_of(container: av.container.InputContainer) -> tuple[Chapter, ...]:
    """The chapters of a film; one without any is the clip `welcome`."""
    found = []
    for chapter in container.chapters():
        base = Fraction(chapter["time_base"] or 0)
        title = chapter["metadata"].get("title", "")
        start, end = float(chapter["start"] * base), float(chapter["end"] * base)
        found.append(Chapter(name=title, start=start, end=end))
    if found:
        return tuple(found)
    seconds = (container.duration or 0) / av.time_base
    return (Chapter(name="welcome", start=0.0, end=seconds),)
