"""Writes a film as the practice partner sends it: VP8 and Opus in WebM, a chapter a clip."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

import av
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_RATE: Final = 48_000
_SOUND: Final = 960  # samples: 20 ms
_SMALL_STEP: Final = 1000  # chapters count in milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A clip before it is encoded: its pictures, 16-bit mono sound of 48 kHz, subtitles."""

    name: str
    pictures: Sequence[VideoFrame]
    sound: "array[int]"
    cues: list[tuple[float, float, str]]


def write_film(
    path: Path, parts: list[Part], *, frames: int, bit_rate: int, key_seconds: int = 1
) -> None:
    """Encode `parts` one after the other, with `frames` a second; subtitles go beside the film."""
    step = frames * key_seconds
    chapters, cues, start = [], [], 0
    with av.open(str(path), "w", format="webm") as out:
        picture, sound = _streams(out, parts[0].pictures[0], frames, bit_rate, step)
        for number, part in enumerate(parts):
            end = start + len(part.pictures) + _missing(part, step)
            chapters.append(_chapter(number, part.name, start, end, frames))
            cues += [(start / frames + a, start / frames + b, text) for a, b, text in part.cues]
            start = end
        out.set_chapters(chapters)
        _encode(out, picture, sound, parts, frames=frames, step=step)
    path.with_suffix(".vtt").write_text(_subtitles(cues), "utf-8")


def _missing(part: Part, step: int) -> int:
    """Each clip begins with a key picture, and they come evenly: the last picture stays so long."""
    return -len(part.pictures) % step


def _streams(
    out: av.container.OutputContainer, first: VideoFrame, frames: int, bit_rate: int, step: int
) -> tuple[VideoStream, AudioStream]:
    picture = out.add_stream("libvpx", rate=frames)
    picture.width, picture.height = first.width, first.height
    picture.pix_fmt, picture.bit_rate = "yuv420p", bit_rate
    picture.gop_size = step  # a page that lost a picture waits no longer than this
    picture.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "auto-alt-ref": "0",
        "lag-in-frames": "0",
        "keyint_min": str(step),
    }
    sound = out.add_stream("libopus", rate=_RATE)
    sound.layout = "mono"
    sound.bit_rate = 24_000
    sound.options = {"frame_duration": "20", "application": "voip"}
    return picture, sound


def _encode(
    out: av.container.OutputContainer,
    picture: VideoStream,
    sound: AudioStream,
    parts: list[Part],
    *,
    frames: int,
    step: int,
) -> None:
    number = heard = 0
    for part in parts:
        for frame in chain(part.pictures, repeat(part.pictures[-1], _missing(part, step))):
            shown = frame.reformat(format="yuv420p")
            shown.pts, shown.time_base = number, Fraction(1, frames)
            out.mux(picture.encode(shown))
            number += 1
        until = number * _RATE // frames
        for spoken in _sounds(part.sound, heard, until):
            out.mux(sound.encode(spoken))
        heard = until
    out.mux(picture.encode(None))
    out.mux(sound.encode(None))


def _sounds(sound: "array[int]", start: int, until: int) -> Iterator[av.AudioFrame]:
    """The sound of one clip, as long as its pictures: silence where there is none."""
    length = until - start
    data = sound.tobytes()[: length * 2].ljust(length * 2, b"\0")
    for place in range(0, length, _SOUND):
        piece = data[place * 2 : (place + _SOUND) * 2].ljust(_SOUND * 2, b"\0")
        frame = av.AudioFrame("s16", "mono", _SOUND)
        frame.planes[0].update(piece)
        frame.sample_rate, frame.pts, frame.time_base = _RATE, start + place, Fraction(1, _RATE)
        yield frame


def _chapter(number: int, name: str, start: int, end: int, frames: int) -> Any:  # noqa: ANN401 -- PyAV's own
    return {
        "id": number + 1,
        "start": start * _SMALL_STEP // frames,
        "end": end * _SMALL_STEP // frames,
        "time_base": Fraction(1, _SMALL_STEP),
        "metadata": {"title": name},
    }


def _subtitles(cues: list[tuple[float, float, str]]) -> str:
    blocks = [f"{_clock(start)} --> {_clock(end)}\n{text}" for start, end, text in cues]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    hours, minutes, rest = whole // 3_600_000, whole // 60_000 % 60, whole % 60_000
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
