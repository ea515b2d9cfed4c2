"""What stays of a talk: faces for the coach, lines that both keep, and counts without names."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, Conflict, NotAllowed, NotFound
from coaching.words import MeetingStatus
from server.store.schema import kept_line
from server.usecases.booking import record_outcome
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.joining import record_joint_time
from server.usecases.kept_lines import MOST_LINES, kept_lines, kept_lines_of_link, want_line
from server.usecases.moods import Mood, Moods, moods_of, say_mood
from server.usecases.punctuality import punctuality
from tests.conftest import Clock
from tests.contract.test_met_first import guest_of
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract

LINE = "Dinsdag bel ik het bedrijf"


async def talk_of(house: House, coach: StaffActor) -> MeetingId:
    return (await house.book(await house.acquainted(coach), "2027-03-01T09:10")).meeting


async def written(parts: Parts) -> list[str | None]:
    async with parts.database.read() as tx:
        return list(await tx.scalars(select(kept_line.c.text)))


async def test_a_line_is_kept_only_when_both_want_it(house: House, parts: Parts) -> None:
    coach = await house.coach()
    talk = await talk_of(house, coach)
    guest, now = await guest_of(parts, talk), parts.now()

    for _ in range(2):
        assert await want_line(parts, guest, talk, LINE, now=now) is False
    assert await written(parts) == [None]
    assert await kept_lines(parts, coach, talk) == ()
    assert await want_line(parts, coach, talk, LINE.upper(), now=now) is False

    assert await want_line(parts, coach, talk, f"{LINE}\r\n", now=now) is True
    assert await want_line(parts, guest, talk, LINE, now=now) is True
    assert await kept_lines(parts, guest, talk) == await kept_lines(parts, coach, talk) == (LINE,)
    assert await kept_lines(parts, await house.planner(), talk) == ()


async def test_two_who_want_a_line_at_once_both_get_it(house: House, parts: Parts) -> None:
    coach = await house.coach()
    talk = await talk_of(house, coach)
    guest, now = await guest_of(parts, talk), parts.now()

    lines = [f"Regel {number}" for number in range(3)]
    for line in lines:
        both = (want_line(parts, one, talk, line, now=now) for one in (coach, guest))
        assert sorted(await asyncio.gather(*both)) == [False, True]

    assert sorted(await kept_lines(parts, guest, talk)) == lines


async def test_candidate_reads_kept_lines_by_their_link_and_by_no_other(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    talk, other = await talk_of(house, coach), await talk_of(house, await house.coach())
    guest, now = await guest_of(parts, talk), parts.now()
    link = await link_of(parts, talk)
    await want_line(parts, guest, talk, LINE, now=now)
    assert await kept_lines_of_link(parts, link) == ()
    await want_line(parts, coach, talk, LINE, now=now)

    assert await kept_lines_of_link(parts, link) == (LINE,)
    assert await kept_lines_of_link(parts, await link_of(parts, other)) == ()
    assert await kept_lines_of_link(parts, link + "x") == ()


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4_001, "a\0b"])
async def test_what_is_no_line_is_refused(house: House, parts: Parts, text: str) -> None:
    coach = await house.coach()
    talk = await talk_of(house, coach)

    with pytest.raises(BadInput) as refused:
        await want_line(parts, coach, talk, text, now=parts.now())

    assert refused.value.code == "line_bad"
    assert await written(parts) == []


async def test_a_talk_keeps_at_most_twenty_lines_and_strangers_none(
    house: House, parts: Parts
) -> None:
    coach, other = await house.coach(), await house.coach()
    talk = await talk_of(house, coach)
    for number in range(MOST_LINES):
        await want_line(parts, coach, talk, f"regel {number}", now=parts.now())

    with pytest.raises(Conflict) as full:
        await want_line(parts, coach, talk, "nog een", now=parts.now())
    with pytest.raises(NotFound):
        await want_line(parts, other, talk, LINE, now=parts.now())

    assert full.value.code == "lines_full"
    assert await want_line(parts, coach, talk, "regel 3", now=parts.now()) is False


async def test_a_face_is_the_candidates_and_only_the_coach_reads_it(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    talk = await talk_of(house, coach)
    guest, now = await guest_of(parts, talk), parts.now()
    assert await moods_of(parts, coach, talk) == Moods()

    await say_mood(parts, guest, talk, Mood.BAD, at_end=False, now=now)
    await say_mood(parts, guest, talk, Mood.SO_SO, at_end=False, now=now)
    await say_mood(parts, guest, talk, Mood.GOOD, at_end=True, now=now)

    assert await moods_of(parts, coach, talk) == Moods(start=Mood.SO_SO, end=Mood.GOOD)
    assert await moods_of(parts, await house.planner(), talk) == Moods()
    assert await moods_of(parts, await house.coach(), talk) == Moods()
    with pytest.raises(NotAllowed):
        await say_mood(parts, coach, talk, Mood.GOOD, at_end=True, now=now)
    with pytest.raises(NotFound):
        await say_mood(parts, await house.coach(), talk, Mood.GOOD, at_end=True, now=now)


async def test_a_sad_face_is_no_failure_and_technology_is_no_no_show(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    talk, missed = await talk_of(house, coach), await talk_of(house, await house.coach())
    guest = await guest_of(parts, talk)
    at = clock.set("2027-03-01T09:10")
    soon = at + timedelta(seconds=20)
    await record_joint_time(parts, talk, joint_seconds=15, over=False, now=soon)
    await record_joint_time(
        parts, talk, joint_seconds=2_400, over=True, now=at + timedelta(minutes=41)
    )
    await say_mood(parts, guest, talk, Mood.BAD, at_end=True, now=at + timedelta(minutes=42))
    later = at + timedelta(hours=2)
    planner = await house.planner()
    await record_outcome(parts, planner, missed, MeetingStatus.MISSED, key="m", now=later)

    counts = await punctuality(parts, days=7, now=later)

    assert (counts.held, counts.missed, counts.failed) == (1, 1, 0)
    assert (counts.on_time, counts.late, counts.median_late_seconds) == (1, 0, 20)
