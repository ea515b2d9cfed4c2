"""Hands that have no mouse: Tab, arrows, letters and Enter, and a look at where the focus is."""

import json
from dataclasses import dataclass

from tests.journeys.windows import ChromiumWindow, look, until

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
FROM_THE_TOP = "(() => { document.activeElement?.blur(); window.lastFocus = null; return true; })()"
# The focus is on the heading of what is shown now: there a screen reader begins to read.
_AT_HEADING = """
document.activeElement.tagName === 'H1' && document.activeElement.checkVisibility()
  && document.activeElement.closest('section').id
"""
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

    async def arrives(self, stage: str) -> None:
        """Wait until this stage is shown and the focus is on its heading; go on from there."""
        await until(self.window, f"({_AT_HEADING}) === {json.dumps(stage)}")
        await self.window.evaluate("(() => { window.lastFocus = null; })()")

    async def comes_round(self) -> None:
        """From the top of the page through all of it, and out at its end: nothing traps."""
        await self.window.evaluate(FROM_THE_TOP)
        stops = int(await self.window.evaluate(_TABBED))
        for _ in range(stops + _PARTS_OF_DATES):
            await self.key("Tab")
            focus = await self.window.page.evaluate(_FOCUS, ".foot .language button")
            assert not focus["wrong"], focus["wrong"]
            if focus["at"] == "there":
                return
        raise AssertionError(f"the end of the page is not reached in {stops} stops")
