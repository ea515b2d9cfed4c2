"""What people change in calendars becomes a decision, on both databases (calendar 10, row 14)."""

from dataclasses import replace

import pytest

from coaching.words import Mode, TrajectoryState
from server.store import proposals
from server.store.connecting import change_connection
from server.store.people import change_trajectory
from server.usecases.answering import keep_ours
from server.usecases.context import Parts
from server.usecases.keeping_calendar import PART_OBJECTS
from server.usecases.names_in_events import take_names_out
from server.usecases.proposals import settle_wishes
from tests.calendar_rounds import event, mirror_of, utc
from tests.calendar_wishes import (
    HOUR,
    WEDNESDAY,
    Scene,
    move_here,
    scene_with,
)
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


async def test_a_removed_event_that_comes_back_asks_nothing_any_more(online: Scene) -> None:
    kept = dict(online.diary.memory.objects)
    online.take_away()
    await online.sync()
    online.diary.memory.objects.update(kept)
    await online.sync()

    assert await online.proposals() == [("removed", "withdrawn", "removed")]
    assert online.standing() == [WEDNESDAY]


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


async def test_a_calendar_restored_from_a_backup_gets_ours_again_and_wishes_nothing(
    online: Scene,
) -> None:
    backup = dict(online.diary.memory.objects)
    await move_here(online, "2027-03-05T10:00")
    await online.sync()
    before, mails = await online.row(), await online.mails()

    online.diary.memory.objects.update(backup)
    await online.sync()

    assert online.standing() == [(utc(2027, 3, 5, 9), utc(2027, 3, 5, 9, 45))]
    assert (await online.row(), await online.proposals()) == (before, [])

    online.diary.memory.objects.update(backup)  # a program that keeps to the old one
    await online.sync()
    assert await online.proposals() == [("moved", "open", "older_copy")]
    assert (await online.row(), await online.mails()) == (before, mails)


async def test_a_name_stands_there_only_when_the_organisation_wants_it(online: Scene) -> None:
    row = await online.row()
    (person,) = await rows(online.parts, "candidate", id=row["candidate_id"])
    name = person["name"].encode()
    assert name not in next(iter(online.diary.memory.objects.values()))

    wanting = replace(online.parts.settings, names_in_calendars=True)
    online.diary.parts = replace(online.parts, settings=wanting)
    await move_here(online, "2027-03-05T10:00")
    await online.sync()
    assert b", " + name in next(iter(online.diary.memory.objects.values()))
    assert await take_names_out(online.diary.parts, now=online.parts.now()) == 0

    online.edit(lambda ics: ics.replace(b"END:VEVENT", b"X-NOTE:mine\r\nEND:VEVENT"))
    online.diary.parts = online.parts  # the setting goes off, and the process starts again
    assert await take_names_out(online.parts, now=online.parts.now()) == 1
    await online.sync()
    (data,) = online.diary.memory.objects.values()
    assert name not in data
    assert b"X-NOTE:mine" in data
    assert await take_names_out(online.parts, now=online.parts.now()) == 0
    assert await online.proposals() == []


async def test_events_of_before_names_were_kept_are_written_anew_once(online: Scene) -> None:
    (before,) = await rows(online.parts, "mirror", meeting_id=online.meeting)
    old = {name: value for name, value in before["base"].items() if name != "named"}
    async with online.parts.database.write() as tx:
        await proposals.change_mirror(tx, before["id"], base=old)

    assert await take_names_out(online.parts, now=online.parts.now()) == 1
    await online.sync()
    assert await take_names_out(online.parts, now=online.parts.now()) == 0
    assert online.standing() == [WEDNESDAY]


async def test_a_calendar_that_is_only_read_now_keeps_its_past_events_with_their_names(
    online: Scene,
) -> None:
    (before,) = await rows(online.parts, "mirror", meeting_id=online.meeting)
    async with online.parts.database.write() as tx:
        named = {**before["base"], "named": True}
        await proposals.change_mirror(tx, before["id"], base=named)
        await change_connection(tx, before["connection_id"], role="busy")

    assert await take_names_out(online.parts, now=online.parts.now()) == 0
    assert online.standing() == [WEDNESDAY]


async def test_a_program_that_leaves_our_marks_out_still_moves_ours(online: Scene) -> None:
    def stripped(ics: bytes) -> bytes:
        lines = ics.split(b"\r\n")
        return b"\r\n".join(line for line in lines if not line.startswith(b"X-TWEESPRAAK"))

    online.edit(stripped)
    online.move(2027, 3, 4, 9)
    await online.sync()

    assert (await online.row())["local_start"] == "2027-03-04T10:00"
    assert await online.proposals() == [("moved", "automatic", "")]
    assert online.standing() == [(utc(2027, 3, 4, 9), utc(2027, 3, 4, 9, 45))]
    assert b"X-TWEESPRAAK-REV:2" in next(iter(online.diary.memory.objects.values()))
    assert await rows(online.parts, "busy") == []


async def test_an_event_that_got_another_name_is_followed(online: Scene) -> None:
    """A server that was moved to another one names everything anew."""
    objects = online.diary.memory.objects
    (name,) = objects
    objects["renamed.ics"] = objects.pop(name)
    await online.sync()
    assert await online.proposals() == []

    await move_here(online, "2027-03-05T10:00")
    await online.sync()
    assert list(objects) == ["renamed.ics"]
    assert online.standing() == [(utc(2027, 3, 5, 9), utc(2027, 3, 5, 9, 45))]
    assert await online.proposals() == []


async def test_another_name_in_the_first_part_of_a_large_round_is_seen(online: Scene) -> None:
    """A round that is kept in parts: the new name comes first, the old one is missed last."""
    objects = online.diary.memory.objects
    (name,) = objects
    objects["0-renamed.ics"] = objects.pop(name)
    for number in range(PART_OBJECTS + 10):
        online.diary.put(f"1-{number:04}.ics")
    await online.diary.round(full=True)
    assert await online.proposals() == []
    assert (await mirror_of(online.parts, online.meeting))["href"] == "0-renamed.ics"


async def test_an_event_taken_away_and_put_back_under_another_name_stands_once(
    online: Scene,
) -> None:
    """A program that moves by removing and writing anew, with a round of ours in between."""
    objects = online.diary.memory.objects
    (name,) = objects
    data = objects.pop(name)
    await online.sync()
    assert await online.proposals() == [("removed", "open", "removed")]

    objects["anew.ics"] = data
    await online.answer(keep_ours)
    await online.sync()
    assert online.standing() == [WEDNESDAY]
    assert list(objects) == ["anew.ics"]


async def test_a_copy_of_ours_is_not_taken_for_it(online: Scene) -> None:
    objects = online.diary.memory.objects
    (name,) = objects
    objects["copy.ics"] = objects[name]
    await online.sync()
    await move_here(online, "2027-03-05T10:00")
    await online.sync()

    assert objects[name] != objects["copy.ics"]
    assert await online.proposals() == []


async def test_a_move_of_an_old_copy_is_asked_and_never_accepted(online: Scene) -> None:
    """Somebody was away, moved what she still saw, and her program wrote over ours."""
    backup = dict(online.diary.memory.objects)
    await move_here(online, "2027-03-05T10:00")
    await online.sync()

    online.diary.memory.objects.update(backup)
    online.move(2027, 3, 4, 9)
    await online.sync()

    assert await online.proposals() == [("moved", "open", "older_copy")]
    assert (await online.row())["local_start"] == "2027-03-05T10:00"


async def test_a_crash_between_round_and_decision_loses_nothing(online: Scene) -> None:
    online.move(2027, 3, 4, 9)
    await online.diary.round()
    assert await online.proposals() == [("moved", proposals.NEW, "")]

    await settle_wishes(online.parts, now=online.parts.now())
    assert await online.proposals() == [("moved", "automatic", "")]
