"""Two aiortc peers as the two browsers: real pictures both ways, whatever happens to signalling."""

import asyncio
from uuid import uuid4

import pytest

from coaching.words import Role
from tests.wire.peers import Browser
from tests.wire.rig import People, Rig, running

pytestmark = pytest.mark.wire


async def _talk(rig: Rig, people: People) -> tuple[Browser, Browser]:
    candidate = await rig.sit(people, Role.CANDIDATE)
    await candidate.say("camera", live=True, verdict=None)
    coach = await rig.sit(people, Role.COACH)
    await coach.say("camera", live=True, verdict=None)
    await coach.until_pong()
    await coach.say("admit")
    two = Browser(coach), Browser(candidate)
    await asyncio.gather(*(browser.begin() for browser in two))
    return two


async def test_both_see_each_other_and_go_on_while_the_server_restarts() -> None:
    async with running() as rig:
        people = People()
        coach, candidate = two = await _talk(rig, people)
        await asyncio.gather(*(browser.sees() for browser in two))

        await asyncio.gather(coach.page.closed(), candidate.page.closed(), rig.stop())
        await asyncio.gather(*(browser.sees() for browser in two))
        await rig.start()
        for browser in two:
            browser.page = await rig.resume(browser.page.token, browser.epoch)
            assert (await browser.page.hear("welcome"))["admitted"]

        await asyncio.gather(*(browser.sees() for browser in two))
        third = await rig.knock(people.ticket(Role.COACH, uuid4(), person=uuid4()))
        assert (await third.hear("refused"))["code"] == "third_person"
        assert "start" not in await coach.page.until_pong()
        await asyncio.gather(*(browser.close() for browser in two))


async def test_take_over_by_another_device_brings_the_picture_there() -> None:
    async with running() as rig:
        people = People()
        coach, candidate = await _talk(rig, people)
        await candidate.sees()
        phone = await rig.knock(people.ticket(Role.CANDIDATE, uuid4()))
        await phone.hear("second_device")
        await phone.say("take_over")
        await phone.hear("welcome")
        await phone.say("camera", live=True, verdict=None)
        while not (await coach.page.hear("knock"))["camera"]:
            pass
        await coach.page.say("admit")

        newcomer = Browser(phone)
        await asyncio.gather(coach.begin(), newcomer.begin())

        await asyncio.gather(coach.sees(), newcomer.sees())
        assert await candidate.page.closed() == 4409
        await asyncio.gather(*(b.close() for b in (coach, candidate, newcomer)))


async def test_failed_connection_is_built_anew_in_the_next_epoch() -> None:
    async with running() as rig:
        two = await _talk(rig, People())
        await two[0].sees()
        await two[1].page.say("restart", epoch=1)

        await asyncio.gather(*(browser.begin() for browser in two))

        assert [browser.epoch for browser in two] == [2, 2]
        await asyncio.gather(*(browser.sees() for browser in two))
        await asyncio.gather(*(browser.close() for browser in two))
