"""Whether a practice is needed, and what becomes of a talk that waits for one (R12, R13, R15)."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from coaching.facts import BookingFacts, PracticeRecord, TalkRecord
from coaching.settings import BlendSettings
from coaching.wall_time import same_wall_day_before, to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode
from coaching.working_days import working_days_before


class PracticeNeed(StrEnum):
    """Why a practice is wanted."""

    NONE_PASSED = "none_passed"
    DEVICE = "device"
    OLD = "old"
    FAILURES = "failures"
    OWN_FAILURE = "own_failure"  # the last video talk, by the candidate's device or skill (R20)
    LONG_AGO = "long_ago"


class Provisional(StrEnum):
    """What to do now with a talk that waits for a passed practice."""

    WAIT = "wait"
    PROPOSE_PRACTICE = "propose_practice"
    CONFIRM = "confirm"
    TURN_TO_PHONE = "turn_to_phone"


def practice_need(facts: BookingFacts, settings: BlendSettings) -> PracticeNeed | None:
    """Say why the candidate should practise before this talk, or None (R12, R15, R20)."""
    passed = [record for record in facts.practice if record.passed_at <= facts.starts_at]
    own = [record for record in passed if facts.device in (None, record.device)]
    if not own:
        return PracticeNeed.DEVICE if passed else _without_practice(facts, settings)
    latest = max(own, key=_passed_at).passed_at
    if facts.starts_at - latest > timedelta(days=settings.practice_valid_days):
        return PracticeNeed.OLD
    return _since(latest, facts, settings)


def practice_window(starts_at: datetime, settings: BlendSettings) -> tuple[date, date]:
    """Give the first and last day on which a practice is proposed before a talk (R12)."""
    day = to_wall(starts_at, settings.zone).date()
    return (
        day - timedelta(days=settings.practice_from_days),
        day - timedelta(days=settings.practice_until_days),
    )


def practice_deadline(starts_at: datetime, settings: BlendSettings) -> datetime:
    """Give the moment (UTC) by which it must have been passed: one working day before (R12)."""
    day = to_wall(starts_at, settings.zone).date()
    last = working_days_before(day, settings.practice_deadline_working_days)
    return same_wall_day_before(starts_at, settings.zone, days=(day - last).days)


def follow_provisional(facts: BookingFacts, settings: BlendSettings, now: datetime) -> Provisional:
    """Say what to do at `now` with a provisional video talk (R12, scenarios 6 and 14)."""
    if practice_need(facts, settings) is None:
        return Provisional.CONFIRM
    if now >= practice_deadline(facts.starts_at, settings):
        return Provisional.TURN_TO_PHONE
    first, _ = practice_window(facts.starts_at, settings)
    if to_wall(now, settings.zone).date() >= first:
        return Provisional.PROPOSE_PRACTICE
    return Provisional.WAIT


def needs_candidate_able(facts: BookingFacts) -> bool:
    """Whether this is a video talk in which the candidate's skill matters."""
    return facts.mode is Mode.VIDEO and facts.kind not in (
        MeetingKind.PRACTICE,
        MeetingKind.COLLEAGUE,
    )


def _passed_at(record: PracticeRecord) -> datetime:
    return record.passed_at


def _without_practice(facts: BookingFacts, settings: BlendSettings) -> PracticeNeed:
    return _since(None, facts, settings) or PracticeNeed.NONE_PASSED


def _since(
    latest: datetime | None, facts: BookingFacts, settings: BlendSettings
) -> PracticeNeed | None:
    videos = _video_talks(facts)
    if videos and videos[-1].own_failure and _after(videos[-1], latest):
        return PracticeNeed.OWN_FAILURE
    failed = [t for t in videos[-settings.failures_in_talks :] if _failed(t)]
    if len(failed) >= settings.failures_limit and _after(failed[-1], latest):
        return PracticeNeed.FAILURES
    fresh = timedelta(days=settings.video_fresh_days)
    if videos and facts.starts_at - videos[-1].starts_at > fresh and _after(videos[-1], latest):
        return PracticeNeed.LONG_AGO
    return None


def _video_talks(facts: BookingFacts) -> list[TalkRecord]:
    took_place = (MeetingStatus.HELD, MeetingStatus.FAILED)
    talks = [
        talk
        for talk in facts.history
        if talk.mode is Mode.VIDEO
        and talk.status in took_place
        and talk.starts_at < facts.starts_at
    ]
    return sorted(talks, key=lambda talk: talk.starts_at)


def _failed(talk: TalkRecord) -> bool:
    failed = talk.technical_failure or talk.status is MeetingStatus.FAILED
    return failed and not talk.our_failure


def _after(talk: TalkRecord, latest: datetime | None) -> bool:
    return latest is None or talk.starts_at > latest
