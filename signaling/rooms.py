"""The rooms that this process carries: events go in one at a time, each kept before it is told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from coaching.words import Role
from signaling.desk import Ticket, as_text, opening_room
from signaling.registry import SeatRegistry, is_unfinished
from signaling.room import step
from signaling.room_events import Effect, Event, Lost, Restarted, SessionEnded, Ticked
from signaling.room_state import RoomState, across, changed, room_settings
from signaling.talk import relay_ways

TICK_SECONDS: Final = 1.0
SHARED_TICK_SECONDS: Final = 5.0
_TRIES: Final = 8
_log = logging.getLogger(__name__)

CarryOut = Callable[[RoomState, tuple[Effect, ...], float], Awaitable[None]]


class SeatsTaken(Exception):
    """Other processes kept changing this room; try again."""


class _OpenRoom:
    """A room as this process knows it; `dirty`: changed since it was last kept.

    `ways` are those of the state `ways_of`.
    """

    __slots__ = ("dirty", "lock", "meeting", "state", "version", "ways", "ways_of")

    def __init__(self, meeting: str) -> None:
        self.meeting = meeting
        self.lock = asyncio.Lock()
        self.state: RoomState | None = None
        self.version = 0
        self.dirty = False
        self.ways: dict[str, tuple[str, Role]] = {}
        self.ways_of: RoomState | None = None


class Rooms:
    """Applies events to rooms.

    What another device or a restart must not undo (who sits, phase, epoch) is kept before anybody
    hears of it; the rest (camera on, seen) is kept within a second. In a shared registry
    everything is kept at once and looked up each time.
    """

    def __init__(
        self,
        registry: SeatRegistry,
        *,
        process: str,
        clock: Callable[[], float],
        carry_out: CarryOut,
        has_page: Callable[[str], bool],
    ) -> None:
        self._registry = registry
        self._shared = registry.shared
        self._process = process
        self._clock = clock
        self._carry_out = carry_out
        self._has_page = has_page
        self._rooms: dict[str, _OpenRoom] = {}
        self._suspects: set[str] = set()

    def state(self, meeting: str) -> RoomState | None:
        """The room as last seen by this process."""
        room = self._rooms.get(meeting)
        return room.state if room else None

    async def apply(self, meeting: str, event: Event, opening: Ticket | None = None) -> None:
        """Let `event` happen; `opening` tells how the room begins when there is none.

        Raises:
            SeatsTaken: other processes were faster every time.
        """
        room = self._rooms.get(meeting)
        if room is None:
            room = self._rooms[meeting] = _OpenRoom(meeting)
        async with room.lock:
            for _ in range(_TRIES):
                before = await self._look(room, opening)
                if before is None:
                    return
                now = self._clock()
                after, effects = step(before, event, now)
                if after is before or await self._keep(room, before, after):
                    break
                room.state = None
            else:
                raise SeatsTaken(meeting)
            if effects:
                await self._carry_out(after, effects, now)

    def relay_goes(self, meeting: str, connection: str, epoch: int) -> tuple[str, Role] | None:
        """Where a message goes that changes nothing, and whose it is, when that is certain now."""
        room = self._rooms.get(meeting)
        if room is None or room.state is None or room.lock.locked() or self._shared:
            return None
        if room.ways_of is not room.state:
            room.ways, room.ways_of = relay_ways(room.state), room.state
        return room.ways.get(connection) if epoch == room.state.epoch else None

    async def newest(self, meeting: str) -> RoomState | None:
        """The room as it is now, also when only other processes carry it.

        When the shared registry does not answer, what this process saw last.
        """
        if not self._shared:
            return self.state(meeting)
        try:
            kept = await self._registry.load(meeting)
        except Exception:  # noqa: BLE001 -- whatever it was, a page with the day must not fail
            _log.exception("a room could not be looked up: %s", meeting)
            kept = None
        return kept.state if kept else self.state(meeting)

    async def known(self, meeting: str) -> bool:
        """Whether this meeting has a room."""
        return self.state(meeting) is not None or await self._registry.load(meeting) is not None

    async def _look(self, room: _OpenRoom, opening: Ticket | None) -> RoomState | None:
        if room.state is None or self._shared:
            await self._look_up(room, opening)
        if room.version and room.state and opening and not is_unfinished(room.state):
            room.state = _opened_anew(room.state, opening)
        return room.state

    async def _look_up(self, room: _OpenRoom, opening: Ticket | None) -> None:
        kept = await self._registry.load(room.meeting)
        if kept is None:
            # A shared registry that lost its memory gets the room back from whoever knows it.
            begun = opening_room(opening) if opening and not room.state else room.state
            room.state, room.version = begun, 0
        else:
            room.state, room.version = kept.state, kept.version
            if not self._shared and not self._sits_here(kept.state):
                room.state, _ = step(kept.state, Restarted(), self._clock())
                room.dirty = True

    def _sits_here(self, state: RoomState) -> bool:
        # Looked up anew although this process carries it: its pages did not go away.
        return any(
            c and self._has_page(c) for c in (state.coach.connection, state.candidate.connection)
        )

    async def _keep(self, room: _OpenRoom, before: RoomState, after: RoomState) -> bool:
        if room.version and not self._shared and not _must_last(before, after):
            room.state, room.dirty = after, True
            return True
        if not await self._registry.save(after, expected=room.version):
            return False
        room.state, room.version, room.dirty = after, room.version + 1, False
        return True

    async def reopen(self) -> None:
        """After a start: take up the rooms that the process before left unfinished."""
        for meeting in await self._registry.unfinished():
            with _one_room_only(meeting):
                await self.apply(meeting, Ticked())

    async def tick(self) -> None:
        """Let time go by in every room, keep what changed, forget rooms at rest."""
        if self._shared:
            await self.reopen()
        for room in tuple(self._rooms.values()):
            with _one_room_only(room.meeting):
                await self._pass_time(room)

    async def end_session(self, device: str) -> None:
        """A session ended: it leaves its seats, also those that wait for it to come back."""
        for meeting in {*self._rooms, *await self._unfinished()}:
            with _one_room_only(meeting):
                await self.apply(meeting, SessionEnded(device=device))

    async def _unfinished(self) -> tuple[str, ...]:
        try:
            return await self._registry.unfinished()
        except Exception:  # noqa: BLE001 -- the rooms that this process knows come next
            _log.exception("the registry could not tell which rooms are unfinished")
            return ()

    async def _pass_time(self, room: _OpenRoom) -> None:
        for event in await self._due(room):
            await self.apply(room.meeting, event)
        await self._keep_late(room)
        if not room.lock.locked() and (room.state is None or not is_unfinished(room.state)):
            self._rooms.pop(room.meeting, None)

    async def _due(self, room: _OpenRoom) -> Iterable[Event]:
        state = room.state
        if state is None or room.lock.locked():
            return ()
        sitting = (c for c in (state.coach.connection, state.candidate.connection) if c)
        events: list[Event] = [Lost(connection=c) for c in sitting if await self._is_gone(c)]
        if state.joint_since is not None or state.coach.free_at or state.candidate.free_at:
            events.append(Ticked())
        return events

    async def _is_gone(self, connection: str) -> bool:
        process = connection.partition(":")[0]
        if process == self._process:
            return not self._has_page(connection)
        if await self._registry.alive(process):
            self._suspects.discard(connection)
            return False
        # Gone twice in a row: the registry itself may have just begun anew.
        was_suspect = connection in self._suspects
        self._suspects ^= {connection}
        return was_suspect

    async def keep_all(self) -> None:
        """Keep everything that changed."""
        for room in tuple(self._rooms.values()):
            with _one_room_only(room.meeting):
                await self._keep_late(room)

    async def _keep_late(self, room: _OpenRoom) -> None:
        if not room.dirty:
            return
        async with room.lock:
            if room.state is None or not room.dirty:
                return
            if await self._registry.save(room.state, expected=room.version):
                room.version += 1
            else:
                room.state = None
            room.dirty = False


@contextmanager
def _one_room_only(meeting: str) -> Iterator[None]:
    """What goes wrong in one room must not keep the others from their time."""
    try:
        yield
    except Exception:  # noqa: BLE001 -- whatever it was, the other rooms come next
        _log.exception("a room could not be looked after: %s", meeting)


def _opened_anew(state: RoomState, ticket: Ticket) -> RoomState:
    """A room at rest as this ticket finds it: of other people, or under other numbers, by now."""
    if _is_of_others(state, ticket):
        return opening_room(ticket)
    settings = room_settings(ticket.settings)
    return state if settings is state.settings else changed(state, settings=settings)


def _is_of_others(state: RoomState, ticket: Ticket) -> bool:
    """Whether the meeting was given to other people meanwhile."""
    seat, other = state.seat(ticket.role), state.seat(across(ticket.role))
    named = (as_text(ticket.person), as_text(ticket.other_person))
    return (seat.person, other.person) != named


def _must_last(before: RoomState, after: RoomState) -> bool:
    return (
        before.epoch != after.epoch
        or before.phase is not after.phase
        or before.coach.connection != after.coach.connection
        or before.candidate.connection != after.candidate.connection
        or before.coach.status is not after.coach.status
        or before.candidate.status is not after.candidate.status
    )
