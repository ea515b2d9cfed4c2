"""Who guides a practice: the own coach, or anybody else on the staff, such as a volunteer."""

from dataclasses import replace
from datetime import datetime

from coaching.errors import BadInput, Conflict
from coaching.words import MeetingKind, MeetingStatus, StaffRole
from server.store import keys, meetings, notices, people
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.appointments import allowed, claim, own_meeting
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId
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
    the candidate: the guidance stays with the own coach. The candidate gets a new link.

    Raises:
        BadInput: `coach_unknown`, not on the staff as a coach; `same_coach`, they guide it already.
        Conflict: `not_practice`; `already_closed`, it is not planned any more; `coach_taken`.
        Refused: a rule refuses, such as R15: they did not practise themselves.
        NotFound: `meeting_unknown`, or not one of this coach.
    """
    values = {"meeting": str(meeting), "guide": str(guide)}
    asked = keys.KeyedRequest(actor=actor.key, route="ask_to_guide", key=key, values=values)

    async def work(tx: Tx) -> keys.Answer:
        found = await own_meeting(tx, actor, meeting)
        await _check(tx, found, guide)
        trajectory = await known_trajectory(tx, found.trajectory_id)
        after = replace(trajectory, coach_id=guide)
        slot, kind = slot_of(found), MeetingKind.PRACTICE
        await claim(tx, after, kind, slot, now=now, moved=found.id)
        verdict = await allowed(tx, kind, slot, after, now=now, moved=found.id, coach=guide)
        await give_meeting(parts, tx, actor.key, after, found, verdict=verdict, now=now)
        await _tell(tx, found, guide, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def _check(tx: Tx, found: meetings.MeetingRecord, guide: StaffId) -> None:
    if found.kind != MeetingKind.PRACTICE:
        raise Conflict("not_practice")
    if found.status != MeetingStatus.PLANNED:
        raise Conflict("already_closed")
    person = await people.staff_by_id(tx, guide)
    if person is None or not person.active or StaffRole.COACH not in person.roles:
        raise BadInput("coach_unknown", field="guide")
    if guide == found.coach_id:
        raise BadInput("same_coach", field="guide")


async def _tell(tx: Tx, found: meetings.MeetingRecord, guide: StaffId, *, now: datetime) -> None:
    await notices.add_notice(
        tx,
        guide,
        code="practice_to_guide",
        params={"when": found.local_start.replace("T", " ")},
        meeting_id=found.id,
        now=now,
    )
