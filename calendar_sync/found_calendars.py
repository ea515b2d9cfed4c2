"""What a CalDAV server says of its collections (RFC 4791, RFC 5397, RFC 3744). Pure.

Names and colours are shown to people and go no further; addresses are checked before they are used.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from calendar_sync.multistatus import root_of

MAX_CALENDARS = 500
MAX_ADDRESS = 1000
_MAX_NAME = 200
_DAV = "{DAV:}"
_CAL = "{urn:ietf:params:xml:ns:caldav}"
_APPLE = "{http://apple.com/ns/ical/}"
_COLOUR = re.compile(r"#([0-9a-fA-F]{6})([0-9a-fA-F]{2})?")
_WRITE = ("all", "write", "write-content", "bind")
_USUAL = {"http": 80, "https": 443}
WANTED = (
    b'<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:" '
    b'xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="http://apple.com/ns/ical/"><d:prop>'
    b"<d:resourcetype/><d:displayname/><d:current-user-principal/><d:current-user-privilege-set/>"
    b"<c:calendar-home-set/><c:supported-calendar-component-set/><a:calendar-color/>"
    b"</d:prop></d:propfind>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCalendar:
    """A calendar as it was found. `address` is canonical and ends in a slash."""

    address: str
    name: str
    colour: str | None  # #rrggbb
    may_write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One collection of an answer, with absolute addresses."""

    address: str
    is_calendar: bool
    is_collection: bool
    has_events: bool
    name: str
    colour: str | None
    may_write: bool
    principal: str | None
    homes: tuple[str, ...]
    anonymous: bool  # the server does not know who asks (RFC 5397 3)

    @property
    def calendar(self) -> FoundCalendar | None:
        """It as a calendar for appointments; None when it is none."""
        if not (self.is_calendar and self.has_events):
            return None
        return FoundCalendar(
            address=self.address, name=self.name, colour=self.colour, may_write=self.may_write
        )


def read_collections(body: bytes, *, asked: str) -> tuple[Collection, ...]:
    """Read the answer to `WANTED` at the address `asked`.

    Raises:
        NoMultistatus: no XML, a document type, or another document.
    """
    root = root_of(body)
    found = (_collection(one, asked) for one in root.findall(f"{_DAV}response"))
    return tuple(one for one in found if one is not None)


def canonical(address: str) -> str:
    """One way of writing an address: small host, no usual port, one escaping, a slash at the end.

    Raises:
        ValueError: it is no address, or longer than 1,000 characters.
    """
    parts = urlsplit(address.strip())
    host = (parts.hostname or "").encode("idna").decode()
    if not host or "@" in parts.netloc or any(not sign.isprintable() for sign in address):
        raise ValueError("this is no web address")
    host = f"[{host}]" if ":" in host else host
    port = parts.port if parts.port not in (None, _USUAL.get(parts.scheme)) else None
    place = f"{host}:{port}" if port else host
    path = quote(unquote(parts.path or "/", errors="strict"), safe="/@!$&'()*+,;=:~")
    found = urlunsplit((parts.scheme, place, path if path.endswith("/") else f"{path}/", "", ""))
    if len(found) > MAX_ADDRESS:
        raise ValueError("the address is too long")
    return found


def _collection(response: Element, asked: str) -> Collection | None:
    href = response.findtext(f"{_DAV}href")
    props = list(_props(response))
    address = _absolute(href, asked)
    if address is None or not props:
        return None
    types = {child.tag for one in _all(props, f"{_DAV}resourcetype") for child in one}
    return Collection(
        address=address,
        is_calendar=f"{_CAL}calendar" in types,
        is_collection=f"{_DAV}collection" in types,
        has_events=_has_events(props),
        name=_name(props, address),
        colour=_colour(props),
        may_write=_may_write(props),
        principal=_principal(props, asked),
        homes=_homes(props, asked),
        anonymous=_first(props, f"{_DAV}current-user-principal/{_DAV}unauthenticated") is not None,
    )


def _props(response: Element) -> Iterator[Element]:
    """What was answered with 200."""
    for propstat in response.findall(f"{_DAV}propstat"):
        words = (propstat.findtext(f"{_DAV}status") or "").split()
        prop = propstat.find(f"{_DAV}prop")
        if prop is not None and "200" in words[1:2]:
            yield prop


def _all(props: list[Element], path: str) -> list[Element]:
    return [found for prop in props for found in prop.findall(path)]


def _first(props: list[Element], path: str) -> Element | None:
    return next(iter(_all(props, path)), None)


def _text(props: list[Element], path: str) -> str:
    found = _first(props, path)
    return (found.text or "").strip() if found is not None else ""


def _has_events(props: list[Element]) -> bool:
    """RFC 4791 5.2.3: without the property every kind is taken."""
    sets = _all(props, f"{_CAL}supported-calendar-component-set")
    kinds = {str(one.get("name")).upper() for found in sets for one in found}
    return not kinds or "VEVENT" in kinds


def _may_write(props: list[Element]) -> bool:
    """RFC 3744 5.4; a server that does not tell is tried when something is written."""
    sets = _all(props, f"{_DAV}current-user-privilege-set")
    told = {child.tag for found in sets for one in found for child in one}
    return not sets or any(f"{_DAV}{name}" in told for name in _WRITE)


def _name(props: list[Element], address: str) -> str:
    told = unicodedata.normalize("NFC", _text(props, f"{_DAV}displayname"))
    seen = "".join(sign for sign in told if sign.isprintable()).strip()
    last = unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2], errors="replace")
    plain = "".join(sign for sign in last if sign.isprintable())
    return (seen or plain or "–")[:_MAX_NAME]


def _colour(props: list[Element]) -> str | None:
    found = _COLOUR.fullmatch(_text(props, f"{_APPLE}calendar-color"))
    return f"#{found[1].lower()}" if found else None


def _principal(props: list[Element], asked: str) -> str | None:
    return _absolute(_text(props, f"{_DAV}current-user-principal/{_DAV}href"), asked)


def _homes(props: list[Element], asked: str) -> tuple[str, ...]:
    hrefs = _all(props, f"{_CAL}calendar-home-set/{_DAV}href")
    found = (_absolute(one.text, asked) for one in hrefs)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _absolute(href: str | None, asked: str) -> str | None:
    """An address as the server wrote it, relative or whole; None when it is none."""
    if not href or not href.strip():
        return None
    try:
        return canonical(urljoin(asked, href.strip()))
    except ValueError:
        return None
