"""Which datagrams get through to the connection of one call (handbook security 0.1, 2.4). Pure.

aioice and aiortc hand everything that is no STUN to DTLS, whoever sent it: one empty datagram
ends a call. So only what a page can send, from where that page was met, gets through.
"""

from enum import StrEnum
from typing import Final

_STUN_COOKIE: Final = b"\x21\x12\xa4\x42"  # RFC 8489 5
_STUN_HEADER: Final = 20
_LONGEST_STUN: Final = 548  # RFC 8489 6.1
_MOST_ADDRESSES: Final = 16
_DTLS, _MEDIA = range(20, 64), range(128, 192)  # first bytes, RFC 7983


class Way(StrEnum):
    """What is done with a datagram."""

    DROP = "drop"
    STUN = "stun"  # to the checks of ICE
    DTLS = "dtls"
    MEDIA = "media"


class Allowance:
    """So many a second, and a store of them. Moments in seconds."""

    __slots__ = ("_at", "_left", "_most", "_per_second")

    def __init__(self, per_second: float, most: float) -> None:
        self._per_second, self._most = per_second, most
        self._left, self._at = most, 0.0

    def take(self, now: float) -> bool:
        """Whether one more is allowed."""
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Guard:
    """Judges the datagrams of one call.

    `known` holds the addresses that passed an integrity check of ICE; `name` is the own user
    fragment, without which no honest check comes.
    """

    def __init__(self, name: str) -> None:
        self.known: set[tuple[str, int]] = set()
        self.dropped = 0
        self._name = name.encode() + b":"
        self._checks = Allowance(100, 200)
        self._strange = Allowance(50, 100)
        self._secret = Allowance(200, 400)
        self._media = Allowance(3000, 6000)

    def judge(self, data: bytes, address: tuple[str, int], now: float) -> Way:
        """The way of one datagram from `address`."""
        way = self._judge(data, address, now)
        self.dropped += way is Way.DROP
        return way

    def _judge(self, data: bytes, address: tuple[str, int], now: float) -> Way:
        if not data:
            return Way.DROP
        first, is_known = data[0], address in self.known
        if first in _MEDIA:
            return Way.MEDIA if is_known and self._media.take(now) else Way.DROP
        if first in _DTLS:
            return Way.DTLS if is_known and self._secret.take(now) else Way.DROP
        if first <= 1 and self._is_check(data, address, now, is_known=is_known):
            return Way.STUN
        return Way.DROP

    def _is_check(
        self, data: bytes, address: tuple[str, int], now: float, *, is_known: bool
    ) -> bool:
        if not _STUN_HEADER <= len(data) <= _LONGEST_STUN or data[4:8] != _STUN_COOKIE:
            return False
        if is_known:
            return self._checks.take(now)
        is_request = data[0] == 0 and data[1] == 1
        if not is_request or self._name not in data or len(self.known) >= _MOST_ADDRESSES:
            return False  # whoever does not know the name was never given it
        return self._strange.take(now)
