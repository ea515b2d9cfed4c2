"""A CalDAV calendar behind the `caldav` library: the only file that knows it.

The library's own `Calendar` and `Event` classes read before they write, probe and download; here
only its client is used, one request a call, every write conditional. Around it: the address is
checked and pinned, a redirect is refused, an answer has a size, and each call has an end.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from caldav.aio import AsyncDAVClient
from caldav.lib import error as caldav_error
from niquests import AsyncSession
from niquests.exceptions import RequestException
from urllib3.contrib.resolver._async.in_memory import InMemoryResolver
from urllib3.exceptions import HTTPError

from calendar_sync.address_guard import Pinned, Unsafe, pin
from calendar_sync.target import (
    Alive,
    AuthFailed,
    Changed,
    Exists,
    Failure,
    Garbage,
    Gone,
    Missing,
    Removed,
    Stored,
    Temporary,
    Written,
)

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 30.0
MAX_BYTES = 5 * 1024 * 1024
_ICS = "text/calendar; charset=utf-8"
_RESOURCETYPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>'
)
_DONE = (200, 201, 204)
_ABSENT = (404, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """An HTTP answer read to its end; the names are those that the library reads."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    reason: str
    url: str

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    @property
    def etag(self) -> str | None:
        return self.headers.get("ETag") or None


class _TooLarge(Exception):
    """The server sends more than an appointment can be."""


class CalDavTarget:
    """One calendar of one user on a CalDAV server."""

    def __init__(
        self,
        calendar_url: str,
        *,
        user_name: str,
        password: str,
        allow_private_hosts: Sequence[str] = (),
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """Prepare; connects at the first call. `total_seconds` is the end of each call."""
        self._base = calendar_url if calendar_url.endswith("/") else f"{calendar_url}/"
        self._user_name = user_name
        self._password = password
        self._allowed = tuple(allow_private_hosts)
        self._total = total_seconds
        self._client: _Client | None = None

    async def check(self) -> Alive | Failure:
        """Ask the calendar for its kind (PROPFIND, Depth 0)."""
        headers = {"Depth": "0", "Content-Type": "application/xml; charset=utf-8"}
        answer = await self._ask("PROPFIND", "", _RESOURCETYPE.encode(), headers)
        if not isinstance(answer, _Answer):
            return answer
        if answer.status_code == 207:  # noqa: PLR2004 -- Multi-Status, RFC 4918 11.1
            return Alive()
        if answer.status_code in _ABSENT:
            return Gone(reason="the calendar is not there")
        return _odd(answer)

    async def get(self, href: str) -> Stored | Missing | Failure:
        """Read one object."""
        answer = await self._ask("GET", href)
        if not isinstance(answer, _Answer):
            return answer
        if answer.status_code in _ABSENT:
            return Missing()
        if answer.status_code not in _DONE:
            return _odd(answer)
        if not answer.content.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"BEGIN:VCALENDAR"):
            return Garbage(reason="the answer is no calendar object")
        return Stored(ics=answer.content, etag=answer.etag)

    async def create(self, href: str, ics: bytes) -> Written | Exists | Failure:
        """PUT with If-None-Match: *."""
        answer = await self._ask("PUT", href, ics, {"If-None-Match": "*", "Content-Type": _ICS})
        if not isinstance(answer, _Answer):
            return answer
        if answer.status_code in _DONE:
            return await self._written(href, answer)
        if answer.status_code == 412 or _says_taken(answer):  # noqa: PLR2004 -- RFC 9110 15.5.13
            return Exists()
        if answer.status_code in (*_ABSENT, 409):
            return Gone(reason="the calendar is not there")
        return _odd(answer)

    async def update(
        self, href: str, ics: bytes, *, etag: str
    ) -> Written | Changed | Missing | Failure:
        """PUT with If-Match."""
        answer = await self._ask("PUT", href, ics, {"If-Match": etag, "Content-Type": _ICS})
        if not isinstance(answer, _Answer):
            return answer
        match answer.status_code:
            case 200 | 201 | 204:
                return await self._written(href, answer)
            case 412 | 409:
                return Changed()
            case 404 | 410:
                return Missing()
            case _:
                return _odd(answer)

    async def remove(self, href: str, *, etag: str) -> Removed | Changed | Missing | Failure:
        """DELETE with If-Match."""
        answer = await self._ask("DELETE", href, headers={"If-Match": etag})
        if not isinstance(answer, _Answer):
            return answer
        match answer.status_code:
            case 200 | 204:
                return Removed()
            case 412 | 409:
                return Changed()
            case 404 | 410:
                return Missing()
            case _:
                return _odd(answer)

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _written(self, href: str, answer: _Answer) -> Written | Failure:
        """Look at a write that got no tag: a page that says "200" to all is no calendar."""
        if answer.etag is not None:
            return Written(etag=answer.etag)
        match await self.get(href):
            case Stored() as stored:
                return Written(etag=stored.etag)
            case Missing():
                return Temporary(reason="the calendar took the event but does not show it yet")
            case failure:
                return failure

    async def _ask(  # noqa: PLR0911 -- one way to fail each
        self, method: str, href: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> _Answer | Failure:
        """One request, from name to last byte, within the total time."""
        try:
            async with asyncio.timeout(self._total):
                client = await self._connected()
                return await client.ask(self._url(href), method, body, headers or {})
        except TimeoutError:
            return Temporary(reason="the calendar does not answer")
        except Unsafe as error:
            return Garbage(reason=str(error))
        except _TooLarge:
            return Garbage(reason="the answer is larger than 5 MB")
        except caldav_error.RateLimitError as error:
            return Temporary(
                reason="the calendar asks to wait", retry_after=error.retry_after_seconds
            )
        except (caldav_error.DAVError, RequestException, HTTPError, OSError) as error:
            return Temporary(reason=f"the calendar cannot be reached ({type(error).__name__})")
        except (ValueError, SyntaxError) as error:
            return Garbage(reason=f"the answer cannot be read ({type(error).__name__})")

    async def _connected(self) -> "_Client":
        if self._client is None:
            pinned = await pin(self._base, allow_private_hosts=self._allowed)
            self._client = _Client(
                pinned, self._base, user_name=self._user_name, password=self._password
            )
        return self._client

    def _url(self, href: str) -> str:
        parts = urlsplit(self._base)
        return urlunsplit(parts._replace(path=parts.path + quote(href, safe="@")))


class _Client(AsyncDAVClient):
    """The library's client with a guarded session and without discovery."""

    def __init__(self, pinned: Pinned, url: str, *, user_name: str, password: str) -> None:
        self._pinned = pinned
        super().__init__(
            url=url,
            username=user_name,
            password=password,
            timeout=(CONNECT_SECONDS, READ_SECONDS),  # type: ignore[arg-type]  # niquests takes both
            features={"http.multiplexing": {"support": "unsupported"}},
            enable_rfc6764=False,
            rate_limit_handle=False,
        )

    def _create_session(self) -> None:
        self.session = _Session(self._pinned)

    async def ask(self, url: str, method: str, body: bytes, headers: Mapping[str, str]) -> _Answer:
        """One request through the library's authentication; the answer as the session read it."""
        with suppress(caldav_error.AuthorizationError):  # its status and body are read below
            await self.request(url, method, body, headers)  # type: ignore[arg-type]  # bytes pass unread
        answer: _Answer | None = self.session.newest
        if answer is None:
            raise ValueError("no answer was read")
        return answer


class _Session(AsyncSession):
    """Speaks to the pinned addresses only, follows nothing, reads a bounded answer."""

    def __init__(self, pinned: Pinned) -> None:
        resolver = InMemoryResolver()
        for address in pinned.addresses:
            resolver.register(pinned.host, address)
        super().__init__(resolver=resolver, disable_http2=True, disable_http3=True)
        self.trust_env = False
        self.newest: _Answer | None = None

    async def request(self, method: str, url: str, **options: Any) -> _Answer:  # type: ignore[override]  # noqa: ANN401 -- as the library passes them
        """Send one request and read the whole answer."""
        self.newest = None
        options.update(allow_redirects=False, stream=True)
        self.cookies.clear()
        response = await super().request(method, url, **options)
        try:
            content = await _bounded(await response.iter_content(65536))
        finally:
            await response.close()
        self.newest = _Answer(
            status_code=response.status_code or 0,
            headers=response.headers,
            content=content,
            reason=response.reason or "",
            url=url,
        )
        return self.newest


async def _bounded(chunks: Any) -> bytes:  # noqa: ANN401 -- an asynchronous generator of niquests
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > MAX_BYTES:
            raise _TooLarge
    return bytes(content)


def _says_taken(answer: _Answer) -> bool:
    """Whether a refusal means that the UID stands elsewhere, or in a trash bin."""
    text = answer.content[:20_000].lower()
    taken = b"no-uid-conflict" in text or b"unique-scheduling-object-resource" in text
    return taken or (answer.status_code == 400 and b"uid already exists" in text)  # noqa: PLR2004 -- Nextcloud's trash bin


def _odd(answer: _Answer) -> Failure:
    """What a status means that no call expects."""
    status = answer.status_code
    if status in (401, 403):
        return AuthFailed(reason="the calendar refuses this user name or password")
    if status >= 500 or status in (408, 423, 425, 429):  # noqa: PLR2004 -- RFC 9110 15.6
        return Temporary(reason=f"the calendar answers {status}")
    if 300 <= status < 400:  # noqa: PLR2004 -- RFC 9110 15.4
        return Garbage(reason="the calendar sends us to another address; fill in that address")
    return Garbage(reason=f"the calendar answers {status}")
