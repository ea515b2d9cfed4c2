"""What a coach whose guidance ended reads of a candidate: the file as it stood then (0029)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from coaching.access import reads_until
from coaching.words import Skill, SkillSource
from server.store import levels
from server.store.database import Tx
from server.store.people import CandidateRecord
from server.usecases.access import guidances_of
from server.usecases.booking_facts import File
from server.usecases.context import StaffActor


async def file_until(tx: Tx, actor: StaffActor, candidate: UUID) -> datetime | None:
    """Up to which moment the file of a candidate is for `actor`; None: up to now."""
    return reads_until(actor, await guidances_of(tx, candidate))


async def as_known_then(tx: Tx, found: CandidateRecord, moment: datetime) -> CandidateRecord:
    """A candidate with the levels that were written down by `moment`."""
    kept = {one.what: one for one in await levels.levels_until(tx, found.id, moment)}
    skill, comfort = kept.get(levels.SKILL), kept.get(levels.COMFORT)
    return replace(
        found,
        skill=skill.level if skill else Skill.UNKNOWN,
        skill_source=skill.source if skill else SkillSource.INTAKE,
        skill_since=skill.since if skill else found.created_at.date(),
        comfort=comfort.level if comfort else None,
        comfort_source=comfort.source if comfort else None,
        comfort_since=comfort.since if comfort else None,
    )


def without_undated(file: File) -> File:
    """The file without what is kept without its moment: that may be of today. Pure."""
    return replace(file, preference=None)
