"""What the triggers look at: a talk that fails, a candidate who falls silent, a missed talk."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coaching.words import Mode, Skill, TrajectoryState


class FailureCause(StrEnum):
    """Where an online talk went wrong (R20)."""

    CANDIDATE_DEVICE = "candidate_device"
    CANDIDATE_SKILL = "candidate_skill"
    CANDIDATE_NETWORK = "candidate_network"
    COACH_SIDE = "coach_side"
    SERVER = "server"
    UNKNOWN = "unknown"


class SupportProfile(StrEnum):
    """How closely somebody is followed, set by the coach (5.6)."""

    LIGHT = "light"
    USUAL = "usual"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkTrouble:
    """What happened in one online talk (R5, R19 to R21). Seconds, percent and counts."""

    skill: Skill
    camera_or_microphone_refused: bool = False
    slow_connects: int = 0  # tries that took longer than `connect_seconds`
    unseen_seconds: int = 0
    camera_waiver: bool = False
    audio_loss_percent: int = 0
    audio_loss_seconds: int = 0
    reconnects: int = 0  # within `reconnect_window_seconds`
    somebody_pressed: bool = False  # "Het lukt niet", or the coach: "Lukt niet"
    dismissed: bool = False  # staff, with a reason
    cause: FailureCause | None = None
    network_failures: int = 0  # unknown ones too, in the two online talks before this one
    much_help_needed: bool = False  # seen by the coach


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceFacts:
    """What is known of a candidate's activity (R22 to R24, R26)."""

    trajectory_state: TrajectoryState
    profile: SupportProfile
    last_own_activity: datetime
    paused_days: int = 0  # since the last own activity
    nudged_at: tuple[datetime, ...] = ()  # nudges really sent, over all rules
    level_one_at: datetime | None = None  # when it was last really sent
    level_two_at: datetime | None = None
    next_talk_at: datetime | None = None
    any_talk_at: datetime | None = None  # the next one of this candidate, with whomever (R26)
    last_talk_at: datetime | None = None  # counted, held
    cadence_days: int | None = None
    coach_told_at: datetime | None = None  # R23, about the talk that is missing
    last_seen_contact: datetime | None = None
    guided_since: datetime | None = None  # the clock of R24 for two who never saw each other
    coach_starts_offline: bool = False
    undelivered: int = 0  # nudges in a row that did not arrive (E22)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedFacts:
    """A planned talk to which somebody did not come (R25)."""

    mode: Mode
    starts_at: datetime
    missed_before: int = 0  # missed online talks in a row before this one


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingFacts:
    """What is looked at when a talk is closed (R6)."""

    mode: Mode
    task_given_or_discussed: bool
    taskless_before: int = 0  # online talks in a row before this one that had no task
