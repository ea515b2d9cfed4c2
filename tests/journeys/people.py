"""Two people with a history, made through the use cases: what planners did weeks ago."""

import itertools
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

from coaching.facts import DeviceClass, PracticeKind
from coaching.words import (
    Language,
    MeetingKind,
    MeetingStatus,
    Mode,
    Score,
    Skill,
    SkillSource,
    StaffRole,
)
from server.usecases.accounts import create_login_link, create_staff
from server.usecases.availability import save_hours
from server.usecases.booking import BookingRequest, book_meeting, record_outcome
from server.usecases.context import (
    CandidateId,
    MeetingId,
    Parts,
    RoomId,
    StaffActor,
    StaffId,
    TrajectoryId,
)
from server.usecases.hours import HoursLine
from server.usecases.overview import show_meeting
from server.usecases.people import NewCandidate, add_candidate, list_rooms, start_trajectory
from server.usecases.places import add_place, add_room
from server.usecases.readiness import PracticeResult, record_own_practice

WEEKS_AGO = timedelta(days=21)
_night_places = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A coach and a candidate of their own, so that journeys never meet."""

    coach: StaffId
    coach_name: str
    candidate: CandidateId
    candidate_name: str
    email: str
    trajectory: TrajectoryId


async def make_staff(
    parts: Parts, name: str, *roles: StaffRole, now: datetime, language: Language = Language.NL
) -> StaffActor:
    """Add a member of staff and act as them."""
    staff = await create_staff(
        parts,
        name=name,
        email=f"{secrets.token_hex(4)}@staf.example",
        phone="030 123 45 67",
        roles=frozenset(roles),
        language=language,
        password=None,
        now=now,
    )
    return StaffActor(
        id=staff,
        name=name,
        roles=frozenset(roles),
        language=language,
        device=uuid4(),
        csrf="",
    )


async def make_pair(
    parts: Parts,
    planner: StaffActor,
    *,
    now: datetime,
    acquainted: bool = True,
    language: Language = Language.NL,
    skill: Skill = Skill.ABLE,
) -> Pair:
    """A coach, a candidate and their trajectory, begun three weeks ago.

    With `acquainted` they met at a location, so that rules R7 and R8 let them talk by video.
    """
    mark = secrets.token_hex(3)
    then = now - WEEKS_AGO
    coach = await make_staff(parts, f"Anna Coach {mark}", StaffRole.COACH, now=then)
    passed = PracticeResult(device=DeviceClass.COMPUTER, kind=PracticeKind.SELF, score=Score.GOOD)
    await record_own_practice(parts, coach, coach.id, passed, key=new_key(), now=then)
    email = f"kandidaat-{mark}@post.example"
    candidate = await add_candidate(
        parts,
        planner,
        _candidate(f"Karim Kandidaat {mark}", email, language, then, skill),
        key=new_key(),
        now=then,
    )
    trajectory = await start_trajectory(
        parts, planner, candidate, coach.id, talks=10, minutes=45, key=new_key(), now=then
    )
    pair = Pair(
        coach=coach.id,
        coach_name=coach.name,
        candidate=candidate,
        candidate_name=f"Karim Kandidaat {mark}",
        email=email,
        trajectory=trajectory,
    )
    if acquainted:
        await _get_acquainted(parts, planner, pair, then=then)
    return pair


async def book_talk(
    parts: Parts,
    planner: StaffActor,
    pair: Pair,
    *,
    starts_in: timedelta,
    now: datetime,
    mode: Mode = Mode.VIDEO,
    room: RoomId | None = None,
) -> MeetingId:
    """A progress talk that starts `starts_in` from `now`, rounded up to the minute."""
    request = BookingRequest(
        trajectory=pair.trajectory,
        kind=MeetingKind.PROGRESS,
        mode=mode,
        starts_local=local_minute(parts, now + starts_in),
        minutes=45,
        room=room,
    )
    booked = await book_meeting(parts, planner, request, key=new_key(), now=now)
    return booked.meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkNow:
    """A video talk whose waiting room is open."""

    pair: Pair
    meeting: MeetingId
    starts_at: datetime


async def talk_now(parts: Parts, planner: StaffActor) -> TalkNow:
    """A pair that got acquainted, and a video talk of theirs that starts in a moment."""
    now = parts.now()
    pair = await make_pair(parts, planner, now=now)
    meeting = await book_talk(parts, planner, pair, starts_in=timedelta(minutes=2), now=now)
    view = await show_meeting(parts, planner, meeting, now=now)
    return TalkNow(pair=pair, meeting=meeting, starts_at=view.line.starts_at.astimezone(UTC))


async def talk_with_free_times(parts: Parts, planner: StaffActor) -> TalkNow:
    """A talk that can begin, of a coach who also works at a location the coming days."""
    talk = await talk_now(parts, planner)
    place = await add_place(
        parts,
        name=f"Stadshuis {secrets.token_hex(2)}",
        address="Markt 1, Zeist",
        route="Naast de kerk",
        phone="030 123 45 67",
    )
    await add_room(parts, place, name="Kamer 1", seats=2)
    every_day = [
        HoursLine(weekday=day, opens=time(8), closes=time(20), place=place) for day in range(7)
    ]
    await save_hours(
        parts,
        planner,
        talk.pair.coach,
        every_day,
        before_minutes=0,
        after_minutes=0,
        talks_a_day=None,
        key=new_key(),
        now=parts.now(),
    )
    return talk


async def sign_in_address(parts: Parts, staff: StaffId, *, now: datetime) -> str:
    """The link by which this member of staff signs in."""
    token = await create_login_link(parts, staff, now=now)
    return f"{parts.settings.public_url}/login/link/{token}"


def local_minute(parts: Parts, moment: datetime) -> datetime:
    """The next whole minute on the organisation's clock, without zone, as forms give it."""
    local = (moment + timedelta(seconds=59)).astimezone(parts.settings.tz)
    return local.replace(second=0, microsecond=0, tzinfo=None)


def new_key() -> str:
    """An idempotency key that nobody used."""
    return secrets.token_hex(16)


async def _get_acquainted(parts: Parts, planner: StaffActor, pair: Pair, *, then: datetime) -> None:
    rooms = await list_rooms(parts)
    # In the evening and at night, one after the other (UTC): sample people and other pairs never
    # sit in that room then.
    met = then.replace(hour=18, minute=0) + timedelta(days=1, minutes=6 * next(_night_places))
    request = BookingRequest(
        trajectory=pair.trajectory,
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        starts_local=local_minute(parts, met),
        minutes=5,
        room=rooms[0].id,
    )
    booked = await book_meeting(parts, planner, request, key=new_key(), now=then)
    await record_outcome(
        parts,
        planner,
        booked.meeting,
        MeetingStatus.HELD,
        key=new_key(),
        now=met + timedelta(minutes=5),
    )


def _candidate(
    name: str, email: str, language: Language, then: datetime, skill: Skill
) -> NewCandidate:
    return NewCandidate(
        name=name,
        email=email,
        phone="06 12 34 56 78",
        language=language,
        skill=skill,
        skill_source=SkillSource.INTAKE,
        skill_since=then.date(),
    )
