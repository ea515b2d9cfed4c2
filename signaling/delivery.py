"""Carries out what a room decided: frames to pages here or in another process, notices kept."""

import logging
from typing import assert_never
from uuid import UUID

from coaching.words import Role
from signaling.desk import Observer
from signaling.ice import IceConfig, ice_servers, seat_pseudonym
from signaling.jitsi import JitsiEngine
from signaling.limits import SummaryPace
from signaling.messages import (
    IceServer,
    IceServers,
    OtherSide,
    Start,
    StartJitsi,
    ToBrowser,
    Welcome,
    encode,
)
from signaling.registry import SeatRegistry
from signaling.room_events import (
    Begin,
    Close,
    Effect,
    GiveIce,
    Greet,
    JointTime,
    LetGo,
    NoticeQuality,
    NoticeThird,
    NoticeTrouble,
    NoticeUnseen,
    Send,
)
from signaling.room_state import CANDIDATE, RoomState, across
from signaling.states import TALKING
from signaling.tickets import TOKEN_SECONDS, SeatClaim, write_token
from signaling.turn import as_uuid
from signaling.wire import Wire

_log = logging.getLogger(__name__)


class Page:
    """One socket that said hello: which seat it is about, and what still goes to it."""

    __slots__ = (
        "connection",
        "device",
        "dismissed",
        "meeting",
        "outgoing",
        "seat",
        "summaries",
        "wire",
    )

    def __init__(
        self,
        *,
        connection: str,
        meeting: str,
        seat: str,
        device: str,
        wire: Wire,
    ) -> None:
        self.connection = connection
        self.meeting = meeting
        self.seat = seat  # meeting and role
        self.device = device
        self.wire = wire
        self.outgoing = wire.outgoing
        self.dismissed = False  # the room itself closed it: nothing is lost when it goes
        self.summaries = SummaryPace()


class Delivery:
    """Knows the pages of this process."""

    def __init__(
        self,
        *,
        registry: SeatRegistry,
        observer: Observer,
        seat_key: bytes,
        ice: IceConfig,
        jitsi: JitsiEngine | None = None,
    ) -> None:
        self.pages: dict[str, Page] = {}
        self._registry = registry
        self._observer = observer
        self._seat_key = seat_key
        self._ice = ice
        self._jitsi = jitsi

    async def carry_out(self, state: RoomState, effects: tuple[Effect, ...], now: float) -> None:
        """Carry out all effects in order. Waits for what must be kept, never for a reader.

        What goes to one page without a pause in between goes in one write.
        """
        texts: dict[str, list[str]] = {}
        for effect in effects:
            match effect:
                case Send() | Greet() | Begin() | GiveIce():
                    text = encode(self._message(state, effect, now))
                    texts.setdefault(effect.connection, []).append(text)
                case Close() | LetGo():
                    if texts:
                        await self._hand_over(texts)
                    await self._dismiss(effect)
                case (
                    JointTime() | NoticeThird() | NoticeTrouble() | NoticeUnseen() | NoticeQuality()
                ):
                    if texts:
                        await self._hand_over(texts)
                    await self._keep(as_uuid(state.meeting), effect)
                case _:
                    assert_never(effect)
        if texts:
            await self._hand_over(texts)

    async def _hand_over(self, texts: dict[str, list[str]]) -> None:
        for connection, frames in texts.items():
            page = self.pages.get(connection)
            if page is not None:
                page.outgoing.send_all(frames)
            elif self._registry.shared:
                for frame in frames:
                    await self._post(connection, f"frame {frame}")
        texts.clear()

    async def _dismiss(self, effect: Close | LetGo) -> None:
        code = effect.code if isinstance(effect, Close) else None
        page = self.pages.get(effect.connection)
        if page is not None:
            _dismiss(page, code)
        elif self._registry.shared:
            await self._post(effect.connection, "let go" if code is None else f"close {code}")

    async def deliver(self, connection: str, text: str) -> None:
        """Take in what another process posted: a frame, `close <code>` or `let go`."""
        page = self.pages.get(connection)
        if page is None:
            return
        word, _, rest = text.partition(" ")
        match word:
            case "close":
                _dismiss(page, int(rest))
            case "let":
                _dismiss(page, None)
            case _:
                page.outgoing.send(rest)

    def _message(
        self, state: RoomState, effect: Send | Greet | Begin | GiveIce, now: float
    ) -> ToBrowser:
        match effect:
            case Send():
                return effect.message
            case Greet():
                return self._welcome(state, effect, now)
            case Begin():
                return self._start(state, effect, now)
            case GiveIce():
                return IceServers(ice_servers=self._servers(state, effect.role, now))
            case _:
                assert_never(effect)

    async def _post(self, connection: str, text: str) -> None:
        await self._registry.post(connection.partition(":")[0], connection, text)

    def _welcome(self, state: RoomState, effect: Greet, now: float) -> Welcome:
        seat, other = state.seat(effect.role), state.seat(across(effect.role))
        claim = SeatClaim(
            meeting=state.meeting,
            role=effect.role,
            device=seat.device or "",
            generation=seat.generation,
            expires=int(now) + TOKEN_SECONDS,
        )
        return Welcome(
            role=effect.role,
            polite=effect.role is CANDIDATE,
            epoch=state.epoch,
            seat_token=write_token(claim, self._seat_key),
            admitted=state.phase is TALKING,
            other=OtherSide(
                name=other.name,
                present=other.present,
                camera=other.camera_shown,
                microphone=other.microphone_open,
            ),
        )

    def _start(self, state: RoomState, effect: Begin, now: float) -> Start | StartJitsi:
        if self._jitsi is not None:
            return _start_jitsi(self._jitsi, state, effect.role, now)
        return Start(
            epoch=state.epoch,
            offer=effect.offer,
            ice_servers=self._servers(state, effect.role, now),
            relay_only=state.seat(effect.role).relay_only,
        )

    def _servers(self, state: RoomState, role: Role, now: float) -> tuple[IceServer, ...]:
        if not (self._ice.turn_urls or self._ice.stun_urls):
            return ()
        name = seat_pseudonym(self._seat_key, state.meeting, role)
        return ice_servers(self._ice, name, now)

    async def _keep(
        self,
        meeting: UUID,
        effect: JointTime | NoticeThird | NoticeTrouble | NoticeUnseen | NoticeQuality,
    ) -> None:
        try:
            match effect:
                case JointTime():
                    await self._observer.joint_time(meeting, effect)
                case NoticeThird():
                    await self._observer.third_refused(meeting)
                case NoticeTrouble():
                    await self._observer.trouble(meeting, effect.role, effect.cause)
                case NoticeUnseen():
                    await self._observer.trouble(meeting, effect.who, None)
                case NoticeQuality():
                    await self._observer.quality(meeting, effect.role, effect.quality)
        except Exception:  # noqa: BLE001 -- the talk goes on whatever the database does
            _log.exception("an outcome of a talk could not be kept")


def _start_jitsi(engine: JitsiEngine, state: RoomState, role: Role, now: float) -> StartJitsi:
    meeting, seat = as_uuid(state.meeting), state.seat(role)
    return StartJitsi(
        epoch=state.epoch,
        host=engine.host,
        room=engine.room_of(meeting),
        token=engine.token(meeting, role, seat.name, now),
        direct=not (seat.relay_only or state.seat(across(role)).relay_only),
    )


def _dismiss(page: Page, code: int | None) -> None:
    """The room is done with this page; None: it closes its socket by itself."""
    page.dismissed = True
    if code is not None:
        page.outgoing.close(code)
