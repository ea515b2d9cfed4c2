"""The real installation, and browsers with fake cameras; each journey opens its own windows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from playwright.async_api import Browser, ViewportSize, async_playwright

from server.usecases.context import Parts
from tests.journeys.bidi import Bidi, running_firefox
from tests.journeys.installation import Installation, running_house
from tests.journeys.windows import (
    CHROMIUM_ARGS,
    ChromiumWindow,
    FirefoxWindow,
    Window,
    executable,
)

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}

OpenWindow = Callable[[], Awaitable[Window]]


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for all journeys; each makes its own people in it."""
    with running_house(tmp_path_factory.mktemp("installation")) as running:
        yield running


@pytest.fixture
async def before(installation: Installation) -> AsyncIterator[Parts]:
    """The use cases on the installation's database: for what happened before the journey."""
    async with installation.parts() as parts:
        yield parts


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium; says yes by itself when a page asks for camera and microphone."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable("chromium", package="chromium"), args=list(CHROMIUM_ARGS)
        )
        yield browser
        await browser.close()


@pytest.fixture
async def asking_chromium() -> AsyncIterator[Browser]:
    """Chromium with a fake camera that only answers as the context's permissions say."""
    args = [arg for arg in CHROMIUM_ARGS if arg != "--use-fake-ui-for-media-stream"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable("chromium", package="chromium"), args=args
        )
        yield browser
        await browser.close()


@pytest.fixture
async def firefox() -> AsyncIterator[Bidi]:
    """Debian's Firefox, stock; says yes by itself when a page asks for camera and microphone."""
    path = executable("firefox-esr", "firefox", package="firefox-esr")
    async with running_firefox(path) as bidi:
        yield bidi


@pytest.fixture
def chromium_window(chromium: Browser) -> OpenWindow:
    """Opens a Chromium window on a desk, with cookies of its own."""

    async def open_window() -> Window:
        context = await chromium.new_context(viewport=DESK, locale="nl-NL")
        return ChromiumWindow(context, await context.new_page())

    return open_window


@pytest.fixture
def phone_window(chromium: Browser) -> OpenWindow:
    """Opens a Chromium window of the width of a phone, with cookies of its own."""

    async def open_window() -> Window:
        context = await chromium.new_context(viewport=PHONE, locale="nl-NL", has_touch=True)
        return ChromiumWindow(context, await context.new_page())

    return open_window


@pytest.fixture
def firefox_window(firefox: Bidi) -> OpenWindow:
    """Opens a Firefox window with cookies of its own."""

    async def open_window() -> Window:
        return await FirefoxWindow.open(firefox)

    return open_window
