"""What people say in a talk: admission, relay, being seen, trouble (protocol, table 4.2)."""

from typing import Final

from coaching.attendance import Attestation, SeenAlarm, SeenStage, Tick
from coaching.words import Role
from signaling.hiding import without_address
from signaling.messages import (
    Attest,
    Camera,
    Candidate,
    Description,
    ErrorCode,
    Media,
    NotSeen,
    NotSeenReason,
    Quality,
    RelayedCandidate,
    RelayedDescription,
    Restart,
    SeenAgain,
    Trouble,
)
from signaling.room_events import GiveIce, NoticeQuality, NoticeTrouble, NoticeUnseen
from signaling.room_state import BOTH, CANDIDATE, COACH, RoomState, across, changed
from signaling.seat_rules import seat_verdict
from signaling.states import ENDED, TALKING, RoomEvent
from signaling.turn import Turn

REPORT_SECONDS: Final = 15.0


def hear_camera(turn: Turn, role: Role, message: Camera) -> None:
    """Note a camera; in the talk a page that has none yet starts as soon as it has (R4)."""
    seat = turn.state.seat(role)
    if message.live is seat.camera_live and message.verdict == seat.verdict:
        return
    turn.put(role, changed(seat, camera_live=message.live, verdict=message.verdict))
    # A waiting candidate has no use for the coach's camera; `start` says that it is live.
    if turn.state.phase is TALKING or role is CANDIDATE:
        turn.tell_other(role)
    if turn.state.phase is TALKING and message.live and seat.epoch == 0:
        turn.begin_epoch()


def admit(turn: Turn, connection: str, role: Role) -> None:
    """The coach lets the candidate in; both need a live camera (R4)."""
    if role is not COACH:
        turn.complain(connection, ErrorCode.COACH_ONLY)
    elif turn.state.phase is TALKING:
        return
    elif turn.state.phase is ENDED or not turn.state.candidate.present:
        turn.complain(connection, ErrorCode.NOT_NOW)
    elif not all(_camera_is_good(turn, each) for each in BOTH):
        turn.complain(connection, ErrorCode.CAMERA_NEEDED)
    else:
        _open_talk(turn)


def _camera_is_good(turn: Turn, role: Role) -> bool:
    seat = turn.state.seat(role)
    live, waiver = seat.camera_live, seat.camera_waiver
    return seat_verdict(role, turn.settings, camera_live=live, camera_waiver=waiver).allowed


def _open_talk(turn: Turn) -> None:
    turn.move(RoomEvent.ADMIT)
    turn.begin_epoch()
    turn.run_joint_time()
    for role in BOTH:
        seat = turn.state.seat(role)
        if not (seat.camera_on and seat.microphone_on):
            turn.tell_other(role)


def relay_ways(state: RoomState) -> dict[str, tuple[str, Role]]:
    """Where a message of the running epoch goes and whose it is, by who says it.

    Nothing else has to be done for those; any other takes the way through the room, also every
    one of a side whose address is hidden.
    """
    coach, candidate = state.coach, state.candidate
    if state.phase is not TALKING or not state.epoch == coach.epoch == candidate.epoch:
        return {}
    if coach.connection is None or candidate.connection is None:
        return {}
    ways = {}
    if not coach.relay_only:
        ways[coach.connection] = (candidate.connection, COACH)
    if not candidate.relay_only:
        ways[candidate.connection] = (coach.connection, CANDIDATE)
    return ways


def relay(turn: Turn, connection: str, role: Role, message: Description | Candidate) -> None:
    """Pass on what belongs to the running epoch; drop what belongs to an older one."""
    state = turn.state
    if state.phase is not TALKING or not 0 < message.epoch <= state.epoch:
        turn.complain(connection, ErrorCode.NOT_NOW)
        return
    other = state.seat(across(role))
    if not message.epoch == state.epoch == state.seat(role).epoch == other.epoch:
        return
    if other.connection is None:
        if not other.missed:
            turn.put(across(role), changed(other, missed=True))
        return
    fit = without_address(message) if state.seat(role).relay_only else message
    if fit is not None:
        turn.send(other.connection, _stamped(fit, role))


def _stamped(message: Description | Candidate, role: Role) -> RelayedDescription | RelayedCandidate:
    if isinstance(message, Candidate):
        return RelayedCandidate(epoch=message.epoch, candidate=message.candidate, from_=role)
    return RelayedDescription(epoch=message.epoch, description=message.description, from_=role)


def hear_media(turn: Turn, role: Role, message: Media) -> None:
    """Note what the person switched on, and show it to the other."""
    seat = turn.state.seat(role)
    after = changed(seat, camera_on=message.camera, microphone_on=message.microphone)
    if after != seat:
        turn.put(role, after)
        if turn.state.phase is TALKING:
            turn.tell_other(role)


def restart(turn: Turn, connection: str, message: Restart) -> None:
    """A connection failed: a new epoch, unless the other side's request made one already."""
    if turn.state.phase is not TALKING or message.epoch > turn.state.epoch:
        turn.complain(connection, ErrorCode.NOT_NOW)
    elif message.epoch == turn.state.epoch:
        turn.begin_epoch()


def renew_ice(turn: Turn, connection: str, role: Role) -> None:
    """Fresh ICE servers for both in the talk: the coach's page begins, whoever asked for them."""
    if turn.state.phase is TALKING and turn.state.seat(role).epoch > 0:
        for one in BOTH:
            seat = turn.state.seat(one)
            if seat.connection is not None and seat.epoch > 0:
                turn.effects.append(GiveIce(connection=seat.connection, role=one))
    else:
        turn.complain(connection, ErrorCode.NOT_NOW)


def trouble(turn: Turn, role: Role, message: Trouble) -> None:
    """ "Het lukt niet": the other hears it at once, and again when their line is back."""
    other = turn.state.seat(across(role))
    turn.put(across(role), changed(other, trouble=message.cause.value))
    turn.tell_of_trouble(across(role), message.cause)
    turn.effects.append(NoticeTrouble(role=role, cause=message.cause))


def hear_quality(turn: Turn, role: Role, message: Quality) -> None:
    """A summary of the line; one that comes outside the talk is of no talk."""
    if turn.state.phase is TALKING and turn.state.seat(role).epoch > 0:
        turn.effects.append(NoticeQuality(role=role, quality=message))


def attest(turn: Turn, role: Role, message: Attest) -> None:
    """Rule R5: the receiving browser says whether it sees the other."""
    _watch(turn, Attestation(by=role, seen=message.seen, reason=message.reason))


def watch_time(turn: Turn) -> None:
    """Time goes by for rule R5 and for the joint time."""
    _watch(turn, Tick())
    state = turn.state
    # While a side is away the joint time may yet turn out to have stopped when it went.
    certain = state.joint_since is not None and state.coach.present and state.candidate.present
    if certain and turn.now - state.reported_at >= REPORT_SECONDS:
        turn.report(over=False)


def _watch(turn: Turn, event: Attestation | Tick) -> None:
    state = turn.state
    both_here = state.coach.present and state.candidate.present
    if state.phase is not TALKING or state.watch is None or not both_here:
        return
    if isinstance(event, Tick) and all(sight.seen for sight in state.watch.sights.values()):
        return  # nothing can become due
    after, alarms = state.watch.step(event, turn.now_ms, turn.settings)
    if alarms or isinstance(event, Attestation):
        turn.state = changed(state, watch=after)
    for alarm in alarms:
        _sound(turn, alarm)


def _sound(turn: Turn, alarm: SeenAlarm) -> None:
    back = alarm.stage is SeenStage.BACK
    reason = None if alarm.reason is None else NotSeenReason(alarm.reason)
    for role in BOTH:
        turn.send_to(
            role,
            SeenAgain(who=alarm.who)
            if back
            else NotSeen(who=alarm.who, reason=reason, seconds=alarm.seconds),
        )
    if alarm.stage is SeenStage.FAILED:
        turn.effects.append(NoticeUnseen(who=alarm.who))
