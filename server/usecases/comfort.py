"""How much at ease a candidate is with far talks: three faces, who said so, since when (5.2)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from coaching.errors import BadInput
from coaching.words import Comfort, SkillSource
from server.store import levels, people
from server.store.database import Tx

_EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComfortSaid:
    """What was said of it; separate from skill, and read by people only."""

    level: Comfort
    source: SkillSource
    since: date


def comfort_values(said: ComfortSaid | None, *, today: date) -> dict[str, str | date | None]:
    """The columns of a candidate; empty where nobody asked yet. Pure.

    Raises:
        BadInput: `comfort_date_bad`, a day to come or long ago.
    """
    if said is None:
        return {}
    if not _EARLIEST <= said.since <= today:
        raise BadInput("comfort_date_bad", field="comfort_since")
    return {
        "comfort": said.level,
        "comfort_source": said.source,
        "comfort_since": said.since,
    }


def comfort_of(found: people.CandidateRecord) -> ComfortSaid | None:
    """What was said of it last, or None. Pure."""
    if not (found.comfort and found.comfort_source and found.comfort_since):
        return None
    return ComfortSaid(
        level=Comfort(found.comfort),
        source=SkillSource(found.comfort_source),
        since=found.comfort_since,
    )


async def keep_first_levels(tx: Tx, candidate: UUID, *, now: datetime) -> None:
    """Keep what is known of somebody who was just added, so that old verdicts can be explained."""
    found = await people.candidate_by_id(tx, candidate)
    if found is None:
        return
    skill = (found.skill, found.skill_source)
    await levels.keep_skill(tx, candidate, *skill, since=found.skill_since, now=now)
    if said := comfort_of(found):
        await levels.set_comfort(tx, candidate, said.level, said.source, since=said.since, now=now)
