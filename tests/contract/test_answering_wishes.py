"""A planner answers what people changed in calendars; both databases (calendar 10, rows 14, 15)."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from coaching.availability import Need
from coaching.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from coaching.words import MeetingStatus, Mode
from server.usecases.answering import (
    accept_proposal,
    cancel_by_proposal,
    keep_ours,
    show_proposal,
)
from server.usecases.attention import attention, done
from server.usecases.booking import record_outcome
from server.usecases.context import Parts
from server.usecases.preferences import save_needs
from server.usecases.proposals import settle_wishes
from tests.calendar_rounds import connected, utc
from tests.calendar_wishes import (
    WEDNESDAY,
    Scene,
    move_here,
    scene_with,
    with_times,
    without_zone,
)
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


@pytest.fixture
async def online(parts: Parts, house: House) -> Scene:
    return await scene_with(parts, house)


@pytest.fixture
async def at_place(parts: Parts, house: House) -> Scene:
    return await scene_with(parts, house, mode=Mode.OFFLINE, room=await house.room())


@pytest.fixture
async def beside_another(parts: Parts, house: House) -> Scene:
    """The same coach has a talk with somebody else on Thursday at ten."""
    scene = await scene_with(parts, house)
    other = await house.acquainted(scene.coach)
    await house.book(other, "2027-03-04T10:00")
    return scene


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


async def test_room_that_lacks_what_the_candidate_needs_is_said_before_it_is_accepted(
    sqlite_parts: Parts, sqlite_house: House
) -> None:
    room = await sqlite_house.room()
    scene = await scene_with(sqlite_parts, sqlite_house, mode=Mode.OFFLINE, room=room)
    scene.move(2027, 3, 4, 9)
    await scene.sync()
    planner, now = await sqlite_house.planner(), sqlite_parts.now()
    about = await scene.open()
    before = await show_proposal(sqlite_parts, planner, about, now=now)
    candidate = (await scene.row())["candidate_id"]
    await save_needs(sqlite_parts, planner, candidate, [Need.WHEELCHAIR], key="n", now=now)

    view = await show_proposal(sqlite_parts, planner, about, now=now)

    assert before.can_accept
    assert not view.can_accept
    assert view.against == "Er is dan geen kamer vrij met wat de kandidaat nodig heeft."
    with pytest.raises(BadInput) as refused:
        await scene.answer(accept_proposal)
    assert refused.value.code == view.finding.code == "no_room_has_needs"


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
