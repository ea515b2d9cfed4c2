"""What soft rules say of a talk that was booked all the same, and the reason that R14 asks for.

Nothing of it keeps anybody from booking: the talk stands, and its page says it and asks.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from coaching.verdict import Action, Reason, Verdict
from coaching.words import MeetingStatus, Mode
from server.store import attention, meetings
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode
from server.usecases.todos import write_todo

ASKED, GIVEN = "reason_asked", "reason_given"  # in the history of a meeting
_ASKED_LATER = frozenset({"R6"})  # two days before the talk, where it has no task by then


class Event(Protocol):
    """A line of the history."""

    @property
    def what(self) -> str:
        """What happened."""


def told_at_once(verdict: Verdict) -> tuple[Reason, ...]:
    """What whoever booked reads of an allowed booking; nothing of a bare allow. Pure."""
    return tuple(one for one in verdict.reasons if one.rule not in _ASKED_LATER)


def waits_for_reason(history: Iterable[Event], mode: Mode, status: MeetingStatus) -> bool:
    """Whether somebody is still to say why this talk is online (R14). Pure."""
    said = [one.what for one in history if one.what in (ASKED, GIVEN)]
    stands = mode is Mode.VIDEO and status in (MeetingStatus.PLANNED, MeetingStatus.PROVISIONAL)
    return stands and bool(said) and said[-1] == ASKED


async def ask_reason(
    tx: Tx, meeting: UUID, verdict: Verdict, *, why: str = "", actor: str, now: datetime
) -> None:
    """Note that the rules ask a member of staff why (R14); a candidate is never asked.

    What was answered beforehand (`why`, checked) is kept; else it stays to be done.
    """
    if Action.ASK_REASON not in verdict.actions or not actor.startswith("staff:"):
        return
    if why:
        await keep_why(tx, meeting, why, actor=actor, now=now)
        return
    await meetings.add_event(tx, meeting, at=now, actor=actor, what=ASKED)
    await _to_be_said(tx, meeting, now=now)


async def keep_why(tx: Tx, meeting: UUID, why: str, *, actor: str, now: datetime) -> None:
    """Keep in the history why this talk is online; `why` is checked."""
    await meetings.add_event(tx, meeting, at=now, actor=actor, what=GIVEN, detail={"reason": why})
    await attention.finish_todos(tx, now=now, meeting_id=meeting, codes=[TodoCode.SAY_WHY])


async def _to_be_said(tx: Tx, meeting: UUID, *, now: datetime) -> None:
    found = await meetings.meeting_by_id(tx, meeting)
    if found:
        await write_todo(
            tx,
            TodoCode.SAY_WHY,
            await known_trajectory(tx, found.trajectory_id),
            about=f"{meeting}:{found.revision}",
            due_at=found.starts_at,
            now=now,
            meeting=meeting,
            params={"when": found.local_start.replace("T", " ")},
        )
