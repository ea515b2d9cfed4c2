"""What pages and the test itself wait for a busy machine: no fault of what is measured."""

import asyncio

from tests.journeys.windows import Window

_EVERY_MS = 20
_METER = """
(() => {
  let last = performance.now();
  window.stalled = 0;
  setInterval(() => {
    const now = performance.now();
    window.stalled += Math.max(0, now - last - EVERY);
    last = now;
  }, EVERY);
})()
"""


class Stalls:
    """Adds up what each window and the test's own loop wait for a processor.

    The server waits for the same processors, and cannot be asked: the test's loop stands for it.
    """

    def __init__(self, *windows: Window) -> None:
        self._windows = windows
        self._own = 0.0
        self._watching: asyncio.Task[None] | None = None

    async def watch(self) -> None:
        """Begin to measure."""
        for window in self._windows:
            await window.evaluate(_METER.replace("EVERY", str(_EVERY_MS)))
        self._watching = asyncio.create_task(self._watch_loop())

    async def _watch_loop(self) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(_EVERY_MS / 1000)
            now = loop.time()
            self._own += max(0.0, (now - last) * 1000 - _EVERY_MS)
            last = now

    async def so_far(self) -> float:
        """Milliseconds of all together since `watch`; ends the measuring of the loop."""
        seen = [float(await window.evaluate("window.stalled")) for window in self._windows]
        if self._watching:
            self._watching.cancel()
        return sum(seen) + self._own
