"""A planner's day by keyboard alone: Tab, arrows, letters and Enter, and no mouse anywhere."""

from uuid import UUID

import pytest

from server.usecases.context import MeetingId, Parts
from tests.journeys.conftest import PHONE, OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.keyboard import FROM_THE_TOP, Keyboard
from tests.journeys.links import starts_at
from tests.journeys.people import make_pair, sign_in_address
from tests.journeys.windows import ChromiumWindow, shown, until

pytestmark = pytest.mark.journey


async def test_planner_signs_in_books_and_finds_it_back_by_keyboard(
    installation: Installation, before: Parts, chromium_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    window = await chromium_window()
    assert isinstance(window, ChromiumWindow)
    hands = Keyboard(window=window)

    await window.page.set_viewport_size(PHONE)
    await window.goto(await sign_in_address(before, installation.seeded.planner, now=before.now()))
    await hands.press("main form button")
    await until(window, "location.pathname === '/planner'")
    await hands.press(".top__menu summary")
    await hands.press(".top__sheet a[href='/candidates']")
    await until(window, "location.pathname === '/candidates'")
    await window.page.set_viewport_size({"width": 1280, "height": 800})
    await hands.go_to("[name=search]")
    await window.page.keyboard.type(pair.candidate_name)
    await hands.key("Enter")
    await until(window, "location.search.includes('search=')")
    await hands.press(f"main a[href='/candidates/{pair.candidate}']")
    # The list has such a link for each candidate too.
    await until(window, f"location.pathname === '/candidates/{pair.candidate}'")
    await hands.press("main a[href^='/meetings/new?candidate=']")

    await until(window, "location.pathname === '/meetings/new'")
    await hands.comes_round()
    await window.evaluate(FROM_THE_TOP)
    await hands.choose("#kind", "document.querySelector('#kind').value === 'progress'")
    await hands.choose("[name=mode]", "document.querySelector('[name=mode][value=video]').checked")
    await hands.press("#book")
    await until(window, "location.search === '?done=booked'")

    meeting = str(await window.evaluate("location.pathname.split('/')[2]"))
    day = await _week_of(before, installation, meeting)
    for view in ("", "&view=board"):
        await window.goto(f"{installation.base}/planner?week={day}&coach={pair.coach}{view}")
        if view:
            await shown(window, f"#board a[href='/meetings/{meeting}']")
        await hands.comes_round()
        await window.evaluate(FROM_THE_TOP)
        await hands.press(f"main a[href='/meetings/{meeting}']")
        await until(window, f"location.pathname === '/meetings/{meeting}'")
    await hands.press("#move > summary")
    await hands.go_to("#move [name=day]")


async def _week_of(parts: Parts, house: Installation, meeting: str) -> str:
    starts = await starts_at(house, parts, MeetingId(UUID(meeting)))
    return f"{starts.astimezone(parts.settings.tz):%G-W%V}"
