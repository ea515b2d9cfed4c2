"""Practice in the web process: passes, tickets, rooms of its own, and what a talk showed."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

import structlog
from aiohttp import web

from coaching.errors import Conflict
from coaching.words import Language, Role
from server.caller import forwarded_for
from server.practice_calling import call_guide, result_of
from server.secrets import new_token
from server.talk_rooms import ice_config
from server.texts import catalogue
from server.usecases.context import MeetingId, Parts
from server.usecases.joining import SeatTicket
from signaling.connection import Signaling
from signaling.limits import Caps, address_block
from signaling.messages import Cause, Quality
from signaling.redis_registry import RedisRegistry
from signaling.registry import MemoryRegistry, SeatRegistry
from signaling.room_events import JointTime

_PASS_LIFE: Final = timedelta(hours=4)
_TICKET_LIFE: Final = timedelta(seconds=30)
_LONGEST_NAME: Final = 40  # characters; a ticket has 512
_PER_ADDRESS: Final = 512  # all guides of one machine come from one address
_IN_ALL: Final = 2000
_PARTS: Final = 2
_NEW_A_MINUTE: Final = 3
_MINUTE: Final = 60.0
_log = structlog.get_logger("practice")


class Keep(Protocol):
    """Who keeps what a practice talk showed (`usecases.practising_measured.keep_measured`)."""

    async def __call__(
        self, parts: Parts, practice: UUID, measured: dict[str, object], *, now: datetime
    ) -> None:
        """Keep it with the practice, if there is one."""


class PracticeFull(Conflict):
    """All guides are busy; `position` 1 is next."""

    def __init__(self, position: int) -> None:
        super().__init__("practice_full")
        self.position = position


def practice_pass(
    parts: Parts,
    *,
    session: UUID,
    device: UUID,
    name: str,
    language: Language,
    now: datetime,
    camera_waiver: bool = False,
    stranger: bool = False,
) -> str:
    """What a page with the steps asks tickets with, for four hours (docs/practice.md, 2).

    `session` is the practice, or any fresh id where nothing is kept; `device` this browser. With a
    `camera_waiver` nobody misses a picture. A `stranger` comes from the public page, and stands
    behind those whom the organisation knows.
    """
    said = [
        session.hex,
        device.hex,
        name[:_LONGEST_NAME],
        str(language),
        camera_waiver,
        stranger,
        int((now + _PASS_LIFE).timestamp()),
    ]
    return _signed(parts, "pass-to-practise", said)


class Newcomers:
    """How many sessions of the public page began from one address block in the last minute."""

    def __init__(self) -> None:
        self._known: dict[str, float] = {}  # sessions, and when they began
        self._began: dict[str, list[float]] = {}

    def take(self, session: str, block: str, now: float) -> bool:
        """Whether this session may go on, or begin."""
        if session in self._known:
            return True
        self._forget(now)
        began = self._began.setdefault(block, [])
        if len(began) >= _NEW_A_MINUTE:
            return False
        began.append(now)
        self._known[session] = now
        return True

    def _forget(self, now: float) -> None:
        life = _PASS_LIFE.total_seconds()
        self._known = {one: at for one, at in self._known.items() if now - at < life}
        for block, moments in tuple(self._began.items()):
            self._began[block] = [at for at in moments if now - at < _MINUTE]
            if not self._began[block]:
                del self._began[block]


@dataclass(slots=True)
class PracticeDesk:
    """The practice rooms of one web process."""

    parts: Parts
    keep: Keep | None = None
    rooms: Signaling = field(init=False)
    _spent: dict[str, float] = field(default_factory=dict)
    _newcomers: Newcomers = field(default_factory=Newcomers)

    def __post_init__(self) -> None:
        parts = self.parts
        self.rooms = Signaling(
            registry=_registry(parts),
            redeem_ticket=self._redeem,
            observer=_Record(self),
            seat_key=parts.secret.derive("practice-seat"),
            ice=ice_config(parts.settings),
            public_origin=parts.settings.public_url,
            clock=parts.now,
            address_of=partial(forwarded_for, proxies=parts.settings.proxies),
            caps=Caps(per_address=_PER_ADDRESS, in_all=_IN_ALL),
        )

    async def give_ticket(self, shown: str, *, address: str, now: datetime) -> tuple[str, UUID]:
        """(A ticket for the candidate's seat, the session) for a pass; the guide was called.

        Of the public page at most three new sessions a minute come in from one address block.

        Raises:
            Conflict: `practice_old`, the pass is old or not ours; `practice_closed`, nobody to
                practise with.
            PracticeFull: all guides are busy.
        """
        said = _read(self.parts, "pass-to-practise", shown, now)
        if said is None:
            raise Conflict("practice_old")
        session, device, name, language, waiver, stranger, _ = said
        if stranger and not self._newcomers.take(session, address_block(address), now.timestamp()):
            raise PracticeFull(1)
        ticket = partial(self._ticket, session, name, language, waiver, now=now)
        for_guide = ticket(Role.COACH, uuid5(UUID(session), "device").hex)
        called = await call_guide(
            self.parts.settings,
            UUID(session),
            UUID(device),
            for_guide,
            stranger=stranger,
            without_camera=waiver,
        )
        if called.answer == "full":
            raise PracticeFull(called.position)
        if called.answer != "coming":
            raise Conflict("practice_closed")
        return ticket(Role.CANDIDATE, device), UUID(session)

    async def result(self, session: UUID) -> dict[str, Any] | None:
        """What the talk of this session showed so far, as it is kept; None: no talk is known."""
        return await result_of(self.parts.settings, session)

    async def keep_result(self, session: UUID) -> None:
        """Ask what the talk showed, and keep it with the session."""
        found = await self.result(session)
        if found is not None and self.keep is not None:
            await self.keep(self.parts, session, dict(found), now=self.parts.now())

    def _ticket(  # noqa: PLR0917 -- the first four are bound by `partial`
        self,
        session: str,
        name: str,
        language: str,
        waiver: bool,  # noqa: FBT001 -- bound by position above
        role: Role,
        device: str,
        *,
        now: datetime,
    ) -> str:
        until = int((now + _TICKET_LIFE).timestamp())
        said = [session, role, device, name, language, waiver, new_token()[:12], until]
        return _signed(self.parts, "practice-ticket", said)

    async def _redeem(self, ticket: str) -> SeatTicket | None:
        """Spend a ticket; each once in this process, and only within its half minute."""
        now = self.parts.now()
        said = _read(self.parts, "practice-ticket", ticket, now)
        if said is None or said[-2] in self._spent:
            return None
        at = now.timestamp()
        self._spent = {one: until for one, until in self._spent.items() if until > at}
        self._spent[said[-2]] = float(said[-1])  # the same can be said in another text
        return self._seat(said)

    def _seat(self, said: list[Any]) -> SeatTicket:
        session, role, device, name, language, waiver = said[:6]
        room, own = UUID(session), Role(role)
        texts = catalogue(Language(language))
        names = {Role.COACH: texts.say("practise.guide"), Role.CANDIDATE: name}
        return SeatTicket(
            meeting=MeetingId(room),
            role=own,
            person=uuid5(room, own),
            name=names[own],
            device=UUID(device),
            other_person=uuid5(room, own.other),
            other_name=names[own.other],
            candidate_phone="",
            relay_only=own is Role.CANDIDATE and self.parts.settings.relay_only,
            camera_waiver=own is Role.CANDIDATE and waiver,
        )


PRACTICE: Final = web.AppKey("practice", PracticeDesk)


@dataclass(frozen=True, slots=True)
class _Record:
    """What a practice talk leaves behind (`signaling.desk.Observer`): what was measured."""

    desk: PracticeDesk

    async def joint_time(self, meeting: UUID, joint: JointTime) -> None:
        """Every 15 s, and when somebody left."""
        _log.info("practised", session=str(meeting), seconds=joint.seconds, over=joint.over)
        await self.desk.keep_result(meeting)

    async def third_refused(self, meeting: UUID) -> None:
        """Nobody has to hear of it."""

    async def trouble(self, meeting: UUID, role: Role, cause: Cause | None) -> None:
        """It is part of what was measured."""
        _log.info("practice_trouble", session=str(meeting), role=str(role), cause=str(cause))
        await self.desk.keep_result(meeting)

    async def quality(self, meeting: UUID, role: Role, quality: Quality) -> None:
        """Of a practice the line is judged by what the partner itself measured."""


def _registry(parts: Parts) -> SeatRegistry:
    """Rooms of practice live in memory: no table knows them, and nobody misses them."""
    url = parts.settings.redis_url
    if url:
        return RedisRegistry(url, parts.secret.derive("practice-rooms"), prefix="ts-practice")
    return MemoryRegistry()


def _signed(parts: Parts, use: str, said: list[Any]) -> str:
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{_text(text)}.{_mac(parts, use, text)}"


def _read(parts: Parts, use: str, shown: str, now: datetime) -> list[Any] | None:
    """What was signed for this use, unless its time, which stands last, is over."""
    halves = shown.split(".")
    if len(halves) != _PARTS or not shown.isascii():
        return None
    try:
        text = base64.urlsafe_b64decode(halves[0] + "=" * (-len(halves[0]) % 4))
    except ValueError:
        return None
    if not hmac.compare_digest(_mac(parts, use, text), halves[1]):
        return None
    said: list[Any] = json.loads(text)
    return said if now.timestamp() < said[-1] else None


def _mac(parts: Parts, use: str, text: bytes) -> str:
    return _text(hmac.new(parts.secret.derive(use), text, hashlib.sha256).digest()[:24])


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
