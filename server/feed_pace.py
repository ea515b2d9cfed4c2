"""How often feeds may be read: by token and by address, counted in the memory of this process.

A program that looks each minute is let be; one that never stops, and whoever tries one address
after the other, waits. A token that opened a feed before is heard also from an address that tried
too many: a whole office may stand behind one.
"""

import re
from collections import OrderedDict
from datetime import datetime, timedelta

from server.secrets import token_hash

WINDOW = timedelta(minutes=10)
READS_A_TOKEN, READS_AN_ADDRESS, UNKNOWN_AN_ADDRESS = 30, 600, 20
_REMEMBERED = 10_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits, as `usecases.feeds.feed_token` writes them


def could_be_token(text: str) -> bool:
    """Whether it is worth looking for: anything else is nobody's."""
    return _TOKEN.fullmatch(text) is not None


class _Counts:
    """How often each key came in the present window; the longest unseen is forgotten first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: OrderedDict[object, tuple[datetime, int]] = OrderedDict()

    def wait(self, key: object, *, now: datetime) -> float:
        """Seconds until `key` may come again; 0: now."""
        since, number = self._seen.get(key, (now, 0))
        left = (since + WINDOW - now).total_seconds()
        return left if number >= self._most and left > 0 else 0.0

    def add(self, key: object, *, now: datetime) -> None:
        since, number = self._seen.pop(key, (now, 0))
        fresh = now - since >= WINDOW
        self._seen[key] = (now, 1) if fresh else (since, number + 1)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)


class FeedPace:
    """What this process counted. `address` is one caller, or the network that counts as one."""

    def __init__(self) -> None:
        self._tokens = _Counts(READS_A_TOKEN)
        self._addresses = _Counts(READS_AN_ADDRESS)
        self._unknown = _Counts(UNKNOWN_AN_ADDRESS)
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def wait(self, address: str, token: str, *, now: datetime) -> float:
        """Count a reading; the seconds that it has to wait, 0: it may go on."""
        key = token_hash(token)
        waits = [self._addresses.wait(address, now=now), self._tokens.wait(key, now=now)]
        if key not in self._known:
            waits.append(self._unknown.wait(address, now=now))
        if not any(waits):
            self._addresses.add(address, now=now)
            self._tokens.add(key, now=now)
        return max(waits)

    def opened(self, token: str) -> None:
        """A feed stands behind this token."""
        key = token_hash(token)
        self._known[key] = None
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def nothing(self, address: str, token: str, *, now: datetime) -> None:
        """No feed stands behind it, or no longer."""
        self._known.pop(token_hash(token), None)
        self._unknown.add(address, now=now)
