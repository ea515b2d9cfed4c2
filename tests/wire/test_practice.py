"""A page practises with the guide over the real signalling, with real packets both ways."""

import pytest

from tests.wire.practice_rig import practiser, practising
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
        await house.drain(5)
        result = house.result(str(people.meeting))
        assert result is not None
        assert result.done
        await page.close()
