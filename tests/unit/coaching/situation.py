"""People, moments and bookings of the acceptance scenarios (5.8), settings version 1."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from coaching.engine import judge_booking
from coaching.facts import BookingFacts, SeatFacts, TalkRecord
from coaching.settings import VERSION_1
from coaching.verdict import Verdict
from coaching.wall_time import to_instant
from coaching.words import MeetingKind, MeetingStatus, Mode, Skill, TrajectoryState

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_PEOPLE = UUID("6f1d7c2e-0000-4000-8000-000000000000")


def person(name: str) -> UUID:
    return uuid5(_PEOPLE, name)


ANNA, BRAM, FATIMA = person("Anna"), person("Bram"), person("Fatima")
NOW = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    """The moment of a wall time in Amsterdam, for example "2027-01-19 14:00"."""
    return to_instant(datetime.fromisoformat(text), AMSTERDAM)


def talk(
    kind: MeetingKind,
    mode: Mode,
    when: str,
    status: MeetingStatus = MeetingStatus.HELD,
    coach: UUID = ANNA,
) -> TalkRecord:
    return TalkRecord(kind=kind, mode=mode, status=status, starts_at=at(when), coach=coach)


ACQUAINTED = talk(MeetingKind.ACQUAINTANCE, Mode.OFFLINE, "2027-01-11 10:00")


def booking(
    kind: MeetingKind = MeetingKind.PROGRESS,
    mode: Mode = Mode.VIDEO,
    when: str = "2027-02-09 14:00",
    *,
    minutes: int = 45,
    history: tuple[TalkRecord, ...] = (ACQUAINTED,),
    skill: Skill = Skill.ABLE,
    talks: int = 6,
) -> BookingFacts:
    starts_at = at(when)
    return BookingFacts(
        kind=kind,
        mode=mode,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        coach=ANNA,
        trajectory_state=TrajectoryState.ACTIVE,
        talks=talks,
        history=history,
        skill=skill,
    )


def seat(**changes: object) -> SeatFacts:
    return replace(SeatFacts(person=FATIMA, coach=ANNA, candidate=FATIMA), **changes)


def judge(facts: BookingFacts, now: datetime = NOW) -> Verdict:
    return judge_booking(facts, VERSION_1, now)


def rules_of(verdict: Verdict) -> list[str]:
    return [reason.rule for reason in verdict.reasons]
