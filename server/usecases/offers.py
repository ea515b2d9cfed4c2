"""Looking for free times inside a transaction: what the rules offer, and three to fall back on."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from coaching.availability_request import FreeTime, TimeRequest
from coaching.engine import judge_booking
from coaching.facts import StartedBy
from coaching.free_times import Fallback, Refuses, by_rules, fallback_times, propose, rings
from coaching.settings import BlendSettings
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, Mode
from server.store.database import Tx
from server.usecases.booking_facts import Asked, File
from server.usecases.diaries import Diaries, needs_of, open_diaries


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What kind of time is looked for."""

    kind: MeetingKind
    mode: Mode
    minutes: int
    after: datetime | None = None
    soft: bool = False
    most: int = 10
    for_staff: bool = True
    moved: UUID | None = None
    judged: bool = True  # leave out what the rules refuse


async def find_times(
    tx: Tx,
    settings: BlendSettings,
    file: File,
    wanted: Wanted,
    *,
    coaches: Collection[UUID] = (),
    now: datetime,
) -> tuple[tuple[FreeTime, ...], Diaries]:
    """The next times that fit, with the diaries they were found in."""
    diaries = await _diaries(tx, settings, file, wanted, coaches=coaches, now=now)
    return _propose(settings, file, wanted, diaries, now=now), diaries


async def find_fallback(
    tx: Tx,
    settings: BlendSettings,
    file: File,
    *,
    kind: MeetingKind,
    minutes: int,
    now: datetime,
) -> Fallback:
    """Three times at a location that do not overlap and that no rule refuses (R19, E20)."""
    wanted = Wanted(kind=kind, mode=Mode.OFFLINE, minutes=minutes)
    diaries = await _diaries(tx, settings, file, wanted, coaches=(), now=now)
    asked = TimeRequest(
        mode=Mode.OFFLINE,
        minutes=minutes,
        candidate=diaries.candidate,
        needs=needs_of(kind, diaries.candidate.needs),
    )
    return fallback_times(
        asked,
        diaries.coaches,
        diaries.rooms,
        settings,
        now=now,
        refuses=_refuses(settings, file, wanted, now=now),
    )


async def offline_slots(
    tx: Tx, settings: BlendSettings, file: File, asked: Asked, *, coach: UUID, now: datetime
) -> tuple[datetime, ...]:
    """The first free moments at a location that a refusal can offer; none without hours."""
    wanted = Wanted(
        kind=asked.kind,
        mode=Mode.OFFLINE,
        minutes=int((asked.ends_at - asked.starts_at).total_seconds() // 60),
        for_staff=asked.started_by is StartedBy.STAFF,
        most=settings.offline_slots,
        judged=False,
    )
    found, _ = await find_times(tx, settings, file, wanted, coaches=[coach], now=now)
    return tuple(one.starts_at for one in found)


async def _diaries(
    tx: Tx,
    settings: BlendSettings,
    file: File,
    wanted: Wanted,
    *,
    coaches: Collection[UUID],
    now: datetime,
) -> Diaries:
    return await open_diaries(
        tx,
        settings,
        coaches=coaches or [file.trajectory.coach_id],
        candidate=file.candidate.id,
        now=now,
        for_staff=wanted.for_staff,
        besides=[wanted.moved] if wanted.moved else [],
    )


def _propose(
    settings: BlendSettings, file: File, wanted: Wanted, diaries: Diaries, *, now: datetime
) -> tuple[FreeTime, ...]:
    request = TimeRequest(
        mode=wanted.mode,
        minutes=wanted.minutes,
        candidate=diaries.candidate,
        needs=needs_of(wanted.kind, diaries.candidate.needs),
        after=wanted.after,
        over_soft=wanted.soft,
    )
    refuses = _refuses(settings, file, wanted, now=now) if wanted.judged else None
    at_places = wanted.mode is Mode.OFFLINE and not wanted.for_staff
    found: tuple[FreeTime, ...] = ()
    for places in rings(request, diaries.coaches) if at_places else (request.places,):
        found = propose(
            replace(request, places=places),
            diaries.coaches,
            diaries.rooms,
            now=now,
            refuses=refuses,
            count=wanted.most,
        )
        if len(found) >= settings.offline_slots:
            break
    return found


def _refuses(settings: BlendSettings, file: File, wanted: Wanted, *, now: datetime) -> Refuses:
    if wanted.moved:
        return _refuses_at_each_time(settings, file, wanted, now=now)
    ends_at = now + timedelta(minutes=wanted.minutes)
    today = to_wall(now, settings.zone).date()
    facts = file.facts(_asked(wanted, now, ends_at), today=today)
    return by_rules(lambda coach: replace(facts, coach=coach), settings, now=now)


def _refuses_at_each_time(
    settings: BlendSettings, file: File, wanted: Wanted, *, now: datetime
) -> Refuses:
    """For a meeting that stands: what is planned before a time was held by then (`File.facts`)."""
    today = to_wall(now, settings.zone).date()

    def refuses(coach: UUID, starts_at: datetime, ends_at: datetime) -> bool:
        asked = _asked(wanted, starts_at, ends_at)
        facts = file.facts(asked, today=today, moved=wanted.moved, coach=coach)
        return not judge_booking(facts, settings, now).allowed

    return refuses


def _asked(wanted: Wanted, starts_at: datetime, ends_at: datetime) -> Asked:
    return Asked(
        kind=wanted.kind,
        mode=wanted.mode,
        starts_at=starts_at,
        ends_at=ends_at,
        started_by=StartedBy.STAFF if wanted.for_staff else StartedBy.CANDIDATE,
    )
