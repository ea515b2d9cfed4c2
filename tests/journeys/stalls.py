"""What pages, server and the test itself wait for a busy machine: no fault of what is measured."""

import asyncio

from aiohttp import ClientSession

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
    """Adds up what each window, the server at `base` and the test's loop wait for a processor."""

    def __init__(self, base: str, *windows: Window) -> None:
        self._base = base
        self._windows = windows
        self._own = 0.0
        self._servers = 0.0
        self._watching: list[asyncio.Task[None]] = []

    async def watch(self) -> None:
        """Begin to measure."""
        for window in self._windows:
            await window.evaluate(_METER.replace("EVERY", str(_EVERY_MS)))
        self._watching = [
            asyncio.create_task(self._watch_loop()),
            asyncio.create_task(self._watch_server()),
        ]

    async def _watch_loop(self) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(_EVERY_MS / 1000)
            now = loop.time()
            self._own += max(0.0, (now - last) * 1000 - _EVERY_MS)
            last = now

    async def _watch_server(self) -> None:
        """A question that needs nothing but the server's turn; also the one still under way."""
        loop = asyncio.get_running_loop()
        async with ClientSession() as session:
            while True:
                began = loop.time()
                try:
                    async with session.get(f"{self._base}/healthz") as answer:
                        await answer.read()
                finally:
                    self._servers += max(0.0, (loop.time() - began) * 1000 - _EVERY_MS)
                await asyncio.sleep(_EVERY_MS / 1000)

    async def so_far(self) -> float:
        """Milliseconds of all together since `watch`; ends the measuring of loop and server."""
        seen = [float(await window.evaluate("window.stalled")) for window in self._windows]
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        return sum(seen) + self._own + self._servers
