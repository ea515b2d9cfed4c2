"""A new agreement on the number of talks: asked for, agreed to by both, in force (R28).

The first version is what the trajectory began with; it is written down when a second one comes.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from coaching.access import Right, of_guidance
from coaching.errors import BadInput, Conflict
from coaching.wall_time import to_wall
from coaching.words import Role, TrajectoryState
from server.store import agreements, contracts, keys, notices, people
from server.store.database import Tx
from server.usecases.access import trajectory_of_link
from server.usecases.agreeing import Way
from server.usecases.appointments import own_trajectory
from server.usecases.context import Parts, StaffActor, TrajectoryId
from server.usecases.contract_view import counted_talks, who_agreed
from server.usecases.desk_messages import Ask, ask_candidate
from server.usecases.exceptions import checked_reason
from server.usecases.fields import between
from server.usecases.repeating import once
from server.usecases.share import tell_of_share

_REASON_LENGTH = 200
_EARLIEST = date(2000, 1, 1)
_AGREED = {Role.COACH: "coach_agreed_at", Role.CANDIDATE: "candidate_agreed_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """What somebody asks for: 1 to 200 talks of 10 to 240 minutes, and why."""

    talks: int
    minutes: int
    reason: str  # at most 200 characters; no medical words


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSaid:
    """Who agreed to the version that waits, on which day and how."""

    roles: frozenset[Role]
    way: Way
    given_on: date


async def ask_contract(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    new: NewContract,
    *,
    key: str,
    now: datetime,
) -> None:
    """Ask both for another number of talks; one that waits already is withdrawn.

    A coach who asks for the own trajectory has agreed by that. The candidate gets a message with
    the link by which to agree.

    Raises:
        BadInput: `talks_bad`, outside 1 to 200 or fewer than are held or planned; `minutes_bad`;
            `reason_missing`, `text_too_long`, `medical_word`, `reason_bad`.
        Conflict: `already_closed`, the trajectory has ended; `contract_same`, nothing changes.
        NotFound: not this person's trajectory.
    """
    between(new.talks, 1, 200, field="new_talks", code="talks_bad")
    between(new.minutes, 10, 240, field="new_minutes", code="minutes_bad")
    reason = checked_reason(new.reason, _REASON_LENGTH)
    asked = _asked(
        actor.key, "ask_contract", key, trajectory, f"{new.talks}x{new.minutes}|{reason}"
    )

    async def work(tx: Tx) -> keys.Answer:
        found = await _running(tx, actor, trajectory)
        if (found.talks, found.minutes) == (new.talks, new.minutes):
            raise Conflict("contract_same")
        least = max(1, await counted_talks(parts, tx, found, now=now))
        between(new.talks, least, 200, field="new_talks", code="talks_bad")
        version = await _next_version(tx, found, now=now)
        await contracts.insert_contract(
            tx,
            trajectory_id=found.id,
            version=version,
            talks=new.talks,
            minutes=new.minutes,
            reason=reason,
            asked_by=actor.id,
            asked_at=now,
            coach_agreed_at=now if Right.ANSWER in of_guidance(actor, found.coach_id) else None,
        )
        await ask_candidate(parts, tx, found, Ask.CONTRACT, about=version, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def record_contract_yes(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    said: VersionSaid,
    *,
    version: int,
    key: str,
    now: datetime,
) -> None:
    """Write down who agreed to the version that waits; once both did it is in force.

    Raises:
        BadInput: `given_on_bad`, the day is to come or long ago; `choice_bad`, nobody agreed.
        Conflict: `contract_gone`, that version does not wait (any more); `already_closed`.
        NotFound: not this person's trajectory.
    """
    if not said.roles:
        raise BadInput("choice_bad", field="contract_who")
    if not _EARLIEST <= said.given_on <= to_wall(now, parts.settings.tz).date():
        raise BadInput("given_on_bad", field="contract_on")
    wanted = f"{version}|{'+'.join(sorted(said.roles))}|{said.way}|{said.given_on}"
    asked = _asked(actor.key, "contract_yes", key, trajectory, wanted)

    async def work(tx: Tx) -> keys.Answer:
        found = await _running(tx, actor, trajectory)
        waiting = await _waiting(tx, found, version)
        for role in sorted(said.roles):
            await agreements.insert_agreement(
                tx,
                trajectory_id=found.id,
                coach_id=found.coach_id,
                role=role,
                answer=f"{agreements.VERSION_PREFIX}{version}",
                way=said.way,
                given_on=said.given_on,
                recorded_by=actor.id,
                recorded_at=now,
            )
        await _agree(parts, tx, found, waiting, said.roles, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def withdraw_contract(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    *,
    version: int,
    key: str,
    now: datetime,
) -> None:
    """Take the version that waits back; what holds stays.

    Raises:
        Conflict: `contract_gone`, `already_closed`.
        NotFound: not this person's trajectory.
    """
    asked = _asked(actor.key, "withdraw_contract", key, trajectory, str(version))

    async def work(tx: Tx) -> keys.Answer:
        found = await _running(tx, actor, trajectory)
        waiting = await _waiting(tx, found, version)
        await contracts.change_contract(tx, waiting.id, withdrawn_at=now)
        return {}

    await once(parts, asked, work, now=now)


async def guest_agrees(parts: Parts, token: str, *, version: int, key: str, now: datetime) -> None:
    """The candidate agrees, by an invitation or by the own page of agreements; the coach is told.

    Raises:
        Conflict: `contract_gone`, that version does not wait (any more); `already_closed`.
        NotFound: `link_unknown`, also for a link that was replaced.
    """
    async with parts.database.read() as tx:
        linked = await trajectory_of_link(tx, token)
    trajectory = TrajectoryId(linked.id)
    asked = _asked(
        f"candidate:{linked.candidate_id}", "own_contract", key, trajectory, f"{version}"
    )

    async def work(tx: Tx) -> keys.Answer:
        await trajectory_of_link(tx, token)
        found = await _open_trajectory(tx, trajectory)
        waiting = await _waiting(tx, found, version)
        await _agree(parts, tx, found, waiting, frozenset({Role.CANDIDATE}), now=now)
        await _tell_coach(tx, found, waiting, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def _running(tx: Tx, actor: StaffActor, trajectory: TrajectoryId) -> people.TrajectoryRecord:
    await own_trajectory(tx, actor, trajectory)
    return await _open_trajectory(tx, trajectory)


async def _open_trajectory(tx: Tx, trajectory: UUID) -> people.TrajectoryRecord:
    found = await people.trajectory_to_change(tx, trajectory)
    if found is None or found.state == TrajectoryState.ENDED:
        raise Conflict("already_closed")
    return found


async def _waiting(tx: Tx, found: people.TrajectoryRecord, version: int) -> contracts.ContractRow:
    for one in await contracts.contracts_of(tx, found.id):
        if one.version == version and one.is_open:
            return one
    raise Conflict("contract_gone")


async def _next_version(tx: Tx, found: people.TrajectoryRecord, *, now: datetime) -> int:
    """The number of the next version; the first is written down, one that waits taken back."""
    there = await contracts.contracts_of(tx, found.id)
    if not there:
        await contracts.insert_contract(
            tx,
            trajectory_id=found.id,
            version=1,
            talks=found.talks,
            minutes=found.minutes,
            reason="",
            asked_by=found.coach_id,
            asked_at=found.created_at,
            coach_agreed_at=found.created_at,
            candidate_agreed_at=found.created_at,
        )
        return 2
    for one in there:
        if one.is_open:
            await contracts.change_contract(tx, one.id, withdrawn_at=now)
    return there[-1].version + 1


async def _agree(
    parts: Parts,
    tx: Tx,
    found: people.TrajectoryRecord,
    waiting: contracts.ContractRow,
    roles: frozenset[Role],
    *,
    now: datetime,
) -> None:
    least = await counted_talks(parts, tx, found, now=now)
    if waiting.talks < least:  # booked since it was asked
        raise Conflict("contract_too_few")
    await contracts.change_contract(
        tx, waiting.id, **dict.fromkeys((_AGREED[r] for r in roles), now)
    )
    if who_agreed(waiting) | roles == frozenset(Role):
        await people.change_trajectory(tx, found.id, talks=waiting.talks, minutes=waiting.minutes)
        await tell_of_share(parts, tx, found.id, now=now)


async def _tell_coach(
    tx: Tx, found: people.TrajectoryRecord, waiting: contracts.ContractRow, *, now: datetime
) -> None:
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    params = {"candidate": candidate.name if candidate else "", "talks": str(waiting.talks)}
    await notices.add_notice(
        tx,
        found.coach_id,
        code="contract_agreed",
        params=params,
        meeting_id=None,
        candidate_id=found.candidate_id,
        now=now,
    )


def _asked(
    actor: str, route: str, key: str, trajectory: TrajectoryId, wanted: str
) -> keys.KeyedRequest:
    values = {"trajectory": str(trajectory), "wanted": wanted}
    return keys.KeyedRequest(actor=actor, route=route, key=key, values=values)
