"""A small TURN client: sets up a relay, asks leave for a peer, sends through it (RFC 8656)."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, assert_never

from server.relay_url import RelayUrl, Transport
from server.turn_wire import (
    INDICATION,
    REQUEST,
    SUCCESS,
    BadStun,
    Method,
    Name,
    Peer,
    Stun,
    frame_length,
    long_term_key,
    read_stun,
    write_address,
    write_stun,
)

PATIENCE: Final = 5.0  # seconds for an answer
_AGAIN: Final = 0.5  # seconds until a datagram is sent again: it may have been lost
_RANDOM_BYTES: Final = 12
_UDP: Final = b"\x11\x00\x00\x00"  # what the relay speaks on its far side
_FAMILY: Final = {4: b"\x01\x00\x00\x00", 6: b"\x02\x00\x00\x00"}
_UNAUTHORIZED, _STALE_NONCE = 401, 438


class TurnRefused(Exception):
    """The relay answered with this error `code` (RFC 8656, 18)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


Login = tuple[str, str]  # a short-lived user name and its credential


class _Line:
    """Whole frames to and from the relay, however it is reached."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[bytes | OSError] = asyncio.Queue(maxsize=64)

    def came(self, frame: bytes | OSError) -> None:
        if not self._frames.full():
            self._frames.put_nowait(frame)

    async def next(self) -> bytes:
        frame = await self._frames.get()
        if isinstance(frame, OSError):
            raise frame
        return frame

    def send(self, frame: bytes) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class _Datagrams(_Line, asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def datagram_received(self, data: bytes, _addr: object) -> None:
        self.came(data)

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError):  # such as: nobody listens there
            self.came(exc)

    def send(self, frame: bytes) -> None:
        self.transport.sendto(frame)

    def close(self) -> None:
        self.transport.close()


class _Stream(_Line):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._reader, self._writer = reader, writer
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while True:
                head = await self._reader.readexactly(4)
                self.came(head + await self._reader.readexactly(frame_length(head) - 4))
        except (asyncio.IncompleteReadError, OSError) as error:
            self.came(ConnectionResetError(str(error)))

    def send(self, frame: bytes) -> None:
        self._writer.write(frame)

    def close(self) -> None:
        self._reading.cancel()
        self._writer.close()


class TurnClient:
    """One allocation on one relay."""

    def __init__(self, line: _Line, login: Login) -> None:
        self._line = line
        self._login = login
        self._key: bytes | None = None
        self._realm = self._nonce = b""
        self._data: asyncio.Queue[tuple[Peer, bytes]] = asyncio.Queue()

    async def allocate(self, family: int = 4) -> Peer:
        """Set up a relay of this IP version; gives the address where it listens.

        Raises:
            TurnRefused: 401 when the credentials are not good, 440 when it has no such addresses.
            TimeoutError: no answer.
        """
        wanted = {Name.REQUESTED_TRANSPORT: _UDP}
        if family != 4:  # noqa: PLR2004 -- IPv4 is what comes without asking
            wanted[Name.REQUESTED_ADDRESS_FAMILY] = _FAMILY[family]
        answer = await self._ask(Method.ALLOCATE, wanted)
        relayed = answer.address(Name.XOR_RELAYED_ADDRESS)
        if relayed is None:
            raise BadStun("no relayed address")
        return relayed

    @property
    def was_asked_who(self) -> bool:
        """Whether the relay wanted credentials; one that does not serves every stranger."""
        return self._key is not None

    async def permit(self, peer: Peer) -> None:
        """Ask leave to reach `peer`.

        Raises:
            TurnRefused: 403 when it is denied, 443 when it is of the other IP version.
            TimeoutError: no answer.
        """
        transaction = os.urandom(_RANDOM_BYTES)
        wanted = {Name.XOR_PEER_ADDRESS: write_address(peer, transaction)}
        await self._ask(Method.CREATE_PERMISSION, wanted, transaction)

    def send(self, peer: Peer, data: bytes) -> None:
        """Send through the relay; nobody says whether it arrives."""
        transaction = os.urandom(_RANDOM_BYTES)
        attributes = {
            int(Name.XOR_PEER_ADDRESS): write_address(peer, transaction),
            int(Name.DATA): data,
        }
        message = Stun(
            method=Method.SEND, kind=INDICATION, transaction=transaction, attributes=attributes
        )
        self._line.send(write_stun(message))

    async def receive(self) -> bytes:
        """What the next peer sent through the relay. Raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE):
            while self._data.empty():
                self._take(await self._line.next())
        return self._data.get_nowait()[1]

    async def release(self) -> None:
        """Give the relay back."""
        await self._ask(Method.REFRESH, {Name.LIFETIME: bytes(4)})

    async def _ask(
        self, method: Method, wanted: dict[Name, bytes], transaction: bytes | None = None
    ) -> Stun:
        answer = await self._once(method, wanted, transaction)
        again = answer.error == _UNAUTHORIZED and self._key is None
        if again or answer.error == _STALE_NONCE:
            self._realm = answer.attributes.get(Name.REALM, self._realm)
            self._nonce = answer.attributes.get(Name.NONCE, b"")
            self._key = long_term_key(self._login[0], self._realm, self._login[1])
            answer = await self._once(method, wanted, transaction)
        if answer.kind != SUCCESS:
            raise TurnRefused(answer.error)
        return answer

    async def _once(
        self, method: Method, wanted: dict[Name, bytes], transaction: bytes | None
    ) -> Stun:
        attributes: dict[int, bytes] = {int(name): value for name, value in wanted.items()}
        if self._key is not None:
            attributes |= {
                Name.USERNAME: self._login[0].encode(),
                Name.REALM: self._realm,
                Name.NONCE: self._nonce,
            }
        asked = Stun(
            method=method,
            kind=REQUEST,
            transaction=transaction or os.urandom(_RANDOM_BYTES),
            attributes=attributes,
        )
        frame = write_stun(asked, self._key)
        async with asyncio.timeout(PATIENCE):
            while True:
                self._line.send(frame)
                answer = await self._answer(asked.transaction)
                if answer is not None:
                    return answer

    async def _answer(self, transaction: bytes) -> Stun | None:
        try:
            async with asyncio.timeout(_AGAIN):
                while True:
                    message = self._take(await self._line.next())
                    if message is not None and message.transaction == transaction:
                        return message
        except TimeoutError:
            return None

    def _take(self, frame: bytes) -> Stun | None:
        try:
            message = read_stun(frame)
        except BadStun:
            return None
        peer = message.address(Name.XOR_PEER_ADDRESS)
        if message.kind == INDICATION and message.method == Method.DATA and peer is not None:
            self._data.put_nowait((peer, message.attributes.get(Name.DATA, b"")))
            return None
        return message


@asynccontextmanager
async def turn_client(
    way: RelayUrl, login: Login, *, trust: ssl.SSLContext | None = None
) -> AsyncIterator[TurnClient]:
    """A client that reaches the relay in this way; `trust` is for TLS.

    Raises:
        OSError: nobody listens there, or the certificate is not good (`ssl.SSLError`).
        TimeoutError: no answer.
    """
    async with asyncio.timeout(PATIENCE):
        line = await _line(way, trust)
    try:
        yield TurnClient(line, login)
    finally:
        line.close()


async def _line(way: RelayUrl, trust: ssl.SSLContext | None) -> _Line:
    match way.transport:
        case Transport.UDP:
            loop = asyncio.get_running_loop()
            transport, line = await loop.create_datagram_endpoint(
                _Datagrams, remote_addr=(way.host, way.port)
            )
            line.transport = transport
            return line
        case Transport.TCP:
            return _Stream(*await asyncio.open_connection(way.host, way.port))
        case Transport.TLS:
            context = trust or ssl.create_default_context()
            return _Stream(*await asyncio.open_connection(way.host, way.port, ssl=context))
        case _:
            assert_never(way.transport)
