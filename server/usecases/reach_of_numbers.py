"""What a changed number would touch that judges no appointment: talks to come, and silences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from coaching.quiet import quiet_reason
from coaching.settings import BlendSettings
from coaching.words import Mode
from server.store import meetings, people, rulebook
from server.store.database import Tx
from server.usecases.blend_settings import next_version
from server.usecases.context import Parts, StaffActor
from server.usecases.numbers import as_numbers, version_on
from server.usecases.silence import Silence, look_at_silence


class Reach(StrEnum):
    """What a number holds for."""

    TALKS = "talks"  # every video talk from that day on
    APPOINTMENTS = "appointments"  # every appointment from that day on
    PEOPLE = "people"  # every trajectory that runs
    CHOICES = "choices"  # what is booked, chosen or asked from then on


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One changed number, from and to, and of what it holds for how much there is now."""

    name: str
    before: int
    after: int
    reach: Reach
    how_many: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachOfNumbers:
    """Every changed number, and how many silences of today would be answered otherwise."""

    touched: tuple[Touched, ...]
    otherwise: int


_OF_TALKS = (
    *("connect_", "audio_", "reconnect", "answer_", "offline_slots", "slots_held"),
    *("camera_", "banner_", "question_", "unseen_", "held_", "online_seen"),
)
_OF_PEOPLE = (
    *("light.", "usual.", "extra.", "offline_after", "talk_soon", "cadence", "candidate_after"),
    *("seen_contact", "written_", "missed_", "nudge"),
)


async def reach_of_numbers(
    parts: Parts,
    actor: StaffActor,
    numbers: Mapping[str, int],
    *,
    starts_on: date,
    seen: int,
    now: datetime,
) -> ReachOfNumbers:
    """What these numbers would touch from `starts_on` on. Reads only.

    Raises:
        BadInput, Conflict, NotAllowed: as `preview_settings`.
    """
    async with parts.database.read() as tx:
        saved = await rulebook.versions(tx)
        new = next_version(parts, actor, saved, numbers, starts_on=starts_on, seen=seen, now=now)
        old = version_on(saved, starts_on, parts.settings.tz)
        first = datetime.combine(starts_on, time(), tzinfo=parts.settings.tz)
        talks = await meetings.planned_from(tx, max(first, now))
        running = await people.running_trajectories(tx)
        counts = {
            Reach.APPOINTMENTS: len(talks),
            Reach.TALKS: sum(one.mode == Mode.VIDEO for one in talks),
            Reach.PEOPLE: len(running),
            Reach.CHOICES: 0,
        }
        touched = tuple(_touched(old, new, counts))
        silent = running if any(one.reach is Reach.PEOPLE for one in touched) else ()
        differ = [await _differs(tx, one, old, new, now=now) for one in silent]
    return ReachOfNumbers(touched=touched, otherwise=sum(differ))


def _touched(old: BlendSettings, new: BlendSettings, counts: Mapping[Reach, int]) -> list[Touched]:
    before = as_numbers(old)
    return [
        Touched(
            name=name,
            before=before[name],
            after=value,
            reach=_reach(name),
            how_many=counts[_reach(name)],
        )
        for name, value in as_numbers(new).items()
        if before[name] != value
    ]


def _reach(name: str) -> Reach:
    if name.startswith("remind_"):
        return Reach.APPOINTMENTS
    if name.startswith(_OF_TALKS):
        return Reach.TALKS
    return Reach.PEOPLE if name.startswith(_OF_PEOPLE) else Reach.CHOICES


async def _differs(
    tx: Tx, one: people.TrajectoryRecord, old: BlendSettings, new: BlendSettings, *, now: datetime
) -> bool:
    before = _answer(await look_at_silence(tx, one, old, now=now), now)
    return before != _answer(await look_at_silence(tx, one, new, now=now), now)


def _answer(silence: Silence, now: datetime) -> tuple[object, ...]:
    quiet = quiet_reason(silence.facts, silence.settings, now)
    return silence.rules, frozenset(silence.verdict.actions), silence.level(now), quiet
