"""Two people at their browsers, for figures: Chromium with fake cameras, on a real installation."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.installation import SESSION_COOKIE, Running

ARGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
)
PATIENCE_MS = 180_000  # a machine that does much else is slow, and no figure counts this


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a screen.

    Raises:
        FileNotFoundError: it is not installed; the text names the command.
    """
    path = shutil.which("chromium")
    if path is None:
        raise FileNotFoundError("Chromium is missing: apt-get install chromium")
    with chromiums(path) as (browser,):
        yield browser


@contextlib.contextmanager
def chromiums(*paths: str, more: Sequence[str] = ()) -> Iterator[list[Browser]]:
    """A Chromium of each of these programs, with `more` arguments."""
    args = [*ARGS, *more]
    with sync_playwright() as playwright:
        browsers = [playwright.chromium.launch(executable_path=path, args=args) for path in paths]
        try:
            yield browsers
        finally:
            for browser in browsers:
                browser.close()


def window(browser: Browser, *, locale: str | None = None) -> BrowserContext:
    """A window with cookies of its own, in which everything is waited for with patience."""
    context = browser.new_context(locale=locale)
    context.set_default_timeout(PATIENCE_MS)
    return context


def candidate_window(browser: Browser, house: Running) -> BrowserContext:
    """A window that redeemed the invitation: the guest cookie is in it."""
    context = window(browser, locale="nl-NL")
    page = context.new_page()
    page.goto(house.candidate_url)
    page.click("main form[method=post] button")
    page.wait_for_selector("#stage-intro")
    page.close()
    return context


def coach_window(browser: Browser, house: Running) -> BrowserContext:
    """A window in which the coach is signed in."""
    context = window(browser, locale="nl-NL")
    context.add_cookies(
        [{"name": SESSION_COOKIE, "value": house.coach_session, "url": house.base_url}]
    )
    return context


def enter(context: BrowserContext, address: str) -> Page:
    """A page that is in: camera on, own picture seen, join button pressed."""
    page = context.new_page()
    page.goto(address)
    page.click("#turn-on", timeout=PATIENCE_MS)
    page.click("#enter", timeout=PATIENCE_MS)
    page.wait_for_selector("#stage-waiting", state="visible", timeout=PATIENCE_MS)
    return page
