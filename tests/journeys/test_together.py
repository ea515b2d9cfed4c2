"""What two people do together in a talk: letters, lines, a screen, words; by keyboard alone."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from server.usecases.context import Parts
from tests.journeys.channels import FLOOD, KEEP_CHANNELS
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.keyboard import FROM_THE_TOP, Keyboard
from tests.journeys.people import talk_now
from tests.journeys.pictures import see_each_other
from tests.journeys.steps import TALK, admit, coach_opens, turn_on_and_enter
from tests.journeys.windows import PATIENCE, ChromiumWindow, Window, shown, until
from tests.journeys.writing import letters_arrive, same_words, sees_the_screen

pytestmark = pytest.mark.journey

MOST_LINES = 200
WRITTEN = "Dinsdag bel ik het bedrijf."
_TOLD = """
(() => {
  const banner = document.querySelector('[role=status] > #banner');
  return banner.checkVisibility() && banner.textContent.includes('geluid even uit');
})()
"""
# Nothing lies over the banner, nor over its ends.
_BANNER_IN_SIGHT = """
(() => {
  const banner = document.querySelector('#banner');
  if (!banner.checkVisibility()) return false;
  const {left, right, top, bottom} = banner.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  return [[left + 2, y], [right - 2, y], [x, top + 2], [x, bottom - 2]].every(
    ([across, down]) => document.elementFromPoint(across, down) === banner,
  );
})()
"""
_TRIES = 10
_NOTHING_SAID = "(() => { document.querySelector('#together-notice').textContent = ''; })()"
_PINNED = """
!document.querySelector('#written button') ? 'pinned'
  : document.querySelector('#together-notice').textContent.includes('lukt nu niet') && 'failed'
"""


def page_of(window: Window) -> ChromiumWindow:
    assert isinstance(window, ChromiumWindow)
    return window


async def key_to(window: Window, selector: str) -> None:
    """Go to an element by the tab key alone."""
    page, found = page_of(window).page, f"document.activeElement.matches({json.dumps(selector)})"
    for _ in range(60):
        if await window.evaluate(found):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not come to {selector}")


async def test_two_people_write_share_a_screen_and_compare_words_by_keyboard(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    phone_window: OpenWindow,
) -> None:
    candidate, coach = await chromium_window(), await phone_window()
    await page_of(candidate).context.add_init_script(KEEP_CHANNELS)
    hands = Keyboard(window=page_of(candidate))
    await _come_in_by_keyboard(installation, before, hands, coach)
    await _is_told(candidate, coach)

    await _write_by_keyboard(installation.base, candidate, coach)
    await _keep_a_line(candidate, coach)
    await same_words(candidate, coach)
    await _share_by_keyboard(candidate, coach)
    await _bears_a_flood(coach, candidate)

    for window in (candidate, coach):
        await shown(window, TALK)
    await see_each_other(candidate, coach)
    await candidate.evaluate(FROM_THE_TOP)
    await hands.press("#leave")
    await until(candidate, "location.pathname.endsWith('/done')")


async def _come_in_by_keyboard(
    house: Installation, before: Parts, hands: Keyboard, coach: Window
) -> None:
    """From the link of the mail to the talk; at each new stage the focus is on its heading."""
    talk = await talk_now(before, house.planner)
    mail = await house.mail_about(talk.pair.email, talk.starts_at)
    await hands.window.goto(house.invitation_in(mail))
    await hands.press("main form[method=post] button")
    await hands.press("#turn-on")
    await hands.arrives("stage-check")
    await hands.press("#enter")
    await hands.arrives("stage-waiting")
    await coach_opens(coach, before, talk.pair.coach, talk.meeting)
    await turn_on_and_enter(coach)
    await admit(coach)
    await hands.arrives("stage-talk")
    await see_each_other(hands.window, coach)


async def _is_told(candidate: Window, coach: Window) -> None:
    """What changes is said where a screen reader listens, and takes the focus from nobody."""
    focus = "document.activeElement.outerHTML"
    had = await candidate.evaluate(focus)
    await coach.press("#toggle-microphone")
    await until(candidate, _TOLD)
    assert await candidate.evaluate(focus) == had
    await coach.press("#toggle-microphone")
    await until(candidate, f"!({_TOLD})")


async def _is_told_beside_the_panel(candidate: Window, coach: Window) -> None:
    """On a desk and on a phone the panel is open, and what is told stands beside or above it."""
    await coach.press("#toggle-microphone")
    for window in (candidate, coach):
        await until(window, _BANNER_IN_SIGHT)
    await coach.press("#toggle-microphone")
    for window in (candidate, coach):
        await until(window, "!document.querySelector('#banner').checkVisibility()")


async def _write_by_keyboard(base: str, candidate: Window, coach: Window) -> None:
    """Letter by letter within half a second, with a correction; then the line."""
    await key_to(candidate, "#more")
    await page_of(candidate).page.keyboard.press("Enter")
    await until(candidate, "document.activeElement.id === 'together-title'")
    await key_to(candidate, "#write")
    await page_of(candidate).page.keyboard.press("Tab")
    await page_of(candidate).page.keyboard.press("Space")
    await page_of(candidate).page.keyboard.press("Shift+Tab")
    await letters_arrive(base, candidate, coach, WRITTEN)

    await candidate.evaluate(
        "document.querySelector('#write').value = 'x'.repeat(1e6),"
        "document.querySelector('#write').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    await until(
        candidate, "document.querySelector('#together-notice').textContent.includes('te lang')"
    )
    assert await coach.evaluate("document.querySelectorAll('#written li').length") == 1


async def _keep_a_line(candidate: Window, coach: Window) -> None:
    """Kept when both press, and told to both."""

    async def by_keyboard() -> None:
        await key_to(candidate, "#written button")
        await page_of(candidate).page.keyboard.press("Enter")

    await shown(coach, "#together")
    await _is_told_beside_the_panel(candidate, coach)
    await _pins(candidate, by_keyboard)
    await until(coach, "document.querySelector('#together-notice').textContent.includes('bewaren')")
    await until(candidate, "document.activeElement.matches('.written__pin')")
    await _pins(coach, lambda: coach.press("#written button"))
    for window in (candidate, coach):
        await until(window, "document.querySelector('#written').innerText.includes('Bewaard')")


async def _pins(window: Window, press: Callable[[], Awaitable[None]]) -> None:
    """Press, and again when a busy server did not answer in time and the page says so."""
    for _ in range(_TRIES):
        await window.evaluate(_NOTHING_SAID)
        await press()
        if await until(window, _PINNED) == "pinned":
            return
    raise AssertionError(f"not pinned in {_TRIES} times")


async def _share_by_keyboard(candidate: Window, coach: Window) -> None:
    """The coach sees the screen and the face beside it; then the coach shares, and both stop."""
    keyboard = page_of(candidate).page.keyboard
    await key_to(candidate, "#share")
    await keyboard.press("Enter")
    await shown(candidate, "#sharing")
    await sees_the_screen(coach)
    await see_each_other(candidate, coach)
    await until(candidate, "document.activeElement.id === 'screen-stop'")
    await keyboard.press("Enter")
    await until(coach, "!document.querySelector('#screen').checkVisibility()")

    await coach.press("#share")
    await sees_the_screen(candidate)
    await coach.press("#screen-stop")
    await until(candidate, "!document.querySelector('#screen').checkVisibility()")
    await _refused(coach)


async def _refused(coach: Window) -> None:
    """A picker that was closed is one sentence; the talk goes on."""
    await coach.evaluate(
        "(() => { navigator.mediaDevices.getDisplayMedia ="
        " () => Promise.reject(new DOMException('no', 'NotAllowedError')); })()"
    )
    await coach.press("#share")
    await until(
        coach, "document.querySelector('#together-notice').textContent.includes('geen scherm')"
    )


async def _bears_a_flood(coach: Window, flooding: Window) -> None:
    """The page that is flooded takes little of it and closes its ears; the talk goes on."""
    told = await asyncio.wait_for(
        flooding.evaluate(FLOOD.format(lines=2_000, pieces=20)), timeout=PATIENCE
    )
    assert told["refused"], "the browser sends 1 MB at once; nothing shows what a page does with it"
    assert told["sent"] > 0
    notice = "document.querySelector('#together-notice').textContent"
    await until(coach, f"{notice}.includes('te veel tegelijk')")
    assert await coach.evaluate("document.querySelectorAll('#written li').length") <= MOST_LINES
