"""Whether the relay does what it is for, and nothing else: what the doctor finds out by trying it.

Every way of `TWEESPRAAK_TURN_URLS` carries a packet between two allocations; addresses inside a
network, written in every form that once got past a relay, must all be refused.
"""

import asyncio
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from server.relay_url import RelayUrl, Transport
from server.turn_client import Login, TurnClient, TurnRefused, turn_client
from server.turn_config import Version, read_version, version_warning
from server.turn_wire import BadStun

_UNAUTHORIZED, _FORBIDDEN = 401, 403
_NO_SUCH_FAMILY, _OTHER_FAMILY = 440, 443
_LATER: Final = 10 * 365 * 86_400  # seconds; a clock that is wrong is seldom more wrong
_PORT: Final = 53
# Each by itself an address of a machine, a neighbour or a cloud's own desk; the forms are those
# of CVE-2020-26262, CVE-2026-27624 and CVE-2026-73212.
INNER: Final = (
    "0.0.0.0",  # noqa: S104 -- an address to be refused
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
)
MakeLogin = Callable[[int], Login]  # from the moment that it ends, in Unix seconds


class Fault(StrEnum):
    """What can be wrong with one way to the relay."""

    OPEN = "open"
    CLOSED = "closed"
    CERTIFICATE = "certificate"
    SILENT = "silent"
    OTHER_SECRET = "other_secret"  # noqa: S105 -- the name of a fault
    CLOCK = "clock"
    SELF_DENIED = "self_denied"
    NOT_RELAYED = "not_relayed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one look found: a subject, a sentence, and how bad it is."""

    subject: str
    sentence: str
    good: bool
    harmless: bool = False  # when it is not good: only a warning


def sentence_of(fault: Fault, way: RelayUrl, code: int = 0) -> str:
    """The one sentence that says what to do."""
    told = {
        Fault.OPEN: f"DANGER: {way} relays for strangers without credentials; stop coturn now, and "
        "write its configuration with: tweespraak turn-config",
        Fault.CLOSED: f"nobody listens at {way}; start coturn, or open the port in the firewall",
        Fault.CERTIFICATE: f"the certificate at {way} is not good, so no browser goes this way",
        Fault.SILENT: f"{way} gives no answer; a firewall may swallow it",
        Fault.OTHER_SECRET: f"{way} does not take our credentials; "
        "static-auth-secret must be the same as TWEESPRAAK_TURN_SECRET",
        Fault.CLOCK: f"the clock of {way} is ahead of ours, so credentials have run out when they "
        "come; set both clocks by NTP",
        Fault.SELF_DENIED: f"{way} refuses its own relay address, so two people who both need it "
        "cannot meet; do not deny that address",
        Fault.NOT_RELAYED: f"{way} takes a packet and does not hand it on; open its range of "
        "UDP ports (min-port to max-port)",
        Fault.REFUSED: f"{way} refuses to relay (error {code}); look into its log",
    }
    return told[fault]


async def look_at_relay(
    ways: Sequence[RelayUrl],
    make_login: MakeLogin,
    *,
    now: int,
    trust: ssl.SSLContext | None = None,
) -> AsyncIterator[Looked]:
    """Try every way at `now` (Unix seconds), then ask the first good one for inner addresses."""
    good: RelayUrl | None = None
    for way in ways:
        fault, code = await try_way(way, make_login, now=now, trust=trust)
        sentence = f"{way} relays" if fault is None else sentence_of(fault, way, code)
        yield Looked(subject="relay", sentence=sentence, good=fault is None)
        good = good or (way if fault is None else None)
    if Transport.TLS not in {way.transport for way in ways}:
        yield Looked(
            subject="relay",
            sentence="add a turns: address, best on port 443: strict firewalls let only that out",
            good=False,
            harmless=True,
        )
    if good is not None:
        yield await _look_inside(good, make_login(now + 600), trust)


async def try_way(
    way: RelayUrl, make_login: MakeLogin, *, now: int, trust: ssl.SSLContext | None = None
) -> tuple[Fault | None, int]:
    """Carry a packet between two allocations; what went wrong, with the relay's error code."""
    try:
        return await _carry_packet(way, make_login(now + 600), trust), 0
    except TurnRefused as refused:
        if refused.code != _UNAUTHORIZED:
            return Fault.REFUSED, refused.code
        later = await _is_taken(way, make_login(now + _LATER), trust)
        return (Fault.CLOCK if later else Fault.OTHER_SECRET), refused.code
    except ssl.SSLError:
        return Fault.CERTIFICATE, 0
    except (TimeoutError, BadStun):
        return Fault.SILENT, 0
    except OSError:
        return Fault.CLOSED, 0


async def _carry_packet(way: RelayUrl, login: Login, trust: ssl.SSLContext | None) -> Fault | None:
    word = os.urandom(16)
    async with (
        turn_client(way, login, trust=trust) as near,
        turn_client(way, login, trust=trust) as far,
    ):
        here, there = await near.allocate(), await far.allocate()
        if not near.was_asked_who:
            return Fault.OPEN
        try:
            await near.permit(there)
            await far.permit(here)
        except TurnRefused as refused:
            if refused.code == _FORBIDDEN:
                return Fault.SELF_DENIED
            raise
        try:
            arrived = await _hand_over(near, far, there, word)
        except TimeoutError:
            return Fault.NOT_RELAYED
        await asyncio.gather(near.release(), far.release())
        return None if arrived == word else Fault.NOT_RELAYED


async def _hand_over(
    near: TurnClient, far: TurnClient, there: tuple[IPv4Address | IPv6Address, int], word: bytes
) -> bytes:
    for _ in range(3):  # over UDP one may get lost
        near.send(there, word)
    return await far.receive()


async def _is_taken(way: RelayUrl, login: Login, trust: ssl.SSLContext | None) -> bool:
    try:
        async with turn_client(way, login, trust=trust) as client:
            await client.allocate()
            await client.release()
    except (TurnRefused, OSError, TimeoutError, BadStun):
        return False
    return True


async def _look_inside(way: RelayUrl, login: Login, trust: ssl.SSLContext | None) -> Looked:
    subject = "relay, inner addresses"
    try:
        open_ = await inner_leaks(way, login, trust=trust)
    except (TurnRefused, OSError, TimeoutError, BadStun) as error:
        sentence = f"could not be tried at {way} ({type(error).__name__})"
        return Looked(subject=subject, sentence=sentence, good=False)
    if open_:
        sentence = (
            f"DANGER: the relay lets a stranger in to {', '.join(open_)}; stop coturn now, and "
            "write its configuration with: tweespraak turn-config"
        )
        return Looked(subject=subject, sentence=sentence, good=False)
    return Looked(subject=subject, sentence=f"all {len(INNER)} refused", good=True)


async def inner_leaks(
    way: RelayUrl, login: Login, *, trust: ssl.SSLContext | None = None
) -> list[str]:
    """Those of `INNER` that the relay would send to, each asked of both kinds of allocation."""
    found: list[str] = []
    for family in (4, 6):
        async with turn_client(way, login, trust=trust) as client:
            try:
                await client.allocate(family)
            except TurnRefused as refused:
                if family == 6 and refused.code == _NO_SUCH_FAMILY:  # noqa: PLR2004 -- IPv6
                    continue
                raise
            found += [inner for inner in INNER if not await _is_refused(client, inner)]
            await client.release()
    return sorted(set(found), key=INNER.index)


async def _is_refused(client: TurnClient, inner: str) -> bool:
    try:
        await client.permit((ip_address(inner), _PORT))
    except TurnRefused as refused:
        return refused.code in (_FORBIDDEN, _OTHER_FAMILY)
    return False


def look_at_coturn() -> Looked | None:
    """The coturn of this machine, when there is one; the relay may stand elsewhere."""
    version = installed_version()
    if version is None:
        return None
    warning = version_warning(version)
    return Looked(
        subject="coturn",
        sentence=warning or ".".join(map(str, version)),
        good=warning is None,
        harmless=True,
    )


def installed_version() -> Version | None:
    """The version of the coturn on this machine; None when there is none that says so."""
    path = shutil.which("turnserver")
    if path is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 -- the program that was just found, no foreign words
            [path, "--version"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_version(done.stdout)
