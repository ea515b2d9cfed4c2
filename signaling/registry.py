"""Where rooms are kept: the promise that memory, database and Redis all hold.

The version is a compare-and-set: whoever saves on top of an older version is turned away and has
to look again, so that two processes can never seat two devices in one seat.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from signaling.room_state import RoomState
from signaling.states import Phase
from signaling.value import value


@value
class Stored:
    """A room as it was kept, with the version to save on top of."""

    version: int
    state: RoomState


MOST_KEPT: Final = 10_000  # rooms in memory; the longest at rest goes first

Deliver = Callable[[str, str], Awaitable[None]]
"""Takes (address, text) that another process posted for this one."""


class SeatRegistry(Protocol):
    """Keeps rooms. `shared`: other processes may change them meanwhile."""

    @property
    def shared(self) -> bool:
        """Whether several processes carry the sides of one room."""
        ...

    async def load(self, meeting: str) -> Stored | None:
        """The room of a meeting, or None when there is none yet."""
        ...

    async def save(self, state: RoomState, *, expected: int) -> bool:
        """Keep `state` as version `expected` + 1 (0: there is none yet).

        False, and nothing is kept, when the kept version is another one.
        """
        ...

    async def unfinished(self) -> tuple[str, ...]:
        """Meetings whose room is not at rest: somebody sits, or a talk goes on."""
        ...

    async def open(self, process: str, deliver: Deliver) -> None:
        """Start receiving what other processes post for `process`."""
        ...

    async def post(self, process: str, address: str, text: str) -> None:
        """Hand `text` for `address` to another process; lost when that one is gone."""
        ...

    async def alive(self, process: str) -> bool:
        """Whether that process still runs."""
        ...

    async def close(self) -> None:
        """Let go of connections; what was kept stays."""
        ...


def is_unfinished(state: RoomState) -> bool:
    """Whether time alone can still change this room."""
    asked = state.coach.asked or state.candidate.asked
    return state.phase is Phase.TALKING or not state.both_empty or bool(asked)


class MemoryRegistry:
    """Keeps rooms in this process; gone with it. For one process, and for tests."""

    shared = False

    def __init__(self) -> None:
        self._rooms: dict[str, Stored] = {}

    async def load(self, meeting: str) -> Stored | None:
        """See `SeatRegistry`."""
        return self._rooms.get(meeting)

    async def save(self, state: RoomState, *, expected: int) -> bool:
        """See `SeatRegistry`."""
        kept = self._rooms.get(state.meeting)
        if (kept.version if kept else 0) != expected:
            return False
        self._rooms.pop(state.meeting, None)
        self._rooms[state.meeting] = Stored(version=expected + 1, state=state)
        if len(self._rooms) > MOST_KEPT:
            self._forget_oldest_at_rest()
        return True

    def _forget_oldest_at_rest(self) -> None:
        for meeting, kept in self._rooms.items():
            if not is_unfinished(kept.state):
                del self._rooms[meeting]
                return

    async def unfinished(self) -> tuple[str, ...]:
        """See `SeatRegistry`."""
        return tuple(m for m, kept in self._rooms.items() if is_unfinished(kept.state))

    async def open(self, process: str, deliver: Deliver) -> None:
        """There are no other processes."""

    async def post(self, process: str, address: str, text: str) -> None:
        """There are no other processes."""

    async def alive(self, process: str) -> bool:
        """Other processes of the same memory do not exist."""
        return False

    async def close(self) -> None:
        """Nothing to let go of."""
