"""Reading a foreign feed (an ICS address) as a calendar: asked for whole, compared by UID.

The address itself is the secret, so nothing of it stands in a message. Each step of a redirect
passes the same guard as the first address, at most three of them. A feed is asked for again only
when its tag, its date or its contents tell a difference.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from calendar_sync.caldav_client import TOTAL_SECONDS, CalDavClient, Oversized, Reply, odd
from calendar_sync.feed_format import cut_feed
from calendar_sync.hostile import NotBelieved, Reason
from calendar_sync.reading import (
    MAX_ANSWER_BYTES,
    Changes,
    Fetched,
    Listing,
    Remote,
    TokenRefused,
)
from calendar_sync.target import Failure, Garbage, Gone, Temporary

MAX_REDIRECTS = 3
_MAX_VALIDATOR = 300
_ABSENT = (401, 403, 404, 410)
_REDIRECTS = (301, 302, 303, 307, 308)
_OK, _NOT_MODIFIED = 200, 304
_HEADERS = {"Accept": "text/calendar, text/plain;q=0.5", "User-Agent": "Tweespraak"}
_STAMP = re.compile(rb"^DTSTAMP[^\n]*\n", re.MULTILINE | re.IGNORECASE)
_BEGIN = re.compile(rb"\s*BEGIN:VCALENDAR", re.IGNORECASE)
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a token says of the feed as it was read last."""

    etag: str = ""
    modified: str = ""
    digest: str = ""

    @classmethod
    def read(cls, token: str | None) -> "_Known":
        try:
            etag, modified, digest = json.loads(token or "")
        except (ValueError, TypeError):
            return cls()
        return cls(etag=str(etag), modified=str(modified), digest=str(digest))

    def token(self) -> str:
        return json.dumps([self.etag, self.modified, self.digest])

    def headers(self) -> dict[str, str]:
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """The feed as it stands there now, cut into objects, with a tag each."""

    known: _Known
    pieces: Mapping[str, bytes]
    tags: Mapping[str, str] = field(default_factory=dict)


class _NotModified:
    """The feed says that it is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A feed as it came: its bytes, and what it may be asked with the next time."""

    body: bytes
    etag: str
    modified: str


class FeedSource:
    """One feed, to read. What was read is kept until the next question about changes."""

    def __init__(
        self,
        address: str,
        *,
        allow_private_hosts: Sequence[str] = (),
        total_seconds: float = TOTAL_SECONDS,
        on_request: Callable[[str], None] = lambda _host: None,
    ) -> None:
        """Prepare; `total_seconds` is the end of each request. `on_request` is told each host."""
        self._address = plain_address(address)
        self._allowed = tuple(allow_private_hosts)
        self._total = total_seconds
        self._whole: _Whole | None = None
        self._on_request = on_request

    async def look(self) -> Failure | None:
        """Whether a calendar is given at this address; it is not taken apart."""
        given = await self._get({})
        return None if isinstance(given, Given) else _failed(given)

    async def changes(self, token: str | None) -> Changes | TokenRefused | Failure:
        """Nothing, when the feed is as it was; else everything, as of a token that is refused."""
        known = _Known.read(token)
        if token is None and self._whole is not None:
            return _everything(self._whole)
        self._whole = None
        given = await self._get(known.headers())
        if isinstance(given, _NotModified):
            return Changes(token=known.token(), changed={}, removed=frozenset())
        if not isinstance(given, Given):
            return given
        whole = _cut(given)
        if not isinstance(whole, _Whole):
            return whole
        if token is not None and whole.known.digest == known.digest:
            return Changes(token=whole.known.token(), changed={}, removed=frozenset())
        self._whole = whole
        return _everything(whole) if token is None else TokenRefused(reason="the feed changed")

    async def listing(self) -> Listing | Failure:
        """Every object of the feed; asked for anew unless it was just read."""
        whole = await self._now()
        return Listing(tags=whole.tags) if isinstance(whole, _Whole) else whole

    async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
        """The objects, out of what was just read."""
        whole = await self._now()
        if not isinstance(whole, _Whole):
            return whole
        objects = {
            href: Remote(ics=whole.pieces[href], etag=whole.tags[href])
            for href in hrefs
            if href in whole.pieces
        }
        return Fetched(objects=objects, missing=frozenset(hrefs) - objects.keys(), requests=0)

    async def close(self) -> None:
        """Let go of what was read."""
        self._whole = None

    async def _now(self) -> _Whole | Failure:
        if self._whole is None:
            given = await self._get({})
            if not isinstance(given, Given):
                return _failed(given)
            whole = _cut(given)
            if not isinstance(whole, _Whole):
                return whole
            self._whole = whole
        return self._whole

    async def _get(self, headers: Mapping[str, str]) -> Given | _NotModified | Failure:
        address = self._address
        for _ in range(MAX_REDIRECTS + 1):
            reply = await self._ask(address, headers)
            if not isinstance(reply, Reply):
                return Garbage(reason="the feed is too large") if _large(reply) else reply
            if reply.status_code not in _REDIRECTS:
                return _given(reply)
            address = urljoin(address, reply.headers.get("Location") or "")
        return Garbage(reason="the feed sends us round and round")

    async def _ask(self, address: str, headers: Mapping[str, str]) -> Reply | Failure:
        """One request on a connection of its own: each host is checked and pinned."""
        self._on_request(urlsplit(address).hostname or "")
        client = CalDavClient(
            address,
            user_name="",
            password="",
            allow_private_hosts=self._allowed,
            total_seconds=self._total,
        )
        try:
            asked = {**_HEADERS, **headers}
            return await client.ask(
                "GET", headers=asked, address=address, max_bytes=MAX_ANSWER_BYTES
            )
        finally:
            await client.close()


def plain_address(address: str) -> str:
    """The address as it is asked for: `webcal` is another word for https, without a fragment."""
    text = address.strip()
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("webcal", "webcals"):
        text = f"https:{rest}"
    return text.partition("#")[0]


def _large(reply: Failure) -> bool:
    return isinstance(reply, Oversized)


def _failed(given: _NotModified | Failure) -> Failure:
    if isinstance(given, _NotModified):
        return Temporary(reason="the feed says that it did not change, without being asked")
    return given


def _given(reply: Reply) -> Given | _NotModified | Failure:
    if reply.status_code == _NOT_MODIFIED:
        return _NotModified()
    if reply.status_code in _ABSENT:
        return Gone(reason="the feed is not there any more")
    if reply.status_code != _OK:
        return odd(reply)
    if not _BEGIN.match(reply.content.removeprefix(_MARK)):
        kind = "a web page" if b"<html" in reply.content[:2000].lower() else "something else"
        return Garbage(reason=f"the address gives {kind} and no calendar")
    return Given(
        body=reply.content,
        etag=_validator(reply.headers.get("ETag")),
        modified=_validator(reply.headers.get("Last-Modified")),
    )


def _validator(text: str | None) -> str:
    usable = text is not None and len(text) <= _MAX_VALIDATOR and text.isprintable()
    return text or "" if usable else ""


def _cut(given: Given) -> _Whole | Failure:
    try:
        pieces = cut_feed(given.body)
    except NotBelieved as refused:
        large = refused.reason in (Reason.TOO_LARGE, Reason.TOO_MANY_LINES, Reason.TOO_MANY_PARTS)
        return Garbage(reason=f"the feed is too {'large' if large else 'odd'} ({refused.reason})")
    tags = {name: _tag(piece) for name, piece in pieces.items()}
    digest = hashlib.sha256("".join(f"{n}{tags[n]}" for n in sorted(tags)).encode()).hexdigest()
    known = _Known(etag=given.etag, modified=given.modified, digest=digest)
    return _Whole(known=known, pieces=pieces, tags=tags)


def _tag(piece: bytes) -> str:
    """What an object says, without the moment of asking that many servers write into it."""
    return hashlib.sha256(_STAMP.sub(b"", piece)).hexdigest()


def _everything(whole: _Whole) -> Changes:
    return Changes(token=whole.known.token(), changed=whole.tags, removed=frozenset())
