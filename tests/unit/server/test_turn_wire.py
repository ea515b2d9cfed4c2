"""STUN on the wire: the vectors of RFC 5769, and what is none."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.turn_wire import (
    REQUEST,
    BadStun,
    Method,
    Name,
    Stun,
    frame_length,
    long_term_key,
    read_stun,
    write_address,
    write_stun,
)

pytestmark = pytest.mark.unit
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
# RFC 5769 2.2 and 2.3: XOR-MAPPED-ADDRESS of 192.0.2.1 and 2001:db8:1234:5678:11:2233:4455:6677,
# port 32853
SAMPLE_4 = bytes.fromhex("0001a147e112a643")
SAMPLE_6 = bytes.fromhex("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")
# RFC 5769 2.4: a long-term credential
LONG_TERM = bytes.fromhex(
    "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e"
    "6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666"
)


@pytest.mark.parametrize(
    ("sample", "address"),
    [(SAMPLE_4, "192.0.2.1"), (SAMPLE_6, "2001:db8:1234:5678:11:2233:4455:6677")],
)
def test_addresses_are_those_of_rfc_5769(sample: bytes, address: str) -> None:
    peer = (ip_address(address), 32853)
    read = Stun(
        method=1,
        kind=REQUEST,
        transaction=TRANSACTION,
        attributes={Name.XOR_PEER_ADDRESS: sample},
    )

    assert write_address(peer, TRANSACTION) == sample
    assert read.address(Name.XOR_PEER_ADDRESS) == peer


def test_integrity_is_that_of_rfc_5769() -> None:
    message = read_stun(LONG_TERM)
    key = long_term_key("\u30de\u30c8\u30ea\u30c3\u30af\u30b9", b"example.org", "TheMatrIX")
    del message.attributes[Name.MESSAGE_INTEGRITY]

    assert message.attributes[Name.REALM] == b"example.org"
    assert write_stun(message, key) == LONG_TERM


def test_error_code_is_read_and_absent_is_none() -> None:
    refused = Stun(
        method=Method.ALLOCATE,
        kind=0x110,
        transaction=TRANSACTION,
        attributes={Name.ERROR_CODE: bytes((0, 0, 4, 3)) + b"Forbidden IP"},
    )

    assert read_stun(write_stun(refused)).error == 403
    assert Stun(method=3, kind=0x100, transaction=TRANSACTION).error == 0


@given(
    length=st.integers(0, len(LONG_TERM)),
    changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4),
)
def test_any_cut_or_changed_message_is_read_or_refused(
    length: int, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(LONG_TERM[:length])
    for at, value in changes:
        if data:
            data[at % len(data)] = value
    try:
        message = read_stun(bytes(data))
    except BadStun:
        return
    assert len(data) >= 20
    assert 0 <= message.error < 1000


@pytest.mark.parametrize(
    ("head", "length"), [("00010060", 116), ("40000003", 8), ("40010004", 8), ("01030000", 20)]
)
def test_length_of_a_frame_on_a_stream(head: str, length: int) -> None:
    assert frame_length(bytes.fromhex(head)) == length
