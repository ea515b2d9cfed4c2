"""What the history of a trajectory amounts to: counted talks, acquaintance, online and offline."""

from coaching.facts import BookingFacts, TalkRecord
from coaching.settings import BlendSettings
from coaching.words import MeetingKind, MeetingStatus, Mode

FIRST_TALKS = frozenset({MeetingKind.ACQUAINTANCE, MeetingKind.INTAKE})
ASSESSMENTS = frozenset({MeetingKind.DIAGNOSIS, MeetingKind.REASSESSMENT})
_NEVER_COUNTED = frozenset({MeetingKind.PRACTICE, MeetingKind.COLLEAGUE})
_UNSEEN = frozenset({Mode.PHONE, Mode.WRITTEN})
_CHECKIN = MeetingKind.CHECKIN  # asked for every talk of a history: naming a member costs time
_STANDS = frozenset({MeetingStatus.PLANNED, MeetingStatus.OPEN, MeetingStatus.HELD})


def counts(kind: MeetingKind, mode: Mode, minutes: int, settings: BlendSettings) -> bool:
    """Whether such a meeting is a counted talk (5.2); `minutes` is its length."""
    if mode in _UNSEEN or kind in _NEVER_COUNTED:
        return False
    return kind is not _CHECKIN or minutes >= settings.checkin_counts_from_minutes


def minutes_of(facts: BookingFacts) -> int:
    """The length of what is booked, in minutes."""
    return int((facts.ends_at - facts.starts_at).total_seconds()) // 60


def is_counted(facts: BookingFacts, settings: BlendSettings) -> bool:
    """Whether what is booked is a counted talk."""
    return counts(facts.kind, facts.mode, minutes_of(facts), settings)


def standing(facts: BookingFacts, settings: BlendSettings) -> tuple[TalkRecord, ...]:
    """The counted talks of the history that are held or planned."""
    return tuple(
        talk
        for talk in facts.history
        if talk.status in _STANDS and counts(talk.kind, talk.mode, talk.minutes, settings)
    )


def is_acquainted(facts: BookingFacts) -> bool:
    """Whether candidate and this coach have met: held, and at a location or excepted (R8, E4).

    An intake implies the acquaintance (3.1). Planned or missed is not held (scenario 2).
    """
    return any(
        talk.kind in FIRST_TALKS
        and talk.coach == facts.coach
        and talk.status is MeetingStatus.HELD
        and (talk.mode is Mode.OFFLINE or (talk.mode is Mode.VIDEO and talk.excepted))
        for talk in facts.history
    )
