"""Who sits down, who is asked, who is refused, and how a seat is left (protocol, table 4.1)."""

from typing import Final

from coaching.words import Role
from signaling.messages import (
    Cause,
    Ended,
    Left,
    OtherDevice,
    RefusalCode,
    SecondDevice,
    Shown,
    Superseded,
    ThirdRefused,
    Waiting,
)
from signaling.room_events import Close, Greet, Joined, LetGo, Lost, NoticeThird, Resumed
from signaling.room_state import BOTH, CANDIDATE, COACH, Seat, across, changed, fresh_seat
from signaling.seat_rules import seat_verdict
from signaling.states import (
    AWAY,
    EMPTY,
    HELD,
    SEAT_TABLE,
    TALKING,
    WAITING,
    Answer,
    RoomEvent,
    SeatEvent,
)
from signaling.turn import Turn

AWAY_SECONDS: Final = 60.0
_MOST_ASKED: Final = 4
_NOTHING_SHOWN: Final = Shown(live=False, verdict=None, camera=True, microphone=True)
Asked = tuple[tuple[str, str], ...]


def join(turn: Turn, event: Joined) -> None:
    """A page with a good ticket: it sits down, is asked, or is refused (rules R1 to R3)."""
    seat = turn.state.seat(event.role)
    rule = _leading_rule(turn, event)
    if seat.person != event.person or rule in ("R1", "R3"):
        _refuse_third(turn, event.connection)
    elif rule == "R2":
        _ask(turn, event)
    else:
        empty = seat.status is EMPTY
        _sit_down(turn, event, SeatEvent.JOIN if empty else SeatEvent.JOIN_SAME_DEVICE)


def _leading_rule(turn: Turn, event: Joined) -> str:
    seat = turn.state.seat(event.role)
    elsewhere = seat.status is not EMPTY and seat.device != event.device
    return seat_verdict(turn.who(event.person), turn.settings, elsewhere=elsewhere).leading_rule


def _refuse_third(turn: Turn, connection: str) -> None:
    turn.refuse(connection, RefusalCode.THIRD_PERSON)
    tell_of_third(turn)
    turn.effects.append(NoticeThird())


def tell_of_third(turn: Turn) -> None:
    """Count somebody who is not one of the two, and tell the coach (R1)."""
    turn.change(thirds=turn.state.thirds + 1)
    turn.send_to(COACH, ThirdRefused(count=turn.state.thirds))


def take_over(turn: Turn, connection: str, role: Role) -> None:
    """A page that was asked says: continue here (R2); the coach hears of it, and admits (T4)."""
    seat = turn.state.seat(role)
    device = next(dev for asked, dev in seat.asked if asked == connection)
    # What the page showed when it came may be long ago: it tells again.
    newcomer = Joined(
        connection=connection,
        role=role,
        person=seat.person,
        name=seat.name,
        device=device,
        relay_only=seat.relay_only,
        camera_waiver=seat.camera_waiver,
    )
    _sit_down(turn, newcomer, SeatEvent.TAKE_OVER)
    # Of one that comes from the talk the knock told already.
    if role is CANDIDATE and turn.state.candidate.last_device is None:
        turn.send_to(COACH, OtherDevice())


def _ask(turn: Turn, event: Joined) -> None:
    seat = turn.state.seat(event.role)
    status, _ = SEAT_TABLE[seat.status, SeatEvent.JOIN_OTHER_DEVICE]
    asked = (*seat.asked, (event.connection, event.device))[-_MOST_ASKED:]
    hidden = seat.relay_only or event.relay_only
    waived = seat.camera_waiver or event.camera_waiver
    asking = changed(seat, status=status, asked=asked, relay_only=hidden, camera_waiver=waived)
    turn.put(event.role, asking)
    turn.send(event.connection, SecondDevice())


def _sit_down(turn: Turn, event: Joined, how: SeatEvent) -> None:
    role, connection = event.role, event.connection
    seat, shown = turn.state.seat(role), event.shown or _NOTHING_SHOWN
    _dismiss(turn, seat)
    fresh = fresh_seat(
        person=seat.person,
        name=seat.name,
        status=SEAT_TABLE[seat.status, how][0],
        device=event.device,
        last_device=_device_before(turn, seat),
        connection=connection,
        generation=seat.generation + 1,
        page=seat.generation + 1,
        asked=_without(seat.asked, connection),
        relay_only=event.relay_only,
        camera_waiver=event.camera_waiver,
        camera_live=shown.live,
        verdict=shown.verdict,
        camera_on=shown.camera,
        microphone_on=shown.microphone,
    )
    if role is CANDIDATE and fresh.on_another_device:
        _stop_at_the_door(turn)
    turn.put(role, fresh)
    _settle(turn, role, connection)
    # Nobody enters without a live camera (R4): a page that has none yet starts when it has.
    if fresh.may_enter and turn.state.phase is TALKING:
        turn.begin_epoch()


def _device_before(turn: Turn, seat: Seat) -> str | None:
    """The device that the talk was on until now; the waiting room changes nothing about it."""
    here = seat.device if turn.state.phase is TALKING else None
    return here or seat.last_device


def _stop_at_the_door(turn: Turn) -> None:
    """A link can be passed on: on another device the coach lets the candidate in anew (T4)."""
    if turn.state.phase is TALKING:
        _part(turn)
        turn.move(RoomEvent.STRANGE_DEVICE)
        turn.report(over=False)  # it goes on after one press


def _part(turn: Turn) -> None:
    """The two are no longer together, since the first socket that was lost."""
    lost = [s.lost_at for s in (turn.state.coach, turn.state.candidate) if s.lost_at is not None]
    turn.stop_joint_time(min(lost, default=turn.now))
    turn.end_watch()


def _dismiss(turn: Turn, seat: Seat) -> None:
    if seat.connection is not None:
        turn.send(seat.connection, Superseded())
        turn.effects.append(Close(connection=seat.connection, code=4409))


def _settle(turn: Turn, role: Role, connection: str) -> None:
    turn.move(RoomEvent.SEATED)
    turn.effects.append(Greet(connection=connection, role=role))
    if turn.state.phase is WAITING:
        if role is CANDIDATE:
            turn.send(connection, Waiting())
        elif turn.state.candidate_waits:
            turn.tell_other(CANDIDATE)
    turn.tell_other(role)
    turn.run_joint_time()


def resume(turn: Turn, event: Resumed) -> None:
    """A page shows its seat token: the page that sits there, by its newest token or the last."""
    seat = turn.state.seat(event.role)
    status, answer = SEAT_TABLE[seat.status, SeatEvent.RESUME]
    if answer is Answer.REFUSE:
        turn.refuse(event.connection, RefusalCode.NOT_YOURS)
        return
    if event.device != seat.device or event.generation not in _good_generations(seat):
        turn.send(event.connection, Superseded())
        turn.effects.append(Close(connection=event.connection, code=4409))
        return
    # Its own socket of before: the page gave it up, or this frame was overtaken by a newer one of
    # the same page, which then comes back by itself. To neither it is another device.
    if seat.connection is not None:
        turn.effects.append(Close(connection=seat.connection, code=1001))
    shown = event.shown or _shown_before(seat)
    back = changed(
        seat,
        status=status,
        connection=event.connection,
        generation=event.generation + 1,
        lost_at=None,
        free_at=None,
        relay_only=seat.relay_only or event.relay_only,
        camera_live=shown.live,
        verdict=shown.verdict,
        camera_on=shown.camera,
        microphone_on=shown.microphone,
    )
    turn.put(event.role, back)
    _settle(turn, event.role, event.connection)
    # Told each time: a line may be down long before its socket is lost, and a page that heard it
    # before shows the same.
    if seat.trouble is not None:
        turn.tell_of_trouble(event.role, Cause(seat.trouble))
    _rejoin_media(turn, back, event.epoch)


def _shown_before(seat: Seat) -> Shown:
    return Shown(
        live=seat.camera_live,
        verdict=seat.verdict,
        camera=seat.camera_on,
        microphone=seat.microphone_on,
    )


def _good_generations(seat: Seat) -> range:
    # The last one too: the welcome with the newest token may have been lost with its socket. A page
    # that shows the last one again gets the newest again, so that any number of them may be lost.
    # But never one of a page before: an old tab of the same device would come back by itself.
    return range(max(seat.page, seat.generation - 1), seat.generation + 1)


def _rejoin_media(turn: Turn, seat: Seat, epoch: int) -> None:
    """Keep a peer connection that can still be right; otherwise both build a new one."""
    if turn.state.phase is not TALKING or not seat.may_enter:
        return
    if seat.missed or not epoch == seat.epoch == turn.state.epoch:
        turn.begin_epoch()


def lose(turn: Turn, event: Lost) -> None:
    """A socket is gone: its seat is kept for a minute."""
    role = turn.state.role_at(event.connection)
    if role is None:
        withdraw(turn, event.connection)
        return
    seat = turn.state.seat(role)
    status, _ = SEAT_TABLE[seat.status, SeatEvent.LOST]
    turn.put(
        role,
        changed(
            seat,
            status=status,
            connection=None,
            lost_at=turn.now,
            free_at=turn.now + AWAY_SECONDS,
        ),
    )
    rest_watch(turn)
    turn.tell_other(role)


def withdraw(turn: Turn, connection: str) -> None:
    """A page that was asked to continue goes away without an answer."""
    role = turn.state.role_asked(connection)
    if role is not None:
        seat = turn.state.seat(role)
        turn.put(role, changed(seat, asked=_without(seat.asked, connection)))


def _without(asked: Asked, connection: str) -> Asked:
    return tuple(pair for pair in asked if pair[0] != connection) if asked else asked


def rest_watch(turn: Turn) -> None:
    """Nobody can be seen while a side is away (R5 rests)."""
    if turn.state.watch is not None:
        turn.change(watch=turn.state.watch.rest(turn.now_ms))


def leave(turn: Turn, connection: str, role: Role) -> None:
    """Somebody leaves on purpose: the talk so far is judged, the other is told."""
    _depart(turn, role)
    turn.send(connection, Ended(joint_seconds=turn.state.joint_seconds(turn.now)))
    turn.effects.append(LetGo(connection=connection))


def end_session(turn: Turn, device: str) -> None:
    """Its pages are closed with 4401; a seat that waits for one of them waits no longer."""
    for role in BOTH:
        seat = turn.state.seat(role)
        for connection in [asked for asked, owner in seat.asked if owner == device]:
            withdraw(turn, connection)
            turn.effects.append(Close(connection=connection, code=4401))
        if seat.device != device:
            continue
        if seat.connection is not None:
            turn.effects.append(Close(connection=seat.connection, code=4401))
        _depart(turn, role)


def _depart(turn: Turn, role: Role) -> None:
    has_talked = _has_talked(turn)
    _free(turn, role, SeatEvent.LEAVE)
    if has_talked:
        turn.report(over=True)
    turn.send_to(across(role), Left(who=role))


def free_when_due(turn: Turn) -> None:
    """Free the seats whose minute of being away is over."""
    for role in BOTH:
        seat = turn.state.seat(role)
        if seat.free_at is not None and turn.now >= seat.free_at:
            has_talked = _has_talked(turn)
            _free(turn, role, SeatEvent.AWAY_TOO_LONG)
            if has_talked:
                turn.report(over=turn.state.both_empty)


def _has_talked(turn: Turn) -> bool:
    # Also where another device still waits to be let in: perhaps it never is.
    return turn.state.phase is TALKING or turn.state.joint > 0


def _free(turn: Turn, role: Role, event: SeatEvent) -> None:
    seat = turn.state.seat(role)
    status, _ = SEAT_TABLE[seat.status, event]
    _part(turn)
    freed = fresh_seat(
        person=seat.person,
        name=seat.name,
        status=status,
        last_device=_device_before(turn, seat),
        generation=seat.generation,
        asked=seat.asked,
    )
    turn.put(role, freed)
    if turn.state.both_empty:
        turn.move(RoomEvent.BOTH_EMPTY)


def forget_sockets(turn: Turn) -> None:
    """After a restart of the server: everybody who sat is away, from now."""
    for role in BOTH:
        seat = changed(turn.state.seat(role), asked=())
        if seat.status is HELD:
            seat = changed(
                seat,
                status=AWAY,
                connection=None,
                lost_at=max(turn.state.reported_at, turn.state.joint_since or 0.0) or turn.now,
                free_at=turn.now + AWAY_SECONDS,
            )
        elif seat.status is AWAY:
            seat = changed(seat, free_at=turn.now + AWAY_SECONDS)
        turn.put(role, seat)
    rest_watch(turn)
