"""STUN messages as a TURN client writes and reads them (RFC 8489, RFC 8656). No sockets here."""

import hashlib
import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

_COOKIE: Final = 0x2112A442
_HEAD: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")
_INTEGRITY_BYTES: Final = 24  # the attribute with its head
_CHANNEL_DATA: Final = 0x40
_V4: Final = 1

REQUEST, INDICATION, SUCCESS, FAILURE = 0x000, 0x010, 0x100, 0x110
_CLASS_BITS: Final = 0x110

Peer = tuple[IPv4Address | IPv6Address, int]


class Method(IntEnum):
    """What is asked of the relay."""

    ALLOCATE = 3
    REFRESH = 4
    SEND = 6
    DATA = 7
    CREATE_PERMISSION = 8


class Name(IntEnum):
    """Attributes that this client writes or reads."""

    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    LIFETIME = 0x000D
    XOR_PEER_ADDRESS = 0x0012
    DATA = 0x0013
    REALM = 0x0014
    NONCE = 0x0015
    XOR_RELAYED_ADDRESS = 0x0016
    REQUESTED_ADDRESS_FAMILY = 0x0017
    REQUESTED_TRANSPORT = 0x0019


class BadStun(ValueError):
    """These bytes are no STUN message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stun:
    """One message; of several attributes of one type the first counts (RFC 8489, 14)."""

    method: int
    kind: int  # REQUEST, INDICATION, SUCCESS or FAILURE
    transaction: bytes
    attributes: dict[int, bytes] = field(default_factory=dict)

    @property
    def error(self) -> int:
        """The error code, such as 403; 0 when it is none."""
        value = self.attributes.get(Name.ERROR_CODE, b"")
        return (value[2] & 7) * 100 + value[3] if len(value) >= 4 else 0  # noqa: PLR2004 -- its head

    def address(self, name: Name) -> Peer | None:
        """An address that is written with the cookie over it (RFC 8489, 14.2)."""
        value = self.attributes.get(name, b"")
        if len(value) not in (8, 20):
            return None
        port = int.from_bytes(value[2:4]) ^ (_COOKIE >> 16)
        return ip_address(_over(value[4:], self.transaction)), port


def write_address(peer: Peer, transaction: bytes) -> bytes:
    """The other way round of `Stun.address`."""
    packed = peer[0].packed
    family = _V4 if len(packed) == 4 else 2  # noqa: PLR2004 -- bytes of IPv4
    return struct.pack("!BBH", 0, family, peer[1] ^ (_COOKIE >> 16)) + _over(packed, transaction)


def _over(value: bytes, transaction: bytes) -> bytes:
    mask = _COOKIE.to_bytes(4) + transaction
    return bytes(a ^ b for a, b in zip(value, mask, strict=False))


def write_stun(message: Stun, key: bytes | None = None) -> bytes:
    """The bytes of a message; with `key` it ends in its integrity (RFC 8489, 14.5)."""
    body = b"".join(_attribute(name, value) for name, value in message.attributes.items())
    if key is None:
        return _head(message, len(body)) + body
    text = _head(message, len(body) + _INTEGRITY_BYTES) + body
    mac = hmac.digest(key, text, "sha1")
    return text + _attribute(Name.MESSAGE_INTEGRITY, mac)


def _head(message: Stun, length: int) -> bytes:
    return _HEAD.pack(message.method | message.kind, length, _COOKIE, message.transaction)


def _attribute(name: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(name, len(value)) + value + bytes(-len(value) % 4)


def read_stun(data: bytes) -> Stun:
    """Read one message.

    Raises:
        BadStun: these bytes are none.
    """
    if len(data) < _HEAD.size:
        raise BadStun("too short")
    type_, length, cookie, transaction = _HEAD.unpack_from(data)
    if cookie != _COOKIE or length != len(data) - _HEAD.size:
        raise BadStun("not STUN")
    attributes: dict[int, bytes] = {}
    for name, value in _attributes(data[_HEAD.size :]):
        attributes.setdefault(name, value)
    return Stun(
        method=type_ & ~_CLASS_BITS,
        kind=type_ & _CLASS_BITS,
        transaction=transaction,
        attributes=attributes,
    )


def _attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(body):
        if at + _ATTRIBUTE.size > len(body):
            raise BadStun("an attribute is cut off")
        name, length = _ATTRIBUTE.unpack_from(body, at)
        at += _ATTRIBUTE.size
        if at + length > len(body):
            raise BadStun("an attribute is cut off")
        yield name, body[at : at + length]
        at += length + -length % 4


def frame_length(head: bytes) -> int:
    """How long the frame on a stream is that begins with these four bytes (RFC 8656, 12.5)."""
    first, length = int.from_bytes(head[:2]), int.from_bytes(head[2:])
    if first >> 8 & 0xC0 == _CHANNEL_DATA:
        return 4 + length + -length % 4
    return _HEAD.size + length


def long_term_key(username: str, realm: bytes, password: str) -> bytes:
    """The key of a long-term credential (RFC 8489, 9.2.2), which is an MD5 by that standard."""
    text = b":".join((username.encode(), realm, password.encode()))
    return hashlib.md5(text, usedforsecurity=False).digest()
