"""What the clock starts: reminders, silence, missed talks, held times that lapse.

Each moment is done at most once: its key is written with what it causes, in one transaction, so
that two workers, a restart or a clock that jumps back repeat nothing. Late moments are caught up
once: a reminder whose time is long past is skipped, silence is asked about at most once a day.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from server.usecases.context import MeetingId, Parts, TrajectoryId


class MomentKind(StrEnum):
    """Which use case a moment is for."""

    REMIND = "remind"
    MISSED = "missed"
    SILENCE = "silence"
    LAPSED = "lapsed"  # held times


class ReminderKind(StrEnum):
    """Which reminder."""

    DAY_BEFORE = "day_before"  # the same wall time the day before (E17)
    TWO_HOURS = "two_hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that is due. `subject` is a meeting, or a trajectory for SILENCE."""

    kind: MomentKind
    subject: UUID
    key: str  # the same for the same moment, whoever finds it
    due_at: datetime
    reminder: ReminderKind | None = None


async def due_moments(parts: Parts, *, now: datetime, most: int = 100) -> tuple[Moment, ...]:
    """What is due and not done yet, oldest first, at most `most`. Reads only."""
    raise NotImplementedError


async def run_moment(parts: Parts, moment: Moment, *, now: datetime) -> bool:
    """Do what is due by the use case below; False when somebody did it before."""
    raise NotImplementedError


async def remind(
    parts: Parts, meeting: MeetingId, reminder: ReminderKind, *, now: datetime
) -> bool:
    """Write a mail and a text row for a planned meeting; False when done before or past use.

    Rows: kind MAIL and kind TEXT with `{"template": "reminder", "reminder": <ReminderKind>,
    "meeting", "invitation", "revision"}`. Not outside of 8.00 to 21.00 on the candidate's clock
    (then at the nearest moment before, in daytime), not for a meeting that is no longer planned.
    """
    raise NotImplementedError


async def run_missed(parts: Parts, meeting: MeetingId, *, now: datetime) -> bool:
    """Notice that nobody came (R25): PHONE_NOW for the coach, and a kind text with new times.

    A video talk without a joint second, ten minutes after its start. The status stays: a coach
    marks it missed. Rows: template "missed". At the second in a row times are held (R25).
    """
    raise NotImplementedError


async def run_silence(parts: Parts, trajectory: TrajectoryId, *, now: datetime) -> bool:
    """Ask the rules about a silence (R22 to R24, within R26) and do what they say.

    Rows for a nudge: kind TEXT where there is a number, else MAIL, with `{"template": "nudge",
    "rule", "level", "nudge": id, "candidate", "trajectory"}`; its link is `/n/<token>` with
    `parts.secret.invitation_token(nudge id)`.
    """
    raise NotImplementedError


async def release_holds(parts: Parts, *, now: datetime) -> int:
    """Free held times that lapsed without a choice, with a to-do for the coach; give how many."""
    raise NotImplementedError


class NudgeAnswer(StrEnum):
    """The buttons of a nudge (3.4)."""

    DONE = "done"
    NOT_YET = "not_yet"
    CALL_ME = "call_me"


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeView:
    """What the page of a nudge shows."""

    coach_name: str
    coach_phone: str
    candidate_first_name: str
    language: str
    rule: str
    level: int
    answer: NudgeAnswer | None
    held: tuple[MeetingId, ...]  # times to choose, level 3 (see `holding.held_times`)


async def preview_nudge(parts: Parts, token: str, *, now: datetime) -> NudgeView | None:
    """What stands behind the link of a nudge; None when it is unknown. Reads only."""
    raise NotImplementedError


async def answer_nudge(parts: Parts, token: str, answer: NudgeAnswer, *, now: datetime) -> None:
    """Keep the answer: own activity, so that the clock starts again; "Bel mij" is a to-do too.

    Raises:
        NotFound: `link_unknown`.
    """
    raise NotImplementedError


async def nudge_failed(parts: Parts, nudge: UUID, *, now: datetime) -> None:
    """Keep that a nudge could not be delivered; after two in a row a person phones (E22)."""
    raise NotImplementedError
