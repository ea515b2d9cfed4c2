"""Which addresses may be spoken to."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import pytest

from calendar_sync import address_guard
from calendar_sync.address_guard import Unsafe, check_url, is_safe, pin
from server.config import read_settings

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.9", "192.88.99.1", "192.0.0.8", "240.0.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
        "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::", "2001::1",
        "2001:0:7f00:1::1", "100::1", "not an address", "", "127.1", "2130706433", "0x7f.1",
    ],
)  # fmt: skip
def test_inner_address_is_refused(address: str) -> None:
    assert not is_safe(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "145.97.39.155", "172.32.0.1", "2a00:1450:400e:80c::200e", "2606:4700::1111",
        "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1",
    ],
)  # fmt: skip
def test_open_address_is_allowed(address: str) -> None:
    assert is_safe(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://cal.example/", "ftp://cal.example/", "file:///etc/passwd", "https:///x", "https://",
        "https://user:secret@cal.example/", "https://cal.example:22/", "https://cal.example./",
        "https://[::1/", "https://cal.example:99999/", "https://%31/", "cal.example",
        "gopher://x/", "https://@cal.example/",
    ],
)  # fmt: skip
def test_address_of_the_wrong_form_is_refused(url: str) -> None:
    with pytest.raises(Unsafe) as refused:
        check_url(url, allow_private_hosts=())
    assert "secret" not in str(refused.value)


def test_trusted_host_may_be_plain_and_on_any_port() -> None:
    assert check_url("http://cal.intern:5232/x/", allow_private_hosts=("cal.intern",)) == (
        "cal.intern",
        5232,
    )


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "2130706433", "127.1", "0x7f.1", "[::1]"]
)
async def test_name_that_leads_inside_is_refused(host: str) -> None:
    with pytest.raises(Unsafe):
        await pin(f"https://{host}/", allow_private_hosts=())


async def test_trusted_host_is_pinned_to_its_address() -> None:
    pinned = await pin("http://127.0.0.1:1/", allow_private_hosts=("127.0.0.1",))
    assert pinned.addresses == ("127.0.0.1",)


@pytest.mark.parametrize(
    "host", ["bad.example", "BAD.example", "cal.bad.example", "xn--bcher-kva.example", "cal.intern"]
)
async def test_host_that_the_administrator_refuses_is_refused(host: str) -> None:
    settings = read_settings(
        {
            "TWEESPRAAK_REFUSE_HOSTS": "bad.example, bücher.example, cal.intern",
            "TWEESPRAAK_ALLOW_PRIVATE_HOSTS": "cal.intern",
        }
    )

    with pytest.raises(Unsafe, match="administrator"):
        await pin(f"https://{host}/dav/", allow_private_hosts=settings.calendar_hosts)


def test_host_that_only_ends_alike_is_not_refused() -> None:
    assert check_url("https://notbad.example/", allow_private_hosts=("!bad.example",)) == (
        "notbad.example",
        443,
    )


def test_the_second_wall_denies_every_range_that_the_guard_refuses() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    lines = [one for one in text.splitlines() if one.startswith("IPAddressDeny=")]
    denied = [ip_network(one) for line in lines for one in line.partition("=")[2].split()]
    v4 = {one for one in denied if isinstance(one, IPv4Network)}
    v6 = {one for one in denied if isinstance(one, IPv6Network)}

    assert v4 == set(address_guard._REFUSED_V4)
    assert v6 >= set(address_guard._REFUSED_V6)
