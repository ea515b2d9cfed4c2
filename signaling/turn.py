"""One step of a room while it is being decided: the state so far and the effects so far."""

from functools import lru_cache
from uuid import UUID

from coaching.attendance import SeenTime, SeenWatch
from coaching.words import Role
from signaling.messages import (
    Cause,
    ErrorCode,
    Knock,
    OtherDevice,
    Peer,
    RefusalCode,
    Refused,
    RelayedTrouble,
    ToBrowser,
    error,
)
from signaling.room_events import Begin, Close, Effect, JointTime, Send
from signaling.room_state import CANDIDATE, COACH, RoomState, Seat, across, changed
from signaling.states import EMPTY, ROOM_TABLE, TALKING, RoomEvent

as_uuid = lru_cache(maxsize=4096)(UUID)


class Turn:
    """Lives for one call of `signaling.room.step`; nothing outside sees it."""

    __slots__ = ("_before", "effects", "now", "settings", "state")

    def __init__(self, state: RoomState, now: float) -> None:
        self._before = state
        self.state = state
        self.now = now
        self.settings = state.settings
        self.effects: list[Effect] = []

    @property
    def now_ms(self) -> int:
        """The moment in whole milliseconds, as the watch of rule R5 counts."""
        return int(self.now * 1000)

    def who(self, person: str) -> Role | None:
        """Which of the two this person is; None: neither."""
        if person == self.state.coach.person:
            return COACH
        return CANDIDATE if person == self.state.candidate.person else None

    def change(self, **fields: object) -> None:
        """Change the room. One copy a step: nobody else sees it before the step is over."""
        if self.state is self._before:
            self.state = changed(self.state, **fields)
        else:
            self.state.__dict__.update(fields)

    def put(self, role: Role, seat: Seat) -> None:
        """Replace a seat."""
        if role is COACH:
            self.change(coach=seat)
        else:
            self.change(candidate=seat)

    def move(self, event: RoomEvent) -> bool:
        """Move the room on by its table; False when the table has no such step."""
        after = ROOM_TABLE.get((self.state.phase, event))
        if after is not None and after is not self.state.phase:
            self.change(phase=after)
        return after is not None

    def send(self, connection: str, message: ToBrowser) -> None:
        """Send to one page."""
        self.effects.append(Send(connection=connection, message=message))

    def send_to(self, role: Role, message: ToBrowser) -> None:
        """Send to whoever sits there; nobody hears it when nobody does."""
        connection = self.state.seat(role).connection
        if connection is not None:
            self.send(connection, message)

    def tell_of_trouble(self, to: Role, cause: Cause) -> None:
        """Tell whoever sits there that it does not work for the other (R19)."""
        phone = self.state.candidate_phone or None if to is COACH else None
        self.send_to(to, RelayedTrouble(from_=across(to), cause=cause, phone=phone))

    def refuse(self, connection: str, code: RefusalCode) -> None:
        """Refuse a page and close it."""
        self.send(connection, Refused(code=code))
        self.effects.append(Close(connection=connection, code=4403))

    def complain(self, connection: str, code: ErrorCode) -> None:
        """Tell a page that its message was refused."""
        self.send(connection, error(code))

    def tell_other(self, about: Role) -> None:
        """Tell the other side how this one is now; in the waiting room the candidate knocks."""
        seat = self.state.seat(about)
        if about is CANDIDATE and self.state.candidate_waits:
            knock = Knock(name=seat.name, camera=seat.camera_live, verdict=seat.verdict)
            self.send_to(COACH, knock)
            if seat.on_another_device:
                self.send_to(COACH, OtherDevice())
        else:
            self.send_to(across(about), peer_of(seat))

    def begin_epoch(self) -> None:
        """Start a new peer connection on both sides; nobody enters without a live camera (R4)."""
        epoch = self.state.epoch + 1
        seats = {COACH: self.state.coach, CANDIDATE: self.state.candidate}
        for role, seat in seats.items():
            # Who was in already stays in without a camera; the rules help there (R5).
            if seat.connection is not None and seat.may_enter:
                seats[role] = changed(seat, epoch=epoch, missed=False)
                begin = Begin(connection=seat.connection, role=role, offer=role is COACH)
                self.effects.append(begin)
        self.change(
            epoch=epoch,
            coach=seats[COACH],
            candidate=seats[CANDIDATE],
            watch=self.state.watch or SeenWatch.begin(self.now_ms, waived=self._waived()),
        )

    def run_joint_time(self) -> None:
        """Let the joint time run when both are there in the talk, and it does not run yet."""
        together = EMPTY not in (self.state.coach.status, self.state.candidate.status)
        if together and self.state.phase is TALKING and self.state.joint_since is None:
            self.change(joint_since=self.now, reported_at=self.now)

    def stop_joint_time(self, at: float) -> None:
        """Stop the joint time at a moment that may lie a little back, and report it."""
        since = self.state.joint_since
        if since is not None:
            joint = self.state.joint + max(0.0, at - since)
            self.change(joint=joint, joint_since=None)

    def report(self, *, over: bool) -> None:
        """Have the joint time kept."""
        self.change(reported_at=self.now)
        sight, seconds = self._sight(), self.state.joint_seconds(self.now)
        self.effects.append(
            JointTime(
                seconds=seconds,
                over=over,
                online=sight.counts_as_online(self.settings),
                differences=sight.differences,
                attested_seconds=min(seconds, sight.attested_seconds),
            )
        )

    def end_watch(self) -> None:
        """Stop watching, and keep what was seen so far: somebody's seat becomes free."""
        self.change(sight=self._sight(), watch=None)

    def _sight(self) -> SeenTime:
        watch = self.state.watch
        if watch is None:
            return self.state.sight
        return self.state.sight + watch.time_until(self.now_ms)

    def _waived(self) -> frozenset[Role]:
        seats = ((COACH, self.state.coach), (CANDIDATE, self.state.candidate))
        return frozenset(role for role, seat in seats if seat.camera_waiver)


def peer_of(seat: Seat) -> Peer:
    """How a seat looks from the other side."""
    return Peer(
        present=seat.present,
        camera=seat.camera_shown,
        microphone=seat.microphone_open,
    )
