"""The messages of the channel `practice`, as strict as those of the socket. Pure."""

import json
from typing import Any, Final

from signaling.practice.film import CLIPS
from signaling.practice.measuring import Measured
from signaling.value import value

LONGEST: Final = 2048
_MOST_BAD: Final = 20
_PER_SECOND, _BURST = 10.0, 100.0


@value
class Say:
    """Play this clip, or be still."""

    clip: str | None


@value
class Sound:
    """With sound, or without."""

    on: bool


@value
class Mirror:
    """Show the own picture for so long; seconds."""

    seconds: float


@value
class Echo:
    """Hear so long and play it back; seconds."""

    seconds: float


@value
class Done:
    """The person finished the practice."""


Asked = Say | Sound | Mirror | Echo | Done


def read(text: object) -> Asked | None:  # noqa: PLR0911 -- one line a message
    """One message of the page; None when it is none."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or len(found) != 1:
        return None
    ((name, said),) = found.items()
    match name, said:
        case "say", None:
            return Say(clip=None)
        case "say", str() if said in CLIPS:
            return Say(clip=said)
        case "sound", bool():
            return Sound(on=said)
        case "mirror", int() | float() if _is_length(said):
            return Mirror(seconds=said)
        case "echo", int() | float() if _is_length(said):
            return Echo(seconds=said)
        case "done", True:
            return Done()
    return None


def _is_length(said: float) -> bool:
    return not isinstance(said, bool) and 0 <= said <= 3600  # noqa: PLR2004 -- the player shortens it


class Patience:
    """Whether a guide still listens to a page that sends too much, or nonsense."""

    def __init__(self) -> None:
        self._bad = 0
        self._left, self._at = _BURST, 0.0

    def take(self, now: float, *, good: bool) -> bool:
        """Count one message of this moment; False: it is not listened to."""
        self._left = min(_BURST, self._left + (now - self._at) * _PER_SECOND) - 1
        self._at = now
        self._bad += not good
        return good and self._left >= 0 and self._bad < _MOST_BAD


def measured(one: Measured) -> str:
    """The second as the page gets it."""
    return write(
        {
            "measured": {
                "picture": str(one.picture),
                "voice": one.voice,
                "loss": one.loss,
                "jitter_ms": one.jitter_ms,
                "round_trip_ms": one.round_trip_ms,
                "up_kbps": one.up_kbps,
                "down_kbps": one.down_kbps,
                "down_loss": one.down_loss,
                "path": str(one.path),
            }
        }
    )


def write(message: dict[str, Any]) -> str:
    """A message as text."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
