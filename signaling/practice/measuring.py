"""Counts what comes in and what the other side reports, and says once a second how it goes.

Moments are seconds of one clock that never goes back; nothing here looks at a clock.
"""

from collections import deque
from enum import StrEnum
from typing import Final

from signaling.value import value

_WINDOW_SECONDS: Final = 5
_HALF: Final = 0x8000
_NO_PICTURE_SECONDS: Final = 3.0


class Picture(StrEnum):
    """What comes in as a picture."""

    WAIT = "wait"  # not looked at yet
    NONE = "none"
    BLACK = "black"
    FROZEN = "frozen"  # no change: also a photo
    MOVING = "moving"


class Path(StrEnum):
    """How the packets come here."""

    DIRECT = "direct"
    RELAY = "relay"


@value
class Measured:
    """One second of a practice talk, as the page is told (docs/practice.md 4.2)."""

    picture: Picture
    voice: float | None
    loss: float
    jitter_ms: int
    round_trip_ms: int | None
    up_kbps: int
    down_kbps: int
    down_loss: float | None
    path: Path
    quiet: float | None = None  # as `voice`, of the quietest packet; only for the score


class Stream:
    """One incoming stream: sequence numbers, jitter (RFC 3550 A.3, A.8)."""

    def __init__(self, ssrc: int, clock: int) -> None:
        self.ssrc = ssrc
        self.highest = -1  # with the number of turns in front
        self.received = 0
        self.jitter = 0.0  # in units of the clock
        self._clock = clock
        self._first = 0
        self._transit: float | None = None
        self._before = (0, 0)

    def add(self, sequence: int, timestamp: int, at: float) -> None:
        """Count one packet that came in at `at`."""
        if self.highest < 0:
            self.highest = self._first = sequence
        else:
            step = (sequence - self.highest) & 0xFFFF
            if 0 < step < _HALF:
                self.highest += step
        self.received += 1
        transit = at * self._clock - timestamp
        if self._transit is not None:
            difference = abs(transit - self._transit)
            if difference < self._clock * 2:  # a turn of the timestamp is no jitter
                self.jitter += (difference - self.jitter) / 16
        self._transit = transit

    @property
    def expected(self) -> int:
        """How many packets there should have been."""
        return self.highest - self._first + 1 if self.received else 0

    @property
    def lost(self) -> int:
        """How many never came."""
        return max(0, self.expected - self.received)

    @property
    def jitter_ms(self) -> float:
        """Jitter in milliseconds."""
        return self.jitter / self._clock * 1000

    def lost_since_last(self) -> float:
        """Share that was lost since this was asked last."""
        expected, received = self.expected - self._before[0], self.received - self._before[1]
        self._before = (self.expected, self.received)
        return max(0.0, 1 - received / expected) if expected > 0 else 0.0


class Meter:
    """All that is measured of one call."""

    def __init__(self) -> None:
        self.streams: dict[int, Stream] = {}
        self.picture = Picture.WAIT
        self.path = Path.DIRECT
        self.round_trip_ms: int | None = None
        self.down_loss: float | None = None
        self._began: float | None = None
        self._picture_at: float | None = None
        self._voice: float | None = None
        self._quiet: float | None = None
        self._up = self._down = 0
        self._last: tuple[float, int, int] = (0.0, 0, 0)
        self._window: deque[tuple[int, int]] = deque(maxlen=_WINDOW_SECONDS + 1)

    def came_in(  # noqa: PLR0917 -- called for each packet
        self, ssrc: int, clock: int, sequence: int, timestamp: int, size: int, at: float
    ) -> None:
        """One packet of sound or picture."""
        stream = self.streams.get(ssrc)
        if stream is None:
            stream = self.streams[ssrc] = Stream(ssrc, clock)
        stream.add(sequence, timestamp, at)
        self._up += size

    def picture_came(self, at: float) -> None:
        """A packet of the camera."""
        self._picture_at = at

    def voice_came(self, loud: float | None) -> None:
        """A packet of the microphone, and how loud it says it is."""
        if loud is not None:
            self._voice = max(self._voice or 0.0, loud)
            self._quiet = loud if self._quiet is None else min(self._quiet, loud)

    def went_out(self, size: int) -> None:
        """One packet that was sent."""
        self._down += size

    def second(self, at: float) -> Measured:
        """Close the second that ends at `at`, and begin the next."""
        began, up, down = self._last
        passed = max(at - began, 0.001) if began else 1.0
        self._last = (at, self._up, self._down)
        self._began = self._began or at
        streams = self.streams.values()
        self._window.append((sum(s.expected for s in streams), sum(s.received for s in streams)))
        voice, self._voice = self._voice, None
        quiet, self._quiet = self._quiet, None
        return Measured(
            picture=self._seen(at),
            voice=None if voice is None else round(voice, 2),
            loss=self._loss(),
            jitter_ms=round(max((s.jitter_ms for s in streams), default=0.0)),
            round_trip_ms=self.round_trip_ms,
            up_kbps=round((self._up - up) * 8 / passed / 1000),
            down_kbps=round((self._down - down) * 8 / passed / 1000),
            down_loss=self.down_loss,
            path=self.path,
            quiet=None if quiet is None else round(quiet, 2),
        )

    def _seen(self, at: float) -> Picture:
        last = self._picture_at if self._picture_at is not None else self._began
        if last is not None and at - last > _NO_PICTURE_SECONDS:
            return Picture.NONE
        return self.picture

    def _loss(self) -> float:
        expected = self._window[-1][0] - self._window[0][0]
        received = self._window[-1][1] - self._window[0][1]
        return round(max(0.0, 1 - received / expected), 3) if expected > 0 else 0.0
