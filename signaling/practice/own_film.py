"""An organisation's own film: checked first, then converted to what the practice partner sends."""

from array import array
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

import av
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.video.frame import VideoFrame

from signaling.practice.cues import read_cues
from signaling.practice.film import CLIPS, IDLE
from signaling.practice.film_conversion import Part, write_film
from signaling.practice.film_file import BadFilm, chapters_of
from signaling.practice.spool import Spool

FRAMES: Final = 20
_BIT_RATE: Final = 400_000
_WIDTH, _HEIGHT = 640, 480
_LARGEST_BYTES: Final = 500 * 1024 * 1024
_LONGEST_SECONDS: Final = 300.0
_RATE: Final = 48_000
_FILES_ONLY: Final = {  # a playlist that calls itself a film would open whatever it names
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,asf,flv,wav",
    "protocol_whitelist": "file",
}

Progress = Callable[[float], None]


def check_film(path: Path) -> tuple[str, ...]:
    """Look whether a film can be used; gives what one should know of it, as sentences.

    Raises:
        BadFilm: it cannot be used; the text says why and what helps.
    """
    try:
        size = path.stat().st_size
    except OSError:
        raise BadFilm(f"{path} is not there, or cannot be read.") from None
    if size > _LARGEST_BYTES:
        raise BadFilm(f"{path} is larger than 500 MB; make it smaller or shorter first.")
    with _opened(path) as film:
        if not film.streams.video:
            raise BadFilm(f"{path} has no picture; choose a film.")
        seconds = (film.duration or 0) / av.time_base
        if not 1 <= seconds <= _LONGEST_SECONDS:
            raise BadFilm(f"{path} lasts {seconds:.0f} seconds; it must be 1 to 300.")
        found = [] if film.streams.audio else ["It has no sound; the guide is silent."]
        picture = film.streams.video[0]
        if picture.height > picture.width:
            found.append("It is upright; it is shown with bars left and right.")
        named = [one.name for one in chapters_of(film) if one.name in CLIPS]
        found.append(f"Clips: {', '.join(named)}.")
    if not read_cues(path.with_suffix(".vtt")):
        found.append("There are no subtitles; put them beside it, in a file that ends in .vtt.")
    return tuple(found)


def convert_film(path: Path, target: Path, progress: Progress) -> None:
    """Write the film in `path` to `target`; `progress` is told a share from 0 to 1.

    Nothing is left of a film that cannot be converted, and the one before stays.

    Raises:
        BadFilm: as `check_film`, or its picture cannot be read.
    """
    check_film(path)
    half = target.with_name("half.webm")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryFile(dir=target.parent) as file:
            with _opened(path) as film:
                parts = _parts(film, path, Spool(file, _WIDTH, _HEIGHT), progress)
            write_film(half, parts, frames=FRAMES, bit_rate=_BIT_RATE)
        half.with_suffix(".vtt").replace(target.with_suffix(".vtt"))
        half.replace(target)
    except (av.FFmpegError, EOFError) as error:
        raise BadFilm(f"{path} cannot be read to its end: {error}") from None
    except MemoryError:
        raise BadFilm(f"{path} does not fit in the memory here; make it smaller first.") from None
    except OSError as error:
        raise BadFilm(f"{target.parent} cannot hold the film: {error.strerror}.") from None
    finally:
        half.unlink(missing_ok=True)
        half.with_suffix(".vtt").unlink(missing_ok=True)
    progress(1.0)


def _opened(path: Path) -> InputContainer:
    try:
        return av.open(str(path), options=_FILES_ONLY)
    except (OSError, ValueError, EOFError):
        raise BadFilm(f"{path} is no film that can be read; an .mp4 or .webm will do.") from None


def _parts(film: InputContainer, path: Path, pictures: Spool, progress: Progress) -> list[Part]:
    """The film in clips, all pictures of one size and pace."""
    chapters = [one for one in chapters_of(film) if one.name in (*CLIPS, IDLE)]
    if not chapters:
        raise BadFilm(f"{path} has chapters, but none is named as a clip: {', '.join(CLIPS)}.")
    sound = _decoded(film, pictures, progress)
    if not pictures:
        raise BadFilm(f"{path} has no picture that can be read.")
    cues = read_cues(path.with_suffix(".vtt"))
    parts = []
    for one in chapters:
        first, last = round(one.start * FRAMES), max(round(one.end * FRAMES), 1)
        shown = pictures[first:last] or pictures[-1:]
        parts.append(
            Part(
                name=one.name,
                pictures=shown,
                sound=sound[round(one.start * _RATE) : round(one.end * _RATE)],
                cues=[
                    (cue.start - one.start, cue.end - one.start, cue.text)
                    for cue in cues
                    if one.start <= cue.start < one.end
                ],
            )
        )
    return parts


def _decoded(film: InputContainer, pictures: Spool, progress: Progress) -> "array[int]":
    """The sound; the pictures are added to `pictures`. No more than the film says it lasts."""
    sound = array("h")
    resampler = AudioResampler("s16", "mono", _RATE)
    seconds = (film.duration or 1) / av.time_base
    streams = [film.streams.video[0], *film.streams.audio[:1]]
    for frame in film.decode(*streams):
        if isinstance(frame, VideoFrame):
            wanted = round((frame.time or 0.0) * FRAMES) + 1
            if wanted > len(pictures):
                most = min(wanted, round(seconds * FRAMES) + 1)
                if most > len(pictures):
                    pictures.add(_fitted(frame), most - len(pictures))
                progress(min(0.5, len(pictures) / (seconds * FRAMES) / 2))
        elif isinstance(frame, av.AudioFrame) and len(sound) < (seconds + 1) * _RATE:
            for part in resampler.resample(frame):
                sound.frombytes(bytes(part.planes[0])[: part.samples * 2])
    return sound


def _fitted(frame: VideoFrame) -> VideoFrame:
    """The picture in 640 x 480, whole, with bars where it has another shape."""
    scale = min(_WIDTH / frame.width, _HEIGHT / frame.height)
    width, height = (max(2, round(side * scale) // 2 * 2) for side in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="yuv420p")
    whole = VideoFrame(_WIDTH, _HEIGHT, "yuv420p")
    left, top = (_WIDTH - width) // 4 * 2, (_HEIGHT - height) // 4 * 2
    for number, (target, plane) in enumerate(zip(whole.planes, small.planes, strict=True)):
        half = 1 if number == 0 else 2
        dark = bytes([16 if number == 0 else 128])
        rows = bytes(plane)
        lines = [dark * target.line_size] * target.height
        for row in range(plane.height):
            piece = rows[row * plane.line_size :][: plane.width]
            lines[row + top // half] = (dark * (left // half) + piece).ljust(target.line_size, dark)
        target.update(b"".join(lines))
    return whole
