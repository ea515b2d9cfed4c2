"""A coach hides where they are: the ticket of their seat says so, on both databases."""

from dataclasses import replace

import pytest

from coaching.errors import Conflict
from server.usecases.address import address_view, hide_address
from server.usecases.context import Actor, MeetingId, Parts
from server.usecases.joining import issue_ticket, redeem_ticket
from tests.conftest import Clock
from tests.contract.test_booking_joining import STARTS, guest, link_of, video
from tests.house_of_people import House

pytestmark = pytest.mark.contract


def _with_relay(parts: Parts, *, relay_only: bool = False) -> Parts:
    urls = ("turn:turn.example.nl:3478",)
    settings = replace(parts.settings, turn_urls=urls, turn_secret="made up", relay_only=relay_only)
    return replace(parts, settings=settings)


async def _hidden(parts: Parts, meeting: MeetingId, actor: Actor, clock: Clock) -> bool:
    ticket, _ = await issue_ticket(parts, actor, meeting, now=clock())
    seat = await redeem_ticket(parts, ticket, now=clock())
    assert seat is not None
    return seat.relay_only


async def test_switch_of_a_coach_hides_the_coach_and_not_the_candidate(
    house: House, parts: Parts, clock: Clock
) -> None:
    parts = _with_relay(parts)
    coach = await house.coach()
    booked = await video(house, coach)
    clock.set(STARTS)
    candidate = await guest(parts, await link_of(parts, booked.meeting))
    assert not await _hidden(parts, booked.meeting, coach, clock)

    await hide_address(parts, coach, hides=True)

    assert (await address_view(parts, coach)).hides
    assert await _hidden(parts, booked.meeting, coach, clock)
    assert not await _hidden(parts, booked.meeting, candidate, clock)
    await hide_address(parts, coach, hides=False)
    assert not await _hidden(parts, booked.meeting, coach, clock)


async def test_installation_that_hides_everybody_hides_both(
    house: House, parts: Parts, clock: Clock
) -> None:
    parts = _with_relay(parts, relay_only=True)
    coach = await house.coach()
    booked = await video(house, coach)
    clock.set(STARTS)
    candidate = await guest(parts, await link_of(parts, booked.meeting))

    for actor in (coach, candidate):
        assert await _hidden(parts, booked.meeting, actor, clock)
    assert (await address_view(parts, coach)).everybody


async def test_without_a_relay_there_is_nothing_to_hide_behind(house: House) -> None:
    coach = await house.coach()

    with pytest.raises(Conflict) as refused:
        await hide_address(house.parts, coach, hides=True)

    assert refused.value.code == "relay_missing"
    assert not (await address_view(house.parts, coach)).hides
    await hide_address(house.parts, coach, hides=False)
