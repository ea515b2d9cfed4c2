"""A Multi-Status answer (RFC 4918 13), read with suspicion: no entities, no types, no addresses.

Expat reads it, because libxml2 keeps each name of an element for as long as the process lives: a
server that always invents new ones would fill its memory.

Names are only believed inside the collection that was asked: a server that names an object of
another collection, another server or a folder further up names nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import (
    Element,
    ParseError,
    XMLParser,
    XMLPullParser,
)
from xml.parsers import expat

from calendar_sync.reading import MAX_OBJECT_BYTES

MAX_ENTRIES = 100_000
MAX_HREF = 1000
MAX_ETAG = 300
MAX_TOKEN = 2000
_DAV = "{DAV:}"
_OK = 200
_DATA = "{urn:ietf:params:xml:ns:caldav}calendar-data"
_ROOT, _RESPONSE, _TOKEN = f"{_DAV}multistatus", f"{_DAV}response", f"{_DAV}sync-token"
_ASKED = (_RESPONSE, _TOKEN)
_AT_ONCE = 64 * 1024  # bytes
_HEAD_AT_ONCE = 1024  # bytes
_LONGEST = 10_000_000  # bytes of one response
_MARKS_AT_ONCE = 50_000  # of one response, and of a document that is read as a whole
_DEEPEST = 256
_UNREADABLE = (ParseError, ValueError, LookupError)  # LookupError: of an encoding that is none


class NoMultistatus(Exception):
    """The body is not one; the text says why in one short clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One `response`; its status is its own (RFC 6578 3.5: 404 is removed) or of its properties."""

    href: str  # as it was sent
    status: int
    etag: str | None
    data: bytes | None
    collection: bool = False
    token: str | None = None  # RFC 6578 4: of a collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Multistatus:
    """All entries, and the sync-token when there is one."""

    entries: Sequence[Entry]
    token: str | None


def parse_multistatus(body: bytes) -> Multistatus:
    """Read a body, one response after another: each is let go of before the next is there.

    Raises:
        NoMultistatus: it is none, it has a document type, or it is too deep or too large to read.
    """
    _check_head(body)
    entries: list[Entry] = []
    token = None
    try:
        for found in _direct(body):
            if found.tag == _TOKEN:
                token = _token(found.text)
            elif href := found.findtext(f"{_DAV}href"):
                entries.append(_entry(found, href))
            if len(entries) > MAX_ENTRIES:
                raise NoMultistatus("the answer is too long to read")
    except _UNREADABLE:
        raise NoMultistatus("the answer is no XML that can be read") from None
    return Multistatus(entries=tuple(entries), token=token)


def _direct(body: bytes) -> Iterator[Element]:
    """The responses and tokens directly in the root, each let go of once it was looked at.

    Millions of elements of which nobody asked would take a hundred times the room of the body.
    """
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    above: list[Element] = []
    waiting = since = 0  # marks, and where the last response came to its end
    for at in range(0, len(body), _AT_ONCE):
        chunk = body[at : at + _AT_ONCE]
        marks = _marks(chunk)
        waiting += marks
        if waiting > _MARKS_AT_ONCE or at - since > _LONGEST:
            raise NoMultistatus("the answer is too long to read")
        parser.feed(chunk)
        for element in _closed(parser.read_events(), above):
            if element.tag in _ASKED:
                yield element
                waiting, since = marks, at
            above[0].clear()
    parser.close()
    # Expat 2.6 and later may keep back what stands behind a long name or comment until here.
    yield from (one for one in _closed(parser.read_events(), above) if one.tag in _ASKED)


def _closed(events: Iterable[Any], above: list[Element]) -> Iterator[Element]:
    """The children of the root that came to their end; `above` are those that are open."""
    for what, element in events:
        if what == "start":
            if not above:
                _check_root(element)
            above.append(element)
            if len(above) > _DEEPEST:
                raise NoMultistatus("the answer is no XML that can be read")
        else:
            above.pop()
            if len(above) == 1:
                yield element


def _marks(body: bytes) -> int:
    """At least as many as there are tags, and attributes, in whatever encoding."""
    return sum(body.count(mark) for mark in (b"<", b'"', b"'"))


def root_of(body: bytes) -> Element:
    """Read a short body that nobody vouches for, as the root of a Multi-Status.

    Raises:
        NoMultistatus: it is none, it has a document type, or it is too deep or too large to read.
    """
    if _marks(body) > _MARKS_AT_ONCE:
        raise NoMultistatus("the answer is too long to read")
    _check_head(body)
    parser = XMLParser()  # noqa: S314 -- `_check_head` refused every document type
    try:
        parser.feed(body)
        root: Element = parser.close()
    except _UNREADABLE:
        raise NoMultistatus("the answer is no XML that can be read") from None
    _check_root(root)
    return root


class _Began(Exception):
    """The root begins: what comes after it declares nothing."""


def _check_head(body: bytes) -> None:
    """Read up to the root, and refuse a document type before anything is made of it."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_type
    parser.StartElementHandler = _begin
    try:
        for at in range(0, min(len(body), _AT_ONCE), _HEAD_AT_ONCE):
            parser.Parse(body[at : at + _HEAD_AT_ONCE], False)  # noqa: FBT003 -- it takes no names
        parser.Parse(b"", True)  # noqa: FBT003 -- the same; a long name may wait for the end
    except _Began:
        return
    except (expat.ExpatError, ValueError, LookupError):
        raise NoMultistatus("the answer is no XML that can be read") from None
    raise NoMultistatus("the answer is no XML that can be read")


def _begin(_name: str, _attributes: object) -> None:
    raise _Began


def _refuse_type(*_declared: object) -> None:
    raise NoMultistatus("the answer declares a document type")


def _check_root(root: Element) -> None:
    if root.tag != _ROOT:
        raise NoMultistatus("the answer is no CalDAV")


def has_error(body: bytes, *names: str) -> bool:
    """Whether an answer names one of these conditions (RFC 3253 1.6), e.g. valid-sync-token."""
    text = body[:20_000].lower()
    return any(name.encode() in text for name in names)


def name_in(base: str, href: str) -> str | None:
    """The name of an object in the collection at `base`, an address; None: it is not one of it.

    The collection itself has the name "".
    """
    try:
        (host, path), sent = _where(base), urlsplit(href.strip())
        name = unquote(sent.path, errors="strict")
    except ValueError:
        return None
    # A server behind a proxy may name its own port and scheme; only the host is looked at.
    foreign = sent.hostname not in (None, host)
    if foreign or sent.query or sent.fragment or not f"{name}/".startswith(path):
        return None
    found = name[len(path) :]
    climbs = bool(found) and not found.strip(".")
    return None if climbs or "/" in found or len(found) > MAX_HREF or not _plain(found) else found


@lru_cache(maxsize=256)
def _where(base: str) -> tuple[str | None, str]:
    """Host and path of a collection, which is the same for thousands of names."""
    there = urlsplit(base)
    return there.hostname, unquote(there.path, errors="strict")


def _plain(name: str) -> bool:
    return not name or name.isprintable()


def _entry(response: Element, href: str) -> Entry:
    own = _status(response.findtext(f"{_DAV}status"))
    by_status = {
        _status(one.findtext(f"{_DAV}status")) or _OK: one.find(f"{_DAV}prop")
        for one in response.findall(f"{_DAV}propstat")
    }
    prop = by_status.get(_OK)
    if prop is None:
        return Entry(href=href, status=own or next(iter(by_status), _OK), etag=None, data=None)
    data = prop.findtext(_DATA)
    kind = prop.find(f"{_DAV}resourcetype")
    return Entry(
        href=href,
        status=own or _OK,
        etag=_tag(prop.findtext(f"{_DAV}getetag")),
        # No more than shows that it is too large: there may be twenty megabytes of it.
        data=data[: MAX_OBJECT_BYTES + 1].encode() if data is not None else None,
        collection=kind is not None and kind.find(f"{_DAV}collection") is not None,
        token=_token(prop.findtext(f"{_DAV}sync-token")),
    )


def _token(text: str | None) -> str | None:
    token = (text or "").strip()
    return token if token and len(token) <= MAX_TOKEN else None


def _tag(text: str | None) -> str | None:
    tag = (text or "").strip()
    return tag if tag and len(tag) <= MAX_ETAG and tag.isprintable() else None


def _status(line: str | None) -> int | None:
    """The number of "HTTP/1.1 200 OK"."""
    words = (line or "").split(None, 2)
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else None
