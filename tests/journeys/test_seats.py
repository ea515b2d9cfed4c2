"""Two seats: a second device of the same person, and a server that restarts in the middle."""

import asyncio

import pytest

from server.usecases.context import Parts
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.pictures import see_each_other
from tests.journeys.steps import (
    BANNER,
    TALK,
    WAITING,
    admit,
    come_back,
    in_talk,
    in_the_middle,
    open_link,
    turn_on_and_enter,
)
from tests.journeys.windows import ChromiumWindow, Window, says, shown, until

pytestmark = pytest.mark.journey

_KEEP_STREAM = "window.keptStream = document.querySelector('#remote').srcObject, true"
# Somebody who comes back to the window need not wait for the next step of the ladder.
_LOOK_AGAIN = "window.dispatchEvent(new Event('focus'))"
_SAME_STREAM = "window.keptStream === document.querySelector('#remote').srcObject"


async def test_second_device_of_the_same_person_is_asked_and_takes_over(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    phone_window: OpenWindow,
) -> None:
    laptop, coach, phone = await chromium_window(), await chromium_window(), await phone_window()
    link = await in_the_middle(installation, before, laptop, coach)

    await open_link(phone, link)
    await turn_on_and_enter(phone)
    await shown(phone, "#stage-second-device")
    await see_each_other(laptop, coach)
    await phone.press("#take-over")

    await shown(phone, WAITING)
    await shown(laptop, "#stage-superseded")
    await says(coach, "ander apparaat", selector="#notice")
    await admit(coach)
    await in_talk(phone, coach)
    await see_each_other(phone, coach)


async def test_second_device_that_says_no_changes_nothing(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    phone_window: OpenWindow,
) -> None:
    laptop, coach, phone = await chromium_window(), await chromium_window(), await phone_window()
    link = await in_the_middle(installation, before, laptop, coach)

    await open_link(phone, link)
    await turn_on_and_enter(phone)
    await shown(phone, "#stage-second-device")
    await phone.press("#not-here")

    await until(phone, "!document.querySelector('#take-over').checkVisibility()")
    await see_each_other(laptop, coach)
    await shown(laptop, TALK)

    assert isinstance(laptop, ChromiumWindow)
    assert isinstance(coach, ChromiumWindow)
    await _goes_back_and_forth(laptop, coach)
    await _second_tab_goes_on(coach, laptop)


async def _goes_back_and_forth(laptop: ChromiumWindow, coach: ChromiumWindow) -> None:
    """The back button leaves the page and not the talk: forwards it goes on by itself."""
    await laptop.page.go_back()
    await until(coach, BANNER)
    await laptop.page.go_forward()
    await come_back(laptop)
    await see_each_other(laptop, coach)
    await until(coach, f"!({BANNER})")


async def _second_tab_goes_on(coach: ChromiumWindow, candidate: Window) -> None:
    """Two tabs of one coach: the newest has the seat, the other says so and lets go of it."""
    tab = ChromiumWindow(coach.context, await coach.context.new_page())
    await tab.goto(await coach.evaluate("location.href"))
    await turn_on_and_enter(tab)
    await shown(tab, TALK)
    await shown(coach, "#stage-superseded")
    await see_each_other(tab, candidate)


async def test_talk_goes_on_while_the_server_restarts_and_the_seats_come_back(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    phone_window: OpenWindow,
) -> None:
    candidate, coach = await phone_window(), await chromium_window()
    await in_the_middle(installation, before, candidate, coach)
    for window in (candidate, coach):
        await window.evaluate(_KEEP_STREAM)

    await asyncio.to_thread(installation.stop)
    try:
        await see_each_other(candidate, coach)
        for window in (candidate, coach):
            await until(window, BANNER)
    finally:
        await asyncio.to_thread(installation.start)

    for window in (candidate, coach):
        await window.evaluate(_LOOK_AGAIN)
        await until(window, f"!({BANNER})")
        assert await window.evaluate(_SAME_STREAM)
    await see_each_other(candidate, coach)
    # What one side tells now reaches the other through the new server.
    await candidate.press("#leave")
    await until(coach, BANNER)
