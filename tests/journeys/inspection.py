"""Looks at pages with axe-core, in both languages, on a phone and on a desk.

With TWEESPRAAK_LOOKS, the name of a file, every page is looked at in both widths, and what each
look found is added there as a line of JSON; `benchmarks/looked_at.py` reads it.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, BrowserContext
from playwright.async_api import Error as PlaywrightError

from tests.journeys.windows import ChromiumWindow

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
PHONE, DESK = 320, 1280  # pixels
VIEWS = [("nl", PHONE), ("en", DESK)]
LOOKS = os.environ.get("TWEESPRAAK_LOOKS")
WENT_ON = "Execution context was destroyed"  # Playwright's words for a page that navigated
_HAS_AXE = "typeof axe !== 'undefined'"
# Two frames: what follows the width by script has followed then.
_RUN = """
(async (width) => {
  for (let waited = 0; innerWidth !== width && waited < 100; waited += 1)
    await new Promise((go) => setTimeout(go, 20));
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const found = await axe.run(document, {
    resultTypes: ['violations'],
    preload: {assets: ['media']}, // the styles are for rules that axe leaves out by itself
  });
  // One primary button on each screen of a candidate: more are a choice that nobody asked for.
  const main = document.body.matches('.candidate-page')
    ? [...document.querySelectorAll('.utrecht-button--primary-action')]
        .filter((one) => one.checkVisibility({visibilityProperty: true}))
    : [];
  return [
    ...(main.length > 1 ? [`primary: ${main.map((one) => one.innerText).join(' | ')}`] : []),
    ...(innerWidth === width ? [] : [`the window is ${innerWidth} px wide, not ${width}`]),
    ...(wide > 0 ? [`the page is ${wide} px wider than the window`] : []),
    ...found.violations.map(({id, help, nodes}) =>
    `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`),
  ];
})
"""


@dataclass(slots=True, kw_only=True)
class Inspection:
    """Looks at page after page, and remembers what is wrong where; `turned` in both widths."""

    base: str
    axe: str
    turned: bool = True
    found: dict[str, list[str]] = field(default_factory=dict)

    async def page(self, window: ChromiumWindow, path: str) -> None:
        await window.goto(f"{self.base}{path}")
        await self.stage(window, path)

    async def stage(self, window: ChromiumWindow, name: str) -> None:
        """Look at what the window shows now; in both widths the other one first."""
        own = width_of(window)
        others = sorted({PHONE, DESK} - {own}) if self.turned or LOOKS else []
        for width in (*others, own):
            await widen(window, width)
            await self.look(window, name)

    async def look(self, window: ChromiumWindow, name: str) -> None:
        """Look at what the window shows now, as wide as it is."""
        width = width_of(window)
        wrong = await self._wrong(window, width)
        if wrong:
            self.found[f"{name}, {width} px"] = wrong
        if LOOKS:
            language = await window.evaluate("document.documentElement.lang")
            _write_down({"page": name, "language": language, "width": width, "wrong": wrong})

    async def _wrong(self, window: ChromiumWindow, width: int) -> list[str]:
        """What axe finds; looked at anew when the page went on by itself in the middle of it."""
        while True:
            try:
                if not await window.page.evaluate(_HAS_AXE):
                    await window.page.evaluate(self.axe)
                found: list[str] = await window.page.evaluate(_RUN, width)
            except PlaywrightError as gone:
                if WENT_ON not in gone.message:
                    raise
                await window.page.wait_for_load_state()
            else:
                return found

    def judge(self) -> None:
        assert not self.found, json.dumps(self.found, indent=1, ensure_ascii=False)


def _write_down(look: dict[str, object]) -> None:
    with Path(LOOKS or os.devnull).open("a", encoding="utf-8") as file:
        file.write(json.dumps(look) + "\n")


def width_of(window: ChromiumWindow) -> int:
    """The width of a window in pixels."""
    size = window.page.viewport_size
    assert size
    return size["width"]


async def widen(window: ChromiumWindow, width: int) -> None:
    """Give a window another width in pixels."""
    await window.page.set_viewport_size({"width": width, "height": 800})


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Opens windows of one width that read one language."""

    chromium: Browser
    base: str
    view: tuple[str, int]

    async def window(self) -> ChromiumWindow:
        language, width = self.view
        context: BrowserContext = await self.chromium.new_context(
            viewport={"width": width, "height": 800}, reduced_motion="reduce"
        )
        await context.add_cookies([{"name": "tsl", "value": language, "url": self.base}])
        return ChromiumWindow(context, await context.new_page())
