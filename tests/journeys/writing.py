"""What two people do together in a talk, the same for every browser: letters, a screen, words."""

import asyncio
import json
from collections.abc import Sequence

from tests.journeys.stalls import Stalls
from tests.journeys.windows import LOOK_EVERY, PATIENCE, Window, shown, text, until

MOST_MS = 500  # EN 301 549 6.2: from the key to the other's screen
KEY_MS = 60
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
_DRAWN_SCREEN = """
(() => {
  const canvas = document.createElement('canvas');
  canvas.width = 320; canvas.height = 240;
  const pen = canvas.getContext('2d');
  let at = 0;
  setInterval(() => {
    at = (at + 20) % 320;
    pen.fillStyle = 'navy'; pen.fillRect(0, 0, 320, 240);
    pen.fillStyle = 'white'; pen.fillRect(at, 40, 60, 60);
  }, 200);
  navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
})()
"""
_LIVE_SHOWN = "document.querySelector('#written-live').checkVisibility()"
_LINES = "document.querySelectorAll('#written li').length"


async def letters_arrive(base: str, writer: Window, reader: Window, letters: str) -> None:
    """Letter by letter within half a second, with a correction; then Enter makes it a line.

    The field of the writer has the focus, and the box of letter by letter is ticked.
    """
    lines = int(await reader.evaluate(_LINES))
    await reader.evaluate("(() => { document.body.dataset.looking = ''; })()")
    stalls = Stalls(base, writer, reader)
    await stalls.watch()
    await writer.evaluate(_TYPED_AT)
    looking = asyncio.create_task(reader.evaluate(_SEEN_AT.replace("GOAL", json.dumps(letters))))
    await until(reader, "document.body.dataset.looking === 'yes'")
    await writer.type(f"{letters[:-2]}X\b{letters[-2:]}", every_ms=KEY_MS)
    seen = await asyncio.wait_for(looking, timeout=PATIENCE)
    typed = await writer.evaluate("window.typedAt")
    late = [
        min(at for read, at in seen if read.startswith(begin)) - at_key
        for begin, at_key in typed.items()
        if letters.startswith(begin)
    ]
    assert len(late) > len(letters) - 2
    assert max(late) <= MOST_MS + await stalls.so_far(), f"a letter came after {max(late):.0f} ms"
    said = "document.querySelector('#together-said').textContent"
    await until(reader, f"{said}.endsWith({json.dumps(letters)})")

    await writer.type("\n")
    await until(reader, f"{_LINES} === {lines + 1}")
    await until(reader, f"!{_LIVE_SHOWN}")
    await until(writer, "document.querySelector('#write').value === ''")


async def same_words(*windows: Window) -> None:
    """Both read the same four words."""
    for window in windows:
        await until(window, "document.querySelector('#words-four').textContent !== ''")
        await window.evaluate("(() => { document.querySelector('#words').open = true; })()")
    async with asyncio.timeout(PATIENCE):
        # On a slow machine a connection may be made anew in between, and has other words.
        while not (words := await _words_of_both(windows)):  # noqa: ASYNC110 -- two pages tell no event
            await asyncio.sleep(LOOK_EVERY)
    assert len(words.split(" · ")) == 4


async def _words_of_both(windows: Sequence[Window]) -> str:
    """What all of them show; empty while they differ, or show none for a moment."""
    words = {await text(window, "#words-four") for window in windows}
    return words.pop() if len(words) == 1 else ""


async def sees_the_screen(viewer: Window) -> None:
    """The other's screen moves, and the face stays beside it."""
    await shown(viewer, "#screen")
    assert await asyncio.wait_for(viewer.evaluate(_MOVES), timeout=PATIENCE)
    assert await viewer.evaluate("document.querySelector('#remote').checkVisibility()")


async def _is_refused_and_gets_a_screen(window: Window) -> None:
    """A Firefox without a display refuses to share: one sentence. What it shows then is drawn."""
    await window.press("#share")
    notice = "document.querySelector('#together-notice').textContent"
    await until(window, f"{notice}.includes('lukt niet op dit apparaat')")
    assert await window.evaluate("!document.querySelector('#sharing').checkVisibility()")
    await window.evaluate(_DRAWN_SCREEN)


async def write_and_share(base: str, one: Window, other: Window) -> None:
    """Two people at different browsers: words, letters and lines, and both screens in turn."""
    for window in (one, other):
        if await window.evaluate("document.querySelector('#more').ariaExpanded") != "true":
            await window.press("#more")
        await shown(window, "#together")
    await same_words(one, other)
    for writer, reader, letters in ((one, other, "Ik bel."), (other, one, "Fijn, doe dat.")):
        await writer.press("#write-live")
        await writer.press("#write")
        await letters_arrive(base, writer, reader, letters)
    if not await one.evaluate("'chrome' in window"):
        await _is_refused_and_gets_a_screen(one)
    for sharer, viewer in ((one, other), (other, one)):
        await sharer.press("#share")
        await sees_the_screen(viewer)
        await sharer.press("#screen-stop")
        await until(viewer, "!document.querySelector('#screen').checkVisibility()")
