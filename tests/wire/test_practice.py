"""A page practises with the guide over the real signalling, with real packets both ways."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from aiortc import RTCPeerConnection

from coaching.words import Role
from tests.wire.practice_rig import Practiser, practiser, practising
from tests.wire.rig import People

pytestmark = pytest.mark.wire


async def test_guide_admits_plays_and_measures() -> None:
    async with practising() as (rig, house):
        people = People()
        page = await practiser(rig, house, people)
        await page.begin()

        await page.sees(20)
        hello = await page.hears("hello")
        assert "welcome" in hello["hello"]["clips"]
        page.ask(say="welcome")
        assert await page.hears("saying", saying="welcome")
        measured = (await page.hears("measured", picture="moving"))["measured"]
        assert measured["path"] == "direct"
        assert measured["up_kbps"] > 0 < measured["down_kbps"]

        page.ask(done=True)
        await page.page.say("leave")
        await page.page.closed()
        await house.drain(180)
        found = house.result(str(people.meeting))
        assert found is not None
        assert found.result.done
        await page.close()


class Unseen(Practiser):
    """A page that practises without a camera."""

    def show(self, peer: RTCPeerConnection) -> None:
        """Nothing: it was agreed so."""


async def test_who_need_not_be_seen_is_let_in_and_measured_by_the_voice_alone() -> None:
    async with practising() as (rig, house):
        people = People()
        candidate = replace(people.ticket(Role.CANDIDATE, uuid4()), camera_waiver=True)
        ticket = rig.desk.issue(people.ticket(Role.COACH, uuid4()))
        house.come(str(people.meeting), ticket, without_camera=True)
        page = Unseen(await rig.knock(candidate))
        await page.begin()
        await page.sees(5)

        measured = await page.hears("measured", picture="none")
        assert measured["measured"]["voice"] is not None
        await page.page.say("leave")
        await page.page.closed()
        await house.drain(180)
        found = house.result(str(people.meeting))
        assert found is not None
        assert found.result.without_camera
        assert "camera" not in found.result.causes
        await page.close()


async def test_longest_time_is_told_before_and_ends_with_a_farewell() -> None:
    async with practising() as (rig, house):
        people, now = People(), asyncio.get_running_loop().time
        began = now()
        page = await practiser(rig, house, people)
        await page.begin()
        await page.hears("hello")

        # Only now: on a slow machine the connection itself may take longer than that.
        guide, _ = house._guides[str(people.meeting)]
        guide._place = replace(guide._place, longest_seconds=now() - began + 50)

        assert (await page.hears("ending"))["ending"] in range(51)
        guide._place = replace(guide._place, longest_seconds=0.0)
        await page.page.hear("left")
        await page.close()


async def test_guide_that_fails_says_goodbye() -> None:
    async with practising() as (rig, house):
        people = People()
        page = await practiser(rig, house, people)
        await page.begin()
        await page.hears("hello")

        guide, _ = house._guides[str(people.meeting)]
        guide._call.tick = lambda: 1 / 0  # type: ignore[union-attr, method-assign]  # on purpose

        await page.page.hear("left")
        await page.close()


async def test_second_tab_is_asked_and_the_guide_goes_on_with_it() -> None:
    async with practising() as (rig, house):
        people = People()
        first = await practiser(rig, house, people)
        await first.begin()
        await first.hears("hello")

        other = await rig.knock(people.ticket(Role.CANDIDATE, uuid4()))
        await other.hear("second_device")
        assert house.come(str(people.meeting), "not needed").answer == "coming"  # it is there
        await other.say("take_over")
        await other.hear("welcome")
        await other.say("camera", live=True, verdict=None)
        tab = Practiser(other)
        await tab.begin()

        assert await tab.hears("hello")
        assert await tab.hears("measured")
        assert await first.page.closed() == 4409
        assert house.calls == 1
        await tab.close()
        await first.close()


async def test_guide_whose_socket_is_lost_comes_back() -> None:
    async with practising(back_seconds=0.0) as (rig, house):
        people = People()
        page = await practiser(rig, house, people)
        await page.begin()
        await page.hears("hello")

        guide, _ = house._guides[str(people.meeting)]
        assert guide._socket is not None
        guide._socket._writer.transport.abort()

        assert not (await page.page.hear("peer"))["present"]
        assert (await page.page.hear("peer"))["present"]
        await page.hears("measured", after=len(page.told))  # the same connection went on
        await page.close()
