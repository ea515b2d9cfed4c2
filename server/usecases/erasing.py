"""Erasing a candidate (GDPR article 17): what is left afterwards leads to nobody.

What becomes of each table stands in `server.store.erasing`. Talks to come are called off first,
so that everybody concerned hears of it; then a person with the right to plan types the name.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from coaching.errors import BadInput, Conflict, NotAllowed, NotFound
from coaching.words import MeetingStatus, StaffRole
from server.store import erasing, keys, meetings, people, proposals
from server.store.database import Tx
from server.store.locks import lock_people_and_room
from server.usecases.appointments import known_meeting
from server.usecases.context import CandidateId, Parts, StaffActor
from server.usecases.names_in_events import write_anew
from server.usecases.people import MeetingLine, line_view
from server.usecases.repeating import once
from server.usecases.standing import call_off

_UNDECIDED = (MeetingStatus.PROVISIONAL, MeetingStatus.PLANNED, MeetingStatus.OPEN)
_log = structlog.get_logger("tweespraak.erasing")
OPERATOR = "system"  # whoever stands at the command line


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureView:
    """What somebody must know before they erase a candidate."""

    candidate: CandidateId
    name: str
    numbers: tuple[str, ...]  # "T-1234"
    running: bool  # a guidance was not ended: it ends now
    to_come: tuple[MeetingLine, ...]  # these are in the way
    waiting: int  # mails and texts that will not be sent any more
    talks: int  # that stay as counts


async def erasure_of(parts: Parts, actor: StaffActor | None, candidate: CandidateId) -> ErasureView:
    """What erasing this candidate would do. Reads only. `actor` None: on the command line.

    Raises:
        NotAllowed: `planner_needed`.
        NotFound: `candidate_unknown`, also for one who was erased.
    """
    _check(actor)
    async with parts.database.read() as tx:
        person = await people.candidate_by_id(tx, candidate)
        if person is None or person.erased_at:
            raise NotFound("candidate_unknown")
        lines = await meetings.lines_of_candidates(tx, [candidate])
        files = await people.trajectories_of(tx, [candidate])
        waiting = await erasing.messages_waiting(tx, candidate)
    to_come = [one for one in lines if one.status in _UNDECIDED]
    return ErasureView(
        candidate=candidate,
        name=person.name,
        numbers=tuple(f"T-{one.number}" for one in files),
        running=any(one.state != "ended" for one in files),
        to_come=tuple(line_view(one) for one in to_come),
        waiting=waiting,
        talks=len(lines) - len(to_come),
    )


async def call_off_all(
    parts: Parts, actor: StaffActor | None, candidate: CandidateId, *, key: str, now: datetime
) -> int:
    """Call off every talk of a candidate that is not over; gives how many.

    Candidate and coach hear of it as of any other cancellation. Asked again with the same `key` it
    gives the same number.

    Raises:
        NotAllowed: `planner_needed`.
        NotFound: `candidate_unknown`, also for one who was erased.
    """
    _check(actor)

    async def work(tx: Tx) -> keys.Answer:
        await _there(tx, candidate)
        lines = await meetings.lines_of_candidates(tx, [candidate])
        standing = [one for one in lines if one.status in _UNDECIDED]
        for one in standing:
            await call_off(tx, await known_meeting(tx, one.id), actor=_who(actor), now=now)
        return {"called_off": len(standing)}

    asked = _asked("erase_call_off", actor, candidate, key)
    return int((await once(parts, asked, work, now=now))["called_off"])


async def erase_candidate(
    parts: Parts,
    actor: StaffActor | None,
    candidate: CandidateId,
    *,
    typed_name: str,
    key: str,
    now: datetime,
) -> dict[str, int]:
    """Erase a candidate everywhere; gives how many rows of which table went.

    `typed_name` is the second confirmation: the candidate's name, whatever its capitals and spaces.
    Mails and texts that wait are stopped, names in calendars are written over by the sync process,
    guidances end, and a row of `erasure` says that it was done.

    Raises:
        BadInput: `erase_name_differs`.
        Conflict: `erase_talks_to_come`, some talk is not over and was not called off.
        NotAllowed: `planner_needed`.
        NotFound: `candidate_unknown`, also for one who was erased.
    """
    _check(actor)

    async def work(tx: Tx) -> keys.Answer:
        person = await _there(tx, candidate)
        if _plain(typed_name) != _plain(person.name):
            raise BadInput("erase_name_differs", field="confirm")
        lines = await meetings.lines_of_candidates(tx, [candidate])
        if any(one.status in _UNDECIDED for one in lines):
            raise Conflict("erase_talks_to_come")
        named = await proposals.named_mirrors(tx, of={one.id for one in lines})
        await write_anew(tx, named, why="erased", now=now)
        counts = await erasing.erase_everywhere(tx, candidate, name=person.name, now=now)
        by = actor.id if actor else None
        await erasing.note_erasure(tx, candidate, by=by, counts=counts, now=now)
        return dict(counts)

    done = await once(parts, _asked("erase", actor, candidate, key), work, now=now)
    await parts.database.clean_up()
    _log.info("candidate_erased", candidate=str(candidate), rows=sum(done.values()))
    return {table: int(number) for table, number in done.items()}


async def _there(tx: Tx, candidate: CandidateId) -> people.CandidateRecord:
    """The candidate, kept from others, whom nobody books meanwhile."""
    await lock_people_and_room(tx, candidate)
    found = await people.candidate_to_change(tx, candidate)
    if found is None or found.erased_at:
        raise NotFound("candidate_unknown")
    return found


def _check(actor: StaffActor | None) -> None:
    if actor and not actor.may(StaffRole.PLANNER, StaffRole.ADMIN):
        raise NotAllowed("planner_needed")


def _who(actor: StaffActor | None) -> str:
    return actor.key if actor else OPERATOR


def _asked(
    route: str, actor: StaffActor | None, candidate: CandidateId, key: str
) -> keys.KeyedRequest:
    return keys.KeyedRequest(
        actor=_who(actor), route=route, key=key, values={"about": str(candidate)}
    )


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
