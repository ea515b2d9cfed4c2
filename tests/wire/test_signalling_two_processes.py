"""Two web processes carry the two sides of one talk through a real Redis."""

import asyncio
import contextlib
import json
from uuid import uuid4

import pytest
from aiohttp import WSMsgType
from redis.exceptions import RedisError

from coaching.words import Role
from server.demo.installation import free_port
from signaling.redis_registry import RedisRegistry
from tests.servers import redis_at
from tests.wire.peers import Browser
from tests.wire.rig import KEY, PATIENCE, Page, People, Rig, running

pytestmark = pytest.mark.wire


async def _talk(one: Rig, two: Rig, people: People) -> tuple[Page, Page]:
    candidate = await two.sit(people, Role.CANDIDATE)
    await candidate.say("camera", live=True, verdict=None)
    await candidate.until_pong()
    coach = await one.sit(people, Role.COACH)
    await coach.say("camera", live=True, verdict=None)
    await coach.say("admit")
    await asyncio.gather(coach.hear("start"), candidate.hear("start"))
    return coach, candidate


async def test_both_sides_in_different_processes_talk_and_a_third_stays_out(
    redis_url: str,
) -> None:
    prefix = uuid4().hex
    registries = [RedisRegistry(redis_url, KEY, prefix=prefix) for _ in range(2)]
    async with running(registries[0]) as one, running(registries[1]) as two:
        people = People()
        coach, candidate = await _talk(one, two, people)
        await coach.say("candidate", epoch=1, candidate=None)
        assert (await candidate.hear("candidate"))["from"] == "coach"

        third = await two.knock(people.ticket(Role.COACH, uuid4(), person=uuid4()))
        assert (await third.hear("refused"))["code"] == "third_person"
        assert (await coach.hear("third_refused"))["count"] == 1

        phone = await one.knock(people.ticket(Role.CANDIDATE, uuid4()))
        await phone.hear("second_device")
        await phone.say("take_over")
        await phone.hear("welcome")
        assert await candidate.closed() == 4409


async def test_page_resumes_in_the_other_process(redis_url: str) -> None:
    prefix = uuid4().hex
    registries = [RedisRegistry(redis_url, KEY, prefix=prefix) for _ in range(2)]
    async with running(registries[0]) as one, running(registries[1]) as two:
        coach, candidate = await _talk(one, two, People())
        await candidate.socket.close()
        assert not (await coach.hear("peer"))["present"]

        back = await one.resume(candidate.token, 1)

        assert (await back.hear("welcome"))["epoch"] == 1
        assert (await coach.hear("peer"))["present"]


async def test_five_people_joining_twenty_times_in_two_processes_leave_two_seats(
    redis_url: str,
) -> None:
    prefix = uuid4().hex
    registries = [RedisRegistry(redis_url, KEY, prefix=prefix) for _ in range(2)]
    async with running(registries[0]) as one, running(registries[1]) as two:
        people, strangers = People(), [uuid4() for _ in range(3)]
        tickets = [people.ticket(role, uuid4()) for role in Role for _ in range(4)]
        tickets += [
            people.ticket(role, uuid4(), person=person) for person in strangers * 2 for role in Role
        ]

        pages = await asyncio.gather(
            *((one, two)[n % 2].knock(ticket) for n, ticket in enumerate(tickets))
        )
        words = await asyncio.gather(*(_first_word(page) for page in pages))

        assert words.count("welcome") == 2


async def _first_word(page: Page) -> str:
    try:
        return str((await page.hear("welcome", "second_device", "refused"))["type"])
    except AssertionError:
        return "closed"


async def test_either_process_knows_who_waits(redis_url: str) -> None:
    prefix = uuid4().hex
    registries = [RedisRegistry(redis_url, KEY, prefix=prefix) for _ in range(2)]
    async with running(registries[0]) as one, running(registries[1]) as two:
        people, nobody = People(), uuid4()
        candidate = await two.sit(people, Role.CANDIDATE)

        for rig in (one, two):
            assert await rig.signaling.waiting([people.meeting, nobody]) == {people.meeting}

        await candidate.say("leave")
        await candidate.hear("ended")
        for rig in (one, two):
            assert await rig.signaling.waiting([people.meeting, nobody]) == frozenset()


async def test_signing_out_in_one_process_closes_the_page_in_the_other(redis_url: str) -> None:
    prefix = uuid4().hex
    registries = [RedisRegistry(redis_url, KEY, prefix=prefix) for _ in range(2)]
    async with running(registries[0]) as one, running(registries[1]) as two:
        people, device = People(), uuid4()
        candidate = await two.sit(people, Role.CANDIDATE, device)

        await one.signaling.close_device(device)

        assert await candidate.closed() == 4401
        assert await one.signaling.waiting([people.meeting]) == frozenset()


async def test_while_redis_is_dead_the_day_and_signing_out_still_work() -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with redis_at(port) as redis:
        async with running(RedisRegistry(url, KEY)) as rig:
            people, device = People(), uuid4()
            candidate = await rig.sit(people, Role.CANDIDATE, device)

            redis.kill()
            redis.wait()

            assert await rig.signaling.waiting([people.meeting]) == {people.meeting}
            await rig.signaling.close_device(device)
            assert await candidate.closed() == 4401


async def test_registry_answers_every_question_at_once_when_redis_is_back() -> None:
    port = free_port()
    registry = RedisRegistry(f"redis://127.0.0.1:{port}/0", KEY)
    meetings = [str(uuid4()) for _ in range(5)]
    with redis_at(port):
        # As many connections as questions at the same time, kept for later.
        assert await asyncio.gather(*map(registry.load, meetings)) == [None] * 5

    with pytest.raises(RedisError):
        await registry.load(meetings[0])
    with redis_at(port):
        assert await asyncio.gather(*map(registry.load, meetings)) == [None] * 5
        await registry.close()


async def test_redis_that_dies_in_the_talk_leaves_the_two_talking_and_the_seats_come_back() -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    registries = [RedisRegistry(url, KEY) for _ in range(2)]
    async with contextlib.AsyncExitStack() as closing:
        with redis_at(port) as redis:
            one = await closing.enter_async_context(running(registries[0]))
            two = await closing.enter_async_context(running(registries[1]))
            people = People()
            coach, candidate = browsers = await _see_each_other(one, two, people)

            redis.kill()
            redis.wait()
            for browser in browsers:
                await browser.page.say("attest", seen=True, reason=None, frames=100)
                assert await browser.page.closed() == 1011
            assert await (await one.resume(coach.page.token, 1)).closed() == 1011
            await asyncio.gather(*(browser.sees() for browser in browsers))

        with redis_at(port):
            for browser, rig in ((coach, two), (candidate, one)):
                browser.page = await _back(rig, browser.page.token)
            while not (await coach.page.hear("peer"))["present"]:
                pass  # first that the page before is gone, if that was noted in between
            third = await two.knock(people.ticket(Role.COACH, uuid4(), person=uuid4()))
            assert (await third.hear("refused"))["code"] == "third_person"
            assert "start" not in await candidate.page.until_pong()
            await asyncio.gather(*(browser.sees() for browser in browsers))
            await asyncio.gather(*(browser.close() for browser in browsers))
            await closing.aclose()


async def _see_each_other(one: Rig, two: Rig, people: People) -> tuple[Browser, Browser]:
    candidate = Browser(await two.sit(people, Role.CANDIDATE))
    await candidate.page.say("camera", live=True, verdict=None)
    await candidate.page.until_pong()
    coach = Browser(await one.sit(people, Role.COACH))
    await coach.page.say("camera", live=True, verdict=None)
    await coach.page.say("admit")
    await asyncio.gather(coach.begin(), candidate.begin())
    await asyncio.gather(coach.sees(), candidate.sees())
    return coach, candidate


async def _back(rig: Rig, token: str) -> Page:
    """As the page does: again, until the server can look again."""
    async with asyncio.timeout(PATIENCE):
        while True:
            page = await rig.resume(token, 1)
            frame = await page.socket.receive()
            if frame.type is WSMsgType.TEXT:
                welcome = json.loads(frame.data)
                assert (welcome["type"], welcome["epoch"]) == ("welcome", 1)
                assert welcome["admitted"]
                page.token = welcome["seat_token"]
                return page
            assert page.socket.close_code == 1011
