"""What a candidate prefers: days, parts of the day, form, and their own clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coaching.access import Right, of_candidate
from coaching.availability import DayPart, Need
from coaching.errors import BadInput, NotFound
from coaching.facts import TalkWish
from coaching.wall_time import to_wall
from coaching.words import Mode
from server.store import availability as store
from server.store import keys, levels
from server.store.database import Tx
from server.usecases.access import guidances_of
from server.usecases.channels import Channel
from server.usecases.comfort import ComfortSaid, comfort_values
from server.usecases.context import CandidateId, Parts, PlaceId, StaffActor
from server.usecases.erased import keep_there
from server.usecases.hours import asked_about, check_place
from server.usecases.repeating import once
from server.usecases.seats import flag_rooms

_DAYS = range(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What a candidate likes; empty means any. `zone` only where it is not the organisation's."""

    days: frozenset[int] = frozenset()
    parts: frozenset[DayPart] = frozenset()
    mode: Mode | None = None
    zone: str | None = None
    channel: Channel | None = None  # None: a text where there is a number, else mail
    asked_at: datetime | None = None  # when the form was asked after last (R18)
    needs: frozenset[Need] = frozenset()  # of every room; changed by `save_needs` only
    near: UUID | None = None  # the place that is easiest to reach; changed by `save_needs` only


async def save_comfort(
    parts: Parts,
    actor: StaffActor,
    candidate: CandidateId,
    said: ComfortSaid,
    *,
    key: str,
    now: datetime,
) -> None:
    """Write down how much at ease a candidate is with far talks, who said so and on which day.

    Raises:
        BadInput: `comfort_date_bad`, a day to come or long ago.
        NotFound: `candidate_unknown`, or not one of this coach.
    """
    values = comfort_values(said, today=to_wall(now, parts.settings.tz).date())
    kept = {name: str(value) for name, value in values.items()}
    asked = asked_about(actor, "comfort", key, candidate, kept)

    async def work(tx: Tx) -> keys.Answer:
        await _own_candidate(tx, actor, candidate)
        await levels.set_comfort(tx, candidate, said.level, said.source, since=said.since, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def preference_of(parts: Parts, candidate: CandidateId) -> Preference:
    """What a candidate prefers; any time where nothing was said."""
    async with parts.database.read() as tx:
        found = await store.preference(tx, candidate)
    if found is None:
        return Preference()
    return Preference(
        days=frozenset(found.days),
        parts=frozenset(DayPart(part) for part in found.parts),
        mode=Mode(found.mode) if found.mode else None,
        zone=found.zone,
        channel=Channel(found.channel) if found.channel else None,
        asked_at=found.asked_at,
        needs=frozenset(Need(one) for one in found.needs),
        near=found.near_place_id,
    )


async def save_needs(
    parts: Parts,
    actor: StaffActor,
    candidate: CandidateId,
    needs: Collection[Need],
    *,
    near: PlaceId | None = None,
    key: str,
    now: datetime,
) -> int:
    """Write down what every room must have for this candidate, and which place is near; never why.

    Times at a location are looked for at `near` and around it first (R20, R25). Where somebody
    lives is not kept. Gives how many talks to come have a room that does not fit: each has a to-do.

    Raises:
        NotFound: `candidate_unknown`, or not one of this coach; `place_unknown`.
    """
    wanted = sorted(needs)
    asked = asked_about(actor, "needs", key, candidate, wanted, near or "")

    async def work(tx: Tx) -> keys.Answer:
        await _own_candidate(tx, actor, candidate)
        if near:
            await check_place(tx, near)
        await store.set_preference(tx, candidate, needs=wanted, near_place_id=near)
        return {"flagged": str(await flag_rooms(tx, candidate, now=now))}

    return int((await once(parts, asked, work, now=now)).get("flagged", 0))


async def save_preference(
    parts: Parts,
    actor: StaffActor,
    candidate: CandidateId,
    preference: Preference,
    *,
    key: str,
    now: datetime,
) -> None:
    """Write down what a candidate prefers.

    Raises:
        BadInput: `weekday_bad`, `zone_bad`, `mode_unbookable`.
        NotFound: `candidate_unknown`, or not one of this coach.
    """
    if not preference.days <= set(_DAYS):
        raise BadInput("weekday_bad", field="days")
    if preference.mode is Mode.WRITTEN:
        raise BadInput("mode_unbookable", field="mode")
    _check_zone(preference.zone)
    values = {
        "days": sorted(preference.days),
        "parts": sorted(preference.parts),
        "mode": preference.mode,
        "zone": preference.zone or None,
        "channel": preference.channel,
    }
    asked = asked_about(actor, "preference", key, candidate, values)

    async def work(tx: Tx) -> keys.Answer:
        await _own_candidate(tx, actor, candidate)
        before = await store.preference(tx, candidate)
        asked_before = before.asked_at if before else None
        news = preference.mode is not None and (not before or before.mode != preference.mode)
        answered = now if news else asked_before
        await store.set_preference(tx, candidate, **values, asked_at=answered)
        return {}

    await once(parts, asked, work, now=now)


async def keep_wish(tx: Tx, candidate: UUID, wish: TalkWish, *, now: datetime) -> None:
    """Keep what a candidate answered to "Hoe wilt u praten?" beside what else they like (R18)."""
    await store.set_preference(tx, candidate, mode=wish.mode, asked_at=now)


async def _own_candidate(tx: Tx, actor: StaffActor, candidate: CandidateId) -> None:
    await keep_there(tx, candidate)
    if Right.CHANGE_FILE not in of_candidate(actor, await guidances_of(tx, candidate)):
        raise NotFound("candidate_unknown")


def _check_zone(zone: str | None) -> None:
    if not zone:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("zone_bad", field="zone") from None
