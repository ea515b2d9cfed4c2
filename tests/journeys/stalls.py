"""How long a page stood still because the machine was busy: no fault of what is measured in it."""

from tests.journeys.windows import Window

_EVERY_MS = 20
_METER = """
(() => {
  let last = performance.now();
  window.longestStall = 0;
  setInterval(() => {
    const now = performance.now();
    window.longestStall = Math.max(window.longestStall, now - last - EVERY);
    last = now;
  }, EVERY);
})()
"""


async def watch_stalls(*windows: Window) -> None:
    """Begin to measure."""
    for window in windows:
        await window.evaluate(_METER.replace("EVERY", str(_EVERY_MS)))


async def stalled_ms(*windows: Window) -> float:
    """The longest stall of each window since then, together."""
    return sum([float(await window.evaluate("window.longestStall")) for window in windows])
