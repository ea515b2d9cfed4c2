"""How the share of online talks of a trajectory stands, and who hears that it left its bounds."""

from datetime import datetime, timedelta
from uuid import UUID

from coaching.band import Band, band
from coaching.facts import BookingFacts
from coaching.settings import BlendSettings
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, Mode
from server.store import notices, people
from server.store.database import Tx
from server.usecases.booking_facts import Asked, File, read_file
from server.usecases.context import Parts
from server.usecases.numbers import numbers_at


def as_if(file: File, mode: Mode, settings: BlendSettings, *, now: datetime) -> BookingFacts:
    """The facts of a progress talk in this form, booked for now."""
    asked = Asked(
        kind=MeetingKind.PROGRESS,
        mode=mode,
        starts_at=now,
        ends_at=now + timedelta(minutes=file.trajectory.minutes),
    )
    return file.facts(asked, today=to_wall(now, settings.zone).date())


def share_of(file: File, settings: BlendSettings, *, now: datetime) -> Band | None:
    """What stands against the band; a phone talk is not counted, so nothing comes on top of it."""
    return band(as_if(file, Mode.PHONE, settings, now=now), settings)


async def tell_of_share(parts: Parts, tx: Tx, trajectory: UUID, *, now: datetime) -> None:
    """A notice for the coach when another number of talks puts what stands out of the band (E3)."""
    found = await people.trajectory_by_id(tx, trajectory)
    if found is None:
        return
    file = await read_file(tx, found)
    share = share_of(file, await numbers_at(tx, now, parts.settings.tz), now=now)
    code = _outside(share, file.preference) if share else ""
    if share is None or not code:
        return
    params = {
        "candidate": file.candidate.name,
        "talks": str(found.talks),
        "online": str(share.online),
        "most": str(share.online + share.room),
        "lower": str(share.lower),
        "upper": str(share.upper),
    }
    await notices.add_notice(
        tx,
        found.coach_id,
        code=code,
        params=params,
        meeting_id=None,
        candidate_id=found.candidate_id,
        now=now,
    )


def _outside(share: Band, wish: Mode | None) -> str:
    """Too few online is nothing to tell of when the candidate wishes it so (P6)."""
    if not share.feasible:
        return ""
    if share.online > share.upper:
        return "share_above"
    too_few = share.online + share.room < share.lower and wish is not Mode.OFFLINE
    return "share_below" if too_few else ""
