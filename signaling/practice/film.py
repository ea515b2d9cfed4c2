"""A film as ready packets: what is sent again and again without being encoded ever again. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from signaling.value import value

IDLE: Final = "idle"
CLIPS: Final = (
    "welcome",
    "wave",
    "talk",
    "sound_off",
    "picture_off",
    "task",
    "share",
    "stutter",
    "leave",
)
SOUND_SECONDS: Final = 0.02
SILENCE: Final = b"\xf8\xff\xfe"  # 20 ms of nothing, as Opus writes it (RFC 6716)
_LARGEST_PAYLOAD: Final = 1100  # leaves room for SRTP, UDP, IPv6 and a relay
_WHOLE_START, _REST_START = b"\x10", b"\x00"  # VP8 descriptors: first of a picture, later ones


@value
class Picture:
    """One encoded picture, `at` seconds from the beginning of its clip."""

    at: float
    payloads: tuple[bytes, ...]


@value
class Cue:
    """A subtitle, in seconds from the beginning of its clip."""

    start: float
    end: float
    text: str


@value
class Clip:
    """A part of the film. It begins with a key picture; `sounds` are 20 ms each."""

    name: str
    seconds: float
    pictures: tuple[Picture, ...]
    sounds: tuple[bytes, ...]
    cues: tuple[Cue, ...]


@value
class Film:
    """All clips; `idle` is shown, without sound, while none is played."""

    clips: Mapping[str, Clip]
    idle: Clip

    @property
    def has_sound(self) -> bool:
        """Whether there is anything to hear."""
        return any(clip.sounds for clip in self.clips.values())


def vp8_payloads(picture: bytes) -> tuple[bytes, ...]:
    """An encoded picture in packets (RFC 7741), each with the shortest descriptor."""
    parts = range(0, len(picture), _LARGEST_PAYLOAD)
    return tuple(
        (_REST_START if start else _WHOLE_START) + picture[start : start + _LARGEST_PAYLOAD]
        for start in parts
    )


@value
class Chapter:
    """Where a clip lies in the whole film, in seconds."""

    name: str
    start: float
    end: float


@value
class Encoded:
    """One encoded picture or sound of the whole film, `at` seconds from its beginning."""

    at: float
    data: bytes
    key: bool


def cut(
    pictures: tuple[Encoded, ...],
    sounds: tuple[Encoded, ...],
    chapters: tuple[Chapter, ...],
    cues: tuple[Cue, ...],
) -> Film:
    """Cut a film into clips. Each chapter must begin with a key picture.

    A film without a chapter `idle` stands still on its first picture while nothing is played.

    Raises:
        ValueError: there is no picture, or a chapter begins with no key picture.
    """
    clips = {
        one.name: _clip(one, pictures, sounds, cues) for one in chapters if one.end > one.start
    }
    if not clips:
        raise ValueError("the film has no chapter with a picture")
    found = clips.pop(IDLE, None)
    idle = replace(found, sounds=(), cues=()) if found else _still(next(iter(clips.values())))
    return Film(clips=clips, idle=idle)


def _clip(
    chapter: Chapter,
    pictures: tuple[Encoded, ...],
    sounds: tuple[Encoded, ...],
    cues: tuple[Cue, ...],
) -> Clip:
    start, end = chapter.start - 0.001, chapter.end - 0.001  # times are kept in whole milliseconds
    seen = [one for one in pictures if start <= one.at < end]
    if not seen or not seen[0].key:
        raise ValueError(f"the chapter {chapter.name} does not begin with a key picture")
    return Clip(
        name=chapter.name,
        seconds=chapter.end - chapter.start,
        pictures=tuple(
            Picture(at=max(0.0, one.at - chapter.start), payloads=vp8_payloads(one.data))
            for one in seen
        ),
        sounds=tuple(one.data for one in sounds if start <= one.at < end),
        cues=tuple(
            Cue(start=one.start - chapter.start, end=one.end - chapter.start, text=one.text)
            for one in cues
            if start <= one.start < end
        ),
    )


def _still(clip: Clip) -> Clip:
    return Clip(name=IDLE, seconds=2.0, pictures=clip.pictures[:1], sounds=(), cues=())
