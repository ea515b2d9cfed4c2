"""A booking that is being filled in: what the form starts with, and how an alternative fills it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Protocol
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from coaching.verdict import Alternative, Verdict
from coaching.words import Language, MeetingKind, Mode
from server.routes.forms import Form
from server.texts import words_for
from server.usecases.booking import BookingRequest
from server.usecases.booking_form import Pairing
from server.usecases.context import RoomId, TrajectoryId
from server.usecases.free_times import FreeTimeView
from server.usecases.people import RoomView

BOOKABLE_KINDS = (
    MeetingKind.ACQUAINTANCE,
    MeetingKind.INTAKE,
    MeetingKind.DIAGNOSIS,
    MeetingKind.REASSESSMENT,
    MeetingKind.PROGRESS,
    MeetingKind.CHECKIN,
    MeetingKind.CLOSING,
    MeetingKind.THREE_WAY,
    MeetingKind.PRACTICE,
)
BOOKABLE_MODES = (Mode.OFFLINE, Mode.VIDEO, Mode.PHONE)
_ONLINE_KINDS = frozenset({MeetingKind.PROGRESS, MeetingKind.CHECKIN, MeetingKind.PRACTICE})
OWN_MINUTES = {MeetingKind.CHECKIN: 15, MeetingKind.PRACTICE: 30}
FIRST_HOUR = time(10)
_SATURDAY = 5
_ASKED = ("candidate", "trajectory", "kind", "mode", "day", "time", "minutes", "room", "meeting")
_TWO, _THREE = 2, 3  # people


class HasParams(Protocol):
    """An error, or a problem of a plan."""

    @property
    def params(self) -> Mapping[str, str | int]:
        """What fills its sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeButton:
    """Something else that can be booked: pressing it fills the form, and books nothing yet."""

    label: str
    fill: str  # urlencoded fields; empty where it is a step and not a booking
    href: str = ""  # where a step is done, if a page does it


def proposed_mode(kind: MeetingKind) -> Mode:
    """How this kind of meeting is usually held (domain 5.2)."""
    return Mode.VIDEO if kind in _ONLINE_KINDS else Mode.OFFLINE


def proposed_minutes(kind: MeetingKind, trajectory: Pairing) -> int:
    """How long this kind of meeting usually takes, in minutes."""
    return OWN_MINUTES.get(kind, trajectory.minutes)


def next_working_day(today: date) -> date:
    """The next Monday to Friday after `today`; holidays are the planner's to know."""
    day = today + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return day


def first_draft(trajectory: Pairing, rooms: Sequence[RoomView], today: date) -> dict[str, str]:
    """What the form starts with: the likely next meeting, on the next working day at ten."""
    kind = MeetingKind.PROGRESS if trajectory.acquainted else MeetingKind.ACQUAINTANCE
    return {
        "trajectory": str(trajectory.id),
        "kind": kind,
        "mode": proposed_mode(kind),
        "day": next_working_day(today).isoformat(),
        "time": f"{FIRST_HOUR:%H:%M}",
        "minutes": str(proposed_minutes(kind, trajectory)),
        "room": str(rooms[0].id) if rooms and proposed_mode(kind) is Mode.OFFLINE else "",
    }


def read_booking(form: Form) -> BookingRequest:
    """The booking that was asked for. A room counts only for a meeting at a location.

    Raises:
        BadInput: a field cannot be read.
    """
    mode = form.choice("mode", Mode)
    return BookingRequest(
        trajectory=TrajectoryId(form.reference("trajectory")),
        kind=form.choice("kind", MeetingKind),
        mode=mode,
        starts_local=form.wall_time("day", "time"),
        minutes=form.whole("minutes"),
        room=read_room(form, mode),
        office_reason=form.text("office_reason").strip(),
        provisional=bool(form.text("provisional")),
        over_busy=bool(form.text("over_busy")),
    )


def read_room(form: Form, mode: Mode, *, field: str = "room") -> RoomId | None:
    """The chosen room, or None where people do not meet in one.

    Raises:
        BadInput: `choice_bad`.
    """
    room = form.optional_reference(field) if mode is Mode.OFFLINE else None
    return RoomId(room) if room else None


def rooms_by_place(rooms: Sequence[RoomView]) -> dict[str, list[RoomView]]:
    """The rooms of each place, in their order."""
    found: dict[str, list[RoomView]] = {}
    for room in rooms:
        found.setdefault(room.place_name, []).append(room)
    return found


def buttons_for(
    verdict: Verdict,
    fields: Mapping[str, str],
    rooms: Sequence[RoomView],
    *,
    language: Language,
    zone: ZoneInfo,
) -> tuple[AlternativeButton, ...]:
    """The verdict's alternatives, each as what it would fill in."""
    words = words_for(language, zone)
    return tuple(
        AlternativeButton(
            label=words.alternative(alternative),
            fill="" if alternative.action else _filled(alternative, fields, rooms, zone),
            href=_page_of(alternative, fields),
        )
        for alternative in verdict.alternatives
    )


def room_buttons(
    error: HasParams | None, rooms: Sequence[RoomView]
) -> tuple[AlternativeButton, ...]:
    """The rooms that fit, of a room that did not; none for any other error."""
    fits = str(error.params.get("fits", "")).split() if error else []
    return tuple(
        AlternativeButton(
            label=f"{room.name}, {room.place_name}",
            fill=urlencode({"mode": Mode.OFFLINE, "room": str(room.id)}),
        )
        for room in rooms
        if str(room.id) in fits
    )


def read_fill(fill: str) -> dict[str, str]:
    """The fields of a form that a pressed alternative changes; anything else is left out."""
    allowed = ("trajectory", "kind", "mode", "room", "day", "time", "minutes")
    return {
        name: value for name, value in parse_qsl(fill, keep_blank_values=True) if name in allowed
    }


def as_links(
    buttons: Sequence[AlternativeButton], path: str, known: Mapping[str, str] | None = None
) -> tuple[AlternativeButton, ...]:
    """The same, as links to the page of `path`, whose form they fill; `known` fields go along."""
    return tuple(_as_link(one, path, known or {}) if one.fill else one for one in buttons)


def _as_link(one: AlternativeButton, path: str, known: Mapping[str, str]) -> AlternativeButton:
    return replace(one, fill="", href=filled_address(path, {**known, **read_fill(one.fill)}))


def filled_address(path: str, fields: Mapping[str, str]) -> str:
    """The address of the page of `path` with these fields of its form filled in."""
    address, _, part = path.partition("#")
    mark = "&" if "?" in address else "?"
    fill = urlencode({"fill": urlencode(fields)})
    return f"{address}{mark}{fill}{'#' + part if part else ''}"


_PARTS = {"ask_consent": "agreement", "new_contract": "contract", "choose_coach": "hand-over"}


def _page_of(alternative: Alternative, fields: Mapping[str, str]) -> str:
    """Where both agree (R27, R28) or another coach is chosen (R30); others have no own page."""
    candidate = fields.get("candidate", "")
    part = _PARTS.get(alternative.action or "")
    return f"/candidates/{candidate}#{part}" if candidate and part else ""


def _filled(
    alternative: Alternative,
    fields: Mapping[str, str],
    rooms: Sequence[RoomView],
    zone: ZoneInfo,
) -> str:
    mode = alternative.mode or fields.get("mode", "")
    kind = alternative.kind or fields.get("kind", "")
    people = _THREE if kind == MeetingKind.THREE_WAY else _TWO
    fits = next((room for room in rooms if room.people >= people), None)
    room = fields.get("room") or (str(fits.id) if fits else "")
    changed = {
        "kind": kind,
        "mode": mode,
        "room": room if mode == Mode.OFFLINE else "",
        **_moment(alternative.starts_at, zone),
    }
    return urlencode(changed)


def filled_with(time: FreeTimeView, zone: ZoneInfo, trajectory: TrajectoryId) -> str:
    """A free time as what it fills in."""
    fields = {
        "trajectory": str(trajectory),
        "mode": time.mode,
        "room": str(time.room or ""),
        **_moment(time.starts_at, zone),
    }
    return urlencode(fields)


def _moment(starts_at: datetime | None, zone: ZoneInfo) -> dict[str, str]:
    if starts_at is None:
        return {}
    local = starts_at.astimezone(zone)
    return {"day": local.date().isoformat(), "time": f"{local:%H:%M}"}


def why_link(fields: Mapping[str, str]) -> str:
    """The address that explains what the rules say of these fields."""
    known = {name: fields[name] for name in _ASKED if name in fields}
    return f"/meetings/new/why?{urlencode(known)}"
