"""What stands at which path, and the properties that it has."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote
from xml.sax.saxutils import escape

from tests.stand_in import dav
from tests.stand_in.dav import A, C, D, Name, S
from tests.stand_in.store import Calendar, Kept, Store

_COLLECTION = "<D:collection/>"
_READ = ("read", "read-current-user-privilege-set")
_WRITE = ("write", "write-content", "write-properties", "bind", "unbind")
_REPORTS = ("D:sync-collection", "C:calendar-multiget", "C:calendar-query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A path, taken apart. `user`, `calendar` and `name` are None where the path is shorter."""

    kind: str  # root, principals, principal, homes, home, calendar, object, nowhere
    user: str | None = None
    calendar: str | None = None
    name: str | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        """The path again."""
        top = {"principal": "principals", "principals": "principals", "root": None}
        first = top.get(self.kind, "calendars")
        return tuple(part for part in (first, self.user, self.calendar, self.name) if part)


_KINDS = {
    ("principals", 1): "principals",
    ("principals", 2): "principal",
    ("calendars", 1): "homes",
    ("calendars", 2): "home",
    ("calendars", 3): "calendar",
    ("calendars", 4): "object",
}


def place_of(raw_path: str) -> Place:
    """The place of an encoded path."""
    parts = [unquote(part) for part in raw_path.partition("?")[0].split("/") if part]
    if not parts:
        return Place(kind="root")
    kind = _KINDS.get((parts[0], len(parts)), "nowhere")
    user, calendar, name = [*parts[1:4], None, None, None][:3]
    return Place(kind=kind, user=user, calendar=calendar, name=name)


Values = dict[str, Callable[[], str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """The properties of one place, each worked out when it is asked for."""

    values: Values

    def tell(self, wanted: list[Name] | None) -> Iterator[tuple[Name, str | None]]:
        """Each wanted property and its value; None for one that is not there."""
        for name in wanted or [_name(clark) for clark in self.values]:
            value = self.values.get(str(name))
            yield name, None if value is None else value()


def _name(clark: str) -> Name:
    space, _, local = clark[1:].partition("}")
    return Name(space, local)


def href(path: str) -> str:
    """An element with an address in it."""
    return f"<D:href>{escape(path)}</D:href>"


def properties(store: Store, place: Place, user: str, token: str | None) -> Properties:
    """The properties of a place that is there. `token` is None where nothing is told of changes."""
    own = href(dav.path_of(("principals", user), folder=True))
    values: Values = {
        f"{{{D}}}current-user-principal": lambda: own,
        f"{{{D}}}principal-collection-set": lambda: href("/principals/"),
        f"{{{D}}}resourcetype": lambda: _COLLECTION,
        f"{{{D}}}displayname": lambda: escape(place.segments[-1]) if place.segments else "Stand-in",
    }
    if place.user is not None:
        owner = href(dav.path_of(("principals", place.user), folder=True))
        values[f"{{{D}}}owner"] = lambda: owner
    match place.kind:
        case "principal":
            values |= _principal(place)
        case "calendar":
            values |= _calendar(store.calendars[str(place.user), str(place.calendar)], token)
    return Properties(values=values)


def _principal(place: Place) -> Values:
    user = str(place.user)
    home = href(dav.path_of(("calendars", user), folder=True))
    own = href(dav.path_of(("principals", user), folder=True))
    return {
        f"{{{D}}}resourcetype": lambda: f"{_COLLECTION}<D:principal/>",
        f"{{{C}}}calendar-home-set": lambda: home,
        f"{{{D}}}principal-URL": lambda: own,
        f"{{{C}}}calendar-user-address-set": lambda: href(f"mailto:{user}@stand-in.example"),
    }


def _calendar(calendar: Calendar, token: str | None) -> Values:
    components = "".join(f'<C:comp name="{name}"/>' for name in calendar.components)
    grants = _READ + (_WRITE if calendar.may_write else ())
    privileges = "".join(f"<D:privilege><D:{name}/></D:privilege>" for name in grants)
    known = _REPORTS if token is not None else _REPORTS[1:]
    reports = "".join(
        f"<D:supported-report><D:report><{name}/></D:report></D:supported-report>" for name in known
    )
    values: Values = {
        f"{{{D}}}resourcetype": lambda: f"{_COLLECTION}<C:calendar/>",
        f"{{{D}}}displayname": lambda: escape(calendar.display_name),
        f"{{{C}}}supported-calendar-component-set": lambda: components,
        f"{{{D}}}current-user-privilege-set": lambda: privileges,
        f"{{{D}}}supported-report-set": lambda: reports,
        f"{{{S}}}getctag": lambda: f"{calendar.number}-{calendar.now}",
        f"{{{A}}}calendar-color": lambda: calendar.colour,
    }
    for name, value in calendar.extra.items():
        values[name] = lambda value=value: value
    if token is not None:
        values[f"{{{D}}}sync-token"] = lambda: escape(token)
    return values


OBJECT: dict[str, Callable[[Kept], str]] = {
    f"{{{D}}}getetag": lambda kept: escape(f'"{kept.tag}"'),
    f"{{{D}}}resourcetype": lambda _kept: "",
    f"{{{D}}}getcontenttype": lambda kept: (
        f"text/calendar; charset=utf-8; component={kept.component}"
    ),
    f"{{{D}}}getcontentlength": lambda kept: str(len(kept.data)),
    f"{{{C}}}calendar-data": lambda kept: escape(kept.data.decode("utf-8", "replace")),
}
_DATA = f"{{{C}}}calendar-data"


def tell_object(kept: Kept, wanted: list[Name] | None) -> Iterator[tuple[Name, str | None]]:
    """Each wanted property of an object; those who ask for all are not told its text."""
    names = wanted or [_name(clark) for clark in OBJECT if clark != _DATA]
    for name in names:
        value = OBJECT.get(str(name))
        yield name, None if value is None else value(kept)
