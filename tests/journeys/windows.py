"""One browser window of one person, the same for Chromium (Playwright) and Firefox (BiDi)."""

import asyncio
import json
import shutil
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from tests.journeys.bidi import Bidi, BidiError, Tab

CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=user-gesture-required",
)
PATIENCE = 180.0  # seconds for what must come, also on a machine that does much else
LOOK_EVERY = 0.1
# What Playwright and Firefox say of a navigation that another one of the same page cut off.
CUT_OFF = ("net::ERR_ABORTED", "is interrupted by another navigation", "NS_BINDING_ABORTED")
MOST_CUTS = 3
_LOADED = "document.readyState === 'complete'"
# Whether a press on the middle meets the element, and it stood there already at the last look.
_HIT = """
(() => {
  const one = document.querySelector(SELECTOR);
  one.scrollIntoView({block: 'center'});
  const {x, y, width, height} = one.getBoundingClientRect();
  const before = window.lastPlace;
  window.lastPlace = `${SELECTOR} ${x} ${y}`;
  const hit = document.elementFromPoint(x + width / 2, y + height / 2);
  return !one.disabled && before === window.lastPlace && one.contains(hit);
})()
"""


class Window(Protocol):
    """What a person does in a browser, and what can be seen there."""

    async def goto(self, url: str) -> None: ...
    async def reload(self) -> None: ...
    async def press(self, selector: str) -> None: ...
    async def type(self, letters: str, *, every_ms: int = 0) -> None: ...
    async def evaluate(self, expression: str) -> Any: ...  # noqa: ANN401 -- JSON of the page
    async def close(self) -> None: ...


class ChromiumWindow:
    """A page in a context of its own."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        page.set_default_timeout(PATIENCE * 1000)

    async def goto(self, url: str) -> None:
        """Open `url`; once more when the page was on its way elsewhere by itself and cut it off."""
        await _going(lambda: self.page.goto(url))

    async def reload(self) -> None:
        await _going(self.page.reload)

    async def press(self, selector: str) -> None:
        await shown(self, selector)
        await self.page.click(selector)

    async def type(self, letters: str, *, every_ms: int = 0) -> None:
        """Type into what has the focus; `\\n` is the Enter key and `\\b` takes a letter back."""
        for letter in letters:
            key = {"\n": "Enter", "\b": "Backspace"}.get(letter)
            if key is None:
                await self.page.keyboard.type(letter)
            else:
                await self.page.keyboard.press(key)
            await asyncio.sleep(every_ms / 1000)

    async def evaluate(self, expression: str) -> Any:  # noqa: ANN401 -- JSON of the page
        return await self.page.evaluate(f"async () => await ({expression})")

    async def close(self) -> None:
        await self.context.close()


class FirefoxWindow:
    """A tab in a user context of its own."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    @classmethod
    async def open(cls, bidi: Bidi) -> "FirefoxWindow":
        return cls(await Tab.open(bidi))

    async def goto(self, url: str) -> None:
        await _going(lambda: self.tab.goto(url))

    async def reload(self) -> None:
        await _going(self.tab.reload)

    async def press(self, selector: str) -> None:
        await shown(self, selector)
        await until(self, _HIT.replace("SELECTOR", json.dumps(selector)))
        await self.tab.press(selector)

    async def type(self, letters: str, *, every_ms: int = 0) -> None:
        await self.tab.type(letters, every_ms=every_ms)

    async def evaluate(self, expression: str) -> Any:  # noqa: ANN401 -- JSON of the page
        return await self.tab.evaluate(expression)

    async def close(self) -> None:
        await self.tab.close()


async def _going(go: Callable[[], Awaitable[object]]) -> None:
    """Go; once more when the page was on its way elsewhere by itself and cut it off."""
    for _ in range(MOST_CUTS):
        try:
            await go()
        except (BidiError, PlaywrightError) as cut:
            if not any(words in str(cut) for words in CUT_OFF):
                raise
        else:
            return
    await go()


def executable(*names: str, package: str) -> str:
    """The path of the first of `names`; a failure says what to install."""
    for name in names:
        if path := shutil.which(name):
            return path
    raise AssertionError(f"{names[0]} is missing; install it with: apt-get install {package}")


async def until(window: Window, expression: str, *, seconds: float = PATIENCE) -> Any:  # noqa: ANN401 -- JSON
    """Wait until `expression` is true in the page, over navigations, and give its value.

    The page is loaded whole by then: an address is new before anything of its page can be read.
    """
    deadline = time.monotonic() + seconds
    value: Any = None
    while time.monotonic() < deadline:
        try:
            value = await window.evaluate(f"{_LOADED} && ({expression})")
        except (BidiError, PlaywrightError) as gone:
            value = f"page not ready: {gone}"
        else:
            if value:
                return value
        await asyncio.sleep(LOOK_EVERY)
    raise AssertionError(
        f"after {seconds:.0f} s still not: {expression} (last: {value!r})\n{await look(window)}"
    )


async def shown(window: Window, selector: str, *, seconds: float = PATIENCE) -> None:
    """Wait until the element can be seen."""
    found = f"document.querySelector({json.dumps(selector)})"
    await until(window, f"!!({found}?.checkVisibility())", seconds=seconds)


async def says(window: Window, *words: str, selector: str = "main") -> None:
    """Wait until a person reads all these words in the element.

    What another window or process did shows here only after a while, however quick it is here.
    """
    found = f"document.querySelector({json.dumps(selector)})"
    for one in words:
        await until(window, f"({found}?.innerText ?? '').includes({json.dumps(one)})")


async def text(window: Window, selector: str = "main") -> str:
    """What a person reads in the element at this very moment; `says` waits for words."""
    found = f"document.querySelector({json.dumps(selector)})"
    return str(await window.evaluate(f"({found}?.innerText ?? '')"))


async def look(window: Window) -> str:
    """Where the window is and what it shows, for the message of a failure."""
    try:
        seen = await window.evaluate("location.pathname + ' | ' + document.body.innerText")
    except (BidiError, PlaywrightError) as gone:
        return f"(the window cannot be read: {gone})"
    return str(seen)[:1500]
