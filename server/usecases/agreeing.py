"""Whether coach and candidate agree to go on together: asked, said, withdrawn (R27).

Until somebody asks, the rule is silent: guidance that began before nobody asked goes on as it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from coaching.access import may_guide
from coaching.errors import BadInput, Conflict
from coaching.wall_time import to_instant, to_wall
from coaching.words import Role, TrajectoryState
from server.store import agreements, keys, people
from server.store.database import Tx
from server.usecases.appointments import own_trajectory
from server.usecases.attention import TodoCode
from server.usecases.context import CandidateId, Parts, StaffActor, TrajectoryId
from server.usecases.desk_messages import Ask, ask_candidate
from server.usecases.repeating import once
from server.usecases.todos import write_todo

_EARLIEST = date(2000, 1, 1)
_CHOOSE_WITHIN = timedelta(days=2)
_SINCE = {Role.COACH: "coach_consented_at", Role.CANDIDATE: "candidate_consented_at"}


class Answer(StrEnum):
    """What somebody said."""

    YES = "yes"
    NO = "no"  # no reason is asked or kept
    WITHDRAWN = "withdrawn"


class Way(StrEnum):
    """How it was said."""

    TALK = "talk"
    PHONE = "phone"
    MAIL = "mail"
    LETTER = "letter"
    SCREEN = "screen"  # by the coach, on the own page


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What coach, candidate or both said, on which day and how."""

    roles: frozenset[Role]
    answer: Answer
    way: Way
    given_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """One answer, as it was written down."""

    role: Role
    answer: Answer
    way: Way
    given_on: date
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementView:
    """Where the agreement stands. `answers` are those with the coach of today, newest first."""

    asked: bool  # R27 holds
    agreed: frozenset[Role]
    answers: tuple[AnswerLine, ...]

    @property
    def complete(self) -> bool:
        """Whether both said yes."""
        return self.agreed == frozenset(Role)


async def ask_agreement(
    parts: Parts, actor: StaffActor, trajectory: TrajectoryId, *, key: str, now: datetime
) -> None:
    """Ask both to agree: from now on R27 holds for this trajectory. A second time does nothing.

    Raises:
        NotFound: not this person's trajectory.
    """
    asked = _asked(actor, "ask_agreement", key, trajectory, "")

    async def work(tx: Tx) -> keys.Answer:
        await own_trajectory(tx, actor, trajectory)
        found = await people.trajectory_to_change(tx, trajectory)
        if found and found.consent_asked_at is None:
            await people.change_trajectory(tx, trajectory, consent_asked_at=now)
            if found.candidate_consented_at is None:
                about = found.coach_id
                await ask_candidate(parts, tx, found, Ask.ASK_COACH, about=about, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def record_answer(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    said: Said,
    *,
    key: str,
    now: datetime,
) -> None:
    """Write down what was said; a first answer is a question too, so R27 holds from then on.

    What stands in the diary stays; only new bookings ask for both.

    Raises:
        BadInput: `given_on_bad`, the day is to come or long ago; `choice_bad`, nobody answered.
        Conflict: `never_agreed`, there is nothing to withdraw.
        NotFound: not this person's trajectory.
    """
    if not said.roles:
        raise BadInput("choice_bad", field="who")
    if not _EARLIEST <= said.given_on <= to_wall(now, parts.settings.tz).date():
        raise BadInput("given_on_bad", field="given_on")
    wanted = f"{'+'.join(sorted(said.roles))}|{said.answer}|{said.way}|{said.given_on}"
    asked = _asked(actor, "record_answer", key, trajectory, wanted)
    day = to_instant(datetime.combine(said.given_on, time()), parts.settings.tz)
    since = day if said.answer is Answer.YES else None

    async def work(tx: Tx) -> keys.Answer:
        await own_trajectory(tx, actor, trajectory)
        found = await people.trajectory_to_change(tx, trajectory)
        withdraws = said.answer is Answer.WITHDRAWN
        if found is None or (withdraws and not said.roles <= _agreed(found)):
            raise Conflict("never_agreed")
        await _write(tx, actor, found, said, now=now)
        await people.change_trajectory(
            tx,
            trajectory,
            consent_asked_at=found.consent_asked_at or now,
            **dict.fromkeys((_SINCE[role] for role in said.roles), since),
        )
        if said.roles == {Role.COACH}:
            await _tell(parts, tx, found, said.answer, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def _tell(
    parts: Parts, tx: Tx, found: people.TrajectoryRecord, answer: Answer, *, now: datetime
) -> None:
    """What a coach alone said reaches the candidate, who may have to choose another one."""
    if found.state == TrajectoryState.ENDED:
        return
    if answer is not Answer.YES:
        await ask_candidate(parts, tx, found, Ask.OTHER_COACH, about=found.coach_id, now=now)
        due = now + _CHOOSE_WITHIN
        about = f"{found.coach_id}:{now:%Y%m%d%H%M%S}"
        await write_todo(tx, TodoCode.CHOOSE_COACH, found, about=about, due_at=due, now=now)
    elif found.candidate_consented_at:
        await ask_candidate(parts, tx, found, Ask.COACH_YES, about=found.coach_id, now=now)


def coach_refused(said: Iterable[agreements.AgreementRow], found: people.TrajectoryRecord) -> bool:
    """Whether the coach of today said no; `said` newest first. Pure."""
    own = (one for one in said if one.role == Role.COACH and one.coach_id == found.coach_id)
    newest = next(own, None)
    return newest is not None and newest.answer != Answer.YES


async def agreements_of_candidate(
    parts: Parts, actor: StaffActor, candidate: CandidateId
) -> dict[TrajectoryId, AgreementView]:
    """Where the agreement of each trajectory stands; for a coach of the own ones. Reads only."""
    async with parts.database.read() as tx:
        return {
            TrajectoryId(one.id): await _view(tx, one)
            for one in await people.trajectories_of(tx, [candidate])
            if may_guide(actor, one.coach_id)
        }


async def _write(
    tx: Tx, actor: StaffActor, found: people.TrajectoryRecord, said: Said, *, now: datetime
) -> None:
    for role in sorted(said.roles):
        await agreements.insert_agreement(
            tx,
            trajectory_id=found.id,
            coach_id=found.coach_id,
            role=role,
            answer=said.answer,
            way=said.way,
            given_on=said.given_on,
            recorded_by=actor.id,
            recorded_at=now,
        )


async def _view(tx: Tx, found: people.TrajectoryRecord) -> AgreementView:
    said = await agreements.agreements_of(tx, found.id)
    return AgreementView(
        asked=found.consent_asked_at is not None,
        agreed=_agreed(found),
        answers=tuple(_line(one) for one in said if one.coach_id == found.coach_id),
    )


def _agreed(found: people.TrajectoryRecord) -> frozenset[Role]:
    said = {Role.COACH: found.coach_consented_at, Role.CANDIDATE: found.candidate_consented_at}
    return frozenset(role for role, since in said.items() if since)


def _line(row: agreements.AgreementRow) -> AnswerLine:
    return AnswerLine(
        role=Role(row.role),
        answer=Answer(row.answer),
        way=Way(row.way),
        given_on=row.given_on,
        recorded_by=row.recorded_by_name,
    )


def _asked(
    actor: StaffActor, route: str, key: str, trajectory: TrajectoryId, wanted: str
) -> keys.KeyedRequest:
    values = {"trajectory": str(trajectory), "wanted": wanted}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)
