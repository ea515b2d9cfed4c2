"""From the seconds of a practice talk to a score with causes. Pure."""

from dataclasses import asdict
from enum import StrEnum
from statistics import median
from typing import Any, Final

from signaling.practice.measuring import Measured, Path, Picture
from signaling.value import value

_HEARD: Final = 0.2  # about -50 dBov: somebody speaks
_SPEAKS: Final = 0.2  # 10 dB between the loudest and the quietest within a second
_FEW_SECONDS: Final = 3  # of speaking, in which somebody said their name
_ENOUGH_SECONDS: Final = 5  # of moving picture, and of measuring at all
_SETTLING_SECONDS: Final = 3  # a connection that begins says little yet


class Score(StrEnum):
    """How a practice talk went, for the one who plans."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class ScoreCause(StrEnum):
    """What was in the way."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    SOUND = "sound"  # what the person hears arrives with holes
    NETWORK = "network"
    STOPPED = "stopped"


@value
class PracticeResult:
    """What a practice talk showed. `measured` can be written as JSON."""

    score: Score
    causes: tuple[ScoreCause, ...]
    seconds: int
    done: bool
    measured: dict[str, Any]
    without_camera: bool = False  # it was agreed so: only sound was practised


@value
class Line:
    """From where on a figure is fair, and from where on bad."""

    fair: float
    bad: float

    def judge(self, found: float) -> Score:
        """The score of a figure that is better when it is lower."""
        if found >= self.bad:
            return Score.BAD
        return Score.FAIR if found >= self.fair else Score.GOOD


LOSS: Final = Line(fair=0.03, bad=0.10)
ROUND_TRIP_MS: Final = Line(fair=400, bad=1000)
JITTER_MS: Final = Line(fair=50, bad=150)
MISSING_KBPS: Final = Line(fair=-250, bad=-80)  # less than this upwards, while a picture moves


def score(
    seconds: tuple[Measured, ...], *, done: bool, without_camera: bool = False
) -> PracticeResult:
    """Judge a practice talk by its seconds; `done`: the person finished it.

    `without_camera`: it was agreed that nothing is seen of this person, so no picture is missed.
    """
    settled = seconds[_SETTLING_SECONDS:]
    found = {
        ScoreCause.CAMERA: Score.GOOD if without_camera else _camera(seconds),
        ScoreCause.MICROPHONE: _microphone(seconds),
        ScoreCause.SOUND: LOSS.judge(_middle([one.down_loss for one in settled])),
        ScoreCause.NETWORK: _network(settled),
        ScoreCause.STOPPED: Score.GOOD if done else Score.FAIR,
    }
    if len(seconds) < _ENOUGH_SECONDS:
        found = {ScoreCause.STOPPED: Score.GOOD if done else Score.BAD}
        if done:  # finished without a talk that could be measured: that is no connection
            found = {ScoreCause.NETWORK: Score.BAD}
    bad = tuple(cause for cause, one in found.items() if one is Score.BAD)
    fair = tuple(cause for cause, one in found.items() if one is Score.FAIR)
    worst = Score.BAD if bad else Score.FAIR if fair else Score.GOOD
    return PracticeResult(
        score=worst,
        causes=bad + fair,
        seconds=len(seconds),
        done=done,
        measured=summary(seconds),
        without_camera=without_camera,
    )


def summary(seconds: tuple[Measured, ...]) -> dict[str, Any]:
    """The whole talk in one line of figures: the best picture, the loudest voice, middles."""
    settled = seconds[_SETTLING_SECONDS:] or seconds
    if not seconds:
        return {}
    return {
        **asdict(seconds[-1]),
        "picture": str(_best(seconds)),
        "moving_seconds": _moving(seconds),
        "voice": max((one.voice for one in seconds if one.voice is not None), default=None),
        "quiet": _least([one.quiet for one in seconds]),
        "loss": round(_middle([one.loss for one in settled]), 3),
        "jitter_ms": round(_middle([one.jitter_ms for one in settled])),
        "round_trip_ms": _whole([one.round_trip_ms for one in settled]),
        "up_kbps": max(one.up_kbps for one in seconds),
        "down_kbps": max(one.down_kbps for one in seconds),
        "down_loss": round(_middle([one.down_loss for one in settled]), 3),
        "path": str(seconds[-1].path),
    }


def _best(seconds: tuple[Measured, ...]) -> Picture:
    order = (Picture.MOVING, Picture.FROZEN, Picture.BLACK, Picture.NONE)
    seen = {one.picture for one in seconds}
    return next((picture for picture in order if picture in seen), Picture.WAIT)


def _moving(seconds: tuple[Measured, ...]) -> int:
    return sum(one.picture is Picture.MOVING for one in seconds)


def _camera(seconds: tuple[Measured, ...]) -> Score:
    if _moving(seconds) >= _ENOUGH_SECONDS:
        return Score.GOOD
    return Score.FAIR if _best(seconds) in (Picture.MOVING, Picture.FROZEN) else Score.BAD


def _microphone(seconds: tuple[Measured, ...]) -> Score:
    heard = [one.voice for one in seconds if one.voice is not None]
    if not heard or _is_noise(seconds):
        return Score.FAIR  # a browser that does not tell, or noise; the person is asked as well
    return Score.GOOD if max(heard) >= _HEARD else Score.BAD


def _is_noise(seconds: tuple[Measured, ...]) -> bool:
    """Whether the microphone brings a hum or hiss without a pause, and hardly any voice."""
    told = [(one.voice, one.quiet) for one in seconds]
    known = [(loud, quiet) for loud, quiet in told if loud is not None and quiet is not None]
    never_still = [loud - quiet < _SPEAKS for loud, quiet in known if quiet >= _HEARD]
    if len(known) < _ENOUGH_SECONDS or len(never_still) < 0.9 * len(known):
        return False
    return never_still.count(False) < _FEW_SECONDS


def _network(settled: tuple[Measured, ...]) -> Score:
    upwards = [one.up_kbps for one in settled if one.picture is Picture.MOVING]
    judged = (
        LOSS.judge(_middle([one.loss for one in settled])),
        ROUND_TRIP_MS.judge(_middle([one.round_trip_ms for one in settled])),
        JITTER_MS.judge(_middle([one.jitter_ms for one in settled])),
        MISSING_KBPS.judge(-_middle(upwards)) if upwards else Score.GOOD,
    )
    return max(judged, key=tuple(Score).index)


def _middle(found: list[float | None] | list[float] | list[int] | list[int | None]) -> float:
    known = [one for one in found if one is not None]
    return float(median(known)) if known else 0.0


def _least(found: list[float | None]) -> float | None:
    return min((one for one in found if one is not None), default=None)


def _whole(found: list[int | None]) -> int | None:
    return round(_middle(found)) if any(one is not None for one in found) else None


def path_of(address: tuple[str, int] | None, relays: set[tuple[str, int]]) -> Path:
    """Whether a page is met at an address that it named as one of a relay."""
    return Path.RELAY if address in relays else Path.DIRECT
