"""Everything the rules look at when somebody books, read from the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from coaching.errors import NotFound
from coaching.facts import (
    BookingFacts,
    CoachState,
    DeviceClass,
    ExceptionCode,
    ExceptionRecord,
    Known,
    PracticeKind,
    PracticeRecord,
    StartedBy,
    TalkRecord,
    TrajectoryKind,
)
from coaching.history import FIRST_TALKS
from coaching.trigger_facts import FailureCause
from coaching.words import MeetingKind, MeetingStatus, Mode, Score, Skill, TrajectoryState
from server.store import (
    aftermath,
    availability,
    coach_bars,
    meetings,
    people,
    readiness,
    rulebook,
    tasks,
)
from server.store.database import Tx

OUR_CAUSES = (FailureCause.COACH_SIDE, FailureCause.SERVER)  # says nothing of the candidate (R20)
_THEIRS = (FailureCause.CANDIDATE_DEVICE, FailureCause.CANDIDATE_SKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be judged. Moments are aware."""

    kind: MeetingKind
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    started_by: StartedBy = StartedBy.STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What the store knows of a trajectory; `facts` makes it into what the rules read."""

    trajectory: people.TrajectoryRecord
    candidate: people.CandidateRecord
    meetings: tuple[meetings.MeetingRecord, ...]
    exceptions: tuple[rulebook.ExceptionRow, ...]
    preference: Mode | None
    practices: tuple[readiness.ReadinessRecord, ...] = ()  # of the candidate, oldest first
    practised: frozenset[UUID] = frozenset()  # the coaches who passed a practice of their own
    with_task: frozenset[UUID] = frozenset()  # meetings that have a task
    bars: tuple[coach_bars.CoachBarRow, ...] = ()  # what keeps coaches from new meetings (R30)
    failures: Mapping[UUID, FailureCause] = field(default_factory=dict)  # by meeting

    def facts(
        self,
        asked: Asked,
        *,
        today: date,
        moved: UUID | None = None,
        coach: UUID | None = None,
        offline_slots: tuple[datetime, ...] = (),
        foresees: bool | None = None,
    ) -> BookingFacts:
        """The facts of a booking; `moved` is left out of the history, `coach` takes over.

        A meeting that stands (`moved`) is with the coach it has, who may stand in for the one of
        the guidance (E5).

        A meeting that stands (`moved`) is judged as it will be when it comes: what is planned
        before it has been held by then, as when the whole trajectory was planned; and after an
        acquaintance that is still to come both are asked, so nothing is refused for that now (R27).

        A meeting that becomes a video talk is judged as if it were booked now: else R8 would open
        by way of another mode. `foresees` says it otherwise: True for what is put back as it was,
        False for who stands at the door of a talk.
        """
        if foresees is None:
            foresees = not self._becomes_video(asked, moved)
        trajectory, host = self.trajectory, coach or self._coach_of(moved)
        by = asked.starts_at if moved and foresees else None
        meets_first = by is not None and self._meets_before(by, besides=moved)
        return BookingFacts(
            kind=asked.kind,
            mode=asked.mode,
            starts_at=asked.starts_at,
            ends_at=asked.ends_at,
            coach=host,
            trajectory_state=TrajectoryState(trajectory.state),
            talks=trajectory.talks,
            history=self.history(besides=moved, held_by=by),
            skill=Skill(self.candidate.skill),
            known=self._known,
            trajectory_kind=TrajectoryKind(trajectory.kind),
            started_by=asked.started_by,
            coach_consents=trajectory.coach_consented_at is not None or meets_first,
            candidate_consents=trajectory.candidate_consented_at is not None or meets_first,
            exceptions=self._in_force(today, moved),
            practice=self._practised(asked.starts_at.date(), moved),
            device=DeviceClass(self.practices[-1].device) if self.practices else None,
            preference=self.preference,
            coach_state=self._coach_state(host, asked, today, moved),
            has_task=moved in self.with_task,
            to_come_offline=self._to_come_offline(asked, today),
            offline_slots=offline_slots,
            stands_in=host != trajectory.coach_id,
        )

    def _practised(self, day: date, moved: UUID | None) -> tuple[PracticeRecord, ...]:
        """What was passed; without a camera it counts for a talk that needs none either (R4)."""
        unseen = any(
            one.rule == "R4" and in_force(one, day) and not _is_used(one, moved)
            for one in self.exceptions
        )
        return tuple(
            _practice(one)
            for one in self.practices
            if one.score != Score.BAD and (unseen or not one.without_camera)
        )

    def _coach_of(self, moved: UUID | None) -> UUID:
        """The coach of a meeting that stands; of any other that of the guidance."""
        with_coach = (one.coach_id for one in self.meetings if one.id == moved)
        return next(with_coach, self.trajectory.coach_id)

    def _in_force(self, today: date, moved: UUID | None) -> tuple[ExceptionRecord, ...]:
        return tuple(_exception(one, moved) for one in self.exceptions if in_force(one, today))

    def _to_come_offline(self, asked: Asked, today: date) -> int:
        """What is sure to be at a location and is not booked yet (F of 5.2), for R16.

        That is the first talk with the coach of the guidance, as long as none stands and none is
        excepted; which other talks a guidance will have is known in a plan only.
        """
        stands = (MeetingStatus.PLANNED, MeetingStatus.OPEN, MeetingStatus.HELD)
        met = asked.kind in FIRST_TALKS or any(
            one.kind in FIRST_TALKS
            and one.coach_id == self.trajectory.coach_id
            and one.status in stands
            for one in self.meetings
            if not is_offer(one)
        )
        excepted = any(one.rule == "R7" and in_force(one, today) for one in self.exceptions)
        return 0 if met or excepted else 1

    def _coach_state(self, host: UUID, asked: Asked, today: date, moved: UUID | None) -> CoachState:
        """What may keep this coach from it; what stands with them is flagged, not refused."""
        practised = host in self.practised
        if moved and host in (self.trajectory.coach_id, self._coach_of(moved)):
            return CoachState(practised=practised)
        day = max(today, asked.starts_at.date())
        own = {bar.code for bar in self.bars if bar.staff_id == host and bar.holds_on(day)}
        return CoachState(
            requirement_expired="requirement" in own,
            full="full" in own,
            conflict="conflict" in own,
            practised=practised,
        )

    def history(
        self, *, besides: UUID | None = None, held_by: datetime | None = None
    ) -> tuple[TalkRecord, ...]:
        """The meetings as the rules count them; times that are only offered do not count.

        What is planned before `held_by` counts as held.
        """
        talks = tuple(
            _talk(one, self.failures.get(one.id))
            for one in self.meetings
            if one.id != besides and not is_offer(one)
        )
        return tuple(_held_by(held_by, one) for one in talks) if held_by else talks

    def _becomes_video(self, asked: Asked, moved: UUID | None) -> bool:
        before = next((one.mode for one in self.meetings if one.id == moved), Mode.VIDEO)
        return asked.mode is Mode.VIDEO and before != Mode.VIDEO

    def _meets_before(self, moment: datetime, *, besides: UUID | None) -> bool:
        """Whether a first talk with this coach is planned before `moment`, and not held yet."""
        coach = self.trajectory.coach_id
        return any(
            one.kind in FIRST_TALKS
            and one.status == MeetingStatus.PLANNED
            and one.starts_at < moment
            and one.id != besides
            and one.coach_id == coach
            for one in self.meetings
        )

    @property
    def _known(self) -> frozenset[Known]:
        asked = self.trajectory.consent_asked_at is not None
        return frozenset(Known) if asked else frozenset(Known) - {Known.CONSENT}


async def read_file(tx: Tx, trajectory: people.TrajectoryRecord) -> File:
    """Read everything about a trajectory.

    Raises:
        NotFound: `candidate_unknown`.
    """
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    if candidate is None:
        raise NotFound("candidate_unknown")
    preference = await availability.preference(tx, candidate.id)
    practices = await readiness.that_count(tx, candidate.id)
    talks = await meetings.meetings_of_trajectories(tx, [trajectory.id])
    failed = [one.id for one in talks if one.status == MeetingStatus.FAILED]
    failures = await aftermath.failures_of(tx, failed) if failed else ()
    return File(
        trajectory=trajectory,
        candidate=candidate,
        meetings=talks,
        exceptions=await rulebook.exceptions_of(tx, trajectory.id),
        preference=Mode(preference.mode) if preference and preference.mode else None,
        practices=tuple(one for one in practices if one.candidate_id),
        practised=frozenset(one.staff_id for one in practices if one.staff_id),
        with_task=await tasks.talks_with_task(tx, trajectory.id),
        bars=await coach_bars.bars_about(tx, candidate.id),
        failures={one.meeting_id: FailureCause(one.cause) for one in failures},
    )


def is_offer(meeting: meetings.MeetingRecord) -> bool:
    """Whether this is one of several times that are offered, chosen by nobody (yet)."""
    return meeting.hold_group is not None and meeting.revision == 0


def waits_for_practice(meeting: meetings.MeetingRecord) -> bool:
    """Whether this talk is held until the candidate has practised (R12)."""
    return meeting.status == MeetingStatus.PROVISIONAL and meeting.hold_group is None


def in_force(exception: rulebook.ExceptionRow, today: date) -> bool:
    """Whether an exception counts: confirmed by as many people as it takes, and not ended."""
    confirmed = exception.people_needed == 1 or exception.second_at is not None
    lasts = exception.valid_until is None or today <= exception.valid_until
    return confirmed and exception.ended_at is None and lasts


def _exception(row: rulebook.ExceptionRow, moved: UUID | None) -> ExceptionRecord:
    return ExceptionRecord(
        rule=row.rule,
        code=ExceptionCode(row.code),
        by=row.asked_by,
        second=row.second_id,
        valid_until=row.valid_until,
        used=_is_used(row, moved),
    )


def _is_used(row: rulebook.ExceptionRow, moved: UUID | None) -> bool:
    return row.used and row.used_by != moved


def _practice(row: readiness.ReadinessRecord) -> PracticeRecord:
    return PracticeRecord(
        kind=PracticeKind(row.kind), passed_at=row.at, device=DeviceClass(row.device)
    )


def _talk(meeting: meetings.MeetingRecord, cause: FailureCause | None) -> TalkRecord:
    status = MeetingStatus(meeting.status)
    # A provisional talk that waits for a practice takes its place in the contract.
    waits = status is MeetingStatus.PROVISIONAL
    return TalkRecord(
        kind=MeetingKind(meeting.kind),
        mode=Mode(meeting.mode),
        status=MeetingStatus.PLANNED if waits else status,
        starts_at=meeting.starts_at,
        coach=meeting.coach_id,
        minutes=int((meeting.ends_at - meeting.starts_at).total_seconds() // 60),
        # A talk from before it was measured, or that the coach marked, counts as its mode says.
        counts_as_online=meeting.counts_online is not False,
        excepted=meeting.excepted,
        technical_failure=status is MeetingStatus.FAILED,
        our_failure=status is MeetingStatus.FAILED and cause in OUR_CAUSES,
        own_failure=status is MeetingStatus.FAILED and cause in _THEIRS,
    )


def _held_by(moment: datetime, talk: TalkRecord) -> TalkRecord:
    waits = talk.status in (MeetingStatus.PLANNED, MeetingStatus.OPEN)
    return replace(talk, status=MeetingStatus.HELD) if waits and talk.starts_at < moment else talk
