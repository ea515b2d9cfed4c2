"""The WebSocket rim: lets a page in, reads its frames, hands them to its room."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid4

from aiohttp import web

from coaching.words import Role
from signaling.delivery import Delivery, Page
from signaling.desk import Observer
from signaling.door import Entry, Newcomers, Redeem, by_seat_token, by_ticket, first_message
from signaling.front import Upgrade
from signaling.grammar import MAX_FRAME, BadMessage, parse
from signaling.ice import IceConfig
from signaling.jitsi import JitsiEngine
from signaling.limits import PER_PERSON_AND_ROOM, Caps, address_block
from signaling.messages import Cause, ErrorCode, Hello, Quality, encode, error
from signaling.outgoing import CLOSE_SECONDS
from signaling.plain import passed_on, plain_epoch
from signaling.registry import SeatRegistry
from signaling.room_events import Lost, Said, SessionEnded, ThirdTried, Troubled
from signaling.rooms import SHARED_TICK_SECONDS, TICK_SECONDS, Rooms
from signaling.wire import Wire

HEARTBEAT_SECONDS: Final = 20.0
PONG_SECONDS: Final = 10.0
GOODBYE_SECONDS: Final = 2.0
_MOST_MALFORMED: Final = 3
_log = logging.getLogger(__name__)


def _peer(peer: str, _said: Sequence[str]) -> str:
    return peer


class Signaling:
    """All talks that go through this process. Make it, `start` it, mount `handle` at `/ws`.

    `redeem_ticket` spends a ticket; `observer` keeps outcomes; `seat_key` is 32 bytes;
    `public_origin` is the one Origin that browsers may come from; `clock` gives an aware moment;
    `address_of` gives the address of a caller from that of the peer and what X-Forwarded-For says,
    since behind a proxy it is not the peer's; `jitsi` carries sound and picture where the
    installation has one.
    """

    def __init__(
        self,
        *,
        registry: SeatRegistry,
        redeem_ticket: Redeem,
        observer: Observer,
        seat_key: bytes,
        ice: IceConfig,
        public_origin: str,
        clock: Callable[[], datetime],
        address_of: Callable[[str, Sequence[str]], str] = _peer,
        caps: Caps | None = None,
        jitsi: JitsiEngine | None = None,
    ) -> None:
        self._process = uuid4().hex[:12]
        self._registry = registry
        self._redeem = redeem_ticket
        self._seat_key = seat_key
        self._origin = public_origin
        self._clock = clock
        self._relay_only = ice.relay_only
        self._address_of = address_of
        self._caps = caps or Caps()
        self._delivery = Delivery(
            registry=registry, observer=observer, seat_key=seat_key, ice=ice, jitsi=jitsi
        )
        self._rooms = Rooms(
            registry,
            process=self._process,
            clock=self._now,
            carry_out=self._delivery.carry_out,
            has_page=self._delivery.pages.__contains__,
        )
        self._in_seat: dict[str, int] = {}  # by meeting and role
        self._newcomers = Newcomers()
        self._numbers = 0
        self._stopping = False
        self._serving: set[asyncio.Task[None]] = set()
        self._ticking: asyncio.Task[None] | None = None

    def _now(self) -> float:
        return self._clock().timestamp()

    async def start(self) -> None:
        """Take up the rooms of the process before, and let time go by in them."""
        await self._registry.open(self._process, self._delivery.deliver)
        await self._rooms.reopen()
        self._ticking = asyncio.create_task(self._tick_on())

    async def close(self) -> None:
        """Send every page away with 1001, keep every room; seats wait for their people."""
        self._stopping = True
        if self._ticking is not None:
            self._ticking.cancel()
        pages = tuple(self._delivery.pages.values())
        for page in pages:
            page.outgoing.close(1001)
        self._newcomers.send_away(1001)
        await asyncio.gather(*(page.wire.finish() for page in pages))
        if self._serving:
            _, late = await asyncio.wait(self._serving, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
        await self._rooms.keep_all()
        await self._registry.close()

    async def waiting(self, meetings: Collection[UUID]) -> frozenset[UUID]:
        """Those of `meetings` in whose waiting room the candidate sits, in whichever process."""
        states = await asyncio.gather(*(self._rooms.newest(str(each)) for each in meetings))
        pairs = zip(meetings, states, strict=True)
        return frozenset(each for each, state in pairs if state and state.candidate_waits)

    async def refuse_third(self, meeting: UUID) -> None:
        """Somebody who is not one of the two opened the talk page: the coach hears it (R1)."""
        await self._rooms.apply(str(meeting), ThirdTried())

    async def report_trouble(self, meeting: UUID, role: Role, cause: Cause) -> None:
        """A page said without a socket that it does not work: the other side hears it at once."""
        await self._rooms.apply(str(meeting), Troubled(role=role, cause=cause))

    def coaches(self) -> dict[UUID, UUID]:
        """The meetings that somebody sits in through this process, and whose the coach's seat is.

        It is theirs from the first ticket on, until nobody sits there any more.
        """
        sat_in = {page.meeting for page in self._delivery.pages.values()}
        rooms = ((meeting, self._rooms.state(meeting)) for meeting in sat_in)
        return {UUID(meeting): UUID(room.coach.person) for meeting, room in rooms if room}

    def devices(self) -> frozenset[UUID]:
        """The devices whose pages this process serves, also those that only wait or are asked."""
        return frozenset(UUID(page.device) for page in self._delivery.pages.values())

    async def send_away(self, meeting: UUID) -> None:
        """The meeting is no longer one to sit in: its pages leave and are closed with 4401.

        They ask for a ticket once more and read there why they do not get one.
        """
        pages = tuple(self._delivery.pages.values())
        for device in {page.device for page in pages if page.meeting == str(meeting)}:
            await self._rooms.apply(str(meeting), SessionEnded(device=device))

    async def close_device(self, device: UUID) -> None:
        """A session ended: it leaves its seats and its pages are closed with 4401.

        In whichever process they are; those of this one also when the registry does not answer.
        """
        try:
            await self._rooms.end_session(str(device))
        finally:
            for page in tuple(self._delivery.pages.values()):
                if page.device == str(device):
                    page.outgoing.close(4401)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes.

        Raises:
            HTTPForbidden: not from a page of ours.
            HTTPServiceUnavailable: the server is stopping.
        """
        headers = request.headers
        if not self._is_ours(headers.get("Origin"), headers.get("Sec-Fetch-Site")):
            raise web.HTTPForbidden(text="origin_refused")
        if self._stopping:
            raise web.HTTPServiceUnavailable(text="stopping")
        socket = web.WebSocketResponse(
            autoping=False,
            max_msg_size=MAX_FRAME,
            compress=False,
            writer_limit=MAX_FRAME,
            timeout=CLOSE_SECONDS,
        )
        await socket.prepare(request)
        if request.transport is None:
            return socket
        said = ",".join(headers.getall("X-Forwarded-For", ())).split(",")
        address = self._address_of(request.remote or "", said)
        await self._attend(Wire(request.transport, request.protocol), address)
        return socket

    def _is_ours(self, origin: str | None, fetch_site: str | None) -> bool:
        return origin == self._origin and fetch_site in (None, "same-origin")

    def admit(self, upgrade: Upgrade) -> bool:
        """Whether this one may open a socket; False: `handle` says why not."""
        said = upgrade.headers.get
        return not self._stopping and self._is_ours(said("origin"), said("sec-fetch-site"))

    def attend(self, wire: Wire, upgrade: Upgrade) -> asyncio.Task[None]:
        """Serve a socket that was admitted, in a task of its own, until it closes."""
        said = upgrade.headers.get("x-forwarded-for", "").split(",")
        address = self._address_of(upgrade.peer, said)
        task = asyncio.create_task(self._attend(wire, address))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        return task

    async def _attend(self, wire: Wire, address: str) -> None:
        block = address_block(address)
        if not self._caps.enter(block):
            wire.outgoing.close(1013)
            await wire.finish()
            return
        try:
            await self._serve(wire)
        finally:
            self._caps.go(block)
            if not wire.outgoing.over:
                wire.outgoing.drop()

    async def _serve(self, wire: Wire) -> None:
        entry = await self._enter(wire)
        if isinstance(entry, int):
            wire.outgoing.close(entry)
            await wire.finish()
            return
        page = Page(
            connection=entry.event.connection,
            meeting=entry.meeting,
            seat=entry.meeting + entry.role,
            device=entry.device,
            wire=wire,
        )
        self._delivery.pages[page.connection] = page
        self._in_seat[page.seat] = self._in_seat.get(page.seat, 0) + 1
        try:
            await self._rooms.apply(entry.meeting, entry.event, entry.opening)
            await self._listen(page)
        except Exception:  # noqa: BLE001 -- the page must hear 1011 whatever it was
            _log.exception("a page was sent away, and it is our fault")
            page.outgoing.close(1011)
        finally:
            await self._part(page)

    async def _enter(self, wire: Wire) -> Entry | int:
        self._newcomers.enter(wire.outgoing)
        first = await first_message(wire)
        self._newcomers.go(wire.outgoing)
        if isinstance(first, int):
            return first
        self._numbers += 1
        connection = f"{self._process}:{self._numbers}"
        try:
            if isinstance(first, Hello):
                entry = await by_ticket(first, connection, self._redeem)
            else:
                entry = by_seat_token(
                    first, connection, self._seat_key, self._now(), relay_only=self._relay_only
                )
            known = entry is None or entry.opening or await self._rooms.known(entry.meeting)
        except Exception:  # noqa: BLE001 -- the same
            _log.exception("a ticket could not be looked at")
            return 1011
        if self._stopping:
            return 1001
        if entry is None or not known:
            return 4401
        full = self._in_seat.get(entry.meeting + entry.role, 0) >= PER_PERSON_AND_ROOM
        return 1013 if full else entry

    async def _listen(self, page: Page) -> None:
        page.wire.at_once = partial(self._passed_on, page)
        malformed = 0
        while (frame := await page.wire.receive()) is not None:
            if page.dismissed:
                return
            try:
                message = parse(frame)
            except BadMessage as refused:
                page.outgoing.send(encode(error(refused.code)))
                malformed += refused.code is ErrorCode.BAD_MESSAGE
                if malformed >= _MOST_MALFORMED:
                    page.outgoing.close(1003)
                continue
            now = asyncio.get_running_loop().time()
            if isinstance(message, Quality) and not page.summaries.take(now):
                continue
            await self._rooms.apply(page.meeting, Said(connection=page.connection, message=message))

    def _passed_on(self, page: Page, frame: str) -> bool:
        """Whether the frame was one for the other side, and was handed on at once."""
        epoch = plain_epoch(frame)
        if epoch is None:
            return False
        way = self._rooms.relay_goes(page.meeting, page.connection, epoch)
        other = self._delivery.pages.get(way[0]) if way else None
        if way is None or other is None:
            return False
        other.outgoing.send(passed_on(frame, way[1]))
        return True

    async def _part(self, page: Page) -> None:
        del self._delivery.pages[page.connection]
        self._in_seat[page.seat] -= 1
        if not self._in_seat[page.seat]:
            del self._in_seat[page.seat]
        # When this process stops, its rooms stay as they are: the next one finds them so.
        stays = self._stopping and not self._registry.shared
        if not page.dismissed and not stays:
            try:
                await self._rooms.apply(page.meeting, Lost(connection=page.connection))
            except Exception:  # noqa: BLE001 -- a seat must not hang on it
                # The next tick sees that the page is gone, and tries again.
                _log.exception("a lost socket could not be noted at once")
        await page.wire.finish()

    async def _tick_on(self) -> None:
        pause = SHARED_TICK_SECONDS if self._registry.shared else TICK_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                self._look_after()
                await self._rooms.tick()
            except Exception:  # noqa: BLE001 -- the next tick must come
                _log.exception("a tick of the rooms failed")

    def _look_after(self) -> None:
        """Ping who is silent; cut who stays silent, or takes nothing (protocol, part 6)."""
        now = asyncio.get_running_loop().time()
        for page in tuple(self._delivery.pages.values()):
            silent = now - page.wire.heard_at
            if page.outgoing.stuck(now) or silent > HEARTBEAT_SECONDS + PONG_SECONDS:
                page.outgoing.drop()
            elif page.dismissed and silent > GOODBYE_SECONDS:
                page.outgoing.close(1000)  # if it is not being closed already
            elif silent > HEARTBEAT_SECONDS:
                page.outgoing.ping()
