"""One user on one CalDAV server: the only file that knows the `caldav` library.

The library's own `Calendar` and `Event` classes read before they write, probe and download; here
only its client is used, for its authentication, one request a call. Around it: the address is
checked and pinned, a redirect is refused, an answer has a size, and each call has an end. What the
library is shown of an answer has no body, so that it parses nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from caldav.aio import AsyncDAVClient
from caldav.lib import error as caldav_error
from niquests import AsyncSession
from niquests.exceptions import ReadTimeout, RequestException, SSLError
from niquests.structures import CaseInsensitiveDict
from urllib3.contrib.resolver._async.in_memory import InMemoryResolver
from urllib3.exceptions import HTTPError

from calendar_sync.address_guard import Pinned, Unsafe, pin
from calendar_sync.target import (
    AuthFailed,
    Failure,
    Forbidden,
    Garbage,
    Silent,
    Temporary,
    Untrusted,
)

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 30.0
MAX_BYTES = 5 * 1024 * 1024
_PIECE = 256 * 1024  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer read to its end; the names are those that the library reads."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    reason: str
    url: str

    @property
    def text(self) -> str:
        """The body as text, whatever is in it."""
        return self.content.decode("utf-8", "replace")

    @property
    def etag(self) -> str | None:
        """The tag of the object, as it was sent."""
        return self.headers.get("ETag") or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversized(Garbage):
    """The answer is larger than was asked for."""


class _TooLarge(Exception):
    """The server sends more than is read."""


class CalDavClient:
    """Asks one server as one user. Connects at the first call, and keeps the connection."""

    def __init__(
        self,
        base: str,
        *,
        user_name: str,
        password: str,
        allow_private_hosts: Sequence[str] = (),
        total_seconds: float = TOTAL_SECONDS,
        silent_seconds: float = READ_SECONDS,
    ) -> None:
        """Prepare for the collection at `base`.

        `total_seconds` is the end of each call, `silent_seconds` how long a server may say nothing.
        """
        self.base = base if base.endswith("/") else f"{base}/"
        self.requests = 0  # what went over the line, with the asking for authentication
        self._user_name = user_name
        self._password = password
        self._allowed = tuple(allow_private_hosts)
        self._total = total_seconds
        self._silent = silent_seconds
        self._library: _Library | None = None

    async def ask(  # noqa: PLR0911 -- one way to fail each
        self,
        method: str,
        href: str = "",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        address: str = "",
        max_bytes: int = MAX_BYTES,
    ) -> Reply | Failure:
        """One request about `href` in the collection, from name to last byte, in the total time.

        `address` is asked in its place: a whole one on the same host, as it is written.
        """
        try:
            async with asyncio.timeout(self._total):
                library = await self._connected()
                return await library.ask(
                    address or self._url(href), method, body, headers or {}, max_bytes=max_bytes
                )
        except (TimeoutError, ReadTimeout):
            return Silent(reason="the calendar does not answer")
        except Unsafe as error:
            return Forbidden(reason=str(error))
        except _TooLarge:
            return Oversized(reason=f"the answer is larger than {max_bytes // 1024**2} MB")
        except caldav_error.RateLimitError as error:
            return Temporary(
                reason="the calendar asks to wait", retry_after=error.retry_after_seconds
            )
        except SSLError:
            return Untrusted(reason="the certificate of the calendar's server cannot be trusted")
        except (caldav_error.DAVError, RequestException, HTTPError, OSError) as error:
            return Temporary(reason=f"the calendar cannot be reached ({type(error).__name__})")
        except Exception as error:  # noqa: BLE001 -- whatever the libraries trip over, a server sent it
            return Garbage(reason=f"the answer cannot be read ({type(error).__name__})")
        finally:
            self._count()

    async def close(self) -> None:
        """Close the connection."""
        if self._library is not None:
            await self._library.close()
            self._library = None

    async def _connected(self) -> "_Library":
        if self._library is None:
            pinned = await pin(self.base, allow_private_hosts=self._allowed)
            self._library = _Library(
                pinned,
                self.base,
                user_name=self._user_name,
                password=self._password,
                silent_seconds=self._silent,
            )
        return self._library

    def _count(self) -> None:
        if self._library is not None:
            self.requests += self._library.session.sent
            self._library.session.sent = 0

    def _url(self, href: str) -> str:
        parts = urlsplit(self.base)
        return urlunsplit(parts._replace(path=parts.path + quote(href, safe="@")))


def odd(reply: Reply) -> Failure:
    """What a status means that no call expects."""
    status = reply.status_code
    if status in (401, 403):
        return AuthFailed(reason="the calendar refuses this user name or password")
    if status >= 500 or status in (408, 423, 425, 429):  # noqa: PLR2004 -- RFC 9110 15.6
        return Temporary(reason=f"the calendar answers {status}")
    if 300 <= status < 400:  # noqa: PLR2004 -- RFC 9110 15.4
        return Garbage(reason="the calendar sends us to another address; fill in that address")
    return Garbage(reason=f"the calendar answers {status}")


class _Library(AsyncDAVClient):
    """The library's client with a guarded session and without discovery."""

    def __init__(
        self, pinned: Pinned, url: str, *, user_name: str, password: str, silent_seconds: float
    ) -> None:
        self._pinned = pinned
        super().__init__(
            url=url,
            username=user_name,
            password=password,
            timeout=(CONNECT_SECONDS, silent_seconds),  # type: ignore[arg-type]  # niquests takes both
            features={"http.multiplexing": {"support": "unsupported"}},
            enable_rfc6764=False,
            rate_limit_handle=False,
        )

    def _create_session(self) -> None:
        self.session = _Session(self._pinned)

    async def ask(
        self, url: str, method: str, body: bytes, headers: Mapping[str, str], *, max_bytes: int
    ) -> Reply:
        """One request through the library's authentication; the answer as the session read it."""
        self.session.max_bytes = max_bytes
        # Its status and body are read below, also where it asks for a way that nobody has.
        with suppress(caldav_error.AuthorizationError, NotImplementedError):
            await self.request(url, method, body, headers)  # type: ignore[arg-type]  # bytes pass unread
        reply: Reply | None = self.session.newest
        if reply is None:
            raise ValueError("no answer was read")
        return reply


class _Session(AsyncSession):
    """Speaks to the pinned addresses only, follows nothing, reads a bounded answer."""

    def __init__(self, pinned: Pinned) -> None:
        resolver = InMemoryResolver()
        for address in pinned.addresses:
            resolver.register(pinned.host, address)
        super().__init__(resolver=resolver, disable_http2=True, disable_http3=True)
        self.trust_env = False
        self.newest: Reply | None = None
        self.max_bytes = MAX_BYTES
        self.sent = 0

    async def request(self, method: str, url: str, **options: Any) -> Reply:  # type: ignore[override]  # noqa: ANN401 -- as the library passes them
        """Send one request and read the whole answer; the library is shown no body."""
        self.newest = None
        self.sent += 1
        options.update(allow_redirects=False, stream=True)
        self.cookies.clear()
        response = await super().request(method, url, **options)
        try:
            content = await _bounded(await response.iter_content(65536), self.max_bytes)
        finally:
            await response.close()
        self.newest = Reply(
            status_code=response.status_code or 0,
            headers=response.headers,
            content=content,
            reason=response.reason or "",
            url=url,
        )
        return replace(self.newest, content=b"", headers=_shown(response.headers))


def _shown(headers: Mapping[str, str]) -> CaseInsensitiveDict:
    """What the library needs to see: how to authenticate, and how long to wait."""
    wanted = ("www-authenticate", "retry-after")
    return CaseInsensitiveDict(
        {name: value for name, value in headers.items() if name.lower() in wanted}
    )


async def _bounded(chunks: Any, most: int) -> bytes:  # noqa: ANN401 -- an asynchronous generator of niquests
    """The whole body. It comes in pieces: what grows as one is moved, and then is there twice."""
    pieces: list[bytes] = []
    piece = bytearray()
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise _TooLarge
        piece += chunk
        if len(piece) >= _PIECE:
            pieces.append(bytes(piece))
            piece.clear()
    return b"".join((*pieces, piece))
