"""Weeks with opening hours in a form: a few lines a day, an empty line is no line."""

from collections.abc import Iterable, Sequence

from coaching.errors import BadInput
from server.routes.forms import Form
from server.usecases.availability import HoursLine
from server.usecases.context import PlaceId

WEEKDAYS = range(7)
_MOST_LINES = 24  # a day: more would be less than an hour each
_LINES = 2  # a day: the morning here, the afternoon there


def week_fields(hours: Iterable[HoursLine]) -> list[list[dict[str, str]]]:
    """For each weekday its lines as fields, with room for one more, and for two at least."""
    week: list[list[dict[str, str]]] = [[] for _ in WEEKDAYS]
    for line in hours:
        week[line.weekday].append(
            {
                "opens": f"{line.opens:%H:%M}",
                "closes": f"{line.closes:%H:%M}",
                "place": str(line.place or ""),
            }
        )
    empty = {"opens": "", "closes": "", "place": ""}
    return [lines + [empty] * max(1, _LINES - len(lines)) for lines in week]


def typed_week(form: Form) -> list[list[dict[str, str]]]:
    """The lines as they were typed, to show them again."""
    return [
        [
            {name: form.text(f"{name}_{day}_{n}") for name in ("opens", "closes", "place")}
            for n in range(_shown(form, day))
        ]
        for day in WEEKDAYS
    ]


def read_week(form: Form) -> Sequence[HoursLine]:
    """The lines that were filled in.

    Raises:
        BadInput: `time_bad`, `choice_bad`, or `field_missing` where a line is half filled in.
    """
    return [
        _read_line(form, day, n)
        for day in WEEKDAYS
        for n in range(_most(form, day))
        if form.text(f"opens_{day}_{n}") or form.text(f"closes_{day}_{n}")
    ]


def _read_line(form: Form, day: int, n: int) -> HoursLine:
    place = form.optional_reference(f"place_{day}_{n}")
    return HoursLine(
        weekday=day,
        opens=form.clock(f"opens_{day}_{n}"),
        closes=form.clock(f"closes_{day}_{n}"),
        place=PlaceId(place) if place else None,
    )


def _most(form: Form, day: int) -> int:
    count = form.whole(f"lines_{day}")
    if count > _MOST_LINES:
        raise BadInput("number_bad", field=f"lines_{day}")
    return count


def _shown(form: Form, day: int) -> int:
    count = form.text(f"lines_{day}")
    return min(int(count), _MOST_LINES) if count.isascii() and count.isdigit() else _LINES
