"""From what somebody pasted to the calendars behind it (RFC 6764, RFC 4791, RFC 5397).

The address may be a server, a principal, a home or a calendar itself. Every address on the way is
checked and pinned as any other; a redirect is followed by hand, at most three times, and a
password goes to no other host than the one that was typed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin, urlsplit, urlunsplit

from calendar_sync.address_guard import Unsafe, check_url
from calendar_sync.caldav_client import CalDavClient, Reply
from calendar_sync.found_calendars import (
    MAX_CALENDARS,
    WANTED,
    Collection,
    FoundCalendar,
    canonical,
    read_collections,
)
from calendar_sync.multistatus import NoMultistatus
from calendar_sync.target import AuthFailed, Failure, Forbidden, Silent, Temporary, Untrusted

LOOK_SECONDS = 25.0
_MAX_REDIRECTS = 3
_MAX_HOMES = 5
_ONE_HOUSE = ("icloud.com",)  # spreads one account over hosts of its own: p34-caldav.icloud.com
_MOVED = range(300, 400)
_PROPFIND = {"Content-Type": "application/xml; charset=utf-8"}


class Trouble(StrEnum):
    """Why no calendar was found; worded by the catalogue: error.calendar_<trouble>."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105 -- the name of a trouble
    NO_RIGHT = "no_right"
    NOT_A_CALENDAR = "not_a_calendar"
    CERTIFICATE = "certificate"
    UNREACHABLE = "unreachable"
    ADDRESS_REFUSED = "address_refused"
    TOO_SLOW = "too_slow"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """Nothing was found. `address` is the new one when the calendar moved, else empty."""

    trouble: Trouble
    address: str = ""


class _Stopped(Exception):
    def __init__(self, trouble: Trouble, address: str = "") -> None:
        super().__init__(trouble)
        self.answer = NotFound(trouble=trouble, address=address)


async def look(
    address: str,
    *,
    user_name: str,
    password: str,
    allow_private_hosts: Sequence[str] = (),
    total_seconds: float = LOOK_SECONDS,
) -> tuple[FoundCalendar, ...] | NotFound:
    """Find the calendars for appointments behind `address`, at most 500.

    Never raises for what a server does, asks it about fifteen things at most, and ends after
    `total_seconds`.
    """
    try:
        typed = _whole(address)
        check_url(typed, allow_private_hosts=allow_private_hosts)
        start = canonical(typed)
    except Unsafe:
        return NotFound(trouble=Trouble.ADDRESS_REFUSED)
    except ValueError:
        return NotFound(trouble=Trouble.NOT_A_CALENDAR)
    client = CalDavClient(
        _origin(start),
        user_name=user_name,
        password=password,
        allow_private_hosts=allow_private_hosts,
    )
    walk = _Walk(start, client, user_name, password, tuple(allow_private_hosts))
    try:
        async with asyncio.timeout(total_seconds):
            return await walk.calendars()
    except TimeoutError:
        return NotFound(trouble=Trouble.TOO_SLOW)
    except _Stopped as stopped:
        return stopped.answer
    finally:
        await walk.close()


class _Walk:
    """One search: from the address to a principal, its homes, and what lies in them."""

    def __init__(
        self,
        start: str,
        client: CalDavClient,
        user_name: str,
        password: str,
        allowed: tuple[str, ...],
    ) -> None:
        self._start = start
        self._clients = {_origin(start): client}
        self._user_name = user_name
        self._password = password
        self._allowed = allowed

    async def calendars(self) -> tuple[FoundCalendar, ...]:
        """Try the address itself, then the well-known one of its host; the first hit counts."""
        troubles = []
        for address in _tries(self._start):
            try:
                found = await self._from(address)
            except _Stopped as stopped:
                if stopped.answer.trouble not in (Trouble.NO_RIGHT, Trouble.NOT_A_CALENDAR):
                    raise
                troubles.append(stopped.answer.trouble)
                continue
            if found:
                return found
            troubles.append(Trouble.NOT_A_CALENDAR)
        barred = Trouble.NO_RIGHT in troubles[:1]
        raise _Stopped(Trouble.NO_RIGHT if barred else Trouble.NOT_A_CALENDAR)

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.close()

    async def _from(self, address: str) -> tuple[FoundCalendar, ...]:
        here = await self._properties(address)
        if here.calendar is not None:
            return (here.calendar,)
        homes = here.homes
        if not homes and here.principal is not None:
            homes = (await self._properties(here.principal)).homes
        found: dict[str, FoundCalendar] = {}
        for home in homes[:_MAX_HOMES] or ((here.address,) if here.is_collection else ()):
            for one in await self._list(home):
                if one.calendar is not None:
                    found.setdefault(one.address, one.calendar)
        return tuple(found.values())[:MAX_CALENDARS]

    async def _properties(self, address: str) -> Collection:
        """What the collection at `address` is."""
        asked, found = await self._ask(address, depth="0")
        if not found:
            raise _Stopped(Trouble.NOT_A_CALENDAR)
        here = next((one for one in found if one.address == canonical(asked)), found[0])
        if here.anonymous:
            raise _Stopped(Trouble.WRONG_PASSWORD)
        return here

    async def _list(self, home: str) -> tuple[Collection, ...]:
        _, found = await self._ask(home, depth="1")
        inside = _origin(home)
        return tuple(one for one in found if _origin(one.address) == inside)

    async def _ask(self, address: str, *, depth: str) -> tuple[str, tuple[Collection, ...]]:
        """One PROPFIND, with its redirects."""
        for _ in range(_MAX_REDIRECTS + 1):
            reply = await self._one(address, depth)
            if reply.status_code in _MOVED:
                address = self._next(address, reply)
                continue
            return address, _collections(reply, address)
        raise _Stopped(Trouble.NOT_A_CALENDAR)

    async def _one(self, address: str, depth: str) -> Reply:
        client = self._client_for(address)
        headers = {**_PROPFIND, "Depth": depth}
        reply = await client.ask("PROPFIND", "", WANTED, headers, address=address)
        if isinstance(reply, Reply):
            return reply
        raise _Stopped(trouble_of(reply))

    def _client_for(self, address: str) -> CalDavClient:
        origin = _origin(address)
        if origin not in self._clients:
            self._check_host(address)
            self._clients[origin] = CalDavClient(
                origin,
                user_name=self._user_name,
                password=self._password,
                allow_private_hosts=self._allowed,
            )
        return self._clients[origin]

    def _next(self, address: str, reply: Reply) -> str:
        """Where a redirect leads."""
        try:
            there = canonical(urljoin(address, reply.headers.get("Location", "")))
        except ValueError:
            raise _Stopped(Trouble.NOT_A_CALENDAR) from None
        if _origin(there) != _origin(address):
            self._check_host(there)
        return there

    def _check_host(self, there: str) -> None:
        """Stop before a password goes to a host that nobody typed."""
        try:
            check_url(there, allow_private_hosts=self._allowed)
        except Unsafe:
            raise _Stopped(Trouble.ADDRESS_REFUSED) from None
        typed, other = urlsplit(self._start), urlsplit(there)
        same = (typed.scheme, typed.port) == (other.scheme, other.port)
        if not same or not _same_house(typed.hostname, other.hostname):
            raise _Stopped(Trouble.MOVED, there)


def trouble_of(failure: Failure) -> Trouble:
    """What a failure of the line means to somebody who connects a calendar."""
    match failure:
        case AuthFailed():
            return Trouble.WRONG_PASSWORD
        case Untrusted():
            return Trouble.CERTIFICATE
        case Silent():
            return Trouble.TOO_SLOW
        case Temporary():
            return Trouble.UNREACHABLE
        case Forbidden():
            return Trouble.ADDRESS_REFUSED
        case _:
            return Trouble.NOT_A_CALENDAR


def _collections(reply: Reply, address: str) -> tuple[Collection, ...]:
    status = reply.status_code
    if status == 401:  # noqa: PLR2004 -- RFC 9110 15.5.2
        raise _Stopped(Trouble.WRONG_PASSWORD)
    if status == 403:  # noqa: PLR2004 -- RFC 9110 15.5.4
        raise _Stopped(Trouble.NO_RIGHT)
    if status >= 500 or status in (408, 423, 425, 429):  # noqa: PLR2004 -- RFC 9110 15.6
        raise _Stopped(Trouble.UNREACHABLE)
    if status != 207:  # noqa: PLR2004 -- Multi-Status, RFC 4918 11.1
        raise _Stopped(Trouble.NOT_A_CALENDAR)
    try:
        return read_collections(reply.content, asked=address)
    except NoMultistatus:
        raise _Stopped(Trouble.NOT_A_CALENDAR) from None


def _whole(typed: str) -> str:
    """The address to begin with; somebody may leave out https://."""
    text = typed.strip()
    return text if "://" in text else f"https://{text}"


def _tries(start: str) -> tuple[str, ...]:
    """RFC 6764 5: the well-known address, first when nothing but a host was typed."""
    known = f"{_origin(start)}.well-known/caldav"
    return (known, start) if urlsplit(start).path == "/" else (start, known)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))


def _same_house(one: str | None, other: str | None) -> bool:
    if one == other:
        return True
    return any(
        str(one).endswith(f".{house}") and str(other).endswith(f".{house}") for house in _ONE_HOUSE
    )
