"""What Prosody asks of us before it opens a room, and who it says came in."""

from dataclasses import dataclass
from datetime import datetime

from coaching.facts import LinkState
from coaching.words import Role
from server.usecases.context import MeetingId, Parts
from server.usecases.talks import load_talk
from signaling.jitsi import JitsiEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A room may be opened, within these moments."""

    room: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody came into the room of `meeting`; `role` None: neither of the two."""

    meeting: MeetingId
    role: Role | None


async def reserve_room(
    parts: Parts, engine: JitsiEngine, room: str, *, now: datetime
) -> Reservation | None:
    """Whether this room may be opened now: it is that of a video talk whose door is open."""
    meeting = engine.meeting_of(room)
    if meeting is None:
        return None
    async with parts.database.read() as tx:
        talk = await load_talk(tx, meeting)
    if talk is None or talk.link_state(parts.settings, now=now) is not LinkState.GOOD:
        return None
    return Reservation(
        room=room,
        opens_at=talk.opens_at(parts.settings),
        closes_at=talk.closes_at(parts.settings),
    )


async def who_came(parts: Parts, engine: JitsiEngine, room: str, person: str) -> Arrival | None:
    """Who came into which talk, by the id that a token gave; None: no room of ours."""
    meeting = engine.meeting_of(room)
    if meeting is None:
        return None
    async with parts.database.read() as tx:
        known = await load_talk(tx, meeting) is not None
    role = engine.role_of(meeting, person)
    return Arrival(meeting=MeetingId(meeting), role=role) if known else None
