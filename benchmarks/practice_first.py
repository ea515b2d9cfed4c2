"""From the press to the guide's first picture, beside a server as aiortc's example has it.

The same Chromium, the same film, the camera on before the press on both sides. The example decodes
and encodes the film and is called with one POST; ours goes the way of a real talk: a ticket, two
sockets, the waiting room. The two seconds that the guide lets somebody sit in the waiting room are
part of the lesson: they are told beside the figure and not counted in it.
"""

import contextlib
import random
import statistics
import time
from typing import Any

from playwright.sync_api import BrowserContext, Page

from benchmarks.installation import Running, running_installation
from benchmarks.practice_load import tell
from benchmarks.practice_servers import running_player
from benchmarks.two_windows import PATIENCE_MS, chromium, window
from signaling.practice.guide import ADMIT_SECONDS

COMMAND = "python -m benchmarks.practice --only first"
GOAL = 1.3
ROUNDS, SMALL_ROUNDS = 10, 2
SEED = 5
_APART_SECONDS = 21  # the public page lets three new people in a minute from one address
_RING = "[data-screen=ring] [data-do=ring]"
_NOTE_MOMENTS = """
(button) => {
  const remote = document.querySelector('#remote');
  window.firstFrame = new Promise((seen, never) => {
    remote.requestVideoFrameCallback(seen);
    setTimeout(() => never(new Error('no picture within 30 s')), 30_000);
  });
  document.querySelector(button).addEventListener(
    'click', () => { window.pressedAt = performance.now(); }, {capture: true, once: true});
}
"""


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """The figure, of medians of rounds in an order drawn by `SEED`.

    Raises:
        FileNotFoundError: Chromium is missing; the text names the command.
    """
    rounds = SMALL_ROUNDS if small else ROUNDS
    began = time.monotonic()
    taken = _measured(rounds)
    found, beside = (statistics.median(taken[one]) for one in ("ours", "example"))
    without = found - ADMIT_SECONDS * 1000
    return [
        {
            "figure": "press to the guide's first picture, without the two seconds of waiting room",
            "unit": "ms",
            "ours": round(without),
            "beside": "a server as aiortc's example, same film",
            "beside_value": round(beside),
            "ratio": round(without / beside, 2),
            "goal": f"≤ {GOAL} ×",
            "holds": without <= GOAL * beside,
            "command": COMMAND,
            "seed": SEED,
            "n": rounds,
            "seconds": round(time.monotonic() - began),
            "with_the_waiting_room": round(found),
        }
    ]


def _measured(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of so many rounds of each, after one of each that is not counted."""
    order = ["ours", "example"] * rounds
    random.Random(SEED).shuffle(order)  # noqa: S311 -- an order, no secret
    taken: dict[str, list[float]] = {"ours": [], "example": []}
    with contextlib.ExitStack() as stack:
        example = stack.enter_context(running_player())
        house = stack.enter_context(running_installation())
        browser = stack.enter_context(chromium())
        ours, theirs = window(browser, locale="nl-NL"), window(browser)
        next_one = 0.0
        for number, which in enumerate(["ours", "example", *order]):  # the first two warm up
            if which == "ours":
                time.sleep(max(0.0, next_one - time.monotonic()))
                next_one = time.monotonic() + _APART_SECONDS
            waited = _ours(ours, house) if which == "ours" else _example(theirs, example)
            tell(f"first: {number + 1} of {len(order) + 2}, {which} {waited:.0f} ms")
            if number > 1:
                taken[which].append(waited)
    return taken


def _ours(context: BrowserContext, house: Running) -> float:
    """The public page: whoever comes by a link is not kept waiting when they come again."""
    page = context.new_page()
    page.goto(f"{house.base_url}/practice")
    page.click("#turn-on", timeout=PATIENCE_MS)
    for screen, button in (("see", "yes"), ("speak", "yes"), ("hear", "otherwise")):
        page.click(f"[data-screen={screen}] [data-do={button}]", timeout=PATIENCE_MS)
    page.wait_for_selector(_RING, state="visible", timeout=PATIENCE_MS)
    waited = _pressed(page, _RING)
    page.click("#leave", timeout=PATIENCE_MS)
    page.wait_for_selector(_RING, state="visible", timeout=PATIENCE_MS)
    page.close()
    return waited


def _example(context: BrowserContext, address: str) -> float:
    page = context.new_page()
    page.goto(address)
    page.evaluate("() => window.live")
    waited = _pressed(page, "#call")
    page.close()
    return waited


def _pressed(page: Page, button: str) -> float:
    page.evaluate(_NOTE_MOMENTS, button)
    page.click(button)
    seen: float = page.evaluate("() => window.firstFrame")
    pressed: float = page.evaluate("() => window.pressedAt")
    return seen - pressed
