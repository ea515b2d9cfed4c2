"""Who practises next when all guides are busy. Pure; moments in seconds."""

from typing import Final

ASKS_WITHIN_SECONDS: Final = 15.0
_LONGEST: Final = 1000


class Line:
    """A queue of those who ask again and again; whoever stops asking loses the place."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._asked: dict[str, float] = {}  # in the order of their first asking

    def ask(self, session: str, *, busy: int, now: float) -> int:
        """The place of this session, 1 is next; 0: it may come in, and leaves the queue."""
        self._forget(now)
        if session not in self._asked and len(self._asked) >= _LONGEST:
            return _LONGEST
        self._asked[session] = now
        place = list(self._asked).index(session)
        if place < self._most - busy:
            del self._asked[session]
            return 0
        return place - max(0, self._most - busy) + 1

    def room(self, *, busy: int, now: float) -> int:
        """How many may still come in, after those who wait."""
        self._forget(now)
        return max(0, self._most - busy - len(self._asked))

    def waiting(self, *, now: float) -> int:
        """How many wait."""
        self._forget(now)
        return len(self._asked)

    def position(self, session: str, *, now: float) -> int:
        """The place of a session that asked before; 0: it does not wait."""
        self._forget(now)
        return list(self._asked).index(session) + 1 if session in self._asked else 0

    def _forget(self, now: float) -> None:
        old = [one for one, at in self._asked.items() if now - at > ASKS_WITHIN_SECONDS]
        for one in old:
            del self._asked[one]
