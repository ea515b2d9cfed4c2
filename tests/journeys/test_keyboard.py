"""A planner's day by keyboard alone: Tab, arrows, letters and Enter, and no mouse anywhere."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from server.usecases.context import MeetingId, Parts
from tests.journeys.conftest import PHONE, OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.links import starts_at
from tests.journeys.people import make_pair, sign_in_address
from tests.journeys.windows import ChromiumWindow, look, shown, until

pytestmark = pytest.mark.journey

_MOST_TABS = 300
_PARTS_OF_DATES = 10  # further stops within a field
# Where the focus is after one Tab: whether it can be seen, is in the window, and goes downwards.
_FOCUS = """
(selector) => {
  const now = document.activeElement;
  const last = window.lastFocus ?? null;
  window.lastFocus = now;
  if (now === null || now === document.body) return {at: '', wrong: ''};
  // The parts of a date and the button of its calendar are the browser's own, with its own ring.
  const parts = last === now && ['date', 'time'].includes(now.type);
  const ring = [now, now.closest('label')].some((one) => one !== null
    && getComputedStyle(one).outlineStyle !== 'none'
    && parseFloat(getComputedStyle(one).outlineWidth) >= 2);
  const {top, bottom, width} = now.getBoundingClientRect();
  const wrong = [
    ring || parts ? '' : 'no ring',
    bottom > 0 && top < innerHeight && width > 0 ? '' : 'out of sight',
    last === null || last === document.body || last === now || last.contains(now)
      || last.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING ? '' : 'backwards',
  ].filter(Boolean).join(', ');
  return {at: now.matches(selector) ? 'there' : 'on the way',
          wrong: wrong && `${wrong}: ${now.outerHTML.slice(0, 160)}`};
}
"""
_FROM_THE_TOP = (
    "(() => { document.activeElement?.blur(); window.lastFocus = null; return true; })()"
)
_TABBED = """
(() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')];
  const group = (one) => one.type === 'radio' ? one.name : one;
  return new Set(all.filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== 'hidden'
    && one.checkVisibility()).map(group)).size;
})()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyboard:
    """Hands that have no mouse."""

    window: ChromiumWindow

    async def go_to(self, selector: str) -> None:
        """Tab until the focus is on it; each stop on the way is seen, and none goes back up."""
        await until(
            self.window,
            f"[...document.querySelectorAll(`{selector}`)].some((one) => one.checkVisibility())",
        )
        for _ in range(_MOST_TABS):
            await self.key("Tab")
            focus = await self.window.page.evaluate(_FOCUS, selector)
            assert not focus["wrong"], focus["wrong"]
            if focus["at"] == "there":
                return
        raise AssertionError(f"{selector} is not reached with Tab\n{await look(self.window)}")

    async def press(self, selector: str) -> None:
        await self.go_to(selector)
        await self.key("Enter")

    async def choose(self, selector: str, chosen: str) -> None:
        """Go with the arrows through a list or a group of radio buttons until `chosen` holds."""
        await self.go_to(selector)
        for _ in range(20):
            if await self.window.evaluate(chosen):
                return
            await self.key("ArrowDown")
        raise AssertionError(f"the arrows do not bring {chosen}")

    async def key(self, name: str) -> None:
        await self.window.page.keyboard.press(name)

    async def comes_round(self) -> None:
        """From the top of the page through all of it, and out at its end: nothing traps."""
        await self.window.evaluate(_FROM_THE_TOP)
        stops = int(await self.window.evaluate(_TABBED))
        for _ in range(stops + _PARTS_OF_DATES):
            await self.key("Tab")
            focus = await self.window.page.evaluate(_FOCUS, ".foot .language button")
            assert not focus["wrong"], focus["wrong"]
            if focus["at"] == "there":
                return
        raise AssertionError(f"the end of the page is not reached in {stops} stops")


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
    await hands.press("main a[href^='/meetings/new?candidate=']")

    await until(window, "location.pathname === '/meetings/new'")
    await hands.comes_round()
    await window.evaluate(_FROM_THE_TOP)
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
        await window.evaluate(_FROM_THE_TOP)
        await hands.press(f"main a[href='/meetings/{meeting}']")
        await until(window, f"location.pathname === '/meetings/{meeting}'")
    await hands.press("#move > summary")
    await hands.go_to("#move [name=day]")


async def _week_of(parts: Parts, house: Installation, meeting: str) -> str:
    starts = await starts_at(house, parts, MeetingId(UUID(meeting)))
    return f"{starts.astimezone(parts.settings.tz):%G-W%V}"
