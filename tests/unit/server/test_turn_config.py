"""What a closed configuration of coturn holds, by what it is made from."""

import re
from ipaddress import ip_address

import pytest

from server.relay_url import RelayUrl, Transport, parse_relay
from server.turn_config import (
    DENIED,
    BadPlan,
    RelayPlan,
    denied_ranges,
    is_denied,
    read_version,
    version_warning,
    without_secret,
    write_config,
)

pytestmark = pytest.mark.unit
SECRET = "0123456789abcdef" * 2
URLS = ("turn:turn.example.nl:3478", "turn:turn.example.nl:3478?transport=tcp")


def _plan(*urls: str, **more: object) -> RelayPlan:
    given = {"secret": SECRET, "certificate": "/c.pem", "key": "/c.key", **more}
    return RelayPlan(ways=tuple(parse_relay(url) for url in urls), **given)  # type: ignore[arg-type]  # each of its field


def _lines(*urls: str, **more: object) -> list[str]:
    return write_config(_plan(*urls, **more)).splitlines()


def test_config_closes_every_door_that_a_relay_has() -> None:
    lines = _lines(*URLS, "turns:turn.example.nl:443")

    for wanted in (
        "listening-port=3478", "tls-listening-port=443", "cert=/c.pem", "pkey=/c.key",
        "realm=turn.example.nl", "use-auth-secret", f"static-auth-secret={SECRET}", "fingerprint",
        "no-tcp-relay", "no-multicast-peers", "no-cli", "stale-nonce=600", "user-quota=48",
        "total-quota=1200", "unauthorized-ratelimit",
    ):  # fmt: skip
        assert lines.count(wanted) == 1, wanted
    assert not any(" " in line for line in lines if not line.startswith("#"))
    assert len([line for line in lines if line.startswith("denied-peer-ip=")]) == len(DENIED)
    assert "denied-peer-ip=::0" not in lines
    assert not any(line.startswith("allowed-peer-ip") for line in lines)


@pytest.mark.parametrize(
    "inner",
    [
        "0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.255.255",
        "192.168.1.1", "198.19.0.1", "224.0.0.1", "255.255.255.255", "::1", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1",
        "fe80::1", "fec0::1",
    ],
)  # fmt: skip
def test_inner_address_is_denied(inner: str) -> None:
    assert is_denied(ip_address(inner))


@pytest.mark.parametrize("outer", ["1.1.1.1", "172.32.0.1", "8.8.8.8", "2a00::1", "2606:4700::1"])
def test_address_on_the_internet_is_not_denied(outer: str) -> None:
    assert not is_denied(ip_address(outer), (4, 6, 1))


def test_old_coturn_is_told_of_mapped_forms_and_a_new_one_is_not() -> None:
    assert is_denied(ip_address("::ffff:127.0.0.1"), (4, 6, 1))
    assert denied_ranges((4, 17)) == denied_ranges(None) == DENIED
    old, new = _lines(*URLS, version=(4, 6, 1)), _lines(*URLS, version=(4, 17, 2))
    assert {"no-software-attribute", "no-tlsv1", "no-tlsv1_1"} <= {*old}
    assert "unauthorized-ratelimit" not in old
    assert not {"no-software-attribute", "no-tlsv1", "no-tlsv1_1"} & {*new}


def test_address_of_the_relay_itself_may_be_reached_when_it_lies_in_a_denied_range() -> None:
    inside = _lines(*URLS, own_address=ip_address("10.0.0.9"))
    behind = _lines(*URLS, own_address=ip_address("10.0.0.9"), public_address=ip_address("2.2.2.2"))

    assert {"listening-ip=10.0.0.9", "relay-ip=10.0.0.9", "allowed-peer-ip=10.0.0.9"} <= {*inside}
    assert "external-ip=2.2.2.2/10.0.0.9" in behind
    assert "allowed-peer-ip=2.2.2.2" not in behind


def test_without_turns_no_tls_is_opened() -> None:
    lines = _lines(*URLS)

    assert "no-tls" in lines
    assert not any(line.startswith(("cert=", "pkey=", "tls-")) for line in lines)


@pytest.mark.parametrize(
    ("urls", "told"),
    [
        ((), "must name one relay"),
        (("turn:a.example:1", "turn:b.example:1"), "a.example, b.example"),
        (("turn:a.example:1", "turn:a.example:2"), "1, 2"),
        (("turns:a.example:443", "turns:a.example:5349"), "443, 5349"),
    ],
)
def test_plan_that_no_coturn_can_follow_is_refused_in_one_sentence(
    urls: tuple[str, ...], told: str
) -> None:
    with pytest.raises(BadPlan, match=told):
        write_config(_plan(*urls))


@pytest.mark.parametrize("secret", ["", "a b", "a\nno-auth", "#x", "caf\u00e9"])
def test_secret_that_would_write_another_line_is_refused(secret: str) -> None:
    with pytest.raises(BadPlan) as refused:
        write_config(_plan(*URLS, secret=secret))

    assert not secret or secret not in str(refused.value)


def test_screen_never_shows_the_secret() -> None:
    shown = without_secret(write_config(_plan(*URLS)))

    assert SECRET not in shown
    assert "realm=turn.example.nl" in shown


@pytest.mark.parametrize(
    ("printed", "version", "warned"),
    [
        ("4.6.1\n", (4, 6, 1), True),
        ("Coturn-4.13.0 'Gorst'", (4, 13, 0), True),
        ("4.13.1", (4, 13, 1), False),
        ("4.17.2", (4, 17, 2), False),
        ("hello", None, False),
    ],
)
def test_old_coturn_is_warned_of_in_one_sentence(
    printed: str, version: tuple[int, ...] | None, *, warned: bool
) -> None:
    assert read_version(printed) == version
    warning = version_warning(version)
    assert (warning is not None) is warned
    assert warning is None or ("4.13.1" in warning and "\n" not in warning)


@pytest.mark.parametrize(
    ("url", "host", "port", "transport"),
    [
        ("turn:a.example", "a.example", 3478, Transport.UDP),
        ("turn:a.example:80?transport=tcp", "a.example", 80, Transport.TCP),
        ("turns:a.example", "a.example", 5349, Transport.TLS),
        ("turns:a.example:443?transport=tcp", "a.example", 443, Transport.TLS),
        ("turn:[2a00::1]:3478", "2a00::1", 3478, Transport.UDP),
    ],
)
def test_address_of_a_relay_is_read(url: str, host: str, port: int, transport: Transport) -> None:
    assert parse_relay(url) == RelayUrl(host=host, port=port, transport=transport)


@pytest.mark.parametrize(
    "url",
    [
        "x", "stun:a.example", "turn:", "turn:a:0", "turn:a:65536", "turn://a:1", "turn:a b",
        "turn:a?x", "turns:a:1?transport=udp",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_relay_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=re.escape(url)):
        parse_relay(url)
