"""Which datagrams get through to a call."""

import pytest

from signaling.practice.guard import Guard, Way

pytestmark = pytest.mark.unit

PAGE, STRANGER = ("192.0.2.1", 5000), ("203.0.113.9", 6000)
CHECK = b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(12) + b"\x00\x06\x00\x09abcd:efgh"
ANSWER = b"\x01\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)
ALERT = b"\x15\xfe\xfd" + bytes(20)
MEDIA = b"\x80\x60" + bytes(30)


def guard() -> Guard:
    found = Guard("abcd")
    found.known.add(PAGE)
    return found


@pytest.mark.parametrize(
    ("data", "way"),
    [(CHECK, Way.STUN), (ANSWER, Way.STUN), (ALERT, Way.DTLS), (MEDIA, Way.MEDIA)],
)
def test_page_gets_through(data: bytes, way: Way) -> None:
    assert guard().judge(data, PAGE, 1.0) is way


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x15", b"\x80", ANSWER, ALERT, MEDIA, CHECK.replace(b"abcd", b"wxyz")]
)
def test_stranger_does_not(data: bytes) -> None:
    found = guard()

    assert found.judge(data, STRANGER, 1.0) is Way.DROP
    assert found.dropped == 1


@pytest.mark.parametrize("data", [b"", b"\x00", CHECK + bytes(600), CHECK[:6] + bytes(30)])
def test_page_sends_nonsense(data: bytes) -> None:
    assert guard().judge(data, PAGE, 1.0) is Way.DROP


def test_check_from_a_new_address_goes_on_but_not_without_end() -> None:
    found = guard()

    ways = [found.judge(CHECK, ("198.51.100.1", port), 1.0) for port in range(500)]

    assert ways[0] is Way.STUN
    assert ways.count(Way.STUN) == 100
    assert found.judge(CHECK, STRANGER, 1.5) is Way.STUN  # half a second later again
    assert found.judge(CHECK, PAGE, 1.0) is Way.STUN  # the page has an allowance of its own


def test_known_addresses_are_few() -> None:
    found = guard()
    found.known.update(("198.51.100.1", port) for port in range(20))

    assert found.judge(CHECK, STRANGER, 1.0) is Way.DROP
    assert found.judge(CHECK, PAGE, 1.0) is Way.STUN
