"""Erasing a candidate (GDPR article 17): what is left afterwards leads to nobody.

What becomes of each table stands in `server.store.erasing`. Talks to come are called off first,
so that everybody concerned hears of it; then a person with the right to plan types the name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from coaching.errors import BadInput, Conflict, NotFound
from coaching.words import MeetingStatus, TrajectoryState
from server.store import erasing, keys, meetings, people
from server.store.database import Tx
from server.store.locks import lock_people_and_room
from server.usecases.access import require_planner
from server.usecases.appointments import known_meeting
from server.usecases.attention import TodoCode
from server.usecases.context import CandidateId, Parts, StaffActor
from server.usecases.names_in_events import write_erased
from server.usecases.people import MeetingLine, line_view
from server.usecases.repeating import once
from server.usecases.standing import call_off

_RUNS = (MeetingStatus.PLANNED, MeetingStatus.OPEN)
_log = structlog.get_logger("tweespraak.erasing")
OPERATOR = "system"  # whoever stands at the command line


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureView:
    """What somebody must know before they erase a candidate."""

    candidate: CandidateId
    name: str
    numbers: tuple[str, ...]  # "T-1234"
    running: bool  # a guidance was not ended: it ends now
    begun: tuple[MeetingLine, ...]  # in the way: nobody said yet how these went
    to_come: tuple[MeetingLine, ...]  # in the way until they are called off
    waiting: int  # mails, texts and letters that will not reach the candidate any more
    letters: int  # how many of these somebody has to print
    by_letter: bool  # the candidate has no e-mail address
    talks: int  # that stay as counts
    erased: bool = False  # before; what was written since goes


async def erasure_of(
    parts: Parts, actor: StaffActor | None, candidate: CandidateId, *, now: datetime
) -> ErasureView:
    """What erasing this candidate would do. Reads only. `actor` None: on the command line.

    Raises:
        NotAllowed: `planner_needed`.
        NotFound: `candidate_unknown`; for whoever is not on the command line also when erased.
    """
    _check(actor)
    async with parts.database.read() as tx:
        person = _found(actor, await people.candidate_by_id(tx, candidate))
        lines = await meetings.lines_of_candidates(tx, [candidate])
        files = await people.trajectories_of(tx, [candidate])
        letters = await erasing.letters_waiting(tx, candidate, code=TodoCode.LETTER)
        waiting = letters + await erasing.messages_waiting(tx, candidate)
    begun = tuple(line_view(one) for one in lines if _begun(one, now=now))
    to_come = tuple(line_view(one) for one in lines if _to_come(one, now=now))
    return ErasureView(
        candidate=candidate,
        name=person.name,
        numbers=tuple(f"T-{one.number}" for one in files),
        running=any(one.state != TrajectoryState.ENDED for one in files),
        begun=begun,
        to_come=to_come,
        waiting=waiting,
        letters=letters,
        by_letter=person.email is None,
        talks=len(lines) - len(begun) - len(to_come),
        erased=person.erased_at is not None,
    )


async def call_off_all(
    parts: Parts, actor: StaffActor | None, candidate: CandidateId, *, key: str, now: datetime
) -> int:
    """Call off every talk of a candidate that begins after `now`, and held times; gives how many.

    Candidate and coach hear of it as of any other cancellation. Asked again with the same `key` it
    gives the same number.

    Raises:
        NotAllowed: `planner_needed`.
        NotFound: `candidate_unknown`, as in `erasure_of`.
    """
    _check(actor)

    async def work(tx: Tx) -> keys.Answer:
        _, talks = await _kept(tx, actor, candidate)
        standing = [one for one in talks if _to_come(one, now=now)]
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
    guidances end, and a row of `erasure` says that it was done. On the command line it can be done
    again, for what was written since.

    Raises:
        BadInput: `erase_name_differs`.
        Conflict: `erase_outcome_missing`, a talk has begun and nobody said how it went;
            `erase_talks_to_come`, one is still to come and was not called off.
        NotAllowed: `planner_needed`.
        NotFound: `candidate_unknown`, as in `erasure_of`.
    """
    _check(actor)

    async def work(tx: Tx) -> keys.Answer:
        person, talks = await _kept(tx, actor, candidate)
        _check_sure(person, talks, typed_name, now=now)
        return await _erase(tx, person, talks, by=actor, now=now)

    done = await once(parts, _asked("erase", actor, candidate, key), work, now=now)
    if not await parts.database.clean_up():
        _log.warning("erased_still_in_log", candidate=str(candidate))
    _log.info("candidate_erased", candidate=str(candidate), rows=sum(done.values()))
    return {table: int(number) for table, number in done.items()}


async def _erase(
    tx: Tx,
    person: people.CandidateRecord,
    talks: Iterable[meetings.MeetingRecord],
    *,
    by: StaffActor | None,
    now: datetime,
) -> keys.Answer:
    await write_erased(tx, {one.id for one in talks}, now=now)
    counts = await erasing.erase_everywhere(tx, person.id, name=person.name, now=now)
    who = by.id if by else None
    await erasing.note_erasure(tx, person.id, by=who, counts=counts, now=now)
    return dict(counts)


async def _kept(
    tx: Tx, actor: StaffActor | None, candidate: CandidateId
) -> tuple[people.CandidateRecord, tuple[meetings.MeetingRecord, ...]]:
    """The candidate and their meetings as they stand once nobody else can change or book them.

    First the rows that are known, then the person: the order in which a meeting is moved. What was
    booked in between is read after that.
    """
    await _rows(tx, candidate)
    await lock_people_and_room(tx, candidate)
    talks = await _rows(tx, candidate)
    return _found(actor, await people.candidate_to_change(tx, candidate)), talks


async def _rows(tx: Tx, candidate: CandidateId) -> tuple[meetings.MeetingRecord, ...]:
    """By id, so that two never close a circle."""
    files = [one.id for one in await people.trajectories_of(tx, [candidate])]
    known = sorted(one.id for one in await meetings.meetings_of_trajectories(tx, files))
    found = [await meetings.meeting_to_change(tx, one) for one in known]
    return tuple(one for one in found if one is not None)


def _found(
    actor: StaffActor | None, person: people.CandidateRecord | None
) -> people.CandidateRecord:
    if person is None or (person.erased_at and actor):
        raise NotFound("candidate_unknown")
    return person


def _begun(one: meetings.LineRecord | meetings.MeetingRecord, *, now: datetime) -> bool:
    """Whether it waits for somebody to say how it went."""
    return one.status in _RUNS and one.starts_at <= now


def _to_come(one: meetings.LineRecord | meetings.MeetingRecord, *, now: datetime) -> bool:
    """Whether it can be called off; nobody was told of a held time, also one of before."""
    return one.status == MeetingStatus.PROVISIONAL or (one.status in _RUNS and one.starts_at > now)


def _check_sure(
    person: people.CandidateRecord,
    talks: Iterable[meetings.MeetingRecord],
    typed_name: str,
    *,
    now: datetime,
) -> None:
    if _plain(typed_name) != _plain(person.name):
        raise BadInput("erase_name_differs", field="confirm")
    if any(_begun(one, now=now) for one in talks):
        raise Conflict("erase_outcome_missing")
    if any(_to_come(one, now=now) for one in talks):
        raise Conflict("erase_talks_to_come")


def _check(actor: StaffActor | None) -> None:
    if actor:
        require_planner(actor)


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
