"""Addresses of TURN servers, as browsers take them (RFC 7065)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_USUAL: Final = {"turn": 3478, "turns": 5349}
_MAX_PORT: Final = 65535
_URL: Final = re.compile(
    r"(?P<scheme>turns?):(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.\-]+)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?(?:\?transport=(?P<transport>udp|tcp))?"
)


class Transport(StrEnum):
    """How a browser reaches a relay; firewalls that stop the first may let the last through."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayUrl:
    """One way to one relay."""

    host: str  # a name, or an address without brackets
    port: int
    transport: Transport

    def __str__(self) -> str:
        """As a person reads it."""
        return f"{self.host} port {self.port} over {self.transport}"


def parse_relay(url: str) -> RelayUrl:
    """Read `turn:host:port?transport=udp` and its like.

    A `turns:` address goes over TLS; browsers know no DTLS to a relay.

    Raises:
        ValueError: this is no such address.
    """
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError(url)
    secure = found["scheme"] == "turns"
    port = int(found["port"] or _USUAL[found["scheme"]])
    if port > _MAX_PORT or (secure and found["transport"] == "udp"):
        raise ValueError(url)
    plain = Transport.TCP if found["transport"] == "tcp" else Transport.UDP
    return RelayUrl(
        host=found["host"].strip("[]"),
        port=port,
        transport=Transport.TLS if secure else plain,
    )
