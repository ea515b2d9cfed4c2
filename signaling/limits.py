"""Limits of one socket and of all sockets (protocol, part 6)."""

import ipaddress
from typing import Final

BURST: Final = 60.0
PER_SECOND: Final = 10.0
PER_PERSON_AND_ROOM: Final = 4
PER_ADDRESS: Final = 64
IN_ALL: Final = 10_000
SUMMARY_SECONDS: Final = 10.0  # a page says how its line is every 15; sooner is passed over


class TokenBucket:
    """Sixty messages at once and ten a second after that. Moments in seconds."""

    __slots__ = ("_at", "_left")

    def __init__(self, now: float) -> None:
        self._left = BURST
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more message is within the limit."""
        left = self._left + (now - self._at) * PER_SECOND
        self._at = now
        if left < 1.0:
            self._left = left
            return False
        self._left = (left if left < BURST else BURST) - 1.0  # noqa: FURB136 -- each frame passes here
        return True


class SummaryPace:
    """Lets a summary of the line through every ten seconds at most. Moments in seconds."""

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at = -SUMMARY_SECONDS

    def take(self, now: float) -> bool:
        """Whether one is due."""
        due = now - self._at >= SUMMARY_SECONDS
        if due:
            self._at = now
        return due


class Caps:
    """Counts sockets of one process by address block."""

    def __init__(self, *, per_address: int = PER_ADDRESS, in_all: int = IN_ALL) -> None:
        self._per_address = per_address
        self._in_all = in_all
        self._blocks: dict[str, int] = {}
        self._all = 0

    def enter(self, block: str) -> bool:
        """Count one more socket; False, and not counted, when that is one too many."""
        here = self._blocks.get(block, 0)
        if self._all >= self._in_all or here >= self._per_address:
            return False
        self._blocks[block] = here + 1
        self._all += 1
        return True

    def go(self, block: str) -> None:
        """Count one socket less."""
        self._all -= 1
        self._blocks[block] -= 1
        if not self._blocks[block]:
            del self._blocks[block]


def address_block(address: str) -> str:
    """What counts as one address: an IPv4 address (also ::ffff:1.2.3.4), or an IPv6 /64."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped or f"{int(found) >> 64:x}::/64")
