"""What a guide sends when: film, silence, the own picture, the own voice. Pure.

Moments are seconds of one clock that never goes back.
"""

from collections import deque
from enum import StrEnum
from typing import Final

from signaling.practice.film import SILENCE, SOUND_SECONDS, Clip, Film
from signaling.practice.packets import AUDIO_CLOCK, VIDEO_CLOCK
from signaling.value import value

_STEP: Final = round(AUDIO_CLOCK * SOUND_SECONDS)
_BEHIND_SECONDS: Final = 0.5  # more than this behind, time is let go instead of made up for
_MOST_ECHO: Final = 600  # packets: 12 s
LONGEST_MIRROR: Final = 15
LONGEST_ECHO: Final = 10


class Kind(StrEnum):
    """Which stream a packet belongs to."""

    SOUND = "sound"
    PICTURE = "picture"


@value
class Out:
    """One packet to send."""

    kind: Kind
    payload: bytes
    timestamp: int
    marker: bool


@value
class Told:
    """What the page is told when something begins or ends: one message of the channel."""

    message: dict[str, object]


class Player:
    """The guide's picture and sound of one call, from `began` on."""

    def __init__(self, film: Film, began: float) -> None:
        self.sound = True
        self._film = film
        self._clip: Clip = film.idle
        self._clip_began = began
        self._next_picture = 0
        self._next_sound = 0
        self._began = self._sound_at = began
        self._sound_timestamp = 0
        self._caption = ""
        self._told: deque[Told] = deque()
        self._mirror_until = 0.0
        self._mirrors = False
        self._echo_until = 0.0
        self._echo: deque[bytes] = deque(maxlen=_MOST_ECHO)
        self._echoes = False

    def say(self, clip: str | None, now: float) -> None:
        """Play a clip from its beginning; None or one that is not there: be still."""
        found = self._film.clips.get(clip) if clip else None
        self._caption = ""
        self._begin(found or self._film.idle, now)
        if found is None:
            self._tell({"saying": None, "caption": ""})
        elif not found.cues or found.cues[0].start > 0:
            self._tell({"saying": found.name, "caption": ""})

    def mirror(self, seconds: float, now: float) -> None:
        """Let the own picture be shown for so long, from its next key picture on."""
        self._mirror_until = now + min(max(seconds, 0), LONGEST_MIRROR)

    def echo(self, seconds: float, now: float) -> None:
        """Hear so long, then play it back."""
        self._echo.clear()
        self._echoes = False
        self._echo_until = now + min(max(seconds, 0), LONGEST_ECHO)
        self._tell({"echoing": "hearing" if seconds > 0 else None})

    def wants_picture(self, now: float) -> bool:
        """Whether the own picture is wanted and not shown yet: a key picture would help."""
        return now < self._mirror_until and not self._mirrors

    def mirrors(self, now: float, *, key: bool) -> bool:
        """Whether an incoming packet of the camera goes back; `key`: it begins a key picture."""
        if now >= self._mirror_until:
            return False
        if key and not self._mirrors:
            self._mirrors = True
            self._tell({"mirroring": True})
        return self._mirrors

    def heard(self, payload: bytes, now: float) -> None:
        """A packet of the microphone came in."""
        if now < self._echo_until:
            self._echo.append(payload)

    def due(self, now: float) -> list[Out]:
        """The packets that must be on their way by now."""
        self._end_what_is_over(now)
        out = self._sounds(now)
        out.extend(self._pictures(now))
        self._subtitle(now)
        return out

    def told(self) -> list[Told]:
        """What to tell the page since this was asked last."""
        told = list(self._told)
        self._told.clear()
        return told

    def timestamp(self, now: float) -> int:
        """The moment in the clock of the pictures."""
        return round((now - self._began) * VIDEO_CLOCK)

    def _tell(self, message: dict[str, object]) -> None:
        self._told.append(Told(message=message))

    def _begin(self, clip: Clip, now: float) -> None:
        self._clip, self._clip_began = clip, now
        self._next_picture = self._next_sound = 0

    def _end_what_is_over(self, now: float) -> None:
        if self._mirrors and now >= self._mirror_until:
            self._mirrors = False
            self._tell({"mirroring": False})
            self._begin(self._clip if self._clip is self._film.idle else self._rest(now), now)
        if self._echo_until and now >= self._echo_until:
            self._echo_until = 0.0
            self._echoes = bool(self._echo)
            self._tell({"echoing": "playing" if self._echoes else None})
        if now - self._clip_began >= self._clip.seconds:
            if self._clip is not self._film.idle:
                self._tell({"saying": None, "caption": ""})
                self._caption = ""
            self._begin(self._film.idle, now)

    def _rest(self, now: float) -> Clip:
        """After the own picture the guide is there again, beginning with a key picture."""
        self._tell({"saying": None, "caption": ""})
        return self._film.idle

    def _sounds(self, now: float) -> list[Out]:
        if now - self._sound_at > _BEHIND_SECONDS:
            gone = int((now - self._sound_at) / SOUND_SECONDS)
            self._sound_timestamp += gone * _STEP
            self._sound_at += gone * SOUND_SECONDS
            self._next_sound += gone
        out = []
        while self._sound_at <= now:
            payload = self._next_payload()
            out.append(
                Out(kind=Kind.SOUND, payload=payload, timestamp=self._sound_timestamp, marker=False)
            )
            self._sound_timestamp += _STEP
            self._sound_at += SOUND_SECONDS
        return out

    def _next_payload(self) -> bytes:
        place = self._next_sound
        self._next_sound += 1
        if self._echoes:
            if self._echo:
                return self._echo.popleft()
            self._echoes = False
            self._tell({"echoing": None})
        if not self.sound or place >= len(self._clip.sounds):
            return SILENCE
        return self._clip.sounds[place]

    def _pictures(self, now: float) -> list[Out]:
        pictures = self._clip.pictures
        out: list[Out] = []
        while self._next_picture < len(pictures):
            picture = pictures[self._next_picture]
            at = self._clip_began + picture.at
            if at > now:
                break
            self._next_picture += 1
            if self._mirrors:
                continue
            last = len(picture.payloads) - 1
            stamp = self.timestamp(at)
            out.extend(
                Out(kind=Kind.PICTURE, payload=payload, timestamp=stamp, marker=number == last)
                for number, payload in enumerate(picture.payloads)
            )
        return out

    def _subtitle(self, now: float) -> None:
        if not self._clip.cues:
            return
        at = now - self._clip_began
        text = next((cue.text for cue in self._clip.cues if cue.start <= at < cue.end), "")
        if text != self._caption:
            self._caption = text
            self._tell({"saying": self._clip.name, "caption": text})
