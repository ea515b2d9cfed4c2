"""The coach desk of a candidate: who there is, whom they choose, what that coach said (R27).

Nobody asks why, and nothing of it is kept: neither of the one who chooses nor of a coach.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from coaching.errors import Conflict
from coaching.wall_time import to_wall
from coaching.words import Language, Role, StaffRole, TrajectoryState
from server.store import (
    aftermath,
    agreements,
    attention,
    coach_bars,
    coach_desk,
    keys,
    people,
    photos,
)
from server.store import notices as notice_store
from server.store.database import Tx
from server.store.locks import lock_people_and_room
from server.usecases.access import known_trajectory, trajectory_of_link
from server.usecases.agreeing import coach_refused
from server.usecases.attention import TodoCode
from server.usecases.context import Parts, StaffId
from server.usecases.contract_view import OwnContract, open_contract
from server.usecases.desk_messages import own_link
from server.usecases.handing_over import give_to
from server.usecases.repeating import once


class DeskState(StrEnum):
    """How the choice of a coach stands."""

    NOT_ASKED = "not_asked"
    CHOOSE = "choose"
    WAITS = "waits"  # the candidate said yes, the coach nothing yet
    REFUSED = "refused"  # the coach cannot
    AGREED = "agreed"
    CLOSED = "closed"  # the guidance has ended


_OPEN = (DeskState.CHOOSE, DeskState.WAITS, DeskState.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A coach as a candidate sees them."""

    coach: StaffId
    name: str
    about: str
    photo: str  # its name; empty without one


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDesk:
    """What stands behind a candidate's link: their coach, who else there is, a new contract."""

    state: DeskState
    language: Language
    first_name: str
    coach_name: str
    phone: str  # of the coach; of the organisation where the coach cannot
    phone_name: str
    talks: int
    profiles: tuple[Profile, ...]  # empty when there is nothing to choose
    contract: OwnContract | None


async def own_desk(parts: Parts, token: str, *, now: datetime) -> OwnDesk:
    """The page of a candidate's agreements. Reads only.

    Raises:
        NotFound: `link_unknown`.
    """
    async with parts.database.read() as tx:
        found = await trajectory_of_link(tx, token)
        candidate = await people.candidate_by_id(tx, found.candidate_id)
        coach = await people.staff_by_id(tx, found.coach_id)
        state = await _state(tx, found)
        today = to_wall(now, parts.settings.tz).date()
        profiles = await _profiles(tx, found, state, today) if state in _OPEN else ()
        phone_name, phone = _whom_to_call(parts, coach, state)
        return OwnDesk(
            state=state,
            language=Language(candidate.language) if candidate else Language.NL,
            first_name=candidate.name.split()[0] if candidate else "",
            coach_name=coach.name if coach else "",
            phone=phone,
            phone_name=phone_name,
            talks=found.talks,
            profiles=profiles,
            contract=await open_contract(tx, found),
        )


def _whom_to_call(
    parts: Parts, coach: people.StaffRecord | None, state: DeskState
) -> tuple[str, str]:
    """A name and a number: the coach, or the organisation where the coach said no."""
    settings = parts.settings
    own = coach.phone if coach else None
    if coach and own and not (state is DeskState.REFUSED and settings.organisation_phone):
        return coach.name, own
    return settings.organisation, settings.organisation_phone


async def choose_coach(parts: Parts, token: str, coach: StaffId, *, key: str, now: datetime) -> str:
    """The candidate says yes to a coach; the token of the page that tells how it stands.

    Another coach than the present one gets the guidance at once, with what stands in the diary,
    and is asked for their own yes; until then nothing but a first talk can be booked (R27).

    Raises:
        Conflict: `desk_closed`, there is nothing to choose (any more); `coach_unavailable`.
        NotFound: `link_unknown`.
    """
    async with parts.database.read() as tx:
        linked = await trajectory_of_link(tx, token)
    asked = keys.KeyedRequest(
        actor=f"candidate:{linked.candidate_id}",
        route="choose_coach",
        key=key,
        values={"trajectory": str(linked.id), "coach": str(coach)},
    )

    async def work(tx: Tx) -> keys.Answer:
        found = await trajectory_of_link(tx, token)
        await _check(tx, found, coach, to_wall(now, parts.settings.tz).date())
        if coach != found.coach_id:
            await give_to(parts, tx, found, coach, actor=asked.actor, told="chosen", now=now)
            await _tell_other(tx, found, now=now)
        else:
            await _check_still_coach(tx, found)
        await people.change_trajectory(tx, found.id, candidate_consented_at=now)
        await attention.finish_todos(
            tx, now=now, trajectory_id=found.id, codes=[TodoCode.CHOOSE_COACH]
        )
        return {"link": str(await own_link(parts, tx, found.id, now=now))}

    answer = await once(parts, asked, work, now=now)
    return parts.secret.invitation_token(UUID(str(answer["link"])))


async def asks_coach(tx: Tx, trajectory: UUID) -> bool:
    """Whether there is something to choose: the candidate said nothing yet, or the coach cannot."""
    state = await _state(tx, await known_trajectory(tx, trajectory))
    return state in (DeskState.CHOOSE, DeskState.REFUSED)


async def _check(tx: Tx, found: people.TrajectoryRecord, coach: StaffId, today: date) -> None:
    state = await _state(tx, found)
    if state not in _OPEN:
        raise Conflict("desk_closed")
    if coach not in {one.coach for one in await _profiles(tx, found, state, today)}:
        raise Conflict("coach_unavailable")


async def _check_still_coach(tx: Tx, found: people.TrajectoryRecord) -> None:
    """See, once nobody can give it to another coach, that nobody just did: another tab, a planner.

    Raises:
        Conflict: `coach_unavailable`.
    """
    await lock_people_and_room(tx, found.coach_id, found.candidate_id)
    if (await known_trajectory(tx, found.id)).coach_id != found.coach_id:
        raise Conflict("coach_unavailable")


async def _state(tx: Tx, found: people.TrajectoryRecord) -> DeskState:
    coach, candidate = found.coach_consented_at, found.candidate_consented_at
    if found.state == TrajectoryState.ENDED:
        return DeskState.CLOSED
    if found.consent_asked_at is None:
        return DeskState.NOT_ASKED
    if coach and candidate:
        return DeskState.AGREED
    if coach is None and coach_refused(await agreements.agreements_of(tx, found.id), found):
        return DeskState.REFUSED
    return DeskState.WAITS if candidate else DeskState.CHOOSE


async def _profiles(
    tx: Tx, found: people.TrajectoryRecord, state: DeskState, today: date
) -> tuple[Profile, ...]:
    """Who may be chosen, in an order of this candidate's own: nobody always stands first."""
    out = await _out_of_reach(tx, found, today)
    own = {found.coach_id} if state is not DeskState.REFUSED else set()
    written = await coach_desk.profiles(tx)
    hidden = {one.staff_id for one in written.values() if not one.shown}
    faces = await photos.photo_names(tx)
    there = (
        one
        for one in await people.active_staff(tx)
        if StaffRole.COACH in one.roles and (one.id in own or one.id not in out | hidden)
    )
    return tuple(
        Profile(
            coach=StaffId(one.id),
            name=one.name,
            about=written[one.id].about if one.id in written else "",
            photo=faces.get(one.id, ""),
        )
        for one in _in_own_order(there, found.candidate_id)
    )


async def _out_of_reach(tx: Tx, found: people.TrajectoryRecord, today: date) -> frozenset[UUID]:
    """Who cannot be chosen: they may not (R30), said no, had this guidance, or have another one."""
    barred = {
        one.staff_id
        for one in await coach_bars.bars_about(tx, found.candidate_id)
        if one.holds_on(today)
    }
    said = await agreements.agreements_of(tx, found.id)
    refused = {one.coach_id for one in said if one.role == Role.COACH and one.answer != "yes"}
    others = {
        one.coach_id
        for one in await people.trajectories_of(tx, [found.candidate_id])
        if one.state != TrajectoryState.ENDED
    }
    return frozenset(barred | refused | others | await aftermath.earlier_coaches(tx, found.id))


def _in_own_order(
    coaches: Iterable[people.StaffRecord], candidate: UUID
) -> list[people.StaffRecord]:
    def place(one: people.StaffRecord) -> bytes:
        return hashlib.sha256(candidate.bytes + one.id.bytes).digest()

    return sorted(coaches, key=place)


async def _tell_other(tx: Tx, before: people.TrajectoryRecord, *, now: datetime) -> None:
    """The coach of before hears that somebody chose another one, and not why."""
    candidate = await people.candidate_by_id(tx, before.candidate_id)
    params = {"candidate": candidate.name if candidate else ""}
    await notice_store.add_notice(
        tx,
        before.coach_id,
        code="chose_another",
        params=params,
        meeting_id=None,
        candidate_id=before.candidate_id,
        now=now,
    )
