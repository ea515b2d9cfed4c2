"""What a room remembers: two seats, the phase of the talk, its epoch and its joint time.

Frozen, and written as plain JSON, so that a seat registry can keep it. Moments are seconds since
the Unix epoch.
"""

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeVar

from coaching.attendance import NO_SIGHT, SeenStage, SeenTime, SeenWatch
from coaching.settings import VERSION_1, BlendSettings
from coaching.words import Role
from signaling.states import EMPTY, HELD, WAITING, Phase, SeatStatus

# Names of their own: to look a member up in its enum, or to iterate over it, costs a call.
COACH: Final = Role.COACH
CANDIDATE: Final = Role.CANDIDATE
BOTH: Final = (COACH, CANDIDATE)


def across(role: Role) -> Role:
    """The role on the far side of the talk."""
    return CANDIDATE if role is COACH else COACH


_State = TypeVar("_State", "Seat", "RoomState")


def changed(state: _State, **fields: object) -> _State:
    """The same as `dataclasses.replace` in a tenth of its time: it copies the dictionary.

    A call sets up some thirty states, and signalling is measured by what a call costs.
    """
    copy = object.__new__(state.__class__)
    object.__setattr__(copy, "__dict__", state.__dict__ | fields)
    return copy


@dataclass(frozen=True, kw_only=True)  # no slots: see `changed`
class Seat:
    """One of the two seats and the one person it belongs to, sitting or not."""

    person: str
    name: str
    status: SeatStatus = EMPTY
    device: str | None = None
    last_device: str | None = None  # that sat here when the seat became free in the talk
    connection: str | None = None
    generation: int = 0  # rises with every page that sits down; a seat token carries it
    page: int = 0  # generation at which the page that sits here came; older tokens are of others
    lost_at: float | None = None  # when the socket dropped
    free_at: float | None = None  # when an away seat becomes empty
    camera_live: bool = False
    verdict: str | None = None
    camera_on: bool = True
    microphone_on: bool = True
    epoch: int = 0  # of the last `start` this page got; 0: none
    relay_only: bool = False  # the other side must not learn where this one is
    camera_waiver: bool = False  # may take part without a camera (R4, E9)
    missed: bool = False  # something for this page was dropped while it was away
    trouble: str | None = None  # the cause of what the other told this page of (R19)
    asked: tuple[tuple[str, str], ...] = ()  # (connection, device) of pages asked to continue

    @property
    def present(self) -> bool:
        """Whether somebody sits here with a socket."""
        return self.status is HELD

    @property
    def camera_shown(self) -> bool:
        """Whether the other side can see somebody here."""
        return self.status is HELD and self.camera_live and self.camera_on

    @property
    def may_enter(self) -> bool:
        """Whether the talk may begin on this page: a live camera, a waiver, or it is in already."""
        return self.camera_live or self.camera_waiver or self.epoch > 0

    @property
    def on_another_device(self) -> bool:
        """Whether the device here is not the one that was here in the talk before (T4)."""
        return self.last_device is not None and self.device not in (None, self.last_device)

    @property
    def microphone_open(self) -> bool:
        """Whether the other side can hear somebody here."""
        return self.status is HELD and self.microphone_on


@dataclass(frozen=True, kw_only=True)  # no slots: see `changed`
class RoomState:
    """The room of one meeting."""

    meeting: str
    coach: Seat
    candidate: Seat
    candidate_phone: str = ""
    phase: Phase = WAITING
    epoch: int = 0
    joint: float = 0.0  # seconds together, up to `joint_since`
    joint_since: float | None = None  # running since
    reported_at: float = 0.0
    thirds: int = 0
    watch: SeenWatch | None = None
    sight: SeenTime = NO_SIGHT  # of the watches that ended before `watch`
    settings: BlendSettings = VERSION_1  # made by `room_settings` when the room opened

    def seat(self, role: Role) -> Seat:
        """The seat of `role`."""
        return self.coach if role is COACH else self.candidate

    def role_at(self, connection: str) -> Role | None:
        """Whose seat `connection` holds, if it holds one."""
        if self.coach.connection == connection:
            return COACH
        return CANDIDATE if self.candidate.connection == connection else None

    def role_asked(self, connection: str) -> Role | None:
        """Whose seat `connection` was asked to continue on, if it was."""
        for role in BOTH:
            if any(asked == connection for asked, _ in self.seat(role).asked):
                return role
        return None

    @property
    def both_empty(self) -> bool:
        """Whether nobody sits here."""
        return self.coach.status is self.candidate.status is EMPTY

    @property
    def candidate_waits(self) -> bool:
        """Whether the candidate sits in the waiting room."""
        return self.phase is WAITING and self.candidate.present

    def joint_seconds(self, now: float) -> int:
        """Whole seconds that the two were together until `now`."""
        running = 0.0 if self.joint_since is None else max(0.0, now - self.joint_since)
        return int(self.joint + running)


def room_settings(settings: BlendSettings) -> BlendSettings:
    """The numbers that a room goes by; the same object for the same numbers.

    What else `settings` says is left at the shipped version: a room is kept as text, and asked for
    its numbers at every frame.
    """
    if settings is VERSION_1:
        return VERSION_1
    return _made(tuple(getattr(settings, name) for name in ROOM_NUMBERS))


@lru_cache(maxsize=64)
def _made(numbers: tuple[int, ...]) -> BlendSettings:
    named = dict(zip(ROOM_NUMBERS, numbers, strict=True))
    made = replace(VERSION_1, **named)  # type: ignore[arg-type]  # by name, all of them numbers
    return VERSION_1 if made == VERSION_1 else made


def fresh_seat(person: str, name: str, **fields: object) -> Seat:
    """The same as `Seat(person=person, name=name, ...)`, at the price of `changed`."""
    return changed(_NOBODY, person=person, name=name, **fields)


def fresh_room(coach: Seat, candidate: Seat, **fields: object) -> RoomState:
    """The same as `RoomState(coach=coach, candidate=candidate, ...)`, at that price too."""
    return changed(_NO_ROOM, coach=coach, candidate=candidate, **fields)


_NOBODY: Final = Seat(person="", name="")
_NO_ROOM: Final = RoomState(meeting="", coach=_NOBODY, candidate=_NOBODY)


def write_state(state: RoomState) -> dict[str, Any]:
    """The state as plain JSON values."""
    plain = {name: getattr(state, name) for name in _ROOM_FIELDS}
    plain["coach"] = {name: getattr(state.coach, name) for name in _SEAT_FIELDS}
    plain["candidate"] = {name: getattr(state.candidate, name) for name in _SEAT_FIELDS}
    plain["sight"] = {name: getattr(state.sight, name) for name in _TIME_FIELDS}
    plain["watch"] = None if state.watch is None else _write_watch(state.watch)
    plain["settings"] = _write_settings(state.settings)
    return plain


def read_state(plain: dict[str, Any]) -> RoomState:
    """The state that `write_state` wrote.

    A field that this version does not know is passed over, one that it misses begins afresh: a
    room outlives an update of the software, and a step back.

    Raises:
        KeyError, TypeError, ValueError: this is no such state.
    """
    rest = {
        **{name: plain[name] for name in _ROOM_FIELDS if name in plain},
        "phase": Phase(plain["phase"]),
        "sight": SeenTime(**plain.get("sight", {})),
        "coach": _read_seat(plain["coach"]),
        "candidate": _read_seat(plain["candidate"]),
        "watch": None if plain["watch"] is None else _read_watch(plain["watch"]),
        "settings": _read_settings(plain.get("settings")),
    }
    return RoomState(**rest)


def _write_settings(settings: BlendSettings) -> dict[str, int] | None:
    if settings is VERSION_1:
        return None
    return {name: getattr(settings, name) for name in ROOM_NUMBERS}


def _read_settings(plain: dict[str, int] | None) -> BlendSettings:
    if plain is None:
        return VERSION_1
    return _made(tuple(plain.get(name, getattr(VERSION_1, name)) for name in ROOM_NUMBERS))


def _read_seat(plain: dict[str, Any]) -> Seat:
    known = {name: plain[name] for name in _SEAT_FIELDS if name in plain}
    asked = tuple((connection, device) for connection, device in plain["asked"])
    return Seat(**{**known, "status": SeatStatus(plain["status"]), "asked": asked})


def _write_watch(watch: SeenWatch) -> dict[str, Any]:
    return {
        "last_ms": watch.last_ms,
        "time": {name: getattr(watch.time, name) for name in _TIME_FIELDS},
        "sights": {
            role: {name: getattr(sight, name) for name in _SIGHT_FIELDS}
            for role, sight in watch.sights.items()
        },
    }


def _read_watch(plain: dict[str, Any]) -> SeenWatch:
    fresh = SeenWatch.begin(plain["last_ms"])
    sights = {
        Role(role): replace(
            fresh.sights[Role(role)], **{**sight, "stage": SeenStage(sight["stage"])}
        )
        for role, sight in plain["sights"].items()
    }
    return replace(
        fresh,
        sights=MappingProxyType(sights),
        time=SeenTime(**plain["time"]) if "time" in plain else NO_SIGHT,
    )


ROOM_NUMBERS: Final = (
    "banner_seconds",
    "question_seconds",
    "unseen_seconds",
    "online_seen_percent",
)
_ROOM_FIELDS: Final = tuple(field.name for field in fields(RoomState))
_SEAT_FIELDS: Final = tuple(field.name for field in fields(Seat))
_SIGHT_FIELDS: Final = (
    "unseen_since",
    "stage",
    "reason",
    "seen",
    "waived",
    "attested",
    "heard_ms",
)
_TIME_FIELDS: Final = ("joint_ms", "both_seen_ms", "differences", "coach_ms", "candidate_ms")
