"""Two web processes carry the two sides of one talk through a real Redis."""

import asyncio
from uuid import uuid4

import pytest

from coaching.words import Role
from signaling.redis_registry import RedisRegistry
from tests.wire.rig import KEY, Page, People, Rig, running

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
