"""What becomes of each table when a candidate is erased (GDPR article 17): the map of the data.

`FATES` names every table of the schema. What is left of a person afterwards are meetings with a
time, a kind and an end, and a number of a file: counts, which lead to nobody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, union, update

from server.store import outbox as rows
from server.store.database import Tx
from server.store.notices import ABOUT
from server.store.schema import (
    candidate,
    erasure,
    handover,
    idempotency,
    invitation,
    meeting,
    meeting_event,
    metadata,
    notice,
    outbox,
    todo,
    trajectory,
)
from server.store.staff_mail import SENT

ERASED_NAME = "(gewist)"  # what stands where a name was; one word, in every language
_LANGUAGE, _UNKNOWN = "nl", "unknown"
_WITH_REASON = (
    "own_office",
    "failure_dismissed",
    "reason_given",
)  # the history says these with their `reason`
_HANDED = (handover.c.from_id, handover.c.to_id)
_WAITS = (
    outbox.c.done_at.is_(None),
    outbox.c.gave_up_at.is_(None),
    outbox.c.kind != str(rows.Kind.CALENDAR),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Rows about the person go. `key` is the column that leads to them."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied:
    """Rows about the person stay without what says something of them; `values` stand instead."""

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Nothing of the person stands in it; `why` says so."""

    why: str


Fate = Gone | Emptied | Stays
_OURS = Stays(why="about staff, places, numbers or rules")
_CALENDARS = Stays(why="about calendars: addresses, times and hashes")
_BY_HAND = Stays(why="`erase_everywhere` looks after it, row by row")
# In this order: what points at a row goes before it.
FATES: Mapping[str, Fate] = {
    "short_code": Gone(key="invitation_id"),
    "login_session": Gone(key="invitation_id"),
    "invitation": Gone(key="meeting_id"),
    "ticket": Gone(key="meeting_id"),
    "mail_reply": Gone(key="meeting_id"),
    "seat_room": Gone(key="meeting_id"),
    "notice": Gone(key="meeting_id"),  # those about no meeting: `_forget_notices`
    "task": Gone(key="trajectory_id"),
    "closing_note": Gone(key="meeting_id"),
    "talk_mood": Gone(key="meeting_id"),
    "talk_quality": Gone(key="meeting_id"),
    "kept_line": Gone(key="meeting_id"),
    "observation": Gone(key="meeting_id"),
    "waiting_note": Gone(key="meeting_id"),
    "device_check": Gone(key="candidate_id"),
    "practice_session": Gone(key="candidate_id"),
    "readiness": Gone(key="candidate_id"),
    "skill_proposal": Gone(key="candidate_id"),
    "candidate_level": Gone(key="candidate_id"),
    "candidate_preference": Gone(key="candidate_id"),
    "callback_request": Gone(key="candidate_id"),
    "activity": Gone(key="candidate_id"),
    "nudge": Gone(key="candidate_id"),
    "todo": Gone(key="candidate_id"),
    "coach_bar": Gone(key="candidate_id"),
    "written_contact": Gone(key="trajectory_id"),
    "agreement": Gone(key="trajectory_id"),
    "agreement_link": Gone(key="trajectory_id"),
    "meeting_event": _BY_HAND,
    "failure": Emptied(key="meeting_id", values={"dismissed_reason": None}),
    "exception_record": Emptied(key="trajectory_id", values={"reason": ""}),
    "contract_version": Emptied(key="trajectory_id", values={"reason": ""}),
    "trajectory": Emptied(
        key="candidate_id",
        values={
            "state": "ended",
            "consent_asked_at": None,
            "coach_consented_at": None,
            "candidate_consented_at": None,
        },
    ),
    "candidate": Emptied(
        key="id",
        values={
            "name": ERASED_NAME,
            "email": None,
            "phone": None,
            "language": _LANGUAGE,
            "skill": _UNKNOWN,
            "skill_source": "intake",
            "comfort": None,
            "comfort_source": None,
            "comfort_since": None,
        },
    ),
    "outbox": _BY_HAND,
    "idempotency": _BY_HAND,
    "meeting": Stays(why="when, how and how it ended, counted for the coach and the organisation"),
    "proposal": Stays(why="times and codes of what a calendar said"),
    "handover": Stays(why="which coach followed which"),
    "mirror": Stays(why="identities; names leave the calendars by the outbox"),
    "moment": Stays(why="ids and moments of what a timer did"),
    "erasure": Stays(why="that somebody was erased, not who"),
    "calendar_connection": _CALENDARS,
    "calendar_lookup": _CALENDARS,
    "remote_object": _CALENDARS,
    "sync_log": _CALENDARS,
    "calendar_feed": _CALENDARS,
    "mailbox": _CALENDARS,
    "busy": _CALENDARS,
    "staff": _OURS,
    "staff_mail": _OURS,
    "place": _OURS,
    "room": _OURS,
    "room_hours": _OURS,
    "room_office": _OURS,
    "travel": _OURS,
    "coach_hours": _OURS,
    "coach_day": _OURS,
    "coach_absence": _OURS,
    "coach_limits": _OURS,
    "coach_profile": _OURS,
    "coach_photo": _OURS,
    "settings_version": _OURS,
    "login_link": _OURS,
    "login_failure": Stays(why="hashes of addresses, for a quarter of an hour"),
    "login_place": Stays(why="hashes of where staff signed in, for a month"),
}


async def messages_waiting(tx: Tx, person: UUID) -> int:
    """How many mails and texts about somebody are still on their way, to them or to staff."""
    about = await _subjects(tx, person)
    # A mail to staff says of which meeting in the middle of its subject: "staff:<meeting>:<staff>".
    to_staff = outbox.c.subject.startswith("staff:")
    query = select(outbox.c.subject).where(or_(_about(about), to_staff), *_WAITS)
    found = await tx.scalars(query)
    return sum(f"meeting:{one.split(':')[1]}" in about or one in about for one in found)


async def letters_waiting(tx: Tx, person: UUID, *, code: str) -> int:
    """How many letters somebody of the staff still has to print; `code` is that of their to-do."""
    mine = (todo.c.candidate_id == person, todo.c.code == code, todo.c.done_at.is_(None))
    return await tx.scalar(select(func.count()).select_from(todo).where(*mine)) or 0


async def erase_everywhere(tx: Tx, person: UUID, *, name: str, now: datetime) -> dict[str, int]:
    """Let `FATES` come over one candidate; gives how many rows of which table went.

    `name` is how notices call the candidate that do not say whom they are about.
    """
    subjects = await _subjects(tx, person)
    gone = {"outbox": await _silence(tx, subjects, now=now)}
    gone["idempotency"] = await _forget_answers(tx, person)
    loose = await _forget_notices(tx, person, name=name)
    await _empty_events(tx, person)
    for table, fate in FATES.items():
        match fate:
            case Gone():
                done = await tx.execute(
                    delete(metadata.tables[table]).where(_of(table, fate.key, person))
                )
                gone[table] = done.rowcount + (loose if table == "notice" else 0)
            case Emptied():
                here = update(metadata.tables[table]).where(_of(table, fate.key, person))
                await tx.execute(here.values(**fate.values))
            case Stays():
                pass
    last = {"erased_at": now, "skill_since": now.date()}
    await tx.execute(update(candidate).where(candidate.c.id == person).values(**last))
    return {table: number for table, number in gone.items() if number}


async def erased_since(tx: Tx, since: datetime) -> tuple[tuple[UUID, datetime], ...]:
    """Rows of `erasure` from a moment on, and when each was written."""
    found = await tx.execute(select(erasure.c.id, erasure.c.at).where(erasure.c.at >= since))
    return tuple((row.id, row.at) for row in found)


async def note_erasure(
    tx: Tx, person: UUID, *, by: UUID | None, counts: Mapping[str, int], now: datetime
) -> None:
    """Write down that it was done, for whoever has to show it (GDPR article 5(2))."""
    values = {"candidate_id": person, "erased_by": by, "at": now, "counts": dict(counts)}
    await tx.execute(insert(erasure).values(id=uuid4(), **values))


def _of(table: str, key: str, person: UUID) -> ColumnElement[bool]:
    column: ColumnElement[Any] = metadata.tables[table].c[key]
    match key:
        case "id" | "candidate_id":
            return column == person
        case "trajectory_id":
            return column.in_(_ids(trajectory, person))
        case "meeting_id":
            return column.in_(_ids(meeting, person))
        case _:
            own = select(invitation.c.id).where(invitation.c.meeting_id.in_(_ids(meeting, person)))
            return column.in_(own)


def _ids(table: Any, person: UUID) -> Select[Any]:  # noqa: ANN401 -- a table
    return select(table.c.id).where(table.c.candidate_id == person)


async def _subjects(tx: Tx, person: UUID) -> list[str]:
    """What rows of the outbox about somebody call themselves, calendars and staff left out."""
    meetings = await tx.scalars(_ids(meeting, person))
    files = await tx.scalars(_ids(trajectory, person))
    return [*(f"meeting:{one}" for one in meetings), *(f"trajectory:{one}" for one in files)]


def _about(subjects: Collection[str]) -> ColumnElement[bool]:
    return outbox.c.subject.in_(subjects)


async def _forget_notices(tx: Tx, person: UUID, *, name: str) -> int:
    """Notices about the person and no meeting go; gives how many.

    Older ones say a name only. What a coach of this person was told about somebody so called loses
    the name and nothing else: it may be about another of that name. Where nobody else is called so,
    it loses the name whoever was told.
    """
    whom = notice.c.params[ABOUT].as_string()
    gone = await tx.execute(delete(notice).where(whom == str(person)))
    own = _ids(trajectory, person)
    coaches = [select(trajectory.c.coach_id).where(trajectory.c.candidate_id == person)]
    coaches += [select(one).where(handover.c.trajectory_id.in_(own)) for one in _HANDED]
    namesake = select(candidate.c.id).where(candidate.c.name == name, candidate.c.id != person)
    older = select(notice.c.id, notice.c.params).where(
        notice.c.meeting_id.is_(None),
        whom.is_(None),
        notice.c.params["candidate"].as_string() == name,
        or_(notice.c.staff_id.in_(union(*coaches)), ~namesake.exists()),
    )
    for row in (await tx.execute(older)).all():
        params = {**row.params, "candidate": ERASED_NAME}
        await tx.execute(update(notice).where(notice.c.id == row.id).values(params=params))
    return gone.rowcount


async def _empty_events(tx: Tx, person: UUID) -> None:
    """What happened to meetings stays, and when; sentences that somebody wrote become empty.

    Who of the staff was mailed stays too: a withdrawal that is on its way goes to them.
    """
    mine = meeting_event.c.meeting_id.in_(_ids(meeting, person))
    what = meeting_event.c.what
    said = update(meeting_event).where(mine, what.in_(_WITH_REASON))
    await tx.execute(said.values(detail={"reason": ""}))
    rest = update(meeting_event).where(mine, what.not_in((*_WITH_REASON, SENT)))
    await tx.execute(rest.values(detail={}))


async def _silence(tx: Tx, subjects: Collection[str], *, now: datetime) -> int:
    """Stop mails and texts that wait; what a server answered may quote an address, so it goes."""
    await tx.execute(update(outbox).where(_about(subjects)).values(last_error=None))
    stopped = update(outbox).where(_about(subjects), *_WAITS)
    return (await tx.execute(stopped.values(gave_up_at=now, leased_by=None))).rowcount


async def _forget_answers(tx: Tx, person: UUID) -> int:
    own = idempotency.c.actor == f"candidate:{person}"
    made = idempotency.c.response["candidate"].as_string() == str(person)
    return (await tx.execute(delete(idempotency).where(or_(own, made)))).rowcount
