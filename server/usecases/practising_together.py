"""A practice that a person guides: they see where the other is, point at a step, or sit beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from coaching.access import Right, may_guide
from coaching.errors import Conflict, NotFound
from coaching.facts import DeviceClass, PracticeKind
from coaching.practising import ASKED, Difference, Given, PracticeStep
from coaching.words import MeetingKind, MeetingStatus, Mode, Score
from server.store import meetings, people
from server.store import practices as store
from server.store.database import Tx
from server.store.locks import lock_names
from server.usecases.access import rights_in
from server.usecases.appointments import own_meeting
from server.usecases.context import Actor, MeetingId, Parts, StaffActor
from server.usecases.file_then import file_until
from server.usecases.practising import answers_of, differences_in, start_practice
from server.usecases.practising_kind import kind_of, waits_for_guide
from server.usecases.talks import load_talk, role_in

_GOING_ON = timedelta(minutes=30)  # without a sign nobody looks any more
_BEFORE, _AFTER = (
    timedelta(minutes=30),
    timedelta(minutes=30),
)  # around it, it is that appointment's
_CLOSED = (MeetingStatus.CANCELLED, MeetingStatus.MISSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step, as whoever guides sees it."""

    step: PracticeStep
    given: Given | None
    tries: int  # that failed
    is_now: bool
    pointed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeWatch:
    """A practice beside the appointment it belongs to. `going_on`: something happened just now."""

    meeting: MeetingId
    candidate: UUID
    candidate_name: str
    at_location: bool
    kind: PracticeKind | None  # None: nothing was begun yet; who guides may point already
    device: DeviceClass | None
    steps: tuple[StepView, ...]
    differences: tuple[Difference, ...]
    measured: Mapping[str, Any]
    score: Score | None
    going_on: bool
    changed_at: datetime | None
    guide: UUID
    guide_name: str
    may_guide: bool  # whoever looks may point, sit beside, and open the appointment
    to_come: bool  # planned by video, and not begun: somebody else can still be asked


async def watch_practice(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> PracticeWatch:
    """Where the candidate of this appointment is in a practice. Reads only.

    Raises:
        NotFound: `meeting_unknown`, or neither guided by this coach nor of a candidate of theirs.
    """
    async with parts.database.read() as tx:
        found, rights = await _of(tx, actor, meeting, now=now)
        candidate = await people.candidate_by_id(tx, found.candidate_id)
        guide = await people.staff_by_id(tx, found.coach_id)
        session = await store.newest_of_candidate(tx, found.candidate_id)
        if await _is_lent(tx, actor, found):
            session = _of_this_talk(found, session, now=now)
    names = (candidate.name if candidate else "", guide.name if guide else "")
    return _view(found, names, session, may_guide=Right.CHANGE in rights, now=now)


async def point_at(
    parts: Parts, actor: StaffActor, meeting: MeetingId, step: PracticeStep, *, now: datetime
) -> None:
    """Point at a step: the candidate's page says so, and leads there.

    In a guided practice whose candidate went straight to the talk, the first pointing begins it.

    Raises:
        Conflict: `practice_over`, nobody practises now.
        NotFound: `meeting_unknown`, or not one of this coach.
    """

    async def work(tx: Tx) -> None:
        found = await own_meeting(tx, actor, meeting, now=now)
        session = await _going_on(tx, actor, found, now=now)
        made = session.id if session else await _begun_by_pointing(tx, found, now=now)
        if made is None or step is PracticeStep.DONE:
            raise Conflict("practice_over")
        await store.change_practice(tx, made, pointed=step, changed_at=now)

    await parts.database.run(work)


async def point_no_more(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> None:
    """Take the pointing back: the candidate's page is as if nobody had pointed.

    Raises:
        Conflict: `practice_over`, nobody practises now.
        NotFound: `meeting_unknown`, or not one of this coach.
    """

    async def work(tx: Tx) -> None:
        found = await own_meeting(tx, actor, meeting, now=now)
        session = await _going_on(tx, actor, found, now=now)
        if session is None:
            raise Conflict("practice_over")
        await store.change_practice(tx, session.id, pointed=None, changed_at=now)

    await parts.database.run(work)


async def _begun_by_pointing(
    tx: Tx, meeting: meetings.MeetingRecord, *, now: datetime
) -> UUID | None:
    newest = await store.newest_of_candidate(tx, meeting.candidate_id)
    waits = waits_for_guide(meeting, newest, now=now)
    return await start_practice(tx, meeting, now=now) if waits else None


async def pointed_in_talk(parts: Parts, actor: Actor, meeting: MeetingId) -> PracticeStep | None:
    """At which step whoever guides points, for the two of this appointment. Reads only."""
    async with parts.database.read() as tx:
        talk = await load_talk(tx, meeting)
        if talk is None or talk.meeting.kind != MeetingKind.PRACTICE:
            return None
        if await role_in(tx, talk, actor) is None:
            return None
        session = await store.open_practice(tx, candidate=talk.candidate.id, staff=None)
    return PracticeStep(session.pointed) if session and session.pointed else None


async def sit_beside(parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime) -> None:
    """Say that this practice is done at the location, with a member of staff beside the candidate.

    What it gives counts as practised there (R13).

    Raises:
        Conflict: `not_at_location`, the appointment is by video or phone, or it does not stand;
            `practice_over`, for another than the coach of the guidance outside of its time.
        NotFound: `meeting_unknown`, or not one of this coach.
    """

    async def work(tx: Tx) -> None:
        found = await own_meeting(tx, actor, meeting, now=now)
        if found.mode != Mode.OFFLINE or found.status in _CLOSED:
            raise Conflict("not_at_location")
        await lock_names(tx, f"practice:{found.candidate_id}")
        if await _is_lent(tx, actor, found) and not _is_held(found, now=now):
            raise Conflict("practice_over")
        session = await store.open_practice(tx, candidate=found.candidate_id, staff=None)
        made = session.id if session else await start_practice(tx, found, now=now)
        await store.change_practice(
            tx,
            made,
            kind=PracticeKind.ONSITE,
            helped_by=actor.id,
            meeting_id=found.id,
            changed_at=now,
        )

    await parts.database.run(work)


async def practice_link(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> str:
    """The address of the practice for the candidate's own phone. Reads only.

    It is the link of the appointment, so that what is passed is passed by name (E25).

    Raises:
        NotFound: `meeting_unknown`, or not one of this coach; `link_unknown`, nobody is invited.
    """
    async with parts.database.read() as tx:
        found, rights = await _of(tx, actor, meeting, now=now)
        if not {Right.CHANGE, Right.GUIDE} & rights:
            raise NotFound("meeting_unknown")
        invitation = await meetings.newest_invitation(tx, found.id)
    if invitation is None:
        raise NotFound("link_unknown")
    token = parts.secret.invitation_token(invitation.id)
    return f"{parts.settings.public_url}/j/{token}/practice"


async def _going_on(
    tx: Tx, actor: StaffActor, found: meetings.MeetingRecord, *, now: datetime
) -> store.PracticeSessionRecord | None:
    """The practice of the candidate that did not end, as far as it is this person's to follow.

    Raises:
        Conflict: `practice_over`, somebody else's candidate practises outside of this appointment.
    """
    await lock_names(tx, f"practice:{found.candidate_id}")
    session = await store.open_practice(tx, candidate=found.candidate_id, staff=None)
    if session is None or not await _is_lent(tx, actor, found):
        return session
    if _of_this_talk(found, session, now=now) is None:
        raise Conflict("practice_over")
    return session


async def _is_lent(tx: Tx, actor: StaffActor, found: meetings.MeetingRecord) -> bool:
    """Whether this person has only this appointment of the candidate (E5), or had the guidance."""
    trajectory = await people.trajectory_by_id(tx, found.trajectory_id)
    if trajectory is None:
        return False
    ended = await file_until(tx, actor, found.candidate_id)
    return ended is not None or not may_guide(actor, trajectory.coach_id)


def _of_this_talk(
    found: meetings.MeetingRecord,
    session: store.PracticeSessionRecord | None,
    *,
    now: datetime,
) -> store.PracticeSessionRecord | None:
    """The practice, when it belongs to this appointment: to its link, or to its time.

    One that stands is followed while it is held, whichever link the candidate came by; before and
    after it only what was done by its own link, until it was over.
    """
    if session is None or found.status in _CLOSED:
        return None
    if _is_held(found, now=now) and (session.ended_at is None or _since(found, session.ended_at)):
        return session
    by_its_link = session.meeting_id == found.id
    return session if by_its_link and session.changed_at < found.ends_at + _AFTER else None


def _is_held(found: meetings.MeetingRecord, *, now: datetime) -> bool:
    stands = found.status in (MeetingStatus.PLANNED, MeetingStatus.OPEN)
    return stands and _since(found, now) and now < found.ends_at + _AFTER


def _since(found: meetings.MeetingRecord, moment: datetime) -> bool:
    return moment >= found.starts_at - _BEFORE


def may_practise(kind: str, mode: Mode) -> bool:
    """Whether a practice can belong to such an appointment: one by video, or at a location."""
    return mode is Mode.OFFLINE or kind == MeetingKind.PRACTICE


async def _of(
    tx: Tx, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> tuple[meetings.MeetingRecord, frozenset[Right]]:
    """The appointment whose practice this person may follow, and what else they may."""
    found = await meetings.meeting_by_id(tx, meeting)
    rights = await rights_in(tx, actor, found, now=now) if found else frozenset[Right]()
    if found is None or Right.FOLLOW not in rights:
        raise NotFound("meeting_unknown")
    return found, rights


def _view(
    found: meetings.MeetingRecord,
    names: tuple[str, str],
    session: store.PracticeSessionRecord | None,
    *,
    may_guide: bool,
    now: datetime,
) -> PracticeWatch:
    waits = waits_for_guide(found, session, now=now)
    session = None if waits else session
    return PracticeWatch(
        meeting=MeetingId(found.id),
        candidate=found.candidate_id,
        candidate_name=names[0],
        at_location=found.mode == Mode.OFFLINE and found.status not in _CLOSED,
        kind=PracticeKind(session.kind) if session else None,
        device=DeviceClass(session.device) if session else None,
        steps=_steps(session) if session or waits else (),
        differences=differences_in(session) if session else (),
        measured=session.measured if session else {},
        score=Score(session.score) if session and session.score else None,
        going_on=waits or _goes_on(found, session, now=now),
        changed_at=session.changed_at if session else None,
        guide=found.coach_id,
        guide_name=names[1],
        may_guide=may_guide,
        to_come=found.kind == MeetingKind.PRACTICE
        and found.mode == Mode.VIDEO
        and found.status == MeetingStatus.PLANNED
        and now < found.starts_at,
    )


def _goes_on(
    found: meetings.MeetingRecord, session: store.PracticeSessionRecord | None, *, now: datetime
) -> bool:
    """Whether something happened just now, or the practice by video is held now."""
    if session is None or session.ended_at is not None:
        return False
    guided = kind_of(found, now=now) is PracticeKind.GUIDED
    return guided or now - session.changed_at < _GOING_ON


def _steps(session: store.PracticeSessionRecord | None) -> tuple[StepView, ...]:
    """All steps; before anything is begun nobody is at one."""
    if session is None:
        return tuple(
            StepView(step=step, given=None, tries=0, is_now=False, pointed=False) for step in ASKED
        )
    answers = answers_of(session)
    begun = bool(session.answers or session.measured)  # else it is only pointed in, from the talk
    return tuple(
        StepView(
            step=step,
            given=answers[step].given if step in answers else None,
            tries=int(session.answers.get(step, {}).get("tries", "0")),
            is_now=begun and session.ended_at is None and session.step == step,
            pointed=session.pointed == step,
        )
        for step in ASKED
    )
