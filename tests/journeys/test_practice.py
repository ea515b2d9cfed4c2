"""The whole practice with the real guide, by keyboard only; axe finds nothing on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from coaching.words import MeetingKind, Mode, Skill
from server.store.schema import readiness
from server.usecases.booking import BookingRequest, book_meeting
from server.usecases.context import Parts
from tests.journeys.conftest import OpenWindow
from tests.journeys.inspection import LOOKS, Inspection, widen
from tests.journeys.inspection import PHONE as NARROWEST
from tests.journeys.installation import Installation
from tests.journeys.links import link_of
from tests.journeys.people import Pair, local_minute, make_pair, new_key
from tests.journeys.windows import ChromiumWindow, Window, text, until

pytestmark = pytest.mark.journey

_MOST_TABS = 60
OF_THE_MACHINE = ("network", "sound")
# The browser kept the page whole and shows it again: all that it had is dead.
_KEPT = """
(window.before = true,
 setTimeout(() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))), true)
"""
_REACHED = "!!document.activeElement?.matches('{}')"


async def invited_to_practise(house: Installation, parts: Parts) -> tuple[Pair, str]:
    """Somebody less at home with computers, and the link to a practice next week."""
    pair = await make_pair(parts, house.planner, now=parts.now(), skill=Skill.LESS)
    request = BookingRequest(
        trajectory=pair.trajectory,
        kind=MeetingKind.PRACTICE,
        mode=Mode.VIDEO,
        starts_local=local_minute(parts, parts.now() + timedelta(days=7)),
        minutes=30,
        room=None,
    )
    booked = await book_meeting(parts, house.planner, request, key=new_key(), now=parts.now())
    return pair, await link_of(house, parts, pair, booked.meeting)


async def press(window: ChromiumWindow, selector: str) -> None:
    """Go to something with Tab, and press it with Enter."""
    found = f"document.querySelector('{selector}')"
    await until(window, f"{found}?.checkVisibility() && !{found}.disabled")
    for _ in range(_MOST_TABS):
        if await window.evaluate(_REACHED.format(selector)):
            await window.page.keyboard.press("Enter")
            return
        await window.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with Tab: {await text(window)}")


async def at(window: Window, screen: str) -> None:
    await until(window, f"document.body.dataset.at === '{screen}'")


def do(screen: str, what: str) -> str:
    return f"[data-screen={screen}] [data-do={what}]"


def step(screen: str, *presses: str) -> tuple[str, tuple[str, ...]]:
    """A screen, and what is pressed on it: a button of its own, or one of the talk by its id."""
    return screen, tuple(one if one.startswith("#") else do(screen, one) for one in presses)


WALK = (
    step("camera", "#turn-on"),
    step("see", "no"),
    step("no", "again"),
    step("see", "yes"),
    step("speak", "yes"),
    step("hear", "act", "yes"),
    step("ring", "ring"),
    step("meet", "yes"),
    step("sound", "#toggle-microphone", "#toggle-microphone", "yes"),
    step("picture", "#toggle-camera", "#toggle-camera", "yes"),
    step("mirror", "act", "yes"),
    step("echo", "act", "yes"),
    step("task", "#small-task", "yes"),
    step("share", "otherwise"),
    step("stutter", "yes"),
    step("leave", "#leave"),
)


@pytest.mark.parametrize("language", ["nl", "en"] if LOOKS else ["nl"])
async def test_somebody_passes_the_practice_by_keyboard_and_axe_finds_nothing(
    installation: Installation,
    before: Parts,
    phone_window: OpenWindow,
    axe: str,
    language: str,
) -> None:
    pair, link = await invited_to_practise(installation, before)
    window = await phone_window()
    assert isinstance(window, ChromiumWindow)
    await window.page.context.add_cookies(
        [{"name": "tsl", "value": language, "url": installation.base}]
    )
    inspection = Inspection(base=installation.base, axe=axe, turned=False)

    await widen(window, NARROWEST)
    await window.goto(link)
    await press(window, "#practise")
    await at(window, "camera")
    await window.evaluate(_KEPT)
    await until(window, "window.before === undefined")
    for screen, presses in WALK:
        await at(window, screen)
        await inspection.stage(window, screen)
        for one in presses:
            await press(window, one)

    await until(window, "location.pathname.endsWith('/practice/done')")
    await inspection.stage(window, "practice done")
    async with before.database.read() as tx:
        query = select(readiness).where(readiness.c.candidate_id == pair.candidate)
        (kept,) = (await tx.execute(query)).all()
    assert (kept.kind, kept.device) == ("self", "computer")
    # A machine that is slow itself is measured as a slow network, and rightly so.
    assert kept.score in ("good", "fair") or kept.cause in OF_THE_MACHINE, kept
    inspection.judge()
