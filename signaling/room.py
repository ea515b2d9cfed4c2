"""The room of one talk: an event in, a new state and effects out. No clock, no socket.

Two seats, never a third (rule R1): `RoomState` has no place for one.
"""

from typing import assert_never

from coaching.words import Role
from signaling import seating, talk
from signaling.messages import (
    Admit,
    Attest,
    Camera,
    Candidate,
    Description,
    ErrorCode,
    FromBrowser,
    Hello,
    Leave,
    Media,
    Ping,
    Pong,
    Quality,
    RenewIce,
    Restart,
    Resume,
    TakeOver,
    Trouble,
)
from signaling.room_events import (
    Close,
    Effect,
    Event,
    Joined,
    Lost,
    Restarted,
    Resumed,
    Said,
    SessionEnded,
    ThirdTried,
    Ticked,
    Troubled,
)
from signaling.room_state import RoomState
from signaling.turn import Turn


def step(state: RoomState, event: Event, now: float) -> tuple[RoomState, tuple[Effect, ...]]:
    """What the room becomes and asks for when `event` happens at `now` (Unix seconds).

    The numbers of the rules are those that the room was opened with, `RoomState.settings`.
    The same object comes back when nothing changed. Effects are to be carried out in order.
    """
    turn = Turn(state, now)
    match event:
        case Said():
            _hear(turn, event.connection, event.message)
        case Ticked():
            seating.free_when_due(turn)
            talk.watch_time(turn)
        case Joined():
            seating.join(turn, event)
        case Resumed():
            seating.resume(turn, event)
        case Lost():
            seating.lose(turn, event)
        case ThirdTried():
            seating.tell_of_third(turn)
        case Troubled():
            talk.trouble(turn, event.role, Trouble(cause=event.cause))
        case SessionEnded():
            seating.end_session(turn, event.device)
        case Restarted():
            seating.forget_sockets(turn)
        case _:
            assert_never(event)
    return turn.state, tuple(turn.effects)


def _hear(turn: Turn, connection: str, message: FromBrowser) -> None:
    role = turn.state.role_at(connection)
    if role is not None:
        _hear_seated(turn, connection, role, message)
    elif isinstance(message, Ping):
        turn.send(connection, Pong(n=message.n))
    else:
        _hear_asked(turn, connection, message)


def _hear_asked(turn: Turn, connection: str, message: FromBrowser) -> None:
    role = turn.state.role_asked(connection)
    if role is not None and isinstance(message, TakeOver):
        seating.take_over(turn, connection, role)
    elif isinstance(message, Leave):
        seating.withdraw(turn, connection)
        turn.effects.append(Close(connection=connection, code=1000))
    else:
        turn.complain(connection, ErrorCode.NOT_NOW)


def _hear_seated(turn: Turn, connection: str, role: Role, message: FromBrowser) -> None:  # noqa: C901, PLR0912 -- one case a message
    match message:
        case Candidate() | Description():
            talk.relay(turn, connection, role, message)
        case Ping():
            turn.send(connection, Pong(n=message.n))
        case Attest():
            talk.attest(turn, role, message)
        case Camera():
            talk.hear_camera(turn, role, message)
        case Media():
            talk.hear_media(turn, role, message)
        case Admit():
            talk.admit(turn, connection, role)
        case Restart():
            talk.restart(turn, connection, message)
        case RenewIce():
            talk.renew_ice(turn, connection, role)
        case Trouble():
            talk.trouble(turn, role, message)
        case Quality():
            talk.hear_quality(turn, role, message)
        case Leave():
            seating.leave(turn, connection, role)
        case TakeOver() | Hello() | Resume():
            turn.complain(connection, ErrorCode.NOT_NOW)
        case _:
            assert_never(message)
