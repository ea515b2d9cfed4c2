"""The coach's side of the desk: who chose them, their own yes or no, and what candidates read."""

from dataclasses import dataclass
from datetime import datetime

from coaching.access import Right, of_guidance
from coaching.errors import NotFound
from coaching.wall_time import to_wall
from coaching.words import Role, TrajectoryState
from server.store import agreements, coach_desk, people
from server.store.database import Tx
from server.usecases.agreeing import Answer, Said, Way, coach_refused, record_answer
from server.usecases.context import CandidateId, Parts, StaffActor, TrajectoryId
from server.usecases.fields import clean_text

ABOUT_LENGTH = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Somebody who said yes to this coach, and waits for theirs."""

    trajectory: TrajectoryId
    candidate: CandidateId
    name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProfile:
    """What candidates read of a coach, and whether they can choose them."""

    about: str
    shown: bool


async def who_chose(parts: Parts, actor: StaffActor) -> tuple[Chosen, ...]:
    """Who waits for this coach's yes, longest first. Reads only."""
    async with parts.database.read() as tx:
        found = []
        for one in await people.trajectories_of_coach(tx, actor.id):
            since = one.candidate_consented_at
            if since is None or not await _waits(tx, one):
                continue
            candidate = await people.candidate_by_id(tx, one.candidate_id)
            found.append(
                Chosen(
                    trajectory=TrajectoryId(one.id),
                    candidate=CandidateId(one.candidate_id),
                    name=candidate.name if candidate else "",
                    since=since,
                )
            )
    return tuple(sorted(found, key=lambda one: one.since))


async def _waits(tx: Tx, one: people.TrajectoryRecord) -> bool:
    open_ = one.consent_asked_at is not None and one.coach_consented_at is None
    if not open_ or one.state == TrajectoryState.ENDED:
        return False
    return not coach_refused(await agreements.agreements_of(tx, one.id), one)


async def answer_choice(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    *,
    yes: bool,
    key: str,
    now: datetime,
) -> None:
    """The coach says yes or no to going on with somebody. No reason is asked or kept.

    Raises:
        NotFound: `trajectory_unknown`, also when it is another coach's (by now).
    """
    async with parts.database.read() as tx:
        found = await people.trajectory_by_id(tx, trajectory)
    if found is None or Right.ANSWER not in of_guidance(actor, found.coach_id):
        raise NotFound("trajectory_unknown")
    said = Said(
        roles=frozenset({Role.COACH}),
        answer=Answer.YES if yes else Answer.NO,
        way=Way.SCREEN,
        given_on=to_wall(now, parts.settings.tz).date(),
    )
    await record_answer(parts, actor, trajectory, said, key=key, now=now)


async def own_profile(parts: Parts, actor: StaffActor) -> OwnProfile:
    """What candidates read of this coach; who wrote nothing can be chosen by name. Reads only."""
    async with parts.database.read() as tx:
        found = (await coach_desk.profiles(tx)).get(actor.id)
    return OwnProfile(about=found.about if found else "", shown=found.shown if found else True)


async def save_profile(
    parts: Parts, actor: StaffActor, *, about: str, shown: bool, now: datetime
) -> None:
    """Write what candidates read; a second time changes nothing.

    Raises:
        BadInput: `about_bad`, longer than 600 characters or not to be read.
    """
    one_line = " ".join(about.split())
    if one_line:
        one_line = clean_text(one_line, field="about", most=ABOUT_LENGTH, code="about_bad")

    async def work(tx: Tx) -> None:
        await coach_desk.save_profile(tx, actor.id, about=one_line, shown=shown, now=now)

    await parts.database.run(work)
