"""Hands that have no mouse: Tab, arrows, letters and Enter, and a look at where the focus is."""

import json
from dataclasses import dataclass
from typing import Any

from tests.journeys.windows import ChromiumWindow, look, shown, until

_MOST_TABS = 300
_WHOLE = ("RootWebArea", "main")
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
# From now on it is written down when something takes the focus away and gives it no other place;
# behind the end of the page the Tab key itself leaves it nowhere.
_WATCH = """
(() => {
  window.focusLost = [];
  let had = null, key = '';
  addEventListener('keydown', (event) => { key = event.key; }, {capture: true});
  const nowhere = (one) => one === null || one === document.body;
  setInterval(() => {
    const now = document.activeElement;
    const gone = !nowhere(had) && !had.checkVisibility();
    if (nowhere(now) && !nowhere(had) && (gone || key !== 'Tab'))
      window.focusLost.push(had.outerHTML.slice(0, 160));
    had = now;
  }, 10);
})()
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

    async def find(self, selector: str) -> None:
        """As `go_to`, and over the end of the page back to its beginning."""
        await shown(self.window, selector)
        for _ in range(_MOST_TABS):
            await self.key("Tab")
            focus = await self.window.page.evaluate(_FOCUS, selector)
            assert not focus["wrong"] or focus["wrong"].startswith("backwards"), focus["wrong"]
            if focus["at"] == "there":
                return
        raise AssertionError(f"{selector} is not reached with Tab\n{await look(self.window)}")

    async def find_and_press(self, selector: str) -> None:
        await self.find(selector)
        await self.key("Enter")

    async def watch(self) -> None:
        """Write down from now on, on this page, when the focus is lost."""
        await self.window.evaluate(_WATCH)

    async def lost(self) -> list[str]:
        """What had the focus when it was lost, since `watch`."""
        found: list[str] = await self.window.evaluate("window.focusLost")
        return found

    async def unnamed(self) -> list[str]:
        """What can have the focus on this page, and has no name that a screen reader could say."""
        asked = await self.window.context.new_cdp_session(self.window.page)
        tree = await asked.send("Accessibility.getFullAXTree")
        await asked.detach()
        return [_told(node) for node in tree["nodes"] if _is_stop(node) and not _name(node)]

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


def _is_stop(node: dict[str, Any]) -> bool:
    """Whether a node of the accessibility tree can have the focus; the page itself is none."""
    can = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
    role = node.get("role", {}).get("value")
    return not node["ignored"] and can.get("focusable") is True and role not in _WHOLE


def _name(node: dict[str, Any]) -> str:
    return str(node.get("name", {}).get("value", "")).strip()


def _told(node: dict[str, Any]) -> str:
    return json.dumps({key: node.get(key) for key in ("role", "name", "backendDOMNodeId")})
