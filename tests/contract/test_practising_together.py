"""A practice together: booked by the candidate, or at once while the coach offers it (E26)."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, Conflict
from coaching.words import Mode, Skill
from server.store.schema import meeting, notice
from server.usecases.context import Parts, StaffActor
from server.usecases.joining import preview_invitation
from server.usecases.practising_booking import (
    book_together,
    offer_help_at_once,
    practise_now,
    together_times,
)
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract


async def somebody(house: House, coach: StaffActor) -> str:
    """The token of a link, of a talk by phone next week."""
    candidate = await house.candidate(name="Mo", skill=Skill.LESS)
    trajectory = await house.acquainted(coach, candidate)
    await house.works(coach)
    near = await house.book(trajectory, "2027-03-10T10:00", mode=Mode.PHONE)
    return await link_of(house.parts, near.meeting)


async def practices(parts: Parts) -> list[tuple[str, str]]:
    async with parts.database.read() as tx:
        query = select(meeting.c.status, meeting.c.local_start).where(meeting.c.kind == "practice")
        return [(row.status, row.local_start) for row in await tx.execute(query)]


async def test_a_candidate_books_one_of_the_offered_times_once(house: House, parts: Parts) -> None:
    coach = await house.coach()
    token = await somebody(house, coach)
    offered = await together_times(parts, token, now=parts.now())
    assert offered.times
    assert offered.booked_at is None
    key = uuid4().hex
    offer = offered.times[0].offer

    for _ in range(2):  # a double press books once
        await book_together(parts, token, offer=offer, key=key, now=parts.now())

    ((status, local),) = await practices(parts)
    assert (status, local[:4]) == ("planned", "2027")
    assert (await together_times(parts, token, now=parts.now())).booked_at is not None
    with pytest.raises(Conflict) as again:
        await book_together(parts, token, offer=offer, key=uuid4().hex, now=parts.now())
    assert again.value.code == "already_chosen"


async def test_two_tabs_at_once_book_one_practice(house: House, parts: Parts) -> None:
    token = await somebody(house, await house.coach())
    times = (await together_times(parts, token, now=parts.now())).times
    tabs = (
        book_together(parts, token, offer=offer, key=uuid4().hex, now=parts.now())
        for offer in (times[0].offer, times[-1].offer)
    )
    ended = await asyncio.gather(*tabs, return_exceptions=True)

    assert len(await practices(parts)) == 1
    (refused,) = [one for one in ended if one is not None]
    assert isinstance(refused, Conflict)
    assert refused.code == "already_chosen"


async def test_an_offer_that_we_did_not_make_books_nothing(house: House, parts: Parts) -> None:
    token = await somebody(house, await house.coach())

    with pytest.raises(BadInput) as refused:
        await book_together(
            parts, token, offer="video~2027-03-03T10:00:00+00:00~x", key="k", now=parts.now()
        )

    assert refused.value.code == "offer_unknown"
    assert await practices(parts) == []


async def test_e26_at_once_is_offered_only_while_the_coach_has_switched_it_on(
    house: House, parts: Parts
) -> None:
    coach = await house.coach(name="Anna de Vries")
    token = await somebody(house, coach)
    assert (await together_times(parts, token, now=parts.now())).now_with == ""
    with pytest.raises(Conflict) as gone:
        await practise_now(parts, token, key="one", now=parts.now())
    assert gone.value.code == "helper_gone"

    await offer_help_at_once(parts, coach, helps=True)
    assert (await together_times(parts, token, now=parts.now())).now_with == "Anna de Vries"
    _, made = await practise_now(parts, token, key="two", now=parts.now())

    assert await practices(parts) == [("planned", "2027-03-01T09:01")]
    own = await preview_invitation(parts, await link_of(parts, made), now=parts.now())
    assert (own.kind, own.state) == ("practice", "open")
    async with parts.database.read() as tx:
        codes = (await tx.scalars(select(notice.c.code))).all()
    assert list(codes) == ["practice_chosen"]


async def test_e26_a_coach_who_is_in_a_meeting_is_not_offered(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    token = await somebody(house, coach)
    await offer_help_at_once(parts, coach, helps=True)
    await house.book(await house.acquainted(coach), "2027-03-01T09:20")

    assert (await together_times(parts, token, now=parts.now())).now_with == ""
    clock.set("2027-03-01T10:10")
    assert (await together_times(parts, token, now=parts.now())).now_with != ""


@pytest.mark.parametrize("at", ["2027-03-02T03:00", "2027-03-02T16:45", "2027-03-06T10:00"])
async def test_e26_a_forgotten_switch_offers_nobody_outside_working_hours(
    house: House, parts: Parts, clock: Clock, at: str
) -> None:
    coach = await house.coach()
    token = await somebody(house, coach)
    await offer_help_at_once(parts, coach, helps=True)

    clock.set(at)

    assert (await together_times(parts, token, now=parts.now())).now_with == ""
    with pytest.raises(Conflict) as gone:
        await practise_now(parts, token, key="one", now=parts.now())
    assert gone.value.code == "helper_gone"
