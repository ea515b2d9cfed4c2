"""What asks for attention, by urgency, each with one thing to do; and a coach's own people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from coaching.access import Right, limited_to, of_coach
from coaching.engine import judge_door
from coaching.errors import NotFound
from coaching.history import standing
from coaching.settings import BlendSettings
from coaching.wall_time import to_wall
from coaching.words import MeetingStatus, Mode, Skill, TrajectoryState
from server.store import attention as store
from server.store import meetings, people
from server.store.database import Tx
from server.usecases.booking_facts import File, read_file
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.numbers import numbers_at
from server.usecases.people import MeetingLine, line_view
from server.usecases.share import as_if, share_of


class TodoCode(StrEnum):
    """Why something asks for attention; worded by the catalogue: todo.<code>."""

    PHONE_NOW = "phone_now"  # a talk failed (R19) or was missed (R25): call at once
    CALL_BACK = "call_back"  # the candidate asked to be called
    FAILED = "failed"  # a talk failed, no new time was chosen
    MISSED = "missed"  # call about a missed talk
    SILENT = "silent"  # R22, level 2
    MEET_AGAIN = "meet_again"  # R22 level 3, R24: propose a time at a location
    NOTHING_PLANNED = "nothing_planned"  # R23
    UNREACHABLE = "unreachable"  # messages do not arrive (E22)
    LETTER = "letter"  # the candidate has no e-mail: print the letter of this talk (E22)
    STAFF_MAIL = "staff_mail"  # a mail about a talk to somebody of the staff was refused
    PLAN_NEW = "plan_new"  # the candidate cancelled, or a hand-over took a talk away
    SECOND_PERSON = "second_person"  # an exception waits for a second person
    SKILL = "skill"  # a skill proposal waits
    UNANSWERED = "unanswered"  # held times lapsed without a choice
    TOO_EARLY = "too_early"  # a video talk stands, but people did not meet (R8)
    PRACTISE_FIRST = "practise_first"  # a video talk stands, but a practice is needed now (R20)
    ABSENCE_CONFLICT = "absence_conflict"  # a meeting lies in an absence
    CALENDAR_CLASH = "calendar_clash"  # something else came over a planned talk (decision 0011)
    CALENDAR_CHANGED = "calendar_changed"  # somebody changed a meeting in a calendar
    SAY_WHY = "say_why"  # a talk is online beyond the share, and nobody said why (R14)
    NO_TASK = "no_task"  # a video talk is near and has no task (R6)
    PRACTISE = "practise"  # a talk waits for a practice (R12)
    ROOM_UNFIT = "room_unfit"  # the room of a talk is not what the candidate needs
    ROOM_CHANGED = "room_changed"  # the room of a talk lost what every talk asks for
    COACH_BARRED = "coach_barred"  # a meeting stands with a coach who takes no new ones (R30)
    CHOOSE_COACH = "choose_coach"  # the coach said no: the candidate chooses another (R27)
    DEVICE_FAILED = "device_failed"  # camera or sound does not work yet, in a test or at the door
    PRACTICE_FAILED = "practice_failed"  # a practice did not work yet: help the candidate


# What there is to do before a talk; done with when it comes, moves or is called off.
OF_A_TALK_TO_COME = (
    TodoCode.NO_TASK,
    TodoCode.SAY_WHY,
    TodoCode.PRACTISE,
    TodoCode.TOO_EARLY,
    TodoCode.PRACTISE_FIRST,
    TodoCode.DEVICE_FAILED,
    TodoCode.LETTER,
    TodoCode.CALENDAR_CLASH,
    TodoCode.ROOM_UNFIT,
    TodoCode.ROOM_CHANGED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoView:
    """One line of "vraagt aandacht". `action` is the one thing to do, `href` where."""

    id: UUID
    code: TodoCode
    params: dict[str, str]  # fill the sentence
    urgency: int  # 1 comes first
    due_at: datetime
    late: bool
    candidate: CandidateId
    candidate_name: str
    candidate_phone: str | None
    coach_name: str
    meeting: MeetingId | None
    action: str  # call, book, choose, move, task, ...: worded by todo_action.<action>
    asks_spoken: bool  # done with "gesproken" or "geen gehoor"
    href: str  # path of a page


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """One of a coach's people."""

    candidate: CandidateId
    trajectory: TrajectoryId
    name: str
    skill: Skill
    ready_online: bool  # they met, and the candidate is able or practised (R8, R12, R13)
    next_meeting: MeetingLine | None
    days_silent: int  # since the last own activity
    talks: int  # N
    done: int  # counted talks, held and planned
    online: int
    lower: int
    upper: int
    band_feasible: bool
    todos: tuple[TodoView, ...]


async def attention(parts: Parts, actor: StaffActor, *, now: datetime) -> tuple[TodoView, ...]:
    """What waits: of everybody for planner and admin, of the own people for a coach. Reads only."""
    async with parts.database.read() as tx:
        found = await store.open_todos(tx, coach=limited_to(actor))
    return tuple(_todo_view(one, now=now) for one in found)


async def done(
    parts: Parts, actor: StaffActor, todo: UUID, *, spoken: bool = False, now: datetime
) -> None:
    """Say that it is done; a second time does nothing.

    `spoken`: the candidate answered the phone, which is own activity (5.2); no answer is none.

    Raises:
        NotFound: `todo_unknown`, or not this person's.
    """

    async def work(tx: Tx) -> None:
        found = next((one for one in await store.open_todos(tx) if one.id == todo), None)
        if found is None:
            if not await store.todo_exists(tx, todo, coach=limited_to(actor)):
                raise NotFound("todo_unknown")
            return
        if Right.KEEP_DESK not in of_coach(actor, found.staff_id):
            raise NotFound("todo_unknown")
        if found.code in _DECIDED_THERE:
            return  # done with when it is decided, on its own page
        await store.finish_todos(tx, now=now, by=actor.id, todo_id=todo)
        if spoken and found.code in CALLS:
            await store.add_activity(
                tx, found.candidate_id, "phone_answered", meeting_id=found.meeting_id, now=now
            )
        if found.code == TodoCode.CALL_BACK and found.trajectory_id:
            await store.finish_calls(tx, found.trajectory_id, now=now)

    await parts.database.run(work)


async def my_people(parts: Parts, actor: StaffActor, *, now: datetime) -> tuple[PersonView, ...]:
    """A coach's people with an active trajectory, those with something to do first. Reads only."""
    async with parts.database.read() as tx:
        own = [
            one
            for one in await people.trajectories_of_coach(tx, actor.id)
            if one.state == TrajectoryState.ACTIVE
        ]
        todos = await store.open_todos(tx, coach=actor.id)
        active = await store.last_activity(tx, [one.candidate_id for one in own])
        settings = await numbers_at(tx, now, parts.settings.tz)
        found = []
        for one in own:
            file = await read_file(tx, one)
            lines = await meetings.lines_of_candidates(tx, [one.candidate_id], coach=actor.id)
            mine = tuple(_todo_view(t, now=now) for t in todos if t.trajectory_id == one.id)
            silent = _days_silent(file, active.get(one.candidate_id), settings, now=now)
            found.append(_person(file, lines, mine, silent, settings, now=now))
    return tuple(sorted(found, key=_by_urgency))


CALLS = (TodoCode.PHONE_NOW, TodoCode.CALL_BACK, TodoCode.MISSED, TodoCode.SILENT)
_DECIDED_THERE = (TodoCode.CALENDAR_CHANGED, TodoCode.PRACTISE_FIRST, TodoCode.SAY_WHY)
_NOTHING = 99
_ACTIONS = {
    TodoCode.PHONE_NOW: "call",
    TodoCode.CALL_BACK: "call",
    TodoCode.FAILED: "choose",
    TodoCode.MISSED: "call",
    TodoCode.SILENT: "call",
    TodoCode.MEET_AGAIN: "book",
    TodoCode.NOTHING_PLANNED: "book",
    TodoCode.UNREACHABLE: "call",
    TodoCode.LETTER: "letter",
    TodoCode.STAFF_MAIL: "see",
    TodoCode.PLAN_NEW: "book",
    TodoCode.SECOND_PERSON: "confirm",
    TodoCode.SKILL: "decide",
    TodoCode.UNANSWERED: "book",
    TodoCode.TOO_EARLY: "move",
    TodoCode.PRACTISE_FIRST: "change",
    TodoCode.ABSENCE_CONFLICT: "move",
    TodoCode.COACH_BARRED: "move",
    TodoCode.ROOM_UNFIT: "move",
    TodoCode.ROOM_CHANGED: "move",
    TodoCode.CALENDAR_CLASH: "move",
    TodoCode.CALENDAR_CHANGED: "answer",
    TodoCode.SAY_WHY: "reason",
    TodoCode.NO_TASK: "task",
    TodoCode.PRACTISE: "practise",
    TodoCode.PRACTICE_FAILED: "call",
    TodoCode.DEVICE_FAILED: "call",
    TodoCode.CHOOSE_COACH: "hand_over",
}


_ON_ITS_PAGE = ("choose", "move", "change", "see", "letter", "task", "reason")


def _todo_view(found: store.TodoRecord, *, now: datetime) -> TodoView:
    code = TodoCode(found.code)
    return TodoView(
        id=found.id,
        code=code,
        params=found.params,
        urgency=found.urgency,
        due_at=found.due_at,
        late=found.due_at < now,
        candidate=CandidateId(found.candidate_id),
        candidate_name=found.candidate_name,
        candidate_phone=found.candidate_phone,
        coach_name=found.coach_name,
        meeting=MeetingId(found.meeting_id) if found.meeting_id else None,
        action=_ACTIONS[code],
        asks_spoken=code in CALLS,
        href=_where(code, found),
    )


def _where(code: TodoCode, found: store.TodoRecord) -> str:
    match _ACTIONS[code]:
        case "book":
            return f"/meetings/new?candidate={found.candidate_id}"
        case "practise":
            return f"/meetings/new?candidate={found.candidate_id}&kind=practice"
        case "answer" if "proposal" in found.params:
            return f"/proposals/{found.params['proposal']}"
        case "letter" if "first" in found.params:
            return f"/meetings/{found.params['first']}/letter?all=yes"
        case way if found.meeting_id and _at_the_talk(way, found):
            part = {
                "move": "#move",
                "letter": "/letter",
                "task": "#tasks",
                "reason": "#say-why",
            }.get(way, "")
            return f"/meetings/{found.meeting_id}{part}"
        case action:
            part = "#hand-over" if action == "hand_over" else ""
            return f"/candidates/{found.candidate_id}{part}"


def _at_the_talk(way: str, found: store.TodoRecord) -> bool:
    """Whether it is done on the page of the talk: all that a stand-in sees of a candidate (E5)."""
    stands_in = found.own_coach_id not in (None, found.staff_id)
    return way in _ON_ITS_PAGE or (way == "call" and stands_in)


def _person(
    file: File,
    lines: tuple[meetings.LineRecord, ...],
    todos: tuple[TodoView, ...],
    silent: int,
    settings: BlendSettings,
    *,
    now: datetime,
) -> PersonView:
    video = as_if(file, Mode.VIDEO, settings, now=now)
    share = share_of(file, settings, now=now)
    coming = [
        one
        for one in lines
        if one.starts_at > now
        and one.status == MeetingStatus.PLANNED
        and one.trajectory_id == file.trajectory.id
    ]
    return PersonView(
        candidate=CandidateId(file.candidate.id),
        trajectory=TrajectoryId(file.trajectory.id),
        name=file.candidate.name,
        skill=Skill(file.candidate.skill),
        ready_online=judge_door(video, settings, now).allowed,
        next_meeting=_line_of(file, coming[0]) if coming else None,
        days_silent=silent,
        talks=file.trajectory.talks,
        done=len(standing(video, settings)),
        online=share.online if share else 0,
        lower=share.lower if share else 0,
        upper=share.upper if share else 0,
        band_feasible=share is not None and share.feasible,
        todos=todos,
    )


def _line_of(file: File, line: meetings.LineRecord) -> MeetingLine:
    return line_view(line, opens=line.coach_id == file.trajectory.coach_id)


def _days_silent(
    file: File, acted: datetime | None, settings: BlendSettings, *, now: datetime
) -> int:
    last = last_own_act(file, acted)
    days = to_wall(now, settings.zone).date() - to_wall(last, settings.zone).date()
    return max(0, days.days - days_paused(file, acted))


def days_paused(file: File, acted: datetime | None) -> int:
    """How many days of the silence the guidance stood still (5.6)."""
    resumed = file.trajectory.resumed_at
    still_silent = resumed is not None and last_own_act(file, acted) < resumed
    return file.trajectory.paused_days if still_silent else 0


def last_own_act(file: File, acted: datetime | None) -> datetime:
    """When the candidate last did something: an act, a talk that was held, or the start."""
    held = [one.starts_at for one in file.meetings if one.status == MeetingStatus.HELD]
    return max([file.trajectory.created_at, *held, *([acted] if acted else [])])


def _by_urgency(person: PersonView) -> tuple[int, int, str]:
    first = min((one.urgency for one in person.todos), default=_NOTHING)
    return first, -person.days_silent, person.name
