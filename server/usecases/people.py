"""Candidates, trajectories, coaches, places: who and where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from coaching.access import Right, limited_to, may_open, of_candidate, reads_until
from coaching.errors import BadInput, Conflict, NotFound
from coaching.words import (
    Language,
    MeetingStatus,
    Mode,
    Skill,
    SkillSource,
    StaffRole,
    TrajectoryState,
)
from server.store import availability, keys, people
from server.store.database import Tx
from server.store.meetings import (
    LineRecord,
    lines_of_candidates,
)
from server.usecases.access import guidances_of, require_planner, taking_coach
from server.usecases.comfort import ComfortSaid, comfort_of, comfort_values, keep_first_levels
from server.usecases.context import (
    CandidateId,
    Parts,
    RoomId,
    StaffActor,
    StaffId,
    TrajectoryId,
)
from server.usecases.fields import between, clean_email, clean_name, clean_phone
from server.usecases.file_then import as_known_then
from server.usecases.repeating import once
from server.usecases.trajectory_views import TrajectoryView, trajectory_views


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCandidate:
    """What a planner fills in; texts as typed, checked and tidied by `add_candidate`."""

    name: str
    email: str
    phone: str
    language: Language
    skill: Skill
    skill_source: SkillSource
    skill_since: date
    comfort: ComfortSaid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingLine:
    """One meeting in a list."""

    id: str
    starts_at: datetime
    ends_at: datetime
    kind: str
    mode: Mode
    status: MeetingStatus
    coach_name: str
    candidate_name: str
    room_name: str | None
    stands_in: bool = False  # `coach_name`, for this reader, who cannot open it (E5)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateView:
    """A candidate as staff see them."""

    id: CandidateId
    name: str
    email: str | None
    phone: str | None
    language: Language
    skill: Skill
    skill_source: SkillSource
    skill_since: date
    comfort: ComfortSaid | None
    trajectories: tuple[TrajectoryView, ...]
    meetings: tuple[MeetingLine, ...]  # newest first
    next_meeting: MeetingLine | None
    may_change: bool = True  # what is kept of them; False for a coach whose guidance ended

    @property
    def bookable(self) -> bool:
        """Whether a meeting can be planned: guidance that stands still or ended has none."""
        return any(one.state == TrajectoryState.ACTIVE for one in self.trajectories)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """A room at a place."""

    id: RoomId
    name: str
    place_name: str
    people: int
    office_of: tuple[str, ...] = ()  # coaches whose own office it is: warned of (E21)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachView:
    """A coach to choose from."""

    id: StaffId
    name: str


async def add_candidate(
    parts: Parts, actor: StaffActor, new: NewCandidate, *, key: str, now: datetime
) -> CandidateId:
    """Add a candidate; the same `key` again gives the same candidate.

    Raises:
        BadInput: name, e-mail, phone or date cannot be used (`field` says which), or there is
            neither an address nor a number (`contact_needed`).
        NotAllowed: the actor is neither planner nor admin.
    """
    require_planner(actor)
    values = _candidate_values(new, today=now.astimezone(parts.settings.tz).date())
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="add_candidate",
        key=key,
        values={name: str(value) for name, value in values.items()},
    )

    async def work(tx: Tx) -> CandidateId:
        if given := await keys.answer_given(tx, asked):
            return CandidateId(UUID(given["candidate"]))
        made = await people.insert_candidate(tx, **values, created_at=now)
        await keep_first_levels(tx, made, now=now)
        await keys.keep_answer(tx, asked, {"candidate": str(made)}, now=now)
        return CandidateId(made)

    return await parts.database.run(work)


async def list_candidates(
    parts: Parts, actor: StaffActor, *, search: str, now: datetime
) -> tuple[CandidateView, ...]:
    """All candidates for a planner, the own ones for a coach, by name; `meetings` stays empty."""
    own = limited_to(actor)
    async with parts.database.read() as tx:
        found = _matching(await people.candidates(tx, of_coach=own), search)
        ids = [candidate.id for candidate in found]
        trajectories = await trajectory_views(tx, actor, ids)
        lines = await lines_of_candidates(tx, ids, coach=own)
    return tuple(
        _view(
            candidate,
            [one for one in trajectories if one.candidate_id == candidate.id],
            [line for line in lines if line.candidate_id == candidate.id],
            now,
            actor=actor,
            with_meetings=False,
        )
        for candidate in found
    )


async def show_candidate(
    parts: Parts, actor: StaffActor, candidate: CandidateId, *, now: datetime
) -> CandidateView:
    """One candidate with trajectories and meetings; a coach sees the own part of it.

    A coach whose guidance ended sees the levels as they were known then.

    Raises:
        NotFound: no such candidate, or one who was erased, or not one of this coach.
    """
    own = limited_to(actor)
    async with parts.database.read() as tx:
        found = await people.candidate_by_id(tx, candidate)
        trajectories = await trajectory_views(tx, actor, [candidate])
        guidances = await guidances_of(tx, candidate)
        rights, until = of_candidate(actor, guidances), reads_until(actor, guidances)
        if found is None or found.erased_at or Right.READ_FILE not in rights:
            raise NotFound("candidate_unknown")
        known = await as_known_then(tx, found, until) if until else found
        lines = await lines_of_candidates(tx, [candidate], coach=own)
    seen = _view(known, trajectories, lines, now, actor=actor, with_meetings=True)
    return replace(seen, may_change=Right.CHANGE_FILE in rights)


async def start_trajectory(
    parts: Parts,
    actor: StaffActor,
    candidate: CandidateId,
    coach: StaffId,
    *,
    talks: int,
    minutes: int,
    ask_agreement: bool = False,
    key: str,
    now: datetime,
) -> TrajectoryId:
    """Start a trajectory of `talks` talks (1 to 200) of `minutes` minutes (10 to 240).

    `ask_agreement`: after the acquaintance both say yes before more is booked (R27).

    Raises:
        BadInput: a number out of range (`talks_bad`, `minutes_bad`), or the coach is no coach
            (`coach_unknown`).
        Conflict: `trajectory_exists`, this candidate already has an active one with this coach.
        NotAllowed: the actor is neither planner nor admin.
        NotFound: no such candidate.
    """
    require_planner(actor)
    between(talks, 1, 200, field="talks", code="talks_bad")
    between(minutes, 10, 240, field="minutes", code="minutes_bad")
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="start_trajectory",
        key=key,
        values={"candidate": f"{candidate}", "n": f"{coach}|{talks}x{minutes}|{ask_agreement}"},
    )

    async def work(tx: Tx) -> keys.Answer:
        await _check_pair(tx, candidate, coach)
        pair = {"candidate_id": candidate, "coach_id": coach, "talks": talks, "minutes": minutes}
        since = {"created_at": now, "consent_asked_at": now if ask_agreement else None}
        made = await people.insert_trajectory(tx, state=TrajectoryState.ACTIVE, **pair, **since)
        return {"trajectory": str(made)}

    return TrajectoryId(UUID((await once(parts, asked, work, now=now))["trajectory"]))


async def list_coaches(parts: Parts) -> tuple[CoachView, ...]:
    """Active coaches by name."""
    async with parts.database.read() as tx:
        everybody = await people.active_staff(tx)
    return tuple(
        CoachView(id=StaffId(one.id), name=one.name)
        for one in everybody
        if StaffRole.COACH in one.roles
    )


async def list_rooms(parts: Parts) -> tuple[RoomView, ...]:
    """Rooms by place and name."""
    async with parts.database.read() as tx:
        found, offices = await people.rooms(tx), await availability.offices(tx)
        names = {one.id: one.name for one in await people.active_staff(tx)}
    return tuple(
        RoomView(
            id=RoomId(room.id),
            name=room.name,
            place_name=room.place_name,
            people=room.people,
            office_of=tuple(sorted(names[i] for i in offices.get(room.id, ()) if i in names)),
        )
        for room in found
    )


def line_view(line: LineRecord, *, opens: bool = True) -> MeetingLine:
    """A meeting as a list shows it, to whom it `opens` or not."""
    return MeetingLine(
        id=str(line.id),
        starts_at=line.starts_at,
        ends_at=line.ends_at,
        kind=line.kind,
        mode=Mode(line.mode),
        status=MeetingStatus(line.status),
        coach_name=line.coach_name,
        candidate_name=line.candidate_name,
        room_name=line.room_name,
        stands_in=not opens,
    )


def _candidate_values(new: NewCandidate, *, today: date) -> dict[str, str | date | None]:
    if not new.email.strip() and not new.phone.strip():
        raise BadInput("contact_needed", field="email")
    if not date(2000, 1, 1) <= new.skill_since <= today:
        raise BadInput("skill_date_bad", field="skill_since")
    return {
        "name": clean_name(new.name),
        "email": clean_email(new.email) if new.email.strip() else None,
        "phone": clean_phone(new.phone) if new.phone.strip() else None,
        "language": new.language,
        "skill": _skill_of(new),
        "skill_source": new.skill_source,
        "skill_since": new.skill_since,
        **comfort_values(new.comfort, today=today),
    }


def _skill_of(new: NewCandidate) -> Skill:
    """The chosen level; somebody without e-mail whose level is unknown is not skilled (E22)."""
    unknown = new.skill is Skill.UNKNOWN and not new.email.strip()
    return Skill.NONE if unknown else new.skill


async def _check_pair(tx: Tx, candidate: CandidateId, coach: StaffId) -> None:
    person = await people.candidate_to_change(tx, candidate)
    if person is None or person.erased_at:
        raise NotFound("candidate_unknown")
    await taking_coach(tx, coach, field="coach")
    for trajectory in await people.trajectories_of(tx, [candidate]):
        if trajectory.coach_id == coach and trajectory.state == TrajectoryState.ACTIVE:
            raise Conflict("trajectory_exists")


def _line_for(actor: StaffActor, line: LineRecord) -> MeetingLine:
    return line_view(line, opens=may_open(actor, line.coach_id))


def _matching(
    found: Iterable[people.CandidateRecord], search: str
) -> tuple[people.CandidateRecord, ...]:
    # Here and not in SQL: SQLite knows upper and lower case of ASCII only.
    wanted = search.strip().casefold()
    return tuple(c for c in found if wanted in f"{c.name} {c.email or ''}".casefold())


def _view(
    candidate: people.CandidateRecord,
    trajectories: Iterable[TrajectoryView],
    lines: Sequence[LineRecord],
    now: datetime,
    *,
    actor: StaffActor,
    with_meetings: bool,
) -> CandidateView:
    coming = [
        line
        for line in lines
        if line.ends_at > now and line.status in (MeetingStatus.PLANNED, MeetingStatus.OPEN)
    ]
    shown = tuple(_line_for(actor, line) for line in reversed(lines))
    return CandidateView(
        id=CandidateId(candidate.id),
        name=candidate.name,
        email=candidate.email,
        phone=candidate.phone,
        language=Language(candidate.language),
        skill=Skill(candidate.skill),
        skill_source=SkillSource(candidate.skill_source),
        skill_since=candidate.skill_since,
        comfort=comfort_of(candidate),
        trajectories=tuple(trajectories),
        meetings=shown if with_meetings else (),
        next_meeting=_line_for(actor, coming[0]) if coming else None,
    )
