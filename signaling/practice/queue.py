"""Who practises next when all guides are busy. Pure; moments in seconds."""

from typing import Final

ASKS_WITHIN_SECONDS: Final = 15.0
_LONGEST: Final = 1000


class Line:
    """A queue of those who ask again and again; whoever stops asking loses the place.

    Strangers of the public page stand behind those whom the organisation knows, and take at most
    half of the places.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._share = max(1, most // 2)
        self._asked: dict[str, float] = {}  # in the order of their first asking
        self._strangers: set[str] = set()

    def ask(
        self, session: str, *, busy: int, now: float, stranger: bool = False, strangers: int = 0
    ) -> int:
        """The place of this session, 1 is next; 0: it may come in, and leaves the queue.

        `busy` places are taken, `strangers` of them by strangers.
        """
        self._forget(now)
        if session not in self._asked and len(self._asked) >= _LONGEST:
            return _LONGEST
        self._asked[session] = now
        if stranger:
            self._strangers.add(session)
        before = self._before(session) - (self._most - busy)
        if stranger:
            alike = sum(one in self._strangers for one in self._order()[: self._before(session)])
            before = max(before, alike - (self._share - strangers))
        if before < 0:
            self._leave(session)
            return 0
        return before + 1

    def room(self, *, busy: int, now: float, stranger: bool = False, strangers: int = 0) -> int:
        """How many may still come in, after those who wait."""
        self._forget(now)
        known = len(self._asked) - len(self._strangers)
        if not stranger:
            return max(0, self._most - busy - known)
        left = min(self._most - busy - known, self._share - strangers)
        return max(0, left - len(self._strangers))

    def waiting(self, *, now: float) -> int:
        """How many wait."""
        self._forget(now)
        return len(self._asked)

    def position(self, session: str, *, now: float) -> int:
        """The place of a session that asked before; 0: it does not wait."""
        self._forget(now)
        return self._before(session) + 1 if session in self._asked else 0

    def _order(self) -> list[str]:
        return sorted(self._asked, key=self._strangers.__contains__)  # stable: else as they came

    def _before(self, session: str) -> int:
        return self._order().index(session)

    def _leave(self, session: str) -> None:
        del self._asked[session]
        self._strangers.discard(session)

    def _forget(self, now: float) -> None:
        for one in [one for one, at in self._asked.items() if now - at > ASKS_WITHIN_SECONDS]:
            self._leave(one)
