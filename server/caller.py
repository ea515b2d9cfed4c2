"""Whose request this is: the address that limits are counted by.

Behind a proxy the peer is the proxy, and then all people would share one limit. A proxy of ours
says in X-Forwarded-For who came to it; what stands left of that, anybody can have written.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

_HEADER = "X-Forwarded-For"


def caller_of(request: web.Request, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """The address of whoever sent `request`, an empty text when it is unknown.

    `proxies` are our own: the header is read from the right, and only as far as they wrote it.
    """
    said = ",".join(request.headers.getall(_HEADER, ())).split(",")
    return forwarded_for(request.remote or "", said, proxies)


def forwarded_for(
    peer: str, said: Sequence[str], proxies: Sequence[IPv4Network | IPv6Network]
) -> str:
    """The nearest address that is no proxy of ours: `peer`, or one that a proxy of ours named."""
    nearest = peer
    for address in reversed(said):
        if not _is_one_of(nearest, proxies) or not _is_address(address.strip()):
            break
        nearest = address.strip()
    return nearest


def _is_one_of(address: str, proxies: Sequence[IPv4Network | IPv6Network]) -> bool:
    if not _is_address(address):
        return False
    ip = ip_address(address)
    inner = getattr(ip, "ipv4_mapped", None) or ip
    return any(inner in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
