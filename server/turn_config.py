"""A closed configuration of coturn: it relays talks, and is no door into the network behind it.

The list of denied addresses and the limits follow the recommended configuration of EnableSecurity
(coturn-secure-config), with what CVE-2026-27624 and CVE-2026-73212 taught.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from server.relay_url import RelayUrl, Transport

Address = IPv4Address | IPv6Address
Version = tuple[int, ...]

SAFE: Final[Version] = (4, 13, 1)  # before this 6to4 and NAT64 forms lead inside
GOOD: Final = "4.17"
LEAST_SECRET: Final = 32  # characters
_MAPPED_READ: Final[Version] = (4, 9)  # from here on `::ffff:` forms are judged as IPv4
_OLD_TLS: Final[Version] = (4, 7)

# From and to. Never `::0`: from 4.9 on it matches all of IPv4.
DENIED: Final = (
    ("0.0.0.0", "0.255.255.255"),  # noqa: S104 -- addresses to deny
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "239.255.255.255"),
    ("240.0.0.0", "255.255.255.255"),
    ("::1", "::1"),
    ("64:ff9b::", "64:ff9b::ffff:ffff"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
    ("100::", "100::ffff:ffff:ffff:ffff"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
)
# An old coturn takes these for addresses of their own; a new one would read all of IPv4 in them.
# The same range for `::a.b.c.d` does not hold in 4.6, whatever its ends; the doctor tells that.
_DENIED_OLD: Final = (("::ffff:0:0", "::ffff:ffff:ffff"),)
_CLOSED: Final = (
    "fingerprint",
    "use-auth-secret",
    "no-tcp-relay",
    "no-multicast-peers",
    "no-cli",
    "no-rfc5780",
    "no-dtls",
    # Three ways on two networks, and what a page that was closed held stays held for minutes.
    "user-quota=48",
    "total-quota=1200",
    "max-bps=500000",
    "bps-capacity=0",
    "stale-nonce=600",
    "max-allocate-lifetime=3600",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPlan:
    """What a configuration is made from."""

    ways: Sequence[RelayUrl]
    secret: str
    certificate: str
    key: str
    public_address: Address | None = None  # when the machine itself has another one
    own_address: Address | None = None  # where it listens and relays; None: everywhere
    first_port: int = 49160
    last_port: int = 49960
    version: Version | None = None  # of the coturn that will read it; None: a recent one


class BadPlan(Exception):
    """No configuration can be made from this; the text is one sentence."""


def read_version(printed: str) -> Version | None:
    """The version in what `turnserver --version` prints."""
    found = re.search(r"\b(\d+)\.(\d+)(?:\.(\d+))?", printed)
    return tuple(int(part) for part in found.groups() if part) if found else None


def version_warning(version: Version | None) -> str | None:
    """One sentence when this coturn is not safe by itself."""
    if version is None or version >= SAFE:
        return None
    have, least = ".".join(map(str, version)), ".".join(map(str, SAFE))
    return (
        f"coturn {have} can be led to inner addresses written in another form (CVE-2026-73212); "
        f"install {least} or newer, better {GOOD}"
    )


def write_config(plan: RelayPlan) -> str:
    """The whole file, one directive a line.

    Raises:
        BadPlan: the ways name two machines or more ports than coturn opens, or there are none;
            the secret cannot stand in such a file.
    """
    hosts = sorted({way.host for way in plan.ways})
    if len(hosts) != 1:
        raise BadPlan(
            "TWEESPRAAK_TURN_URLS must name one relay, such as turn:turn.example.nl:3478"
            if not hosts
            else f"one file is for one relay, but TWEESPRAAK_TURN_URLS names {', '.join(hosts)}"
        )
    if not re.fullmatch(r"[\x21-\x7e]+", plan.secret) or plan.secret.startswith("#"):
        raise BadPlan("TWEESPRAAK_TURN_SECRET must be letters, figures and marks without spaces")
    lines = (
        "# A closed relay for Tweespraak. Keep this file to coturn alone (mode 0600).",
        *_listening(plan),
        f"realm={hosts[0]}",
        f"static-auth-secret={plan.secret}",
        *_CLOSED,
        *_of_version(plan.version),
        *_addresses(plan),
    )
    return "\n".join(lines) + "\n"


def without_secret(config: str) -> str:
    """The file as it may stand on a screen."""
    return re.sub(r"(?m)^static-auth-secret=.*$", "# static-auth-secret is left out here", config)


def _listening(plan: RelayPlan) -> Iterator[str]:
    plain = _one_port((w for w in plan.ways if w.transport is not Transport.TLS), "turn:")
    secure = _one_port((w for w in plan.ways if w.transport is Transport.TLS), "turns:")
    yield f"listening-port={plain or 3478}"
    if secure is None:
        yield "no-tls"
    else:
        yield f"tls-listening-port={secure}"
        yield f"cert={plan.certificate}"
        yield f"pkey={plan.key}"
    yield f"min-port={plan.first_port}"
    yield f"max-port={plan.last_port}"


def _one_port(ways: Iterable[RelayUrl], scheme: str) -> int | None:
    ports = sorted({way.port for way in ways})
    if len(ports) > 1:
        raise BadPlan(f"coturn opens one port for {scheme}, not {', '.join(map(str, ports))}")
    return ports[0] if ports else None


def _of_version(version: Version | None) -> Iterator[str]:
    if version is None or version >= SAFE:
        yield "unauthorized-ratelimit"
        yield "unauthorized-ratelimit-rps=10"
    elif version < _OLD_TLS:
        yield "no-software-attribute"
        yield "no-tlsv1"
        yield "no-tlsv1_1"


def _addresses(plan: RelayPlan) -> Iterator[str]:
    own, public = plan.own_address, plan.public_address
    if own is not None:
        yield f"listening-ip={own}"
        yield f"relay-ip={own}"
    if public is not None:
        yield f"external-ip={public}/{own}" if own else f"external-ip={public}"
    for first, last in denied_ranges(plan.version):
        yield f"denied-peer-ip={first}" if first == last else f"denied-peer-ip={first}-{last}"
    for address in {one for one in (own, public) if one is not None}:
        if is_denied(address, plan.version):
            # Two people who both relay meet on it; an allowance beats a denial.
            yield f"allowed-peer-ip={address}"


def denied_ranges(version: Version | None) -> tuple[tuple[str, str], ...]:
    """All ranges that a coturn of this version must be told to deny."""
    old = version is not None and version < _MAPPED_READ
    return (*DENIED, *_DENIED_OLD) if old else DENIED


def is_denied(address: Address, version: Version | None = None) -> bool:
    """Whether `address` lies in one of the ranges."""
    ranges = ((ip_address(a), ip_address(b)) for a, b in denied_ranges(version))
    return any(a.version == address.version and int(a) <= int(address) <= int(b) for a, b in ranges)
