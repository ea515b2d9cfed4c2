"""WebDAV's XML as the stand-in reads and writes it, by text: ten thousand members a moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote
from xml.sax.saxutils import escape

from lxml import etree

D, C, A, S = (
    "DAV:",
    "urn:ietf:params:xml:ns:caldav",
    "http://apple.com/ns/ical/",
    "http://calendarserver.org/ns/",
)
_PREFIX = {D: "D", C: "C", A: "A", S: "S"}
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    f'<D:multistatus xmlns:D="{D}" xmlns:C="{C}" xmlns:A="{A}" xmlns:S="{S}">'
)
_OK = "<D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
_ABSENT = "<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"


class BadRequest(Exception):
    """The body is no XML that can be read."""


@dataclass(frozen=True, slots=True)
class Name:
    """An element's name, and its tag as an answer writes it."""

    space: str
    local: str

    def __str__(self) -> str:
        return f"{{{self.space}}}{self.local}"

    def tagged(self, inner: str = "") -> str:
        """The element around `inner`, which is XML already."""
        prefix = _PREFIX.get(self.space)
        if prefix is None:
            return f'<X:{self.local} xmlns:X="{escape(self.space)}">{inner}</X:{self.local}>'
        return f"<{prefix}:{self.local}>{inner}</{prefix}:{self.local}>"


def parse(body: bytes) -> etree._Element | None:
    """The root of a request's body; None for an empty one.

    Raises:
        BadRequest: it cannot be read.
    """
    if not body.strip():
        return None
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise BadRequest(str(error)) from None


def name_of(element: etree._Element) -> Name:
    """The name of an element."""
    tag = etree.QName(element)
    return _known(tag.namespace or "", tag.localname)


@lru_cache(maxsize=1024)
def _known(space: str, local: str) -> Name:
    return Name(space, local)


def asked(root: etree._Element | None) -> list[Name] | None:
    """The properties that a PROPFIND or REPORT asks for; None for all of them."""
    if root is None:
        return None
    prop = root.find(f"{{{D}}}prop")
    if prop is None:
        return None
    return [name_of(element) for element in prop if isinstance(element.tag, str)]


def text_of(root: etree._Element, space: str, local: str) -> str | None:
    """The text of a child; None when there is no such child."""
    found = root.find(f"{{{space}}}{local}")
    return None if found is None else (found.text or "").strip()


def path_of(segments: Sequence[str], *, folder: bool, safe: str = "@:!$&'()*+,;=~") -> str:
    """The path of a resource, encoded."""
    path = "/" + "/".join(quote(segment, safe=safe) for segment in segments)
    return f"{path.rstrip('/')}/" if folder else path


def found(href: str, values: Iterable[tuple[Name, str | None]]) -> str:
    """One member with its properties; a value of None is a property that it has not."""
    there, missing = [], []
    for name, value in values:
        (missing if value is None else there).append(name.tagged(value or ""))
    told = [f"<D:response><D:href>{escape(href)}</D:href>"]
    if there or not missing:
        told.append(f"<D:propstat><D:prop>{''.join(there)}</D:prop>{_OK}")
    if missing:
        told.append(f"<D:propstat><D:prop>{''.join(missing)}</D:prop>{_ABSENT}")
    return "".join(told) + "</D:response>"


def status(href: str, line: str, inner: str = "") -> str:
    """One member with nothing but a status, e.g. `404 Not Found`."""
    error = f"<D:error>{inner}</D:error>" if inner else ""
    return (
        f"<D:response><D:href>{escape(href)}</D:href>"
        f"<D:status>HTTP/1.1 {line}</D:status>{error}</D:response>"
    )


def multistatus(members: Iterable[str], *, token: str | None = None) -> bytes:
    """The whole answer of a 207."""
    end = "" if token is None else f"<D:sync-token>{escape(token)}</D:sync-token>"
    return f"{_HEAD}{''.join(members)}{end}</D:multistatus>".encode()


def error(condition: str) -> bytes:
    """A DAV:error with one condition, e.g. `D:valid-sync-token`."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="{D}" xmlns:C="{C}">'
        f"<{condition}/></D:error>"
    ).encode()
