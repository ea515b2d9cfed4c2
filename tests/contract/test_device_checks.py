"""The test before a talk: a pass per device, and somebody who helps when it fails."""

from datetime import timedelta
from uuid import uuid4

import pytest

from coaching.errors import BadInput, NotFound
from coaching.facts import DeviceClass
from coaching.getting_in import DeviceVerdict
from coaching.trigger_facts import FailureCause
from coaching.words import Language, Mode
from server.usecases.access import ByLink
from server.usecases.attention import TodoCode, TodoView, attention
from server.usecases.context import CandidateId, GuestActor, MeetingId, Parts
from server.usecases.device_checks import record_in_talk, record_test, state_of_test, troubles
from server.usecases.failing import fail_talk
from server.usecases.practising import begin_practice
from server.usecases.timers import MomentKind, due_moments, run_moment
from server.usecases.waiting_notes import CHOICES, leave_note, note_for, read_note
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract

LAPTOP, PHONE = "a laptop", "a phone"


async def a_talk(house: House, *, mode: Mode = Mode.VIDEO) -> tuple[MeetingId, str]:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00", mode=mode)
    return booked.meeting, await link_of(house.parts, booked.meeting)


async def tries(parts: Parts, link: str, verdict: str = "", device: str = LAPTOP) -> None:
    await record_test(parts, link, verdict, device=device, now=parts.now())


async def passed(parts: Parts, link: str, device: str = LAPTOP) -> bool:
    return (await state_of_test(parts, link, device, now=parts.now())).passed_at is not None


async def forgotten(parts: Parts) -> list[bool]:
    """Forget what the clock says is old; one True when there was something."""
    due = await due_moments(parts, now=parts.now())
    old = [one for one in due if one.kind is MomentKind.OLD]
    return [await run_moment(parts, one, now=parts.now()) for one in old]


async def todos(house: House) -> list[TodoView]:
    found = await attention(house.parts, await house.planner(), now=house.parts.now())
    return [one for one in found if one.code is TodoCode.DEVICE_FAILED]


def guest_of(meeting: MeetingId) -> GuestActor:
    return GuestActor(
        meeting=meeting,
        candidate=CandidateId(uuid4()),
        name="",
        language=Language.NL,
        device=uuid4(),
        csrf="",
    )


async def test_pass_counts_on_its_own_device_for_its_days(
    parts: Parts, house: House, clock: Clock
) -> None:
    _, link = await a_talk(house)
    assert not await passed(parts, link)

    await tries(parts, link)

    assert await passed(parts, link)
    assert not await passed(parts, link, PHONE)
    assert not await passed(parts, link, "")
    later = parts.now() + timedelta(days=parts.settings.test_days, seconds=1)
    assert (await state_of_test(parts, link, LAPTOP, now=later)).passed_at is None


async def test_pass_lapses_when_a_test_or_a_talk_fails_after_it(
    parts: Parts, house: House, clock: Clock
) -> None:
    meeting, link = await a_talk(house)
    await tries(parts, link)
    await tries(parts, link, "BUSY")
    assert not await passed(parts, link)

    await tries(parts, link)
    assert await passed(parts, link)
    now = parts.now() + timedelta(minutes=1)
    await fail_talk(parts, meeting, FailureCause.CANDIDATE_DEVICE, by=None, now=now)

    assert not await passed(parts, link)


async def test_ten_newest_devices_of_a_talk_are_known_and_no_more(
    parts: Parts, house: House, clock: Clock
) -> None:
    _, link = await a_talk(house)
    for number in range(12):
        clock.forward(seconds=1)
        await tries(parts, link, device=f"device {number}")

    known = [await passed(parts, link, f"device {number}") for number in range(12)]
    assert known == [False] * 2 + [True] * 10


async def test_failure_is_one_to_do_with_its_code_and_a_pass_ends_it(
    parts: Parts, house: House
) -> None:
    meeting, link = await a_talk(house)

    await tries(parts, link, "BROWSER_BLOCKED")
    await tries(parts, link, "BROWSER_BLOCKED", PHONE)

    (found,) = await todos(house)
    assert (found.params["verdict"], found.meeting, found.action) == (
        "BROWSER_BLOCKED",
        meeting,
        "call",
    )
    await tries(parts, link)
    assert await todos(house) == []


async def test_box_that_was_closed_is_nobodys_work(parts: Parts, house: House) -> None:
    _, link = await a_talk(house)

    await tries(parts, link, "DISMISSED")

    assert await todos(house) == []


async def test_second_verdict_after_a_first_is_told_and_so_is_one_after_a_pass(
    parts: Parts, house: House
) -> None:
    _, link = await a_talk(house)

    await tries(parts, link, "DISMISSED")
    await tries(parts, link, "BUSY")
    await tries(parts, link, "NO_CAMERA")
    assert {one.params["verdict"] for one in await todos(house)} == {"BUSY", "NO_CAMERA"}

    await tries(parts, link)
    assert await todos(house) == []
    await tries(parts, link, "BUSY")
    await tries(parts, link, "BUSY", PHONE)
    assert [one.params["verdict"] for one in await todos(house)] == ["BUSY"]


async def test_who_tests_on_and_on_does_not_bury_the_coach_in_work(
    sqlite_parts: Parts, sqlite_house: House
) -> None:
    _, link = await a_talk(sqlite_house)

    for number in range(40):
        await tries(sqlite_parts, link, "BUSY" if number % 2 else "NO_CAMERA")
        await tries(sqlite_parts, link)

    written = await rows(sqlite_parts, "todo", code="device_failed")
    assert 10 <= len(written) <= 12


@pytest.mark.parametrize("verdict", ["busy", "NONSENSE", "A" * 10_000, "<script>"])
async def test_code_that_is_not_ours_is_refused(parts: Parts, house: House, verdict: str) -> None:
    _, link = await a_talk(house)

    with pytest.raises(BadInput, match="verdict_bad"):
        await tries(parts, link, verdict)


async def test_nothing_is_tested_where_there_is_no_video_talk(parts: Parts, house: House) -> None:
    _, link = await a_talk(house, mode=Mode.PHONE)

    for token in (link, "unknown"):
        assert not (await state_of_test(parts, token, LAPTOP, now=parts.now())).possible
        with pytest.raises(NotFound, match="link_unknown"):
            await tries(parts, token)


async def test_coach_sees_at_the_door_what_is_in_the_way_until_it_is_solved(
    parts: Parts, house: House
) -> None:
    meeting, _ = await a_talk(house)
    guest = guest_of(meeting)

    async def says(verdict: str) -> None:
        await record_in_talk(parts, guest, meeting, verdict, device=LAPTOP, now=parts.now())

    await says("BUSY")
    assert await troubles(parts, [meeting], now=parts.now()) == {meeting: DeviceVerdict.BUSY}
    assert [one.params["verdict"] for one in await todos(house)] == ["BUSY"]
    await says("")

    assert await troubles(parts, [meeting], now=parts.now()) == {}
    assert await todos(house) == []


async def test_guest_of_another_talk_says_nothing_about_this_one(
    parts: Parts, house: House
) -> None:
    meeting, _ = await a_talk(house)
    other = guest_of(MeetingId(uuid4()))

    with pytest.raises(NotFound, match="meeting_unknown"):
        await record_in_talk(parts, other, meeting, "BUSY", device=LAPTOP, now=parts.now())


async def test_word_of_the_coach_reaches_the_candidate_until_it_is_old_or_taken_back(
    parts: Parts, house: House
) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    meeting, guest = booked.meeting, guest_of(booked.meeting)
    start = parts.now() + timedelta(days=400)

    async def reads(minutes: int) -> object:
        return await note_for(parts, guest, meeting, now=start + timedelta(minutes=minutes))

    for minutes in CHOICES:
        await leave_note(parts, coach, meeting, minutes, now=start)
        note = await note_for(parts, guest, meeting, now=start)
        assert note is not None
        assert (note.minutes, note.until) == (minutes, start + timedelta(minutes=minutes))
        assert not note.read  # a new word is unread, also after one that was read
        await read_note(parts, guest, meeting, now=start)
        note = await note_for(parts, coach, meeting, now=start)
        assert note is not None
        assert note.read
    assert await reads(CHOICES[-1]) is None
    await leave_note(parts, coach, meeting, 0, now=start)

    assert await reads(0) is None


async def test_only_the_coach_of_a_talk_says_so_and_in_ready_minutes(
    parts: Parts, house: House
) -> None:
    meeting, _ = await a_talk(house)
    other = await house.coach()

    with pytest.raises(NotFound, match="meeting_unknown"):
        await leave_note(parts, other, meeting, 5, now=parts.now())
    with pytest.raises(NotFound, match="meeting_unknown"):
        await read_note(parts, guest_of(MeetingId(uuid4())), meeting, now=parts.now())
    with pytest.raises(BadInput, match="choice_bad"):
        await leave_note(parts, other, meeting, 7, now=parts.now())
    with pytest.raises(NotFound, match="meeting_unknown"):
        await note_for(parts, other, meeting, now=parts.now())


async def test_tests_that_lapsed_and_practices_of_long_ago_are_forgotten(
    parts: Parts, house: House, clock: Clock
) -> None:
    _, link = await a_talk(house)
    who, device = ByLink(token=link), DeviceClass.COMPUTER
    practice = await begin_practice(parts, who, device, now=parts.now())
    await tries(parts, link)
    clock.forward(days=parts.settings.test_days - 1)
    assert await forgotten(parts) == []

    clock.forward(days=2)
    assert await forgotten(parts) == [True]
    assert await rows(parts, "device_check") == []
    assert [row["id"] for row in await rows(parts, "practice_session")] == [practice.id]

    clock.forward(days=60)
    assert await forgotten(parts) == [True]
    assert await rows(parts, "practice_session") == []
    assert await forgotten(parts) == []
