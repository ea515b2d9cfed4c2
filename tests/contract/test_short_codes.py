"""A short code stands for one invitation, once, for an hour; a stranger learns nothing from it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, NotFound, Unavailable
from coaching.words import Mode
from server.store.schema import short_code
from server.usecases.context import MeetingId, Parts
from server.usecases.short_codes import CODE_MINUTES, code_of_link, link_behind_code
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract

HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


async def a_talk(house: House, *, mode: Mode = Mode.VIDEO) -> tuple[MeetingId, str]:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00", mode=mode)
    return booked.meeting, await link_of(house.parts, booked.meeting)


async def typed(parts: Parts, code: str, *, address: str = HERE, minutes: int = 0) -> str:
    now = parts.now() + timedelta(minutes=minutes)
    return await link_behind_code(parts, code, address=address, now=now)


async def test_code_opens_its_link_once_however_it_is_typed(parts: Parts, house: House) -> None:
    _, link = await a_talk(house)
    code = await code_of_link(parts, link, now=parts.now())

    found = await typed(parts, f"  {code.lower().replace(' ', '-')} ")

    assert found == link
    with pytest.raises(BadInput, match="code_wrong"):
        await typed(parts, code)


async def test_of_two_at_once_one_gets_in(parts: Parts, house: House) -> None:
    _, link = await a_talk(house)
    code = await code_of_link(parts, link, now=parts.now())

    answers = await asyncio.gather(*(typed(parts, code) for _ in range(4)), return_exceptions=True)

    assert [one for one in answers if isinstance(one, str)] == [link]


async def test_code_is_void_after_an_hour_and_when_there_is_a_newer_one(
    parts: Parts, house: House
) -> None:
    _, link = await a_talk(house)
    first = await code_of_link(parts, link, now=parts.now())
    second = await code_of_link(parts, link, now=parts.now())

    with pytest.raises(BadInput, match="code_wrong"):
        await typed(parts, first)
    with pytest.raises(BadInput, match="code_wrong"):
        await typed(parts, second, minutes=CODE_MINUTES)
    assert await typed(parts, second, minutes=CODE_MINUTES - 1) == link


@pytest.mark.parametrize("wrong", ["", "ABCD 2345", "x" * 10_000, "\ud800", "💥" * 8])
async def test_wrong_codes_are_throttled_by_address_and_right_ones_are_not_counted(
    parts: Parts, house: House, wrong: str
) -> None:
    _, link = await a_talk(house)
    code = await code_of_link(parts, link, now=parts.now())

    for _ in range(10):
        with pytest.raises(BadInput, match="code_wrong"):
            await typed(parts, wrong)
    with pytest.raises(Unavailable, match="code_throttled"):
        await typed(parts, code)

    assert await typed(parts, code, address=ELSEWHERE) == link


async def test_database_never_holds_the_code(parts: Parts, house: House) -> None:
    _, link = await a_talk(house)
    code = await code_of_link(parts, link, now=parts.now())

    async with parts.database.read() as tx:
        rows = (await tx.execute(select(short_code))).all()

    assert len(rows) == 1
    assert code.replace(" ", "") not in repr(rows)
    assert link not in repr(rows)


async def test_no_code_without_a_video_talk(parts: Parts, house: House) -> None:
    _, link = await a_talk(house, mode=Mode.PHONE)

    for token in (link, "unknown"):
        with pytest.raises(NotFound, match="link_unknown"):
            await code_of_link(parts, token, now=parts.now())
