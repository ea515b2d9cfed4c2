"""What two people do together in a talk: letters, lines, a screen, words; by keyboard alone."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from server.usecases.context import Parts
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.keyboard import FROM_THE_TOP, Keyboard
from tests.journeys.people import talk_now
from tests.journeys.pictures import see_each_other
from tests.journeys.stalls import Stalls
from tests.journeys.steps import TALK, admit, coach_opens, turn_on_and_enter
from tests.journeys.windows import PATIENCE, ChromiumWindow, Window, shown, text, until

pytestmark = pytest.mark.journey

MOST_MS = 500  # EN 301 549 6.2: from the key to the other's screen
WRITTEN = "Dinsdag bel ik het bedrijf."
_TOLD = """
(() => {
  const banner = document.querySelector('[role=status] > #banner');
  return banner.checkVisibility() && banner.textContent.includes('geluid even uit');
})()
"""
_TRIES = 10
_NOTHING_SAID = "(() => { document.querySelector('#together-notice').textContent = ''; })()"
_PINNED = """
!document.querySelector('#written button') ? 'pinned'
  : document.querySelector('#together-notice').textContent.includes('lukt nu niet') && 'failed'
"""
_SEEN_AT = """
new Promise((done) => {
  const live = document.querySelector('#written-live-text');
  const seen = [];
  new MutationObserver(() => {
    seen.push([live.textContent, performance.timeOrigin + performance.now()]);
    if (live.textContent === GOAL) done(seen);
  }).observe(live, {characterData: true, childList: true, subtree: true});
  document.body.dataset.looking = 'yes';
})
"""
_TYPED_AT = """
(() => {
  window.typedAt = {};
  document.querySelector('#write').addEventListener('input', (event) => {
    window.typedAt[event.target.value] = performance.timeOrigin + performance.now();
  });
})()
"""
_MOVES = """
new Promise((done) => {
  const video = document.querySelector('#screen');
  let frames = 0;
  const next = () => (++frames < 3 ? video.requestVideoFrameCallback(next) : done(true));
  video.requestVideoFrameCallback(next);
})
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
    hands = Keyboard(window=page_of(candidate))
    await _come_in_by_keyboard(installation, before, hands, coach)
    await _is_told(candidate, coach)

    await _write_by_keyboard(installation.base, candidate, coach)
    await _keep_a_line(candidate, coach)
    await _same_words(candidate, coach)
    await _share_by_keyboard(candidate, coach)

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


async def _write_by_keyboard(base: str, candidate: Window, coach: Window) -> None:
    """Letter by letter within half a second, with a correction; then the line."""
    await key_to(candidate, "#more")
    await page_of(candidate).page.keyboard.press("Enter")
    await shown(candidate, "#together")
    await key_to(candidate, "#write")
    await page_of(candidate).page.keyboard.press("Tab")
    await page_of(candidate).page.keyboard.press("Space")
    await page_of(candidate).page.keyboard.press("Shift+Tab")
    stalls = Stalls(base, candidate, coach)
    await stalls.watch()
    await candidate.evaluate(_TYPED_AT)
    looking = asyncio.create_task(coach.evaluate(_SEEN_AT.replace("GOAL", json.dumps(WRITTEN))))
    await until(coach, "document.body.dataset.looking === 'yes'")
    keyboard = page_of(candidate).page.keyboard
    await keyboard.type("Dinsdag bel ik het bedrijX", delay=60)
    await keyboard.press("Backspace")
    await keyboard.type("f.", delay=60)
    seen = await asyncio.wait_for(looking, timeout=PATIENCE)
    typed = await candidate.evaluate("window.typedAt")
    late = [
        min(at for letters, at in seen if letters.startswith(begin)) - at_key
        for begin, at_key in typed.items()
        if WRITTEN.startswith(begin)
    ]
    assert len(late) > len(WRITTEN) - 2
    assert max(late) <= MOST_MS + await stalls.so_far(), f"a letter came after {max(late):.0f} ms"
    await until(
        coach,
        f"document.querySelector('#together-said').textContent.endsWith({json.dumps(WRITTEN)})",
    )

    await keyboard.press("Enter")
    await until(coach, "document.querySelectorAll('#written li').length === 1")
    assert not await coach.evaluate("document.querySelector('#written-live').checkVisibility()")
    assert await candidate.evaluate("document.querySelector('#write').value") == ""

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
    await _pins(candidate, by_keyboard)
    await until(coach, "document.querySelector('#together-notice').textContent.includes('bewaren')")
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


async def _same_words(candidate: Window, coach: Window) -> None:
    """Both read the same four words."""
    for window in (candidate, coach):
        await until(window, "document.querySelector('#words-four').textContent !== ''")
        await window.evaluate("(() => { document.querySelector('#words').open = true; })()")
    words = [await text(window, "#words-four") for window in (candidate, coach)]
    assert words[0] == words[1]
    assert len(words[0].split(" · ")) == 4


async def _share_by_keyboard(candidate: Window, coach: Window) -> None:
    """The coach sees the screen and the face beside it; then the coach shares, and both stop."""
    keyboard = page_of(candidate).page.keyboard
    await key_to(candidate, "#share")
    await keyboard.press("Enter")
    await shown(candidate, "#sharing")
    await shown(coach, "#screen")
    assert await asyncio.wait_for(coach.evaluate(_MOVES), timeout=PATIENCE)
    assert await coach.evaluate("document.querySelector('#remote').checkVisibility()")
    await see_each_other(candidate, coach)
    await key_to(candidate, "#screen-stop")
    await keyboard.press("Enter")
    await until(coach, "!document.querySelector('#screen').checkVisibility()")

    await coach.press("#share")
    await shown(candidate, "#screen")
    assert await asyncio.wait_for(candidate.evaluate(_MOVES), timeout=PATIENCE)
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
