"""The numbers of the rules: which version holds when, what a change would mean, saving one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from coaching.engine import judge_booking
from coaching.errors import BadInput, Conflict
from coaching.settings import VERSION_1, BlendSettings
from coaching.verdict import Outcome, Verdict
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, Mode
from server.store import keys, meetings, people, rulebook
from server.store.database import Tx
from server.store.locks import lock_names
from server.usecases.access import require_admin
from server.usecases.booking_facts import Asked, File, read_file
from server.usecases.context import Parts, StaffActor
from server.usecases.numbers import as_numbers, numbers_of_version, version_on, with_numbers
from server.usecases.people import MeetingLine, line_view
from server.usecases.repeating import once


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsVersionView:
    """One version; `changed` names what differs from the version before it: old and new value."""

    version: int
    starts_on: date
    by: str | None  # a name; None: shipped with the program
    at: datetime | None
    changed: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAnew:
    """A planned meeting that the changed numbers judge differently."""

    meeting: MeetingLine
    before: Outcome
    after: Outcome
    rule: str
    reason_nl: str
    reason_en: str


async def settings_at(parts: Parts, day: date) -> BlendSettings:
    """The version that holds for a meeting on `day` (the organisation's zone)."""
    async with parts.database.read() as tx:
        return version_on(await rulebook.versions(tx), day, parts.settings.tz)


async def settings_of(parts: Parts, version: int) -> BlendSettings:
    """A version by its number; version 1 where it is unknown."""
    async with parts.database.read() as tx:
        return await numbers_of_version(tx, version, parts.settings.tz)


async def list_versions(parts: Parts) -> tuple[SettingsVersionView, ...]:
    """All versions, newest first; version 1 is the one that is shipped."""
    async with parts.database.read() as tx:
        saved = await rulebook.versions(tx)
    first = SettingsVersionView(
        version=VERSION_1.version,
        starts_on=VERSION_1.starts_on,
        by=None,
        at=None,
        changed={},
    )
    views, before = [first], as_numbers(VERSION_1)
    for one in saved:
        after = before | one.numbers
        changed = {
            name: (str(before[name]), str(value))
            for name, value in after.items()
            if before.get(name) != value
        }
        views.append(
            SettingsVersionView(
                version=one.version,
                starts_on=one.starts_on,
                by=one.staff_name,
                at=one.at,
                changed=changed,
            )
        )
        before = after
    return tuple(reversed(views))


async def preview_settings(
    parts: Parts,
    actor: StaffActor,
    numbers: Mapping[str, int],
    *,
    starts_on: date,
    seen: int,
    now: datetime,
) -> tuple[JudgedAnew, ...]:
    """Which planned meetings from `starts_on` on would be judged otherwise. Reads only.

    `numbers` are the changed ones by name of `BlendSettings`; a level of 5.6 is written as
    `usual.nudge`. What is not named stays as it is on that day. `seen` as in `save_settings`.

    Raises:
        BadInput, Conflict: as `save_settings`.
        NotAllowed: the actor is no admin.
    """
    async with parts.database.read() as tx:
        saved = await rulebook.versions(tx)
        new = next_version(parts, actor, saved, numbers, starts_on=starts_on, seen=seen, now=now)
        first = datetime.combine(starts_on, time(), tzinfo=parts.settings.tz)
        planned = await meetings.planned_from(tx, max(first, now))
        files: dict[object, File] = {}
        found = []
        for one in planned:
            if one.trajectory_id not in files:
                trajectory = await people.trajectory_by_id(tx, one.trajectory_id)
                if trajectory is None:
                    continue
                files[one.trajectory_id] = await read_file(tx, trajectory)
            day = to_wall(one.starts_at, new.zone).date()
            old = version_on(saved, day, new.zone)
            before = judge_standing(files[one.trajectory_id], one, old, now=now)
            after = judge_standing(files[one.trajectory_id], one, new, now=now)
            line = await meetings.line_of(tx, one.id)
            if line and _said(before) != _said(after):
                found.append(_anew(line, before, after))
    return tuple(found)


async def save_settings(
    parts: Parts,
    actor: StaffActor,
    numbers: Mapping[str, int],
    *,
    starts_on: date,
    seen: int,
    key: str,
    now: datetime,
) -> int:
    """Save a new version that holds from `starts_on`; give its number.

    `seen` is the newest version that the admin had before them: what was saved after it was not
    weighed, and what they did not change they would take back unawares.

    Raises:
        BadInput: `setting_unknown` (field names it), `settings_contradict`, or `starts_too_early`,
            a start before tomorrow or before that of the newest version.
        Conflict: `numbers_just_saved`, another admin saved a version after `seen`.
        NotAllowed: the actor is no admin.
    """
    require_admin(actor)
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="save_settings",
        key=key,
        values={
            "starts_on": starts_on.isoformat(),
            "seen": str(seen),
            **{name: str(value) for name, value in numbers.items()},
        },
    )

    async def work(tx: Tx) -> keys.Answer:
        await lock_names(tx, "settings_version")
        saved = await rulebook.versions(tx)
        new = next_version(parts, actor, saved, numbers, starts_on=starts_on, seen=seen, now=now)
        await rulebook.insert_version(
            tx,
            new.version,
            starts_on=starts_on,
            numbers=_to_keep(new, saved),
            staff_id=actor.id,
            now=now,
        )
        return {"version": new.version}

    return int((await once(parts, asked, work, now=now))["version"])


def _to_keep(new: BlendSettings, saved: tuple[rulebook.VersionRecord, ...]) -> dict[str, int]:
    """What differs from the shipped numbers, and what the newest version changed and is back."""
    shipped = as_numbers(VERSION_1)
    whole = {name: value for name, value in as_numbers(new).items() if shipped[name] != value}
    latest = saved[-1].numbers if saved else {}
    return whole | {name: shipped[name] for name in latest if name not in whole}


def judge_standing(
    file: File, found: meetings.MeetingRecord, settings: BlendSettings, *, now: datetime
) -> Verdict:
    """Judge a meeting that stands, by these numbers, with the history as it is without it."""
    asked = Asked(
        kind=MeetingKind(found.kind),
        mode=Mode(found.mode),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
    )
    today = to_wall(now, settings.zone).date()
    facts = file.facts(asked, today=today, moved=found.id, coach=found.coach_id)
    return judge_booking(facts, settings, now)


def next_version(
    parts: Parts,
    actor: StaffActor,
    saved: tuple[rulebook.VersionRecord, ...],
    numbers: Mapping[str, int],
    *,
    starts_on: date,
    seen: int,
    now: datetime,
) -> BlendSettings:
    """The version that would come after those that are saved.

    Raises:
        BadInput, Conflict, NotAllowed: as `save_settings`.
    """
    require_admin(actor)
    _check_seen(saved, seen)
    newest = saved[-1].starts_on if saved else VERSION_1.starts_on
    today = to_wall(now, parts.settings.tz).date()
    if starts_on <= today or starts_on < newest:
        raise BadInput("starts_too_early", field="starts_on")
    base = version_on(saved, starts_on, parts.settings.tz)
    return with_numbers(base, numbers, version=_newest(saved) + 1, starts_on=starts_on)


def _check_seen(saved: tuple[rulebook.VersionRecord, ...], seen: int) -> None:
    if _newest(saved) != seen:
        raise Conflict("numbers_just_saved")


def _newest(saved: tuple[rulebook.VersionRecord, ...]) -> int:
    return saved[-1].version if saved else VERSION_1.version


def _said(verdict: Verdict) -> tuple[Outcome, tuple[str, ...]]:
    return verdict.outcome, tuple(reason.rule for reason in verdict.reasons)


def _anew(line: meetings.LineRecord, before: Verdict, after: Verdict) -> JudgedAnew:
    said = {one.rule for one in before.reasons}
    stays = {one.rule for one in after.reasons}
    new = [one for one in after.reasons if one.rule not in said]
    gone = [one for one in before.reasons if one.rule not in stays]
    reason = (*new, *gone, *after.reasons)[0]
    return JudgedAnew(
        meeting=line_view(line),
        before=before.outcome,
        after=after.outcome,
        rule=reason.rule,
        reason_nl=reason.staff.nl,
        reason_en=reason.staff.en,
    )
