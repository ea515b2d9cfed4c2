"""What people change in calendars becomes a decision, on both databases (calendar 10, row 14)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from coaching.errors import Conflict, NotAllowed, NotFound, Refused
from coaching.words import MeetingStatus, Mode, TrajectoryState
from server.store import proposals
from server.store.people import change_trajectory
from server.usecases.answering import (
    ProposalId,
    accept_proposal,
    cancel_by_proposal,
    keep_ours,
    show_proposal,
)
from server.usecases.attention import attention, done
from server.usecases.booking import move_meeting, record_outcome
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.proposals import settle_wishes
from tests.calendar_rounds import Diary, connected, event, utc
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import event_in, rows

pytestmark = pytest.mark.contract

WEDNESDAY = (utc(2027, 3, 3, 13), utc(2027, 3, 3, 13, 45))  # 14.00 to 14.45 in Amsterdam
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Scene:
    """A coach with a calendar, in which one appointment stands."""

    parts: Parts
    house: House
    diary: Diary
    coach: StaffActor
    meeting: MeetingId

    async def sync(self) -> None:
        """A visit: write what waits, read, decide; and once more what that brought about."""
        for _ in range(2):
            await self.diary.write()
            await self.diary.round()
            await settle_wishes(self.parts, now=self.parts.now())
        await self.diary.write()

    def standing(self) -> list[tuple[datetime, datetime]]:
        found = [event_in(ics) for ics in self.diary.memory.objects.values()]
        return [
            (one.start, one.end) for one in found if str(one["UID"]).startswith(str(self.meeting))
        ]

    def edit(self, change: Callable[[bytes], bytes]) -> None:
        (name,) = self._names()
        ics = self.diary.memory.objects[name]
        self.diary.memory.objects[name] = change(ics.replace(b"\r\n ", b""))

    def move(self, *starts: int, minutes: int = 45) -> None:
        """What a person does by dragging: other times, everything else as it was."""
        begins = utc(*starts)
        ends = begins + timedelta(minutes=minutes)
        self.edit(
            lambda ics: with_times(ics, f":{begins:%Y%m%dT%H%M%SZ}", f":{ends:%Y%m%dT%H%M%SZ}")
        )

    def take_away(self) -> None:
        (name,) = self._names()
        del self.diary.memory.objects[name]

    def _names(self) -> list[str]:
        return [name for name in self.diary.memory.objects if name.startswith(str(self.meeting))]

    async def row(self) -> dict[str, Any]:
        (found,) = await rows(self.parts, "meeting", id=self.meeting)
        return found

    async def proposals(self) -> list[tuple[str, str, str]]:
        found = await rows(self.parts, "proposal", meeting_id=self.meeting)
        return [
            (one["kind"], one["state"], one["why"]) for one in sorted(found, key=lambda o: o["at"])
        ]

    async def open(self) -> ProposalId:
        (found,) = await rows(self.parts, "proposal", meeting_id=self.meeting, state="open")
        return ProposalId(found["id"])

    async def mails(self) -> list[str]:
        found = await rows(self.parts, "outbox", kind="mail", subject=f"meeting:{self.meeting}")
        return [one["payload"]["template"] for one in sorted(found, key=lambda o: o["seq"])]

    async def notices(self) -> list[str]:
        found = await rows(self.parts, "notice", staff_id=self.coach.id)
        return [one["code"] for one in sorted(found, key=lambda o: o["at"])]

    async def lines(self) -> list[str]:
        """The open lines of "vraagt aandacht" about changes in calendars."""
        found = await attention(self.parts, await self.house.planner(), now=self.parts.now())
        return [one.href for one in found if one.code == "calendar_changed"]

    async def answer(self, use_case: Any, *, by: StaffActor | None = None, key: str = "") -> None:  # noqa: ANN401 -- one of three
        await use_case(
            self.parts,
            by or await self.house.planner(),
            await self.open(),
            revision=(await self.row())["revision"],
            key=key or uuid4().hex,
            now=self.parts.now(),
        )


def with_times(ics: bytes, start: str, end: str) -> bytes:
    lines = ics.decode().split("\r\n")
    inside = lines.index("BEGIN:VEVENT")
    for number, line in enumerate(lines[inside:], inside):
        if line.startswith("DTSTART"):
            lines[number] = f"DTSTART{start}"
        if line.startswith("DTEND"):
            lines[number] = f"DTEND{end}"
    return "\r\n".join(lines).encode()


async def scene_with(parts: Parts, house: House, *, acquainted: bool = True, **asked: Any) -> Scene:  # noqa: ANN401 -- of House.book
    coach = await house.coach()
    trajectory = await (house.acquainted(coach) if acquainted else house.trajectory(coach))
    diary = await connected(parts, coach.id)
    booked = await house.book(trajectory, "2027-03-03T14:00", **asked)
    scene = Scene(parts, house, diary, coach, booked.meeting)
    await scene.sync()
    assert scene.standing() == [WEDNESDAY]
    return scene


@pytest.fixture
async def online(parts: Parts, house: House) -> Scene:
    return await scene_with(parts, house)


@pytest.fixture
async def at_place(parts: Parts, house: House) -> Scene:
    return await scene_with(parts, house, mode=Mode.OFFLINE, room=await house.room())


async def test_a_moved_online_talk_that_is_allowed_is_accepted_and_mailed_once(
    online: Scene,
) -> None:
    online.move(2027, 3, 4, 9)
    await online.sync()
    await online.sync()

    row = await online.row()
    assert (row["starts_at"], row["local_start"], row["revision"]) == (
        utc(2027, 3, 4, 9),
        "2027-03-04T10:00",
        2,
    )
    assert await online.proposals() == [("moved", "automatic", "")]
    assert await online.mails() == ["invitation", "moved"]
    assert await online.notices() == ["change_accepted"]
    assert online.standing() == [(utc(2027, 3, 4, 9), utc(2027, 3, 4, 9, 45))]
    (moved,) = await rows(online.parts, "meeting_event", meeting_id=online.meeting, what="moved")
    assert moved["actor"] == "calendar"


async def test_a_new_length_is_taken_over_too(online: Scene) -> None:
    online.move(2027, 3, 4, 9, minutes=60)
    await online.sync()

    row = await online.row()
    assert row["ends_at"] - row["starts_at"] == HOUR


async def test_our_own_echo_and_a_changed_text_are_nothing(online: Scene) -> None:
    before = await online.row()
    online.edit(lambda ics: ics.replace(b"SUMMARY:", b"COLOR:red\r\nSUMMARY:Niet vergeten: "))
    await online.sync()
    await online.diary.round(full=True)

    assert await online.row() == before
    assert await online.proposals() == []
    assert await online.mails() == ["invitation"]
    assert b"Niet vergeten" in next(iter(online.diary.memory.objects.values()))


async def test_what_people_add_stays_through_an_accepted_move(online: Scene) -> None:
    online.edit(lambda ics: ics.replace(b"SUMMARY:", b"COLOR:red\r\nSUMMARY:"))
    online.move(2027, 3, 4, 9)
    await online.sync()

    assert b"COLOR:red" in next(iter(online.diary.memory.objects.values()))


async def test_what_a_rule_forbids_is_put_back_with_the_sentence_of_the_rule(
    online: Scene,
) -> None:
    """The trajectory was limited after the talk was planned (R29)."""
    row = await online.row()
    async with online.parts.database.write() as tx:
        await change_trajectory(tx, row["trajectory_id"], state=TrajectoryState.RESTRICTED)
    online.move(2027, 3, 4, 9)
    await online.sync()

    ((_, state, rule),) = await online.proposals()
    assert (state, rule) == ("put_back", "R29")
    assert online.standing() == [WEDNESDAY]
    (told,) = await rows(online.parts, "notice", code="change_put_back")
    assert told["params"]["why"]
    assert "R29" not in told["params"]["why"]
    assert await online.mails() == ["invitation"]


@pytest.fixture
async def beside_another(parts: Parts, house: House) -> Scene:
    """The same coach has a talk with somebody else on Thursday at ten."""
    scene = await scene_with(parts, house)
    other = await house.acquainted(scene.coach)
    await house.book(other, "2027-03-04T10:00")
    return scene


async def test_a_time_that_is_taken_is_put_back_once_and_the_second_time_asked(
    beside_another: Scene,
) -> None:
    scene = beside_another
    scene.move(2027, 3, 4, 9)
    await scene.sync()

    assert await scene.proposals() == [("moved", "put_back", "coach_taken")]
    assert WEDNESDAY in scene.standing()
    assert await scene.notices() == ["change_put_back"]
    (told,) = await rows(scene.parts, "notice", code="change_put_back")
    assert "al een gesprek" in told["params"]["why"]

    scene.move(2027, 3, 4, 9)
    await scene.diary.round()
    await settle_wishes(scene.parts, now=scene.parts.now())

    assert ("moved", "open", "coach_taken") in await scene.proposals()
    assert (await scene.row())["starts_at"] == WEDNESDAY[0]
    assert "moved" not in await scene.mails()


async def test_a_program_that_always_moves_it_again_makes_no_loop(beside_another: Scene) -> None:
    """Whatever it does: one time put back, then a person; never a mail, and writing ends."""
    scene = beside_another
    await scene.sync()
    for number in range(12):
        if scene.standing() != [(utc(2027, 3, 4, 9), utc(2027, 3, 4, 9, 45))]:
            scene.move(2027, 3, 4, 9)
        await scene.sync()
        assert number < 2 or scene.standing() == [(utc(2027, 3, 4, 9), utc(2027, 3, 4, 9, 45))]

    assert await scene.proposals() == [("moved", "open", "coach_taken")]
    assert (await scene.notices()).count("change_put_back") == 1
    assert len(await scene.lines()) == 1
    assert "moved" not in await scene.mails()


async def test_two_programs_that_fight_mail_at_most_three_times_a_day(online: Scene) -> None:
    for number in range(10):
        online.move(2027, 3, 4, 9 + number % 2)
        await online.sync()

    assert (await online.mails()).count("moved") == 3
    assert (await online.proposals())[-1][1:] == ("open", "too_often")


async def test_a_move_into_the_past_is_put_back(online: Scene) -> None:
    online.move(2027, 2, 24, 13)
    await online.sync()

    assert await online.proposals() == [("moved", "put_back", "starts_in_past")]
    assert online.standing() == [WEDNESDAY]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda ics: with_times(ics, ";VALUE=DATE:20270304", ";VALUE=DATE:20270305"), "all_day"),
        (lambda ics: ics.replace(b"DTEND", b"RRULE:FREQ=WEEKLY;COUNT=4\r\nDTEND", 1), "repeats"),
        (lambda ics: with_times(ics, ":20270304T090000Z", ":20270304T190000Z"), "length"),
        (
            lambda ics: with_times(ics, ";TZID=Mars:20270304T090000", ":20270304T100000Z"),
            "time_unknown",
        ),
    ],
)
async def test_what_is_no_time_for_a_talk_is_asked_and_leaves_nothing_behind_when_kept(
    online: Scene, change: Callable[[bytes], bytes], why: str
) -> None:
    # The rules of the zone repeat as well; a talk in UTC has none.
    online.move(2027, 3, 3, 13)
    online.edit(lambda ics: change(without_zone(ics)))
    await online.sync()

    assert await online.proposals() == [("moved", "open", why)]
    view = await show_proposal(
        online.parts, await online.house.planner(), await online.open(), now=online.parts.now()
    )
    assert (view.can_accept, view.can_answer) == (False, True)

    await online.answer(keep_ours)
    await online.sync()
    await online.sync()

    assert await online.proposals() == [("moved", "refused", why)]
    assert online.standing() == [WEDNESDAY]
    assert b"RRULE:FREQ=WEEKLY" not in next(iter(online.diary.memory.objects.values()))
    assert await online.mails() == ["invitation"]


def without_zone(ics: bytes) -> bytes:
    head, _, rest = ics.partition(b"BEGIN:VTIMEZONE")
    return head + rest.partition(b"END:VTIMEZONE\r\n")[2] if rest else ics


async def test_a_talk_at_a_location_waits_for_the_planner_who_accepts(at_place: Scene) -> None:
    at_place.move(2027, 3, 4, 9)
    await at_place.sync()

    assert await at_place.proposals() == [("moved", "open", "at_location")]
    assert (await at_place.row())["starts_at"] == WEDNESDAY[0]
    assert await at_place.mails() == ["invitation"]
    assert await at_place.notices() == ["change_asked"]
    (line,) = await at_place.lines()
    assert line == f"/proposals/{await at_place.open()}"

    before = await at_place.row()
    await at_place.answer(accept_proposal)
    await at_place.sync()

    row = await at_place.row()
    assert (row["starts_at"], row["room_id"]) == (utc(2027, 3, 4, 9), before["room_id"])
    assert await at_place.proposals() == [("moved", "accepted", "at_location")]
    assert await at_place.mails() == ["invitation", "moved"]
    assert await at_place.lines() == []
    assert await at_place.notices() == ["change_asked", "change_accepted"]


async def test_keeping_ours_puts_the_old_time_back_and_mails_nobody(at_place: Scene) -> None:
    at_place.move(2027, 3, 4, 9)
    await at_place.sync()
    await at_place.answer(keep_ours)
    await at_place.sync()

    assert at_place.standing() == [WEDNESDAY]
    assert await at_place.proposals() == [("moved", "refused", "at_location")]
    assert await at_place.mails() == ["invitation"]
    assert (await at_place.row())["revision"] == 1
    assert await at_place.lines() == []


async def test_a_move_that_is_taken_back_asks_nothing_any_more(at_place: Scene) -> None:
    at_place.move(2027, 3, 4, 9)
    await at_place.sync()
    at_place.move(2027, 3, 3, 13)
    await at_place.sync()

    assert await at_place.proposals() == [("moved", "withdrawn", "at_location")]
    assert await at_place.lines() == []


async def test_a_second_thought_replaces_the_first(at_place: Scene) -> None:
    for hour in (9, 10, 9):
        at_place.move(2027, 3, 4, hour)
        at_place.parts.now.forward(minutes=5)  # type: ignore[attr-defined]  # the clock of the test
        await at_place.sync()

    states = sorted(state for _, state, _ in await at_place.proposals())
    assert states == ["open", "withdrawn"]
    (one,) = await rows(at_place.parts, "proposal", state="open")
    assert one["starts_at"] == utc(2027, 3, 4, 9)
    assert len(await at_place.lines()) == 1


async def test_a_removed_event_asks_and_keeping_writes_a_new_generation(online: Scene) -> None:
    online.take_away()
    await online.sync()

    assert await online.proposals() == [("removed", "open", "removed")]
    assert online.standing() == []
    assert (await online.row())["status"] == "planned"
    await online.diary.round(full=True)
    assert len(await online.lines()) == 1

    await online.answer(keep_ours)
    await online.sync()

    assert online.standing() == [WEDNESDAY]
    (name,) = online.diary.memory.objects
    assert name.startswith(f"{online.meeting}-2@")
    assert await online.proposals() == [("removed", "refused", "removed")]
    assert await online.mails() == ["invitation"]


async def test_a_removed_event_that_comes_back_asks_nothing_any_more(online: Scene) -> None:
    kept = dict(online.diary.memory.objects)
    online.take_away()
    await online.sync()
    online.diary.memory.objects.update(kept)
    await online.sync()

    assert await online.proposals() == [("removed", "withdrawn", "removed")]
    assert online.standing() == [WEDNESDAY]


async def test_a_removed_event_can_be_answered_by_cancelling(online: Scene) -> None:
    online.take_away()
    await online.sync()
    await online.answer(cancel_by_proposal)
    await online.sync()

    assert (await online.row())["status"] == "cancelled"
    assert await online.mails() == ["invitation", "cancelled"]
    assert online.standing() == []
    assert await online.proposals() == [("removed", "accepted", "removed")]
    assert (await online.notices())[-1] == "change_cancelled"


async def test_an_event_that_was_marked_cancelled_asks(online: Scene) -> None:
    online.edit(lambda ics: ics.replace(b"STATUS:CONFIRMED", b"STATUS:CANCELLED"))
    await online.sync()
    assert await online.proposals() == [("removed", "open", "cancelled_there")]

    await online.answer(keep_ours)
    await online.sync()
    assert b"STATUS:CONFIRMED" in next(iter(online.diary.memory.objects.values()))


async def test_a_refusal_by_the_coach_asks_once(online: Scene) -> None:
    (coach,) = await rows(online.parts, "staff", id=online.coach.id)
    refusal = f"ATTENDEE;PARTSTAT=DECLINED:mailto:{coach['email']}\r\nSUMMARY:".encode()
    online.edit(lambda ics: ics.replace(b"SUMMARY:", refusal))
    await online.sync()
    assert await online.proposals() == [("declined", "open", "declined")]

    await online.answer(keep_ours)
    online.edit(lambda ics: ics.replace(b"SUMMARY:", b"COLOR:red\r\nSUMMARY:"))
    await online.sync()
    assert await online.proposals() == [("declined", "refused", "declined")]


async def move_here(scene: Scene, starts: str) -> None:
    row = await scene.row()
    await move_meeting(
        scene.parts,
        await scene.house.planner(),
        scene.meeting,
        starts_local=datetime.fromisoformat(starts),
        minutes=45,
        mode=Mode(row["mode"]),
        room=row["room_id"],
        revision=row["revision"],
        key=uuid4().hex,
        now=scene.parts.now(),
    )


async def test_when_both_moved_ours_stays_and_theirs_is_asked(online: Scene) -> None:
    online.move(2027, 3, 4, 9)
    await move_here(online, "2027-03-05T11:00")
    await online.sync()

    assert online.standing() == [(utc(2027, 3, 5, 10), utc(2027, 3, 5, 10, 45))]
    assert await online.proposals() == [("moved", "open", "both_changed")]
    (one,) = await rows(online.parts, "proposal")
    assert one["starts_at"] == utc(2027, 3, 4, 9)
    assert await online.mails() == ["invitation", "moved"]

    await online.answer(accept_proposal)
    await online.sync()
    assert online.standing() == [(utc(2027, 3, 4, 9), utc(2027, 3, 4, 9, 45))]


async def test_both_to_the_same_time_is_nothing(online: Scene) -> None:
    online.move(2027, 3, 5, 10)
    await move_here(online, "2027-03-05T11:00")
    await online.sync()

    assert await online.proposals() == []
    assert online.standing() == [(utc(2027, 3, 5, 10), utc(2027, 3, 5, 10, 45))]


async def test_removed_there_and_moved_here_stands_again_and_is_asked(online: Scene) -> None:
    online.take_away()
    await move_here(online, "2027-03-05T11:00")
    await online.sync()

    assert online.standing() == [(utc(2027, 3, 5, 10), utc(2027, 3, 5, 10, 45))]
    assert await online.proposals() == [("removed", "open", "removed")]


async def test_moving_it_here_answers_what_waits(at_place: Scene) -> None:
    at_place.move(2027, 3, 4, 9)
    await at_place.sync()
    await move_here(at_place, "2027-03-05T11:00")
    await at_place.sync()

    assert await at_place.proposals() == [("moved", "withdrawn", "at_location")]
    assert await at_place.lines() == []
    assert at_place.standing() == [(utc(2027, 3, 5, 10), utc(2027, 3, 5, 10, 45))]


async def test_a_talk_that_is_over_is_left_as_it_was(online: Scene, clock: Clock) -> None:
    clock.set("2027-03-03T16:00")
    await record_outcome(
        online.parts,
        await online.house.planner(),
        online.meeting,
        MeetingStatus.HELD,
        key=uuid4().hex,
        now=clock(),
    )
    online.move(2027, 3, 5, 9)
    await online.sync()
    online.take_away()
    await online.sync()

    assert await online.proposals() == []
    assert (await online.row())["status"] == "held"


async def test_tidying_up_after_the_end_is_nothing_and_moving_then_asks(
    online: Scene, clock: Clock
) -> None:
    clock.set("2027-03-03T16:00")
    online.move(2027, 3, 5, 9)
    await online.sync()
    assert await online.proposals() == [("moved", "open", "begun")]

    online.take_away()
    clock.forward(minutes=5)
    await online.sync()
    assert {state for _, state, _ in await online.proposals()} == {"withdrawn"}


async def test_something_else_in_the_coachs_calendar_is_asked(online: Scene) -> None:
    online.diary.memory.objects["dentist.ics"] = event(
        "dentist", "20270304T083000Z", "20270304T093000Z"
    )
    online.move(2027, 3, 4, 9)
    await online.sync()

    assert await online.proposals() == [("moved", "open", "coach_busy")]


async def test_the_night_and_the_next_hours_are_asked(online: Scene) -> None:
    online.move(2027, 3, 4, 1)
    await online.sync()
    assert (await online.proposals())[-1] == ("moved", "open", "outside_hours")

    online.move(2027, 3, 1, 14)
    online.parts.now.forward(minutes=5)  # type: ignore[attr-defined]  # the clock of the test
    await online.sync()
    assert (await online.proposals())[-1] == ("moved", "open", "too_soon")


async def test_outside_the_hours_of_the_coach_is_asked(online: Scene) -> None:
    await online.house.works(online.coach)
    online.move(2027, 3, 4, 17)
    await online.sync()

    assert await online.proposals() == [("moved", "open", "outside_hours")]


async def test_of_two_planners_one_is_heard_and_the_other_told(at_place: Scene) -> None:
    at_place.move(2027, 3, 4, 9)
    await at_place.sync()
    proposal = await at_place.open()
    planner = await at_place.house.planner()

    async def one(use_case: Any) -> str:  # noqa: ANN401 -- one of three
        try:
            await use_case(
                at_place.parts,
                planner,
                proposal,
                revision=1,
                key=uuid4().hex,
                now=at_place.parts.now(),
            )
        except Conflict as error:
            return error.code
        return "done"

    told = await asyncio.gather(one(accept_proposal), one(keep_ours), one(cancel_by_proposal))
    assert sorted(told) == ["done", "proposal_answered", "proposal_answered"]


async def test_the_same_answer_sent_twice_is_done_once(at_place: Scene) -> None:
    at_place.move(2027, 3, 4, 9)
    await at_place.sync()
    proposal, planner = await at_place.open(), await at_place.house.planner()
    for _ in range(2):
        await accept_proposal(
            at_place.parts, planner, proposal, revision=1, key="k", now=at_place.parts.now()
        )

    assert (await at_place.mails()).count("moved") == 1


async def test_accepting_what_a_rule_or_a_meeting_forbids_is_refused(beside_another: Scene) -> None:
    scene = beside_another
    for _ in range(2):
        scene.move(2027, 3, 4, 9)
        await scene.diary.round()
        await settle_wishes(scene.parts, now=scene.parts.now())
        await scene.diary.write()
    view = await show_proposal(
        scene.parts, await scene.house.planner(), await scene.open(), now=scene.parts.now()
    )
    assert (view.can_accept, view.against) == (False, "De coach heeft dan al een gesprek.")
    with pytest.raises((Conflict, Refused)) as refused:
        await scene.answer(accept_proposal)
    assert refused.value.code == "coach_taken"
    assert ("moved", "open", "coach_taken") in await scene.proposals()


async def test_only_planners_answer_and_only_the_own_coach_looks(at_place: Scene) -> None:
    at_place.move(2027, 3, 4, 9)
    await at_place.sync()
    with pytest.raises(NotAllowed):
        await at_place.answer(accept_proposal, by=at_place.coach)
    own = await show_proposal(
        at_place.parts, at_place.coach, await at_place.open(), now=at_place.parts.now()
    )
    assert own.can_answer is False
    stranger = await at_place.house.coach()
    with pytest.raises(NotFound):
        await show_proposal(
            at_place.parts, stranger, await at_place.open(), now=at_place.parts.now()
        )


async def test_the_line_is_not_done_without_an_answer(at_place: Scene) -> None:
    at_place.move(2027, 3, 4, 9)
    await at_place.sync()
    planner = await at_place.house.planner()
    (line,) = [
        one
        for one in await attention(at_place.parts, planner, now=at_place.parts.now())
        if one.code == "calendar_changed"
    ]
    await done(at_place.parts, planner, line.id, now=at_place.parts.now())
    assert len(await at_place.lines()) == 1


async def test_row_15_moved_to_another_calendar_of_the_same_account_says_so(online: Scene) -> None:
    other = await connected(online.parts, online.coach.id, role="busy", name="Thuis")
    other.memory.objects.update(online.diary.memory.objects)
    online.take_away()
    await other.round()
    await online.sync()

    view = await show_proposal(
        online.parts, await online.house.planner(), await online.open(), now=online.parts.now()
    )
    assert (view.kind, view.elsewhere) == ("removed", "Thuis")
    assert await online.mails() == ["invitation"]


async def test_a_crash_between_round_and_decision_loses_nothing(online: Scene) -> None:
    online.move(2027, 3, 4, 9)
    await online.diary.round()
    assert await online.proposals() == [("moved", proposals.NEW, "")]

    await settle_wishes(online.parts, now=online.parts.now())
    assert await online.proposals() == [("moved", "automatic", "")]
