"""Makes people, places and meetings for tests, by the use cases that people use themselves."""

import itertools
from datetime import date, datetime, time
from uuid import uuid4

from coaching.facts import DeviceClass, PracticeKind
from coaching.words import (
    Language,
    MeetingKind,
    MeetingStatus,
    Mode,
    PracticeCause,
    Score,
    Skill,
    SkillSource,
    StaffRole,
)
from server.usecases.accounts import create_staff
from server.usecases.availability import HoursLine, save_hours
from server.usecases.booking import Booked, BookingRequest, book_meeting, record_outcome
from server.usecases.context import (
    CandidateId,
    MeetingId,
    Parts,
    RoomId,
    StaffActor,
    StaffId,
    TrajectoryId,
)
from server.usecases.people import (
    NewCandidate,
    add_candidate,
    start_trajectory,
)
from server.usecases.places import add_place, add_room
from server.usecases.readiness import PracticeResult, record_own_practice, record_practice
from server.usecases.room_settings import list_room_availability


class House:
    """Everything has a default; names and numbers differ by themselves."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._numbers = itertools.count(1)
        self._planner: StaffActor | None = None

    async def staff(
        self, *roles: StaffRole, name: str = "", email: str = "", password: str | None = None
    ) -> StaffActor:
        number = next(self._numbers)
        name = name or f"{roles[0].title()} Nummer {number}"
        made = await create_staff(
            self.parts,
            name=name,
            email=email or f"staff{number}@example.org",
            phone="020 123 45 67",
            roles=frozenset(roles),
            language=Language.NL,
            password=password,
            now=self.parts.now(),
        )
        return StaffActor(
            id=made,
            name=name,
            roles=frozenset(roles),
            language=Language.NL,
            device=uuid4(),
            csrf="csrf",
        )

    async def coach(self, *, name: str = "", practised: bool = True) -> StaffActor:
        """A coach who practised a video talk, so that R15 lets them host."""
        coach = await self.staff(StaffRole.COACH, name=name)
        if practised:
            await self.coach_practises(coach)
        return coach

    async def coach_practises(self, coach: StaffActor) -> None:
        """Write down the coach's own practice, as they do themselves (R15)."""
        await record_own_practice(
            self.parts,
            coach,
            StaffId(coach.id),
            self.practice(kind=PracticeKind.SELF),
            key=uuid4().hex,
            now=self.parts.now(),
        )

    async def practises(
        self,
        candidate: CandidateId,
        *,
        kind: PracticeKind = PracticeKind.GUIDED,
        score: Score = Score.GOOD,
        cause: PracticeCause | None = None,
        device: DeviceClass = DeviceClass.PHONE,
        now: datetime | None = None,
    ) -> None:
        """Write down what a practice of a candidate gave, as the planner."""
        await record_practice(
            self.parts,
            await self.planner(),
            candidate,
            self.practice(kind=kind, score=score, cause=cause, device=device),
            key=uuid4().hex,
            now=now or self.parts.now(),
        )

    def practice(
        self,
        *,
        kind: PracticeKind = PracticeKind.GUIDED,
        score: Score = Score.GOOD,
        cause: PracticeCause | None = None,
        device: DeviceClass = DeviceClass.PHONE,
    ) -> PracticeResult:
        return PracticeResult(device=device, kind=kind, score=score, cause=cause)

    async def planner(self) -> StaffActor:
        if self._planner is None:
            self._planner = await self.staff(StaffRole.PLANNER)
        return self._planner

    async def candidate(
        self,
        *,
        name: str = "",
        email: str = "",
        phone: str = "06 12 34 56 78",
        language: Language = Language.NL,
        skill: Skill = Skill.ABLE,
    ) -> CandidateId:
        number = next(self._numbers)
        new = NewCandidate(
            name=name or f"Kandidaat Nummer {number}",
            email=email or f"candidate{number}@example.org",
            phone=phone,
            language=language,
            skill=skill,
            skill_source=SkillSource.INTAKE,
            skill_since=date(2020, 1, 1),
        )
        return await add_candidate(
            self.parts, await self.planner(), new, key=uuid4().hex, now=self.parts.now()
        )

    async def room(self, *, name: str = "") -> RoomId:
        number = next(self._numbers)
        place = await add_place(
            self.parts,
            name=f"Werkplein {number}",
            address="Stationsplein 1, 3511 ED Utrecht",
            route="Vijf minuten lopen vanaf het station. De ingang is links.",
            phone="030 123 45 67",
        )
        return await add_room(self.parts, place, name=name or f"Kamer {number}", seats=4)

    async def works(
        self,
        coach: StaffActor,
        room: RoomId | None = None,
        *,
        opens: time = time(9),
        closes: time = time(17),
    ) -> RoomId:
        """Give a coach hours from Monday to Friday, 9.00 to 17.00, at the place of a room."""
        room = room or await self.room()
        rooms = await list_room_availability(self.parts, await self.planner())
        place = next(one.place for one in rooms if one.room == room)
        await save_hours(
            self.parts,
            coach,
            StaffId(coach.id),
            [HoursLine(weekday=day, opens=opens, closes=closes, place=place) for day in range(5)],
            before_minutes=0,
            after_minutes=0,
            talks_a_day=None,
            key=uuid4().hex,
            now=self.parts.now(),
        )
        return room

    async def trajectory(
        self, coach: StaffActor, candidate: CandidateId | None = None, *, talks: int = 10
    ) -> TrajectoryId:
        return await start_trajectory(
            self.parts,
            await self.planner(),
            candidate or await self.candidate(),
            StaffId(coach.id),
            talks=talks,
            minutes=45,
            key=uuid4().hex,
            now=self.parts.now(),
        )

    async def book(
        self,
        trajectory: TrajectoryId,
        starts: str,
        *,
        kind: MeetingKind = MeetingKind.PROGRESS,
        mode: Mode = Mode.VIDEO,
        minutes: int = 45,
        room: RoomId | None = None,
        key: str = "",
        now: datetime | None = None,
        provisional: bool = False,
    ) -> Booked:
        """Book as the planner, at a wall time such as "2027-03-03T14:00"."""
        request = BookingRequest(
            trajectory=trajectory,
            kind=kind,
            mode=mode,
            starts_local=datetime.fromisoformat(starts),
            minutes=minutes,
            room=room,
            provisional=provisional,
        )
        return await book_meeting(
            self.parts,
            await self.planner(),
            request,
            key=key or uuid4().hex,
            now=now or self.parts.now(),
        )

    async def acquainted(
        self, coach: StaffActor, candidate: CandidateId | None = None, *, talks: int = 10
    ) -> TrajectoryId:
        """A trajectory whose acquaintance was held at a location, a month before now."""
        trajectory = await self.trajectory(coach, candidate, talks=talks)
        await self.meet(trajectory)
        return trajectory

    async def meet(self, trajectory: TrajectoryId) -> MeetingId:
        """An acquaintance held at a location on 1 February 2027."""
        tz = self.parts.settings.tz
        booked = await self.book(
            trajectory,
            f"2027-02-01T{8 + next(self._numbers) % 12:02d}:00",
            kind=MeetingKind.ACQUAINTANCE,
            mode=Mode.OFFLINE,
            minutes=30,
            room=await self.room(),
            now=datetime(2027, 1, 25, 9, 0, tzinfo=tz),
        )
        await record_outcome(
            self.parts,
            await self.planner(),
            booked.meeting,
            MeetingStatus.HELD,
            key=uuid4().hex,
            now=datetime(2027, 2, 1, 21, 0, tzinfo=tz),
        )
        return booked.meeting
