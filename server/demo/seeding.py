"""Fills an empty installation with sample people and their meetings, through the use cases.

History is booked at moments in the past, so that rules, outbox and history are as in real life.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from coaching.errors import Conflict
from coaching.facts import DeviceClass, PracticeKind
from coaching.words import Language, MeetingKind, MeetingStatus, Mode, Score
from server.demo import people
from server.demo.calendar_server import CalendarAccess
from server.demo.grounds import add_places, connect_calendars, open_for_work
from server.demo.people import Plan, SampleCandidate, SampleStaff
from server.usecases.accounts import create_staff
from server.usecases.booking import BookingRequest, book_meeting, record_outcome
from server.usecases.context import MeetingId, Parts, RoomId, StaffActor, StaffId, TrajectoryId
from server.usecases.people import NewCandidate, add_candidate, start_trajectory
from server.usecases.readiness import PracticeResult, close_practice, record_own_practice
from server.usecases.tasks import discuss_task, give_task, task_sheet

_BEFORE = timedelta(days=7)  # how long ahead a meeting of the past was booked
_HISTORY = timedelta(days=90)  # when the staff began
_WRITE_UP = timedelta(minutes=5)  # after its end that the coach marks it
_TRIES = 10  # quarters of an hour to look for a free time


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """Who lives in the installation now."""

    admin: StaffId
    planner: StaffId
    coaches: tuple[StaffId, ...]
    trajectories: dict[str, TrajectoryId]  # by the candidate's login
    rooms: tuple[RoomId, ...]


def email(login: str) -> str:
    """The address of a sample person."""
    return f"{login}@voorbeeldwerkt.example"


def as_actor(staff: StaffId, who: SampleStaff) -> StaffActor:
    """A sample member of staff as somebody who asks."""
    return StaffActor(
        id=staff, name=who.name, roles=who.roles, language=Language.NL, device=uuid4(), csrf=""
    )


def working_day(start: date, days: int) -> date:
    """The day `days` working days (Monday to Friday) after `start`, or before it."""
    step = 1 if days > 0 else -1
    day = start
    for _ in range(abs(days)):
        day += timedelta(days=step)
        while day.isoweekday() > 5:  # noqa: PLR2004 -- Saturday and Sunday
            day += timedelta(days=step)
    return day


async def seed(
    parts: Parts,
    calendar: CalendarAccess | None,
    *,
    now: datetime,
    told: Callable[[str], None] = lambda _text: None,
) -> Seeded:
    """Add everybody, their trajectories and their meetings; `told` hears how far it is.

    Raises:
        Conflict: the installation is not empty.
    """
    began = now - _HISTORY
    staff = [await _add_staff(parts, who, began) for who in _everybody()]
    admin, planner, *coaches = staff
    for who, coach in zip(people.COACHES, coaches, strict=True):
        await _practise(parts, as_actor(coach, who), now=began)
    rooms = await add_places(parts, people.PLACES)
    await open_for_work(parts, as_actor(planner, people.PLANNER), coaches, now=began)
    if calendar is not None:
        logins = [coach.login for coach in people.COACHES]
        await connect_calendars(parts, dict(zip(logins, coaches, strict=True)), calendar)
    life = _Life(
        parts=parts,
        planner=as_actor(planner, people.PLANNER),
        coaches=tuple(coaches),
        rooms=rooms,
        now=now,
    )
    trajectories = {}
    for candidate in people.CANDIDATES:
        told(f"sample people: {candidate.name}")
        found = await life.add(candidate)
        if found is not None:
            trajectories[candidate.login] = found
    return Seeded(
        admin=admin,
        planner=planner,
        coaches=tuple(coaches),
        trajectories=trajectories,
        rooms=rooms,
    )


async def _practise(parts: Parts, coach: StaffActor, *, now: datetime) -> None:
    """Coaches practise before they host (R15)."""
    passed = PracticeResult(device=DeviceClass.COMPUTER, kind=PracticeKind.SELF, score=Score.GOOD)
    await record_own_practice(parts, coach, coach.id, passed, key="sample-practice", now=now)


def _everybody() -> tuple[SampleStaff, ...]:
    return (people.ADMIN, people.PLANNER, *people.COACHES)


async def _add_staff(parts: Parts, who: SampleStaff, now: datetime) -> StaffId:
    return await create_staff(
        parts,
        name=who.name,
        email=email(who.login),
        phone=who.phone,
        roles=who.roles,
        language=Language.NL,
        password=None,  # the demo's staff come in by sign-in links
        now=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    """Lets sample candidates live through their plans until `now`."""

    parts: Parts
    planner: StaffActor
    coaches: tuple[StaffId, ...]
    rooms: tuple[RoomId, ...]
    now: datetime

    @property
    def _zone(self) -> ZoneInfo:
        return self.parts.settings.tz

    async def add(self, sample: SampleCandidate) -> TrajectoryId | None:
        """Add a candidate, with trajectory and meetings if a coach is named."""
        known = self._known_since(sample)
        new = NewCandidate(
            name=sample.name,
            email=email(sample.login),
            phone=sample.phone,
            language=sample.language,
            skill=sample.skill,
            skill_source=sample.source,
            skill_since=known.date(),
        )
        key = f"sample-{sample.login}"
        candidate = await add_candidate(self.parts, self.planner, new, key=key, now=known)
        if sample.coach is None:
            return None
        trajectory = await start_trajectory(
            self.parts,
            self.planner,
            candidate,
            self.coaches[sample.coach],
            talks=sample.talks,
            minutes=60,
            key=key,
            now=known,
        )
        for number, plan in enumerate(sample.plans):
            request = self._request(sample.coach, trajectory, plan)
            known = await self._live(request, plan.ended, f"{key}-{number}", since=known)
        return trajectory

    def _known_since(self, sample: SampleCandidate) -> datetime:
        days = sample.plans[0].day if sample.plans else 0
        first = working_day(self.now.astimezone(self._zone).date(), days)
        morning = datetime.combine(first, time(9), self._zone)
        return min(morning - timedelta(days=10), self.now)

    def _request(self, coach: int, trajectory: TrajectoryId, plan: Plan) -> BookingRequest:
        today = self.now.astimezone(self._zone).date()
        return BookingRequest(
            trajectory=trajectory,
            kind=plan.kind,
            mode=plan.mode,
            starts_local=datetime.combine(working_day(today, plan.day), plan.at),
            minutes=plan.minutes,
            room=self.rooms[coach % len(self.rooms)] if plan.mode is Mode.OFFLINE else None,
            provisional=True,
        )

    async def _live(
        self, request: BookingRequest, ended: MeetingStatus | None, key: str, *, since: datetime
    ) -> datetime:
        """Book a week ahead, and close it if it is over; give the moment of the last of that."""
        week_ahead = request.starts_local.replace(tzinfo=self._zone) - _BEFORE
        at = min(max(week_ahead, since), self.now)
        meeting, booked = await book_near(self.parts, self.planner, request, key=key, now=at)
        if request.mode is Mode.VIDEO and request.kind is not MeetingKind.PRACTICE:
            text = people.TASKS[int(key[-1]) % len(people.TASKS)]
            await give_task(self.parts, self.planner, meeting, text, key=f"{key}-task", now=at)
        if ended is None:
            return at
        over = booked.starts_local.replace(tzinfo=self._zone) + timedelta(minutes=booked.minutes)
        await self._close(request, meeting, ended, f"{key}-end", now=over + _WRITE_UP)
        return over + _WRITE_UP

    async def _close(
        self,
        request: BookingRequest,
        meeting: MeetingId,
        ended: MeetingStatus,
        key: str,
        *,
        now: datetime,
    ) -> None:
        """Mark how it ended; a practice that was held was passed, tasks were discussed."""
        if request.kind is MeetingKind.PRACTICE and ended is MeetingStatus.HELD:
            await close_practice(
                self.parts,
                self.planner,
                meeting,
                device=DeviceClass.PHONE,
                score=Score.GOOD,
                cause=None,
                key=key,
                now=now,
            )
            return
        await record_outcome(self.parts, self.planner, meeting, ended, key=key, now=now)
        sheet = await task_sheet(self.parts, self.planner, meeting, now=now)
        for task in sheet.tasks if ended is MeetingStatus.HELD else ():
            await discuss_task(self.parts, self.planner, meeting, task.id, discussed=True, now=now)


async def book_near(
    parts: Parts, actor: StaffActor, request: BookingRequest, *, key: str, now: datetime
) -> tuple[MeetingId, BookingRequest]:
    """Book, a quarter of an hour later each time that coach, candidate or room is taken.

    Raises:
        Conflict: two and a half hours on it is still taken.
    """
    for shift in range(_TRIES):
        later = request.starts_local + timedelta(minutes=15 * shift)
        moved = replace(request, starts_local=later)
        try:
            booked = await book_meeting(parts, actor, moved, key=f"{key}-{shift}", now=now)
        except Conflict:
            continue
        return booked.meeting, moved
    raise Conflict("coach_taken")
