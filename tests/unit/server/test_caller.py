"""Whose request it is, when proxies stand in between."""

from ipaddress import ip_network

import pytest

from server.caller import forwarded_for

pytestmark = pytest.mark.unit

PROXIES = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))


@pytest.mark.parametrize(
    ("peer", "said", "caller"),
    [
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["1.1.1.1", " 203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["203.0.113.7", "10.0.0.9"], "203.0.113.7"),
        ("::ffff:127.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", ["somebody"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.7", "unknown"], "127.0.0.1"),
        ("", ["203.0.113.7"], ""),
    ],
)
def test_the_caller_is_the_nearest_address_that_is_no_proxy_of_ours(
    peer: str, said: list[str], caller: str
) -> None:
    assert forwarded_for(peer, said, PROXIES) == caller


def test_nobody_is_believed_without_proxies_of_ours() -> None:
    assert forwarded_for("127.0.0.1", ["203.0.113.7"], ()) == "127.0.0.1"
