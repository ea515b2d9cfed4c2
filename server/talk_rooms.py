"""Where the signalling side meets the rest of the house: tickets, registry, what a talk leaves."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from coaching.errors import Conflict
from coaching.line_quality import Stretch
from coaching.words import Role
from server.caller import forwarded_for
from server.config import Settings
from server.store.rooms import DatabaseRegistry
from server.trouble import failure_cause
from server.usecases.context import MeetingId, Parts
from server.usecases.failing import fail_talk
from server.usecases.joining import SeatTicket, record_joint_time, redeem_ticket
from server.usecases.line_quality import count_stretch
from signaling.connection import Signaling
from signaling.ice import IceConfig
from signaling.jitsi import JitsiEngine
from signaling.messages import Cause, Quality
from signaling.redis_registry import RedisRegistry
from signaling.registry import SeatRegistry
from signaling.room_events import JointTime

_log = structlog.get_logger("talk")


@dataclass(frozen=True, slots=True)
class TalkRecord:
    """Keeps what a talk leaves behind (`signaling.desk.Observer`)."""

    parts: Parts

    async def joint_time(self, meeting: UUID, joint: JointTime) -> None:
        """Keep the joint time; it decides *held* and *online* when the talk is over."""
        await record_joint_time(
            self.parts,
            MeetingId(meeting),
            joint_seconds=joint.seconds,
            over=joint.over,
            online=joint.online,
            differences=joint.differences,
            attested_seconds=joint.attested_seconds,
            now=self.parts.now(),
        )

    async def third_refused(self, meeting: UUID) -> None:
        """Nothing to keep: a third is given no ticket, and the page's refusal left the notice."""
        _log.warning("third_refused", meeting=str(meeting))

    async def trouble(self, meeting: UUID, role: Role, cause: Cause | None) -> None:
        """Let the talk fail (R19), unless it is over already; both pages were told before."""
        _log.info("trouble", meeting=str(meeting), role=str(role), cause=str(cause))
        with suppress(Conflict):
            await fail_talk(
                self.parts,
                MeetingId(meeting),
                failure_cause(role, cause),
                by=role if cause else None,
                now=self.parts.now(),
            )

    async def quality(self, meeting: UUID, role: Role, quality: Quality) -> None:
        """Count the stretch; what was measured is kept nowhere."""
        stretch = Stretch(
            lost_permille=quality.lost,
            rtt_ms=quality.rtt_ms,
            kbps=quality.kbps,
            height=quality.height,
        )
        relayed = quality.relay is True
        await count_stretch(self.parts, MeetingId(meeting), role, stretch, relayed=relayed)


def ice_config(settings: Settings) -> IceConfig:
    """The installation's STUN and TURN servers."""
    return IceConfig(
        stun_urls=settings.stun_urls,
        turn_urls=settings.turn_urls,
        turn_secret=settings.turn_secret,
        relay_only=settings.relay_only,
    )


def make_rooms(parts: Parts, jitsi: JitsiEngine | None = None) -> Signaling:
    """The signalling side of one web process, not yet started."""
    return Signaling(
        registry=_registry(parts),
        redeem_ticket=partial(_redeem, parts),
        observer=TalkRecord(parts),
        seat_key=parts.secret.derive("seat"),
        ice=ice_config(parts.settings),
        public_origin=parts.settings.public_url,
        clock=parts.now,
        address_of=partial(forwarded_for, proxies=parts.settings.proxies),
        jitsi=jitsi,
    )


async def _redeem(parts: Parts, ticket: str) -> SeatTicket | None:
    now: datetime = parts.now()
    return await redeem_ticket(parts, ticket, now=now)


def _registry(parts: Parts) -> SeatRegistry:
    """Redis where several web processes carry the two sides of one talk, else the database."""
    url = parts.settings.redis_url
    if url:
        return RedisRegistry(url, parts.secret.derive("rooms"))
    return DatabaseRegistry(parts.database, parts.now)
