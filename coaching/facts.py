"""What the rules look at: times, states and counts, never the content of a talk (P5).

A default always means "nothing known, nothing wrong": a rule whose facts are not kept stays quiet.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from coaching.words import MeetingKind, MeetingStatus, Mode, Skill, TrajectoryState


class Known(StrEnum):
    """A part of the file that an installation keeps; a rule that needs it is silent without."""

    TASKS = "tasks"  # R6
    PRACTICE = "practice"  # R12, R13, R15
    CONTRACT = "contract"  # N is agreed and history is whole: R14, R16, R17, R28
    CONSENT = "consent"  # R27


class TrajectoryKind(StrEnum):
    """How the guidance is set up (conflict C1)."""

    BLENDED = "blended"
    WRITTEN = "written"


class StartedBy(StrEnum):
    """Who asks for the meeting (R29)."""

    STAFF = "staff"
    CANDIDATE = "candidate"


class DeviceClass(StrEnum):
    """What a candidate uses; practice counts for its own class."""

    PHONE = "phone"
    TABLET = "tablet"
    COMPUTER = "computer"


class PracticeKind(StrEnum):
    """Who was at the far side of a practice."""

    SELF = "self"
    GUIDED = "guided"
    ONSITE = "onsite"


class LinkState(StrEnum):
    """What the link is worth with which somebody asks a seat (R3)."""

    GOOD = "good"
    EARLY = "early"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"


class ExceptionCode(StrEnum):
    """Why an exception was made (5.5)."""

    DISTANCE = "distance"
    ILLNESS_OR_INFECTION = "illness_or_infection"
    DETENTION_OR_CLOSED_SETTING = "detention_or_closed_setting"
    ABROAD = "abroad"
    CARE_DUTY = "care_duty"
    ACCESSIBILITY = "accessibility"
    CANDIDATE_REQUEST = "candidate_request"
    SITE_CLOSED = "site_closed"
    WRITTEN_TRAJECTORY = "written_trajectory"
    OTHER = "other"


class TalkWish(StrEnum):
    """What a candidate answered to "Hoe wilt u praten?" (R18)."""

    OFFLINE = "offline"
    VIDEO = "video"
    PHONE = "phone"
    EITHER = "either"

    @property
    def mode(self) -> Mode | None:
        """The form that is liked best; None where it makes no difference."""
        return None if self is TalkWish.EITHER else Mode(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRecord:
    """One meeting of the trajectory besides the one that is judged."""

    kind: MeetingKind
    mode: Mode
    status: MeetingStatus
    starts_at: datetime
    coach: UUID
    minutes: int = 45
    counts_as_online: bool = True  # held video: both were seen long enough (5.2)
    excepted: bool = False  # stood on an exception to R7
    technical_failure: bool = False
    our_failure: bool = False  # by the coach's side or the server: says nothing of them (R20)
    own_failure: bool = False  # by the device or the skill of the candidate (R20)


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeRecord:
    """A practice that was passed."""

    kind: PracticeKind
    passed_at: datetime
    device: DeviceClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRecord:
    """A recorded exception to one rule: who, why, until when (5.5)."""

    rule: str
    code: ExceptionCode
    by: UUID
    second: UUID | None = None
    valid_until: date | None = None  # None: for one appointment
    used: bool = False  # the one appointment has been made


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachState:
    """What may keep a coach from new bookings (R15, R30)."""

    requirement_expired: bool = False
    full: bool = False
    conflict: bool = False
    practised: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFacts:
    """Everything `judge_booking` looks at. Moments are aware."""

    kind: MeetingKind
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    coach: UUID
    trajectory_state: TrajectoryState
    talks: int  # N of the contract
    history: tuple[TalkRecord, ...]  # without the meeting that is judged or moved
    skill: Skill
    people: int = 2
    known: frozenset[Known] = frozenset()
    trajectory_kind: TrajectoryKind = TrajectoryKind.BLENDED
    started_by: StartedBy = StartedBy.STAFF
    coach_consents: bool = False
    candidate_consents: bool = False
    practice: tuple[PracticeRecord, ...] = ()
    device: DeviceClass | None = None
    exceptions: tuple[ExceptionRecord, ...] = ()
    preference: Mode | None = None
    asked_how: bool = True  # of a plan: whether the candidate was asked how to talk (R18)
    coach_state: CoachState = CoachState()
    has_task: bool = False
    to_come_offline: int = 0  # meetings still to be booked that must be at a location (F of 5.2)
    offline_slots: tuple[datetime, ...] = ()  # free moments with a room, soonest first
    stands_in: bool = False  # `coach` is not the one of the guidance: for this one talk (E5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatFacts:
    """Everything `judge_seat` looks at when `person` asks a seat of a meeting."""

    person: UUID | None  # None: nobody we know
    coach: UUID
    candidate: UUID
    seated: frozenset[UUID] = frozenset()  # who holds or reserved a seat, `person` perhaps too
    other_device: bool = False  # `person` is already here on another device
    takes_over: bool = False  # and has said: continue here
    link: LinkState = LinkState.GOOD
    camera_live: bool | None = None  # None: not asked yet
    camera_waiver: bool = False
    waited_seconds: int = 0  # in the waiting room without a live camera

    @property
    def is_named(self) -> bool:
        """Whether this is one of the two people of the meeting."""
        return self.person in (self.coach, self.candidate)
