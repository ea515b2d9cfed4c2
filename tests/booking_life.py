"""What people and calendars do to the appointments of three coaches, beside a model in memory.

The model knows nothing but what overlaps; each answer of the use cases has to be the one that it
foresees, and after each step the table has to hold what it holds.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from benchmarks.booking_random import OVERLAPS
from coaching.errors import Conflict
from coaching.words import MeetingKind, Mode
from server.store.schema import invitation, meeting
from server.usecases.booking import (
    BookingRequest,
    MoveRequest,
    book_meeting,
    cancel_meeting,
    move_meeting,
)
from server.usecases.context import MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.holding import choose_time, hold_times
from server.usecases.timers import release_holds
from tests.calendar_rounds import Diary, connected
from tests.conftest import AMSTERDAM, Clock
from tests.house_of_people import House

PAIRS = ((0, 0), (0, 1), (1, 1), (2, 2))  # coach and candidate
WINDOW = datetime(2027, 5, 3, 8)  # noqa: DTZ001 -- wall time, a Monday
HALF_HOUR = timedelta(minutes=30)
HELD_FOR = timedelta(hours=48)
_STANDS = ("planned", "provisional")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who there is; made once, in a database that each run begins with a copy of."""

    planner: StaffActor
    coaches: tuple[StaffActor, ...]
    trajectories: tuple[TrajectoryId, ...]  # in the order of `PAIRS`
    calendars: tuple[UUID, ...]  # one a coach


async def cast(house: House) -> Cast:
    """Three coaches, two of whom share a room, with their people and their calendars."""
    coaches = [await house.coach() for _ in range(3)]
    shared = await house.works(coaches[0])
    await house.works(coaches[1], shared)
    await house.works(coaches[2])
    people = [await house.candidate() for _ in range(3)]
    trajectories = [await house.acquainted(coaches[c], people[p], talks=200) for c, p in PAIRS]
    diaries = [await connected(house.parts, one.id, role="busy", kind="feed") for one in coaches]
    return Cast(
        planner=await house.planner(),
        coaches=tuple(coaches),
        trajectories=tuple(trajectories),
        calendars=tuple(one.connection for one in diaries),
    )


@dataclass(slots=True)
class Known:
    """A meeting as the model knows it."""

    pair: int
    starts: datetime
    ends: datetime
    revision: int = 1
    stands: bool = True
    group: UUID | None = None
    until: datetime | None = None  # held until then; None: it is an appointment

    def takes_time(self, now: datetime) -> bool:
        """Whether nobody else of the two can have this time."""
        return self.stands and (self.until is None or self.until > now)


@dataclass(slots=True)
class BookingLife:
    """One run; each step acts by a use case and looks whether the model foresaw its answer."""

    parts: Parts
    clock: Clock
    cast: Cast
    known: dict[MeetingId, Known] = field(default_factory=dict)
    busy: dict[tuple[int, str], tuple[datetime, datetime]] = field(default_factory=dict)
    diaries: tuple[Diary, ...] = ()
    last: tuple[BookingRequest, str, MeetingId, datetime] | None = None

    def __post_init__(self) -> None:
        self.diaries = tuple(Diary(parts=self.parts, connection=one) for one in self.cast.calendars)

    @property
    def now(self) -> datetime:
        return self.clock()

    async def book(self, pair: int, slot: int, length: int) -> None:
        """Book a call of `length` half hours."""
        starts, ends = times(slot, length)
        free = not self._clashes(pair, starts, ends) and not self._busy(pair, starts, ends)
        request = BookingRequest(
            trajectory=self.cast.trajectories[pair],
            kind=MeetingKind.PROGRESS,
            mode=Mode.PHONE,
            starts_local=starts.replace(tzinfo=None),
            minutes=30 * length,
            room=None,
        )
        key = uuid4().hex
        try:
            booked = await book_meeting(
                self.parts, self.cast.planner, request, key=key, now=self.now
            )
        except Conflict as refused:
            assert not free, refused.code  # noqa: PT017 -- foreseen, or the model errs
            return
        assert free
        self.known[booked.meeting] = Known(pair, starts, ends)
        self.last = (request, key, booked.meeting, self.now)

    async def book_again(self) -> None:
        """The same request with the same key, as a browser sends that heard no answer."""
        if self.last is None or self.last[3] != self.now:
            return
        request, key, made, now = self.last
        again = await book_meeting(self.parts, self.cast.planner, request, key=key, now=now)
        assert again.meeting == made

    async def hold(self, pair: int) -> None:
        """Hold three times; those that are held already stay."""
        coach = self.cast.coaches[PAIRS[pair][0]]
        before = {
            key: one
            for key, one in self.known.items()
            if one.pair == pair and one.until and one.takes_time(self.now)
        }
        trajectory = self.cast.trajectories[pair]
        held = await hold_times(self.parts, coach, trajectory, key=uuid4().hex, now=self.now)
        if before:
            assert {one.meeting for one in held.times} == set(before)
            return
        assert len(held.times) <= 3
        for one in held.times:
            assert not self._clashes(pair, one.starts_at, one.ends_at)
            assert not self._busy(pair, one.starts_at, one.ends_at)
            self.known[one.meeting] = Known(
                pair,
                one.starts_at,
                one.ends_at,
                revision=0,
                group=held.group,
                until=self.now + HELD_FOR,
            )

    async def choose(self, which: int) -> None:
        """Choose one of the times that were ever held: it stands, and the others are freed."""
        offered = [key for key, one in self.known.items() if one.group]
        if not offered:
            return
        wanted = offered[which % len(offered)]
        one = self.known[wanted]
        group = [other for other in self.known.values() if other.group == one.group]
        open_ = one.takes_time(self.now) and one.until is not None and one.starts > self.now
        open_ = open_ and all(other.revision == 0 for other in group)
        coach = self.cast.coaches[PAIRS[one.pair][0]]
        try:
            await choose_time(self.parts, coach, wanted, key=uuid4().hex, now=self.now)
        except Conflict as refused:
            assert not open_, refused.code  # noqa: PT017 -- as above
            return
        assert open_
        for other in group:
            other.stands = other is one
        one.revision, one.until = 1, None

    async def move(self, which: int, slot: int, length: int, *, stale: bool) -> None:
        """Move a call or a chosen time; with `stale` as a planner whose page is old."""
        found = self._to_change(which)
        if found is None:
            return
        key, one = found
        starts, ends = times(slot, length)
        stays = starts == one.starts and ends <= one.ends
        free = one.stands and not stale and not self._clashes(one.pair, starts, ends, besides=one)
        free = free and (stays or not self._busy(one.pair, starts, ends))
        try:
            await move_meeting(
                self.parts,
                self.cast.planner,
                key,
                MoveRequest(
                    starts_local=starts.replace(tzinfo=None),
                    minutes=30 * length,
                    mode=Mode.PHONE,
                    room=None,
                ),
                revision=one.revision - stale,
                key=uuid4().hex,
                now=self.now,
            )
        except Conflict as refused:
            assert not free, refused.code  # noqa: PT017 -- foreseen, or the model errs
            return
        assert free
        one.starts, one.ends, one.revision = starts, ends, one.revision + 1

    async def cancel(self, which: int, *, stale: bool) -> None:
        """Cancel one."""
        found = self._to_change(which)
        if found is None:
            return
        key, one = found
        revision = one.revision - stale
        try:
            await cancel_meeting(
                self.parts,
                self.cast.planner,
                key,
                revision=revision,
                key=uuid4().hex,
                now=self.now,
            )
        except Conflict as refused:
            assert stale or not one.stands, refused.code  # noqa: PT017 -- as above
            return
        assert one.stands
        assert not stale
        one.stands, one.revision = False, one.revision + 1

    async def let_time_pass(self, hours: int, *, worker: bool) -> None:
        """Hours go by; with `worker` what lapsed is freed by the clock, else by whoever comes."""
        self.clock.forward(hours=hours)
        if worker:
            await release_holds(self.parts, now=self.now)
        for one in self.known.values():
            one.stands = one.takes_time(self.now)

    async def calendar_changes(self, coach: int, name: str, slot: int | None, length: int) -> None:
        """Something comes into a coach's own calendar, moves there, or goes (`slot` None)."""
        diary, key = self.diaries[coach], (coach, name)
        if slot is None:
            diary.memory.objects.pop(name, None)
            self.busy.pop(key, None)
        else:
            starts, ends = self._somewhere(slot, length)
            diary.put(name, _utc(starts), _utc(ends))
            self.busy[key] = (starts, ends)
        done = await diary.round(full=slot is None)
        assert done.good, done

    async def look(self) -> None:
        """The table holds what the model holds."""
        query = select(
            meeting.c.id, meeting.c.starts_at, meeting.c.ends_at, meeting.c.hold_until
        ).where(meeting.c.trajectory_id.in_(self.cast.trajectories), meeting.c.status.in_(_STANDS))
        async with self.parts.database.read() as tx:
            rows = (await tx.execute(query)).all()
        there = {
            row.id: (row.starts_at, row.ends_at)
            for row in rows
            if row.hold_until is None or row.hold_until > self.now
        }
        assert there == {
            key: (one.starts, one.ends)
            for key, one in self.known.items()
            if one.takes_time(self.now)
        }

    async def end(self) -> None:
        """Nothing overlaps, and each appointment, and nothing else, has one link that opens."""
        query = select(invitation.c.meeting_id).where(invitation.c.revoked_at.is_(None))
        async with self.parts.database.read() as tx:
            assert await tx.scalar(OVERLAPS) == 0
            links = [one for one in await tx.scalars(query) if one in self.known]
        stand = [key for key, one in self.known.items() if one.stands and one.until is None]
        assert sorted(links) == sorted(stand)

    def _to_change(self, which: int) -> tuple[MeetingId, Known] | None:
        """One that is, or was, an appointment, and has not begun."""
        found = [
            (key, one)
            for key, one in self.known.items()
            if one.revision > 0 and one.starts > self.now
        ]
        return found[which % len(found)] if found else None

    def _clashes(
        self, pair: int, starts: datetime, ends: datetime, *, besides: Known | None = None
    ) -> bool:
        coach, candidate = PAIRS[pair]
        return any(
            one.takes_time(self.now)
            and (PAIRS[one.pair][0] == coach or PAIRS[one.pair][1] == candidate)
            and one.starts < ends
            and starts < one.ends
            for one in self.known.values()
            if one is not besides
        )

    def _busy(self, pair: int, starts: datetime, ends: datetime) -> bool:
        return any(
            coach == PAIRS[pair][0] and begins < ends and starts < stops
            for (coach, _), (begins, stops) in self.busy.items()
        )

    def _somewhere(self, slot: int, length: int) -> tuple[datetime, datetime]:
        """In the days that are booked, or in those that times are held in."""
        starts, ends = times(slot // 2, length)
        if slot % 2 == 0:
            return starts, ends
        day = self.now.date() + timedelta(days=1 + slot // 2 % 5)
        starts = datetime.combine(day, starts.time(), AMSTERDAM)
        return starts, starts + length * HALF_HOUR


def times(slot: int, length: int) -> tuple[datetime, datetime]:
    """The half hours of two days, from eight o'clock."""
    day, half = divmod(slot, 12)
    starts = (WINDOW + timedelta(days=day) + half * HALF_HOUR).replace(tzinfo=AMSTERDAM)
    return starts, starts + length * HALF_HOUR


def _utc(moment: datetime) -> str:
    return f"{moment - (moment.utcoffset() or timedelta()):%Y%m%dT%H%M%SZ}"
