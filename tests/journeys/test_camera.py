"""Camera on: help before anybody enters, and a word to both when one side is not seen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser

from server.usecases.context import Parts
from tests.journeys.conftest import PHONE, Launch, OpenWindow
from tests.journeys.devices import (
    CLOCK_OFF,
    camera_argument,
    take_camera_away,
    take_picture_away,
    write_picture,
)
from tests.journeys.installation import Installation
from tests.journeys.people import talk_now
from tests.journeys.pictures import see_each_other
from tests.journeys.steps import BANNER, CHECK, TALK, in_the_middle, open_link
from tests.journeys.windows import CHROMIUM_ARGS, ChromiumWindow, Window, shown, until

pytestmark = pytest.mark.journey

PHONE_SHOWN = "[...document.querySelectorAll('a[href^=\"tel:\"]')].some((a) => a.checkVisibility())"
_BANNER_SAYS = "document.querySelector('#banner').textContent.includes('{}')"
# Somebody comes back to the window, time and again: a page that just asks hears nothing of it.
_LOOKING_AGAIN = "dispatchEvent(new Event('focus')) && {}"
NOT_SEEN_SECONDS = 180  # 10 s until it is attested, 30 s of grace, and a slow machine


async def test_camera_that_is_refused_gives_help_and_lets_in_when_it_is_allowed(
    installation: Installation, before: Parts, asking_chromium: Browser
) -> None:
    talk = await talk_now(before, installation.planner)
    link = installation.invitation_in(
        await installation.mail_about(talk.pair.email, talk.starts_at)
    )
    context = await asking_chromium.new_context(viewport=PHONE, locale="nl-NL")
    await context.grant_permissions([], origin=installation.base)
    candidate = ChromiumWindow(context, await context.new_page())

    await open_link(candidate, link)
    await candidate.press("#turn-on")

    await shown(candidate, "#stage-help")
    assert await candidate.evaluate("document.querySelectorAll('#help-steps li').length") > 0
    assert await candidate.evaluate(PHONE_SHOWN)
    assert not await candidate.evaluate("document.querySelector('#enter').checkVisibility()")
    # The person changes it in the browser's own settings, and the page notices by itself.
    await context.grant_permissions(["camera", "microphone"], origin=installation.base)
    await shown(candidate, CHECK)


async def test_camera_that_is_switched_off_tells_both_after_half_a_minute(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    chromium_with: Launch,
    tmp_path: Path,
) -> None:
    picture = tmp_path / "camera.y4m"
    write_picture(picture, black=False)
    chromium = await chromium_with(*CHROMIUM_ARGS, camera_argument(picture))
    context = await chromium.new_context(viewport=PHONE, locale="nl-NL", has_touch=True)
    await context.add_init_script(CLOCK_OFF)
    candidate, coach = ChromiumWindow(context, await context.new_page()), await chromium_window()
    await in_the_middle(installation, before, candidate, coach)
    await _cable_comes_out_and_goes_in(candidate, coach, chromium, picture)

    await candidate.press("#toggle-camera")

    await until(coach, f"{BANNER} && {_BANNER_SAYS.format('heeft de camera even uit')}")
    not_seen = "document.querySelector('#banner').textContent.startsWith('U ziet')"
    await until(coach, not_seen, seconds=NOT_SEEN_SECONDS)
    await until(candidate, "document.querySelector('#banner').textContent.includes('niet')")
    await candidate.press("#toggle-camera")
    for window in (candidate, coach):
        await until(window, f"!({BANNER})")

    await candidate.press("#toggle-microphone")
    await until(coach, f"{BANNER} && {_BANNER_SAYS.format('heeft het geluid even uit')}")
    await until(candidate, f"{BANNER} && {_BANNER_SAYS.format('hoort u niet')}")


async def _cable_comes_out_and_goes_in(
    candidate: ChromiumWindow, coach: Window, chromium: Browser, picture: Path
) -> None:
    """Each is told of it beside the picture, nobody leaves the talk, and nobody presses."""
    off = await candidate.evaluate("Date.now() / 1000")
    assert abs(datetime.fromtimestamp(off, UTC) - datetime.now(UTC)) > timedelta(hours=4)

    take_picture_away(picture)
    await take_camera_away(chromium)
    await until(candidate, f"{BANNER} && {_BANNER_SAYS.format('camera is uit')}")
    await until(coach, f"{BANNER} && {_BANNER_SAYS.format('heeft de camera even uit')}")
    for window in (candidate, coach):
        await shown(window, TALK)

    write_picture(picture, black=False)
    await until(candidate, _LOOKING_AGAIN.format(f"!({BANNER})"))
    await until(coach, f"!({BANNER})")
    await see_each_other(candidate, coach)
