"""How good the line of a talk was, in a word; says nothing of who came, or how the talk was."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

STRETCH_SECONDS: Final = 15  # handbook call.md 3.8
_BAD_LOST, _WEAK_LOST = 300, 100  # in thousandths
_BAD_RTT_MS, _WEAK_RTT_MS = 1500, 600
_SMALL_HEIGHT = 180  # pixels: below the smallest step of the ladder


class LineLevel(StrEnum):
    """How good the line was, for whoever looks afterwards."""

    GOOD = "good"
    WEAK = "weak"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What one side received in 15 seconds. None: its browser does not say."""

    lost_permille: int  # of the other's sound
    rtt_ms: int | None
    kbps: int
    height: int | None  # of the largest picture, in pixels; None also without a picture


def level_of(stretch: Stretch) -> LineLevel:
    """The level of one stretch, at the thresholds of the page (handbook call.md 3.8)."""
    rtt, lost = stretch.rtt_ms or 0, stretch.lost_permille
    if stretch.kbps == 0 or lost >= _BAD_LOST or rtt > _BAD_RTT_MS:
        return LineLevel.BAD
    small = stretch.height is not None and stretch.height < _SMALL_HEIGHT
    weak = lost >= _WEAK_LOST or rtt > _WEAK_RTT_MS or small
    return LineLevel.WEAK if weak else LineLevel.GOOD


def level_of_talk(counts: Mapping[LineLevel, int]) -> LineLevel | None:
    """The level of a whole talk by its stretches; None without any.

    Bad from a fifth of bad ones, weak from a quarter of those that were not good: one dip in a
    long talk is not what people remember.
    """
    bad, weak = counts.get(LineLevel.BAD, 0), counts.get(LineLevel.WEAK, 0)
    all_of_them = counts.get(LineLevel.GOOD, 0) + weak + bad
    if not all_of_them:
        return None
    if bad * 5 >= all_of_them:
        return LineLevel.BAD
    return LineLevel.WEAK if (bad + weak) * 4 >= all_of_them else LineLevel.GOOD
