"""The file of a trajectory as it stood at a moment, as far as what is kept has its moment. Pure.

Kept with it: skill, exceptions, practices, consent, the number of talks, and the meetings. Not kept
with it, and so those of today: whether guidance ran, what the candidate likes, which coach had
practised, tasks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from coaching.words import MeetingStatus
from server.store.contracts import ContractRow
from server.store.levels import LevelRow
from server.store.meetings import MeetingRecord
from server.store.rulebook import ExceptionRow
from server.usecases.booking_facts import File

_WAS_TO_COME = (
    MeetingStatus.OPEN,
    MeetingStatus.HELD,
    MeetingStatus.MISSED,
    MeetingStatus.FAILED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsItStood:
    """The file at that moment; `knows_skill` is false where the skill is that of today."""

    file: File
    knows_skill: bool


def as_it_stood(
    file: File,
    moment: datetime,
    *,
    skills: Sequence[LevelRow],
    contracts: Sequence[ContractRow],
) -> AsItStood:
    """Give the file without what came after `moment`; both sequences are oldest first."""
    level = next((one for one in reversed(skills) if one.at <= moment), None)
    candidate = replace(file.candidate, skill=level.level) if level else file.candidate
    made = (one for one in file.exceptions if one.asked_at <= moment)
    return AsItStood(
        file=replace(
            file,
            candidate=candidate,
            trajectory=replace(
                file.trajectory,
                talks=_talks(file, moment, contracts),
                coach_consented_at=_by(file.trajectory.coach_consented_at, moment),
                candidate_consented_at=_by(file.trajectory.candidate_consented_at, moment),
            ),
            meetings=tuple(_then(m, moment) for m in file.meetings if m.created_at <= moment),
            exceptions=tuple(_exception_then(one, moment) for one in made),
            practices=tuple(one for one in file.practices if one.at <= moment),
            bars=(),  # the coach held this talk: what keeps them from others came later
        ),
        knows_skill=level is not None,
    )


def _talks(file: File, moment: datetime, contracts: Sequence[ContractRow]) -> int:
    agreed = [one for one in contracts if _in_force(one, moment)]
    return agreed[-1].talks if agreed else file.trajectory.talks


def _in_force(one: ContractRow, moment: datetime) -> bool:
    said = (one.coach_agreed_at, one.candidate_agreed_at)
    return all(at is not None and at <= moment for at in said)


def _then(one: MeetingRecord, moment: datetime) -> MeetingRecord:
    """What was still to come at that moment was planned, whatever became of it."""
    cancelled = one.status == MeetingStatus.CANCELLED
    later = cancelled and one.decided_at is not None and one.decided_at > moment
    was_to_come = one.starts_at > moment and one.status in _WAS_TO_COME
    return replace(one, status=MeetingStatus.PLANNED) if later or was_to_come else one


def _exception_then(one: ExceptionRow, moment: datetime) -> ExceptionRow:
    confirmed = _by(one.second_at, moment)
    return replace(
        one,
        ended_at=_by(one.ended_at, moment),
        second_at=confirmed,
        second_id=one.second_id if confirmed else None,
    )


def _by(at: datetime | None, moment: datetime) -> datetime | None:
    return at if at is not None and at <= moment else None
