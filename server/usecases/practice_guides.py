"""Who guides a practice: the own coach, or anybody else on the staff, such as a volunteer."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from coaching.access import Right
from coaching.errors import BadInput, Conflict, NotFound
from coaching.words import MeetingKind, MeetingStatus
from server.store import keys, meetings, notices, people
from server.store.database import Tx
from server.usecases.access import known_trajectory, rights_in, taking_coach
from server.usecases.appointments import allowed, claim
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId
from server.usecases.erased import refuse_erased
from server.usecases.handing_over import give_meeting
from server.usecases.repeating import once
from server.usecases.slots import slot_of


async def ask_to_guide(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    guide: StaffId,
    *,
    key: str,
    now: datetime,
) -> None:
    """Let somebody else guide a practice that is planned, at the same time.

    They get the appointment with its talk and its page to follow and point, and nothing else of
    the candidate: the guidance stays with the own coach, who can take the practice back. The
    candidate gets a new link, and who guided, who guides and the own coach are told.

    Raises:
        BadInput: `coach_unknown`, not on the staff as a coach; `same_coach`, they guide it already.
        Conflict: `not_practice`; `already_closed`, it is not planned any more; `too_late`, it has
            begun; `coach_taken`.
        Refused: a rule refuses, such as R15: they did not practise themselves, or R30: they must
            not see this candidate.
        NotFound: `meeting_unknown`, or neither guided by this coach nor of a candidate of theirs.
    """
    values = {"meeting": str(meeting), "guide": str(guide)}
    asked = keys.KeyedRequest(actor=actor.key, route="ask_to_guide", key=key, values=values)

    async def work(tx: Tx) -> keys.Answer:
        found, trajectory = await _theirs(tx, actor, meeting, now=now)
        await _check(tx, found, guide, now=now)
        slot, kind = slot_of(found), MeetingKind.PRACTICE
        await claim(tx, trajectory, kind, slot, now=now, moved=found.id, coach=guide)
        verdict = await allowed(tx, kind, slot, trajectory, now=now, moved=found.id, coach=guide)
        after = replace(trajectory, coach_id=guide)
        await give_meeting(parts, tx, actor.key, after, found, verdict=verdict, now=now)
        await _tell(tx, found, guide, own=trajectory.coach_id, actor=actor, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def _theirs(
    tx: Tx, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> tuple[meetings.MeetingRecord, people.TrajectoryRecord]:
    """The practice, kept from others: of who guides it, and of the coach of the guidance."""
    found = await meetings.meeting_to_change(tx, meeting)
    if found is None:
        raise NotFound("meeting_unknown")
    if not {Right.LEND, Right.OPEN} & await rights_in(tx, actor, found, now=now):
        raise NotFound("meeting_unknown")
    await refuse_erased(tx, found.candidate_id)
    return found, await known_trajectory(tx, found.trajectory_id)


async def _check(tx: Tx, found: meetings.MeetingRecord, guide: StaffId, *, now: datetime) -> None:
    if found.kind != MeetingKind.PRACTICE:
        raise Conflict("not_practice")
    if found.status != MeetingStatus.PLANNED:
        raise Conflict("already_closed")
    if now >= found.starts_at:
        raise Conflict("too_late")
    await taking_coach(tx, guide, field="guide")
    if guide == found.coach_id:
        raise BadInput("same_coach", field="guide")


async def _tell(
    tx: Tx,
    found: meetings.MeetingRecord,
    guide: StaffId,
    *,
    own: UUID,
    actor: StaffActor,
    now: datetime,
) -> None:
    """A notice for each whom it touches, but not for who did it."""
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    person = await people.staff_by_id(tx, guide)
    params = {
        "candidate": candidate.name if candidate else "",
        "coach": person.name if person else "",
        "when": found.local_start.replace("T", " "),
    }
    told = {
        found.coach_id: "practice_given_on",
        own: "practice_guided",
        guide: "practice_back" if guide == own else "practice_to_guide",
    }
    for one, code in told.items():
        # Who guided no longer opens any page of it.
        opens = found.id if one == guide else None
        if one != actor.id:
            await notices.add_notice(
                tx,
                one,
                code=code,
                params=params,
                meeting_id=opens,
                candidate_id=None if opens else found.candidate_id,
                now=now,
            )
