"""What can be done with a meeting instead of a move that does not go: each fills the form."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from aiohttp import web

from coaching.errors import BadInput, Conflict, Refused, TweespraakError
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, Mode
from server.routes.drafts import (
    AlternativeButton,
    as_links,
    buttons_for,
    filled_with,
    read_fill,
    room_buttons,
)
from server.routes.keys import PARTS
from server.routes.page import words_of
from server.usecases.context import MeetingId, StaffActor, TrajectoryId
from server.usecases.free_times import free_times
from server.usecases.overview import MeetingView
from server.usecases.people import list_rooms

_TAKEN = frozenset(
    {"coach_taken", "candidate_taken", "room_taken", "calendar_busy", "calendar_maybe_busy"}
)
_OF_TIME_OR_ROOM = frozenset({"starts", "room", "office_reason"})  # fields that another time mends
_MOST = 3


def fields_of(view: MeetingView, fields: Mapping[str, str]) -> dict[str, str]:
    """What was asked for this meeting; what the form does not say is as it stands."""
    standing = {"kind": view.line.kind, "mode": view.mode, "minutes": str(view.minutes)}
    whose = {
        "candidate": str(view.candidate),
        "trajectory": str(view.trajectory),
        "meeting": view.line.id,
    }
    return {**standing, **fields, **whose}


async def instead_of(
    request: web.Request,
    actor: StaffActor,
    view: MeetingView,
    fields: Mapping[str, str],
    error: TweespraakError | None,
) -> tuple[AlternativeButton, ...]:
    """What a rule offers in its place, or the next free times where time or room do not go."""
    rooms = await list_rooms(request.app[PARTS]) if error else ()
    if isinstance(error, Refused):
        words = words_of(request)
        asked, language = fields_of(view, fields), words.texts.language
        buttons = buttons_for(error.verdict, asked, rooms, language=language, zone=words.zone)
        return other_kinds_apart(buttons, view)
    taken = isinstance(error, Conflict) and error.code in _TAKEN
    if taken or (isinstance(error, BadInput) and error.field in _OF_TIME_OR_ROOM):
        others = await free_instead(request, actor, view, fields)
        return (*room_buttons(error, rooms), *others)[:_MOST]
    return ()


def other_kinds_apart(
    buttons: Iterable[AlternativeButton], view: MeetingView
) -> tuple[AlternativeButton, ...]:
    """The same, but another kind of meeting leads to the form that books one beside this one.

    A move changes no kind: an acquaintance or a practice comes first, and this meeting stays.
    """
    path, whose = f"/meetings/new?candidate={view.candidate}", {"trajectory": str(view.trajectory)}
    return tuple(
        one if _of_this_kind(one, view) else as_links([one], path, whose)[0] for one in buttons
    )


def _of_this_kind(button: AlternativeButton, view: MeetingView) -> bool:
    return read_fill(button.fill).get("kind", view.line.kind) == view.line.kind


async def free_instead(
    request: web.Request, actor: StaffActor, view: MeetingView, fields: Mapping[str, str]
) -> tuple[AlternativeButton, ...]:
    """The next three free times from the day that was asked for; none where that is no day."""
    parts, words = request.app[PARTS], words_of(request)
    asked, whose = fields_of(view, fields), TrajectoryId(view.trajectory)
    today = to_wall(parts.now(), words.zone).date()
    try:
        found = await free_times(
            parts,
            actor,
            whose,
            kind=MeetingKind(view.line.kind),
            mode=Mode(asked["mode"]),
            minutes=int(asked["minutes"]),
            from_day=max(date.fromisoformat(asked.get("day", "")), today),
            most=_MOST,
            talk=MeetingId(UUID(view.line.id)),
            now=parts.now(),
        )
    except (BadInput, ValueError):
        return ()
    return tuple(
        AlternativeButton(
            label=", ".join(
                filter(None, (words.day(one.starts_at), words.clock(one.starts_at), one.room_name))
            ),
            fill=filled_with(one, words.zone, whose),
        )
        for one in found
    )
