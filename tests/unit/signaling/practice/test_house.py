"""Guides come and go: what they saw stays, and who goes keeps nobody out or waiting."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.demo.installation import free_port
from signaling.practice.call import Looks
from signaling.practice.film_file import DEFAULT, read_film
from signaling.practice.guide import Guide, Place, Talk
from signaling.practice.house import Answer, House
from signaling.practice.measuring import Measured, Path, Picture

pytestmark = pytest.mark.unit

SECOND = Measured(
    picture=Picture.MOVING,
    voice=0.5,
    loss=0.0,
    jitter_ms=1,
    round_trip_ms=1,
    up_kbps=500,
    down_kbps=500,
    down_loss=0.0,
    path=Path.DIRECT,
)


def place() -> Place:
    return Place(
        socket=f"http://127.0.0.1:{free_port()}/ws",
        origin="http://127.0.0.1",
        film=read_film(DEFAULT),
        longest_seconds=1800,
    )


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House(place(), most=2)
    await made.open()
    yield made
    await made.close()


async def ended(house: House, session: str, device: str) -> None:
    """A guide came, saw ten seconds, and went: its socket leads nowhere."""
    assert house.come(session, "ticket", device).answer is Answer.COMING
    guide, task = house._guides[session]
    guide.talk.seconds.extend([SECOND] * 10)
    await task


async def test_who_comes_back_goes_on_and_another_device_begins_anew(house: House) -> None:
    seconds = []
    for device in ("phone", "phone", "laptop", "phone"):
        await ended(house, "session", device)
        found = house.result("session")
        assert found is not None
        assert not found.running
        seconds.append(found.result.seconds)

    assert seconds == [10, 20, 10, 30]


async def test_results_are_kept_until_they_are_too_many(house: House) -> None:
    with ThreadPoolExecutor(1) as executor:
        for number in range(600):
            guide = Guide(house._place, "ticket", Looks(executor), {}, "phone")
            house._keep(str(number), guide)
            if number == 299:
                assert house.result("0") is not None

    assert [house.result(one) is not None for one in ("99", "100", "599")] == [False, True, True]


async def test_page_that_comes_while_its_guide_goes_is_next_in_line(house: House) -> None:
    house.come("session", "ticket", "phone")
    guide, task = house._guides["session"]
    guide.leave()

    found = house.come("session", "ticket", "phone")
    await task

    assert (found.answer, found.position) == (Answer.FULL, 1)
    assert house.come("session", "ticket", "phone").answer is Answer.COMING


async def test_device_that_takes_over_has_a_talk_of_its_own() -> None:
    with ThreadPoolExecutor(1) as executor:
        talks = {"phone": Talk(device="phone", seconds=[SECOND] * 20)}
        guide = Guide(place(), "ticket", Looks(executor), talks, "phone")
        assert guide.result().seconds == 20
        guide.met("laptop")
        assert guide.result().seconds == 20  # it only asks: perhaps it does not take over

        await guide._start({"epoch": 1})
        before = guide.result().seconds
        guide.met("phone")
        await guide._start({"epoch": 2})
        await guide._hang_up()

    assert (before, guide.result().seconds, guide.talk.device) == (0, 20, "phone")


@pytest.mark.parametrize(
    ("met", "after", "goes"), [(False, 34, False), (False, 36, True), (True, 89, False)]
)
async def test_guide_waits_shortly_for_somebody_who_never_came(
    *, met: bool, after: float, goes: bool
) -> None:
    with ThreadPoolExecutor(1) as executor:
        guide = Guide(place(), "ticket", Looks(executor), {}, "phone")
        guide._see(present=met)
        guide._see(present=False)

        guide._mind_end(after, asyncio.get_running_loop().time() + after)

    assert guide.is_going is goes
