"""The answers of the stand-in: what a server would do, quirks included, without any network."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from tests.stand_in import dav
from tests.stand_in.changes import sync_collection, token_of
from tests.stand_in.dav import A, BadRequest, C, D, Name, name_of
from tests.stand_in.places import Place, place_of, properties, tell_object
from tests.stand_in.query import matches
from tests.stand_in.quirks import Hrefs, Quirks
from tests.stand_in.store import Calendar, Store
from tests.stand_in.writes import remove, write

XML = "application/xml; charset=utf-8"
ALLOW = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCALENDAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer before it is sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, read to its end. `base` is the address of the server, without a path."""

    method: str
    raw_path: str
    headers: Mapping[str, str]
    body: bytes
    user: str
    base: str


class Answers:
    """Does what is asked, on the store."""

    def __init__(self, store: Store, quirks: Quirks) -> None:
        self.store = store
        self.quirks = quirks
        self._late: deque[tuple[int, Callable[[], object]]] = deque()
        self._count = 0

    def __call__(self, asked: Asked) -> Told:
        """Answer one request."""
        self.settle(1)
        place = place_of(asked.raw_path)
        try:
            return self._serve(asked, place)
        except BadRequest:
            return Told(status=400)

    def settle(self, requests: int) -> None:
        """Let so many requests pass for writes that are seen late."""
        self._count += requests
        while self._late and self._late[0][0] <= self._count:
            self._late.popleft()[1]()

    def later(self, action: Callable[[], object]) -> None:
        """Do it now, or after the delay of this server."""
        if not self.quirks.delay:
            action()
        else:
            self._late.append((self._count + self.quirks.delay, action))

    def _serve(self, asked: Asked, place: Place) -> Told:
        refused = self._refuse(asked, place)
        if refused is not None:
            return refused
        match asked.method:
            case "OPTIONS":
                classes = "1, 3, access-control, calendar-access"
                return Told(status=200, headers={"DAV": classes, "Allow": ALLOW})
            case "MKCALENDAR" | "MKCOL":
                return self._make(asked, place)
            case "PROPFIND":
                return self._propfind(asked, place)
            case _:
                there = {"object": self._object, "calendar": self._collection}
                return there.get(place.kind, _not_allowed)(asked, place)

    def _refuse(self, asked: Asked, place: Place) -> Told | None:
        """Who asks for what is not his."""
        if place.user is None or place.user == asked.user:
            return None
        if place.user not in self.store.users:
            return Told(status=404)
        return Told(status=403, body=dav.error("D:need-privileges"), headers=_xml())

    def _make(self, asked: Asked, place: Place) -> Told:
        if place.kind != "calendar":
            return Told(status=403)
        if self._calendar(place) is not None:
            return _not_allowed(asked, place)
        made = self.store.make(str(place.user), str(place.calendar))
        _set_properties(made, dav.parse(asked.body))
        return Told(status=201)

    def _collection(self, asked: Asked, place: Place) -> Told:
        calendar = self._calendar(place)
        if calendar is None:
            return Told(status=404)
        match asked.method:
            case "REPORT":
                return self._report(asked, place, calendar)
            case "PROPPATCH":
                done = _set_properties(calendar, dav.parse(asked.body))
                member = dav.found(self.href(place, asked), [(name, "") for name in done])
                return _multi([member])
            case "DELETE":
                self.store.drop(calendar.owner, calendar.name)
                return Told(status=204)
            case _:
                return _not_allowed(asked, place)

    def _object(self, asked: Asked, place: Place) -> Told:
        calendar, name = self._calendar(place), str(place.name)
        if calendar is None:
            return Told(status=409 if asked.method == "PUT" else 404)
        match asked.method:
            case "GET" | "HEAD":
                kept = calendar.objects.get(name)
                if kept is None:
                    return Told(status=404)
                kind = {"Content-Type": "text/calendar; charset=utf-8"}
                tag = self._tag(f'"{kept.tag}"')
                return Told(status=200, body=kept.data, headers={"ETag": tag, **kind})
            case "PUT":
                return Told(**write(self, calendar, name, asked.body, asked.headers))
            case "DELETE":
                return Told(**remove(self, calendar, name, asked.headers))
            case _:
                return _not_allowed(asked, place)

    def _tag(self, tag: str) -> str:
        return f"W/{tag}" if self.quirks.tags == "weak" else tag

    def _propfind(self, asked: Asked, place: Place) -> Told:
        wanted = dav.asked(dav.parse(asked.body))
        if not self._there(place):
            return Told(status=404)
        members = [self._member(place, asked, wanted)]
        if asked.headers.get("Depth", "infinity") != "0":
            members += self._children(place, asked, wanted)
        return _multi(members)

    def _there(self, place: Place) -> bool:
        match place.kind:
            case "nowhere":
                return False
            case "calendar":
                return self._calendar(place) is not None
            case "object":
                calendar = self._calendar(place)
                return calendar is not None and place.name in calendar.objects
            case _:
                return True

    def _member(self, place: Place, asked: Asked, wanted: list[Name] | None) -> str:
        calendar = self._calendar(place)
        if place.kind == "object" and calendar is not None:
            return self.member(calendar, str(place.name), asked, wanted)
        token = token_of(calendar) if calendar is not None and self.quirks.sync_token else None
        values = properties(self.store, place, asked.user, token)
        return dav.found(self.href(place, asked), values.tell(wanted))

    def _children(self, place: Place, asked: Asked, wanted: list[Name] | None) -> Iterator[str]:
        calendar = self._calendar(place)
        if place.kind == "home":
            for one in self.store.of(str(place.user)):
                inner = replace(place, kind="calendar", calendar=one.name)
                yield self._member(inner, asked, wanted)
        elif place.kind == "calendar" and calendar is not None:
            yield from self.foreign(calendar, wanted)
            for name in calendar.objects:
                yield self.member(calendar, name, asked, wanted)

    def _report(self, asked: Asked, place: Place, calendar: Calendar) -> Told:
        root = dav.parse(asked.body)
        kind = None if root is None else str(name_of(root))
        if root is not None and kind == f"{{{D}}}sync-collection" and self.quirks.sync_token:
            return Told(**sync_collection(self, asked, place, calendar, root))
        if root is not None and kind == f"{{{C}}}calendar-multiget":
            return _multi(self._multiget(asked, calendar, root))
        if root is not None and kind == f"{{{C}}}calendar-query":
            blind = not self.quirks.uid_query
            found = [n for n, kept in calendar.objects.items() if blind or matches(root, kept)]
            wanted = dav.asked(root)
            return _multi(self.member(calendar, name, asked, wanted) for name in found)
        return Told(status=403, body=dav.error("D:supported-report"), headers=_xml())

    def _multiget(self, asked: Asked, calendar: Calendar, root: etree._Element) -> Iterator[str]:
        wanted = dav.asked(root)
        for element in root.findall(f"{{{D}}}href"):
            address = (element.text or "").strip()
            path = address.removeprefix(asked.base)
            place = place_of(path)
            ours = (place.user, place.calendar) == (calendar.owner, calendar.name)
            if ours and place.name in calendar.objects:
                yield self.member(calendar, str(place.name), asked, wanted)
            else:
                yield dav.status(address, "404 Not Found")

    def member(self, calendar: Calendar, name: str, asked: Asked, wanted: list[Name] | None) -> str:
        """One object as an answer tells it."""
        place = Place(kind="object", user=calendar.owner, calendar=calendar.name, name=name)
        values = tell_object(calendar.objects[name], wanted)
        if self.quirks.tags == "weak":
            values = ((key, _weak(key, value)) for key, value in values)
        return dav.found(self.href(place, asked), values)

    def foreign(self, calendar: Calendar, wanted: list[Name] | None) -> Iterator[str]:
        """Members that are not of this calendar, where the server tells such things."""
        if self.quirks.hrefs is not Hrefs.FOREIGN:
            return
        tag = [(name, '"foreign"') for name in wanted or () if name.local == "getetag"]
        own = dav.path_of(("calendars", calendar.owner, calendar.name), folder=True)
        for href in (
            "/calendars/somebody/secret/theirs.ics",
            "https://elsewhere.example/calendars/anna/diary/elsewhere.ics",
            f"{own}../other/climbed.ics",
            f"{own}deeper/below.ics",
            "//elsewhere.example/x.ics",
            f"{own}%2e%2e%2fescaped.ics",
        ):
            yield dav.found(href, tag)

    def href(self, place: Place, asked: Asked) -> str:
        """How this server writes the address of a place."""
        safe = "" if self.quirks.hrefs is Hrefs.ENCODED else "@:!$&'()*+,;=~"
        path = dav.path_of(place.segments, folder=place.kind != "object", safe=safe)
        return f"{asked.base}{path}" if self.quirks.hrefs is Hrefs.ABSOLUTE else path

    def _calendar(self, place: Place) -> Calendar | None:
        return self.store.calendars.get((str(place.user), str(place.calendar)))


def _not_allowed(_asked: Asked, _place: Place) -> Told:
    return Told(status=405, headers={"Allow": ALLOW})


def _weak(name: Name, value: str | None) -> str | None:
    return f"W/{value}" if name.local == "getetag" and value else value


def _xml() -> dict[str, str]:
    return {"Content-Type": XML}


def _multi(members: "Iterator[str] | list[str]", token: str | None = None) -> Told:
    return Told(status=207, body=dav.multistatus(members, token=token), headers=_xml())


def _set_properties(calendar: Calendar, root: etree._Element | None) -> list[Name]:
    """Keep what MKCALENDAR or PROPPATCH sets; gives the names."""
    names = []
    for prop in [] if root is None else root.findall(f"{{{D}}}set/{{{D}}}prop/*"):
        name = name_of(prop)
        names.append(name)
        match str(name):
            case clark if clark == f"{{{D}}}displayname":
                calendar.display_name = prop.text or ""
            case clark if clark == f"{{{A}}}calendar-color":
                calendar.colour = prop.text
            case clark if clark == f"{{{C}}}supported-calendar-component-set":
                calendar.components = tuple(str(comp.get("name")) for comp in prop)
            case clark:
                inner = "".join(etree.tostring(child, encoding="unicode") for child in prop)
                calendar.extra[clark] = dav.escape(prop.text or "") + inner
    return names
