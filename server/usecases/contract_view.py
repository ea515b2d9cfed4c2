"""How the contract stands: talks of those agreed, its versions, and what waits (R28)."""

from dataclasses import dataclass
from datetime import datetime

from coaching.access import may_guide
from coaching.errors import NotFound
from coaching.history import counts
from coaching.words import MeetingKind, MeetingStatus, Mode, Role, TrajectoryState
from server.store import agreements, contracts, meetings, people
from server.store.database import Tx
from server.usecases.access import trajectory_of_link
from server.usecases.booking_facts import is_offer
from server.usecases.context import CandidateId, Parts, StaffActor, TrajectoryId
from server.usecases.numbers import numbers_at

_STAND = (
    MeetingStatus.PROVISIONAL,
    MeetingStatus.PLANNED,
    MeetingStatus.OPEN,
    MeetingStatus.HELD,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version as it was written down. `agreed` is who said yes, `said` what staff heard."""

    version: int
    talks: int
    minutes: int
    reason: str
    asked_by: str
    asked_at: datetime
    agreed: frozenset[Role]
    withdrawn: bool
    said: tuple[agreements.AgreementRow, ...]

    @property
    def waits(self) -> bool:
        """Whether somebody still has to agree."""
        return not self.withdrawn and self.agreed != frozenset(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView:
    """How the contract stands: talks held or planned of those agreed, and its versions."""

    counted: int
    talks: int
    minutes: int
    versions: tuple[VersionLine, ...]  # newest first; empty while the first stands alone

    @property
    def is_full(self) -> bool:
        """Whether every agreed talk is held or planned."""
        return self.counted >= self.talks

    @property
    def waiting(self) -> VersionLine | None:
        """The version that still has to be agreed to."""
        return next((one for one in self.versions if one.waits), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnContract:
    """The version that a candidate is asked to agree to, beside what holds now."""

    version: int
    talks: int
    minutes: int
    talks_now: int


async def own_contract(parts: Parts, token: str) -> OwnContract | None:
    """What the candidate of this link is asked to agree to, if anything. Reads only."""
    async with parts.database.read() as tx:
        try:
            return await open_contract(tx, await trajectory_of_link(tx, token))
        except NotFound:
            return None


async def open_contract(tx: Tx, found: people.TrajectoryRecord) -> OwnContract | None:
    """The version that waits for the candidate's yes, if there is one."""
    if found.state == TrajectoryState.ENDED:
        return None
    for one in await contracts.contracts_of(tx, found.id):
        if one.is_open and one.candidate_agreed_at is None:
            return OwnContract(
                version=one.version, talks=one.talks, minutes=one.minutes, talks_now=found.talks
            )
    return None


async def contracts_of_candidate(
    parts: Parts, actor: StaffActor, candidate: CandidateId, *, now: datetime
) -> dict[TrajectoryId, ContractView]:
    """How each contract stands; for a coach of the own trajectories. Reads only."""
    async with parts.database.read() as tx:
        return {
            TrajectoryId(one.id): await _view(parts, tx, one, now=now)
            for one in await people.trajectories_of(tx, [candidate])
            if may_guide(actor, one.coach_id)
        }


async def counted_talks(
    parts: Parts, tx: Tx, found: people.TrajectoryRecord, *, now: datetime
) -> int:
    """How many counted talks are held or planned (5.2), as the rule counts them."""
    numbers = await numbers_at(tx, now, parts.settings.tz)
    return sum(
        one.status in _STAND
        and not is_offer(one)
        and counts(
            MeetingKind(one.kind),
            Mode(one.mode),
            int((one.ends_at - one.starts_at).total_seconds() // 60),
            numbers,
        )
        for one in await meetings.meetings_of_trajectories(tx, [found.id])
    )


async def _view(
    parts: Parts, tx: Tx, found: people.TrajectoryRecord, *, now: datetime
) -> ContractView:
    said = await agreements.version_answers(tx, found.id)
    rows = await contracts.contracts_of(tx, found.id)
    return ContractView(
        counted=await counted_talks(parts, tx, found, now=now),
        talks=found.talks,
        minutes=found.minutes,
        versions=tuple(_line(one, said) for one in reversed(rows)),
    )


def _line(row: contracts.ContractRow, said: tuple[agreements.AgreementRow, ...]) -> VersionLine:
    answer = f"{agreements.VERSION_PREFIX}{row.version}"
    return VersionLine(
        version=row.version,
        talks=row.talks,
        minutes=row.minutes,
        reason=row.reason,
        asked_by=row.asked_by_name,
        asked_at=row.asked_at,
        agreed=who_agreed(row),
        withdrawn=row.withdrawn_at is not None,
        said=tuple(one for one in said if one.answer == answer),
    )


def who_agreed(row: contracts.ContractRow) -> frozenset[Role]:
    """Who said yes to this version."""
    said = {Role.COACH: row.coach_agreed_at, Role.CANDIDATE: row.candidate_agreed_at}
    return frozenset(role for role, since in said.items() if since)
