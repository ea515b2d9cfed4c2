"""Which addresses the house may speak to, so that a calendar's address opens no inner door.

A host is resolved once, every address it has must be safe, and the connection goes to one of those
very addresses: a name that changes its mind in between gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

RESOLVE_SECONDS = 5.0
_PORTS = frozenset({443, 8443})
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_EMBEDDED_LOW = (ipaddress.IPv6Network("::/96"), ipaddress.IPv6Network("64:ff9b::/96"))
_REFUSED_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in ("64:ff9b:1::/48", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16")
)
_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)


class Unsafe(Exception):
    """The address may not be spoken to; the text says why, without the path of the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A host and the only addresses that it stands for during this connection."""

    host: str
    addresses: tuple[str, ...]


async def pin(url: str, *, allow_private_hosts: Sequence[str]) -> Pinned:
    """Check `url` and resolve its host.

    Hosts in `allow_private_hosts` may be private, on any port, and without TLS; one with a `!`
    before it is refused, with every host below it (security.md 2.6).

    Raises:
        Unsafe: the address is refused.
        OSError: the name cannot be resolved now.
    """
    host, port = check_url(url, allow_private_hosts=allow_private_hosts)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise Unsafe("the host name is not valid") from None
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    trusted = host in allow_private_hosts
    for address in addresses:
        if not trusted and not is_safe(address):
            raise Unsafe(f"{host} stands on a private or reserved address")
    return Pinned(host=host, addresses=addresses)


def check_url(url: str, *, allow_private_hosts: Sequence[str]) -> tuple[str, int]:
    """Give host and port of an address that has the right form.

    Raises:
        Unsafe: another scheme, a user in the address, a port that is not one of the usual ones, or
            a host that is refused.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unsafe("this is no web address") from None
    host = (parts.hostname or "").lower()
    if not host or host.endswith(".") or "%" in host:
        raise Unsafe("the address names no host")
    if "@" in parts.netloc:
        raise Unsafe("a user name does not belong in the address")
    if _is_refused(host, allow_private_hosts):
        raise Unsafe("the administrator refuses this host")
    if host in allow_private_hosts and parts.scheme in ("http", "https"):
        return host, port or (443 if parts.scheme == "https" else 80)
    if parts.scheme != "https":
        raise Unsafe("the address must start with https://")
    if (port or 443) not in _PORTS:
        raise Unsafe("the port must be 443 or 8443")
    return host, port or 443


def _is_refused(host: str, hosts: Sequence[str]) -> bool:
    refused = [_plain(one[1:]) for one in hosts if one.startswith("!")]
    return any(_plain(host) == one or _plain(host).endswith(f".{one}") for one in refused)


def _plain(host: str) -> str:
    """A name as it is looked up, however its letters are written."""
    try:
        return host.strip(".").encode("idna").decode().lower()
    except UnicodeError:
        return host.strip(".").lower()


def is_safe(address: str) -> bool:
    """Whether an address is on the open internet, also when it hides an IPv4 address inside."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return _safe_v4(ip)
    inner = _embedded(ip)
    if inner is not None:
        return _safe_v4(inner)
    return (
        ip.scope_id is None and ip in _GLOBAL_V6 and not any(ip in block for block in _REFUSED_V6)
    )


def _safe_v4(ip: ipaddress.IPv4Address) -> bool:
    return not any(ip in block for block in _REFUSED_V4)


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if any(ip in block for block in _EMBEDDED_LOW):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
