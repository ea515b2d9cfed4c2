"""Why: the verdict on a meeting or a booking, with its facts and the rules behind it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from coaching.access import may_guide, may_open
from coaching.band import band, cap
from coaching.errors import NotFound
from coaching.facts import BookingFacts, Known
from coaching.history import is_acquainted, standing
from coaching.practice import practice_need
from coaching.rules import BOOKING_RULES
from coaching.settings import BlendSettings
from coaching.verdict import Verdict
from coaching.wall_time import to_wall
from coaching.words import Language, MeetingKind, MeetingStatus, Mode
from server.store import contracts, levels, meetings, people
from server.store.database import Tx
from server.texts import Words, words_for
from server.usecases.access import known_trajectory, meeting_to_move
from server.usecases.appointments import judge, own_trajectory
from server.usecases.as_it_stood import AsItStood, as_it_stood
from server.usecases.blend_settings import judge_standing
from server.usecases.booking import BookingRequest
from server.usecases.booking_facts import Asked, File, read_file
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.file_then import file_until, without_undated
from server.usecases.numbers import numbers_at, numbers_of_version
from server.usecases.slots import check_slot


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A rule that spoke, with where it comes from."""

    id: str
    hardness: str
    says: str
    sources: tuple[str, ...]
    liftable_by: int
    lifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Facts (name and value, in words), verdict and rules."""

    title: str
    facts: tuple[tuple[str, str], ...]
    verdict: Verdict
    rules: tuple[RuleText, ...]
    settings_version: int
    settings_since: date
    remarks: tuple[str, ...] = ()  # of an old meeting: what is as on its day, and what is not


async def explain(
    parts: Parts,
    actor: StaffActor | None,
    meeting: MeetingId,
    *,
    language: Language,
    now: datetime,
) -> Explanation:
    """Judge a meeting again with the version of the settings that it was made under. Reads only.

    The history is what it was without this meeting. One that has begun is judged by what was known
    when it did, as far as that is kept with its moment (`as_it_stood`); `remarks` say the rest. So
    is any for a coach whose guidance ended, at the end of it.
    `actor` None: the command line. Who has this one talk only, to stand in or to guide, reads the
    rules, and not what is known of the candidate.

    Raises:
        NotFound: no such meeting, or not one of this coach.
    """
    async with parts.database.read() as tx:
        found = await meetings.meeting_by_id(tx, meeting)
        if found is None or not (actor is None or may_open(actor, found.coach_id)):
            raise NotFound("meeting_unknown")
        settings = await numbers_of_version(tx, found.settings_version, parts.settings.tz)
        file = await read_file(tx, await known_trajectory(tx, found.trajectory_id))
        host = await _host(tx, actor, found.coach_id, file)
        # Who stands in reads no file, and the talk of another guidance is judged as it is.
        until = await file_until(tx, actor, found.candidate_id) if actor and host.whole else None
        file = without_undated(file) if until else file
        skills = await levels.skills_of(tx, found.candidate_id)
        versions = await contracts.contracts_of(tx, found.trajectory_id)
    words = words_for(language, parts.settings.tz)
    remarks: tuple[str, ...] = ()
    moment = min(now, found.starts_at, until or now)
    if moment < now:
        now = moment
        then = as_it_stood(file, now, skills=skills, contracts=versions)
        file, remarks = then.file, _remarks(then, now, words)
    verdict = judge_standing(file, found, settings, now=now)
    asked = Asked(
        kind=MeetingKind(found.kind),
        mode=Mode(found.mode),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
    )
    today = to_wall(now, settings.zone).date()
    facts = file.facts(asked, today=today, moved=found.id, coach=found.coach_id)
    return replace(_explained(host, facts, settings, verdict, words), remarks=remarks)


def _remarks(then: AsItStood, day: datetime, words: Words) -> tuple[str, ...]:
    said = words.say("explain.as_it_stood", day=words.day(day))
    return (said,) if then.knows_skill else (said, words.say("explain.skill_not_kept"))


async def explain_booking(
    parts: Parts,
    actor: StaffActor,
    request: BookingRequest,
    *,
    moved: MeetingId | None = None,
    now: datetime,
) -> Explanation:
    """The same for a booking that does not stand: what stands behind "waarom?". Reads only.

    `moved` is the meeting that would come here: it is no part of the history, as in
    `move_meeting`.

    Raises:
        BadInput, NotFound: as `judge_booking`; `meeting_unknown`, `moved` is not one of it, or not
            one that this person may change (any more).
    """
    slot = check_slot(
        starts_local=request.starts_local,
        minutes=request.minutes,
        mode=request.mode,
        room=request.room,
        zone=parts.settings.tz,
        now=now,
    )
    asked = Asked(kind=request.kind, mode=slot.mode, starts_at=slot.starts_at, ends_at=slot.ends_at)
    async with parts.database.read() as tx:
        trajectory, coach = await _to_move(tx, actor, request, moved, now=now)
        verdict = await judge(tx, request.kind, slot, trajectory, now=now, moved=moved)
        settings = await numbers_at(tx, slot.starts_at, parts.settings.tz)
        file = await read_file(tx, trajectory)
        host = await _host(tx, actor, coach, file)
        ended = await file_until(tx, actor, trajectory.candidate_id)
    if ended:  # nothing is booked there any more, and what is known now is for others
        host = replace(host, whole=False)
    facts = file.facts(asked, today=to_wall(now, settings.zone).date(), moved=moved)
    words = words_for(actor.language, parts.settings.tz)
    return _explained(host, facts, settings, verdict, words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Host:
    """Whose talk it is, and whether the reader may read what is known of the candidate."""

    name: str
    whole: bool


async def _host(tx: Tx, actor: StaffActor | None, coach: UUID, file: File) -> _Host:
    found = await people.staff_by_id(tx, coach)
    whole = actor is None or may_guide(actor, file.trajectory.coach_id)
    return _Host(name=found.name if found else "", whole=whole)


async def _to_move(
    tx: Tx,
    actor: StaffActor,
    request: BookingRequest,
    moved: MeetingId | None,
    *,
    now: datetime,
) -> tuple[people.TrajectoryRecord, UUID]:
    """The trajectory and the coach: of the meeting that would move, where there is one."""
    found = await meetings.meeting_by_id(tx, moved) if moved else None
    if found is None or found.trajectory_id != request.trajectory:
        own = await own_trajectory(tx, actor, request.trajectory)
        if moved:
            raise NotFound("meeting_unknown")
        return own, own.coach_id
    await meeting_to_move(tx, actor, found.id, now=now)
    return await known_trajectory(tx, found.trajectory_id), found.coach_id


def _explained(
    host: _Host, facts: BookingFacts, settings: BlendSettings, verdict: Verdict, words: Words
) -> Explanation:
    title = f"{words.say(f'kind.{facts.kind}')}, {words.day(facts.starts_at)}"
    return Explanation(
        title=title,
        facts=tuple(_facts(host, facts, settings, words)),
        verdict=verdict,
        rules=rules_of(verdict, words.texts.language),
        settings_version=settings.version,
        settings_since=settings.starts_on,
    )


def _facts(
    host: _Host, facts: BookingFacts, settings: BlendSettings, words: Words
) -> Iterable[tuple[str, str]]:
    """What the rules looked at, in words."""
    minutes = int((facts.ends_at - facts.starts_at).total_seconds() // 60)
    day = f"{words.day(facts.starts_at)}, {words.clock(facts.starts_at)}"
    yield words.say("explain.kind"), words.say(f"kind.{facts.kind}")
    yield words.say("explain.mode"), words.say(f"mode.{facts.mode}")
    yield words.say("explain.when"), day
    yield words.say("explain.minutes"), str(minutes)
    yield words.say("explain.coach"), host.name
    if host.whole:
        yield from _known_facts(facts, settings, words)


def _known_facts(
    facts: BookingFacts, settings: BlendSettings, words: Words
) -> Iterable[tuple[str, str]]:
    """What is known of the guidance and the candidate."""
    talks = standing(facts, settings)
    held = [one.mode for one in talks if one.status is MeetingStatus.HELD]
    said = {True: words.say("explain.yes"), False: words.say("explain.no")}
    yield words.say("explain.state"), words.say(f"trajectory.state_{facts.trajectory_state}")
    yield words.say("explain.skill"), words.say(f"skill.{facts.skill}")
    yield words.say("explain.acquainted"), said[is_acquainted(facts)]
    if facts.mode is Mode.VIDEO:
        yield words.say("explain.practice"), said[practice_need(facts, settings) is None]
        yield words.say("explain.coach_practised"), said[facts.coach_state.practised]
        yield words.say("explain.task"), said[facts.has_task]
    yield words.say("explain.talks"), f"{len(talks)} / {facts.talks}"
    yield words.say("explain.offline"), str(held.count(Mode.OFFLINE))
    yield words.say("explain.video"), str(held.count(Mode.VIDEO))
    yield from _agreed_facts(facts, settings, words)
    exceptions = ", ".join(f"{one.rule}: {one.code}" for one in facts.exceptions)
    yield words.say("explain.exceptions"), exceptions or words.say("explain.none")


def rules_of(verdict: Verdict, language: Language) -> tuple[RuleText, ...]:
    """The rules that spoke in this verdict, and those that an exception lifted."""
    return tuple(_rules(verdict, language))


def _agreed_facts(
    facts: BookingFacts, settings: BlendSettings, words: Words
) -> Iterable[tuple[str, str]]:
    """Consents, wish, bounds, device, what keeps the coach (R27, R18, R16, R14, R15, R30)."""
    said = {True: words.say("explain.yes"), False: words.say("explain.no")}
    none = words.say("explain.none")
    asked, unasked = Known.CONSENT in facts.known, words.say("explain.not_asked")
    coach = said[facts.coach_consents] if asked else unasked
    yield words.say("explain.coach_consents"), coach
    candidate = said[facts.candidate_consents] if asked else unasked
    yield words.say("explain.candidate_consents"), candidate
    wish = words.say(f"mode.{facts.preference}") if facts.preference else none
    yield words.say("explain.preference"), wish
    share, most = band(facts, settings), cap(facts, settings)
    if share is not None:
        bounds = words.say("explain.bounds", lower=share.lower, upper=share.upper)
        yield words.say("explain.band"), f"{share.online} ({bounds})"
    if most is not None:
        yield words.say("explain.cap"), str(most)
    if facts.mode is Mode.VIDEO:
        device = words.say(f"explain.device_{facts.device}") if facts.device else none
        yield words.say("explain.device"), device
    host = facts.coach_state
    holds = {
        "requirement": host.requirement_expired,
        "full": host.full,
        "conflict": host.conflict,
    }
    bars = ", ".join(words.say(f"bars.code_{code}") for code, on in holds.items() if on)
    yield words.say("explain.coach_bars"), bars or none


def _rules(verdict: Verdict, language: Language) -> Iterable[RuleText]:
    said = {reason.rule: reason.staff.to(language) for reason in verdict.reasons}
    for rule in BOOKING_RULES:
        lifted = rule.id in verdict.lifted
        if lifted or rule.id in said:
            yield RuleText(
                id=rule.id,
                hardness=rule.hardness,
                says=said.get(rule.id, rule.staff.to(language)),
                sources=rule.sources,
                liftable_by=rule.liftable_by,
                lifted=lifted,
            )
