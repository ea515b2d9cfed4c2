"""Two (5.9): over any joins, leaves, take-overs and crashes only the named two are seated."""

import json
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from coaching.words import Role
from signaling.messages import Leave, Shown, TakeOver
from signaling.room import step
from signaling.room_events import Begin, Event, Greet, Joined, Lost, Restarted, Resumed, Said
from signaling.room_state import RoomState, Seat, read_state, write_state
from signaling.states import SeatStatus

pytestmark = pytest.mark.unit

COACH, CANDIDATE, STRANGER = (str(UUID(int=n)) for n in (1, 2, 3))
NAMED = {Role.COACH: COACH, Role.CANDIDATE: CANDIDATE}
READY = Shown(live=True, verdict=None, camera=True, microphone=True)


@dataclass(frozen=True)
class Move:
    """Something that happens; whom it concerns is resolved when it does."""

    what: str
    role: Role
    person: str
    device: str
    after: float
    older: int  # how many generations old a seat token is


moves = st.builds(
    Move,
    what=st.sampled_from(
        ["join", "join", "join", "take over", "take over", "leave", "lost", "resume", "crash"]
    ),
    role=st.sampled_from(Role),
    person=st.sampled_from([COACH, CANDIDATE, STRANGER]),
    device=st.sampled_from(["phone", "laptop"]),
    after=st.sampled_from([0.0, 1.0, 61.0]),
    older=st.integers(-1, 2),
)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(st.lists(moves, max_size=30))
def test_never_more_than_the_named_two_are_seated(course: list[Move]) -> None:
    state = RoomState(
        meeting=str(UUID(int=9)),
        coach=Seat(person=COACH, name="Anna"),
        candidate=Seat(person=CANDIDATE, name="Sem"),
    )
    came: dict[str, str] = {}  # who is behind a connection
    now = 1_800_000_000.0
    for number, move in enumerate(course):
        now += move.after
        if move.what == "crash":  # what another process reads back is all that is left
            state = read_state(json.loads(json.dumps(write_state(state))))
        happens = _event(move, state, str(number))
        if isinstance(happens, Joined):
            came[happens.connection] = happens.person
        elif isinstance(happens, Resumed):
            came[happens.connection] = NAMED[move.role]
        state, effects = step(state, happens, now)
        _two(state, came)
        for effect in effects:
            if isinstance(effect, Greet | Begin):
                assert came[effect.connection] == NAMED[effect.role]
    event(f"seated at the end: {len(_seated(state))}")


def _event(move: Move, state: RoomState, connection: str) -> Event:
    seat = state.seat(move.role)
    match move.what:
        case "join":
            return Joined(
                connection=connection,
                role=move.role,
                person=move.person,
                name="x",
                device=move.device,
                shown=READY,
            )
        case "take over":
            asked = seat.asked[-1][0] if seat.asked else connection
            return Said(connection=asked, message=TakeOver())
        case "leave":
            return Said(connection=seat.connection or connection, message=Leave())
        case "lost":
            return Lost(connection=seat.connection or connection)
        case "resume":
            return Resumed(
                connection=connection,
                role=move.role,
                device=seat.device or move.device,
                generation=seat.generation - move.older,
                epoch=state.epoch,
                shown=READY,
            )
        case _:
            return Restarted()


def _seated(state: RoomState) -> list[str]:
    return [s.connection for s in (state.coach, state.candidate) if s.connection is not None]


def _two(state: RoomState, came: dict[str, str]) -> None:
    assert (state.coach.person, state.candidate.person) == (COACH, CANDIDATE)
    seated = _seated(state)
    assert len(set(seated)) == len(seated) <= 2
    for seat in (state.coach, state.candidate):
        assert (seat.connection is not None) == (seat.status is SeatStatus.HELD)
        if seat.connection is not None:
            assert came[seat.connection] == seat.person
