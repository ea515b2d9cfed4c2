"""The real installation, and browsers with fake cameras; each journey opens its own windows.

Installation and browsers are started once, so all journeys run on the event loop of the session.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, ViewportSize, async_playwright

from server.usecases.context import Parts
from tests.journeys.bidi import Bidi, running_firefox
from tests.journeys.inspection import AXE, Looking
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

_HERE = Path(__file__).parent
_ASKING = [arg for arg in CHROMIUM_ARGS if arg != "--use-fake-ui-for-media-stream"]

OpenWindow = Callable[[], Awaitable[Window]]

Launch = Callable[..., Awaitable[Browser]]

session = pytest_asyncio.fixture(scope="session", loop_scope="session")
own = pytest_asyncio.fixture(loop_scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the journeys on the event loop that their browsers live on."""
    for item in items:
        if item.path.is_relative_to(_HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for all journeys; each makes its own people in it."""
    with running_house(tmp_path_factory.mktemp("installation")) as running:
        yield running


@own
async def before(installation: Installation) -> AsyncIterator[Parts]:
    """The use cases on the installation's database: for what happened before the journey."""
    async with installation.parts() as parts:
        yield parts


@session
async def playwright() -> AsyncIterator[Playwright]:
    """What drives every Chromium."""
    async with async_playwright() as driver:
        yield driver


@session
async def launch(playwright: Playwright) -> AsyncIterator[Launch]:
    """Gives Debian's Chromium with these arguments, the same one each time."""
    path = executable("chromium", package="chromium")
    started: dict[tuple[str, ...], Browser] = {}

    async def give(*args: str) -> Browser:
        if args not in started:
            started[args] = await playwright.chromium.launch(executable_path=path, args=list(args))
        return started[args]

    yield give
    for browser in started.values():
        await browser.close()


@own
async def chromium_with(launch: Launch) -> AsyncIterator[Launch]:
    """The same, for one journey: its windows are closed at the end."""
    given: list[Browser] = []

    async def give(*args: str) -> Browser:
        given.append(await launch(*args))
        return given[-1]

    yield give
    for browser in given:
        for context in tuple(browser.contexts):
            await context.close()


@own
async def chromium(chromium_with: Launch) -> Browser:
    """Debian's Chromium; says yes by itself when a page asks for camera and microphone."""
    return await chromium_with(*CHROMIUM_ARGS)


@own
async def asking_chromium(chromium_with: Launch) -> Browser:
    """Chromium with a fake camera that only answers as the context's permissions say."""
    return await chromium_with(*_ASKING)


@session
async def running_bidi() -> AsyncIterator[Bidi]:
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


@own
async def firefox_window(running_bidi: Bidi) -> AsyncIterator[OpenWindow]:
    """Opens a Firefox window with cookies of its own; it is closed at the end."""
    async with AsyncExitStack() as closing:

        async def open_window() -> Window:
            window = await FirefoxWindow.open(running_bidi)
            closing.push_async_callback(window.close)
            return window

        yield open_window


@pytest.fixture
def axe() -> str:
    assert AXE.is_file(), "axe-core is missing; install it with: cd web && npm ci"
    return AXE.read_text("utf-8")


@pytest.fixture
def looking(
    request: pytest.FixtureRequest,
    chromium: Browser,
    installation: Installation,
) -> Looking:
    return Looking(chromium=chromium, base=installation.base, view=request.param)
