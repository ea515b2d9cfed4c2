"""What the sync process tells of itself (`/metrics`): counts and times, no names, no addresses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

from server.usecases.reading_round import Round

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Figures:
    """The counters of one sync process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._rounds = self._counter("rounds", "readings of a calendar", "outcome", "kind")
        self._requests = self._counter("requests", "requests for reading")
        self._objects = self._counter("objects", "objects read", "what")
        self._writes = self._counter("written_rows", "rows of the outbox that were tried")
        self._seconds = Histogram(
            "tweespraak_sync_round_seconds",
            "how long a reading took",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._oldest = self._gauge("oldest_due_seconds", "age of the longest waiting calendar")
        self._running = self._gauge("calendars_in_hand", "calendars that are worked on now")

    def round(self, done: Round) -> None:
        """Count a reading."""
        self._rounds.labels(outcome=done.outcome, kind=done.kind).inc()
        self._requests.inc(done.requests)
        self._seconds.observe(done.milliseconds / 1000)
        for what, number in (
            ("changed", done.changed),
            ("removed", done.removed),
            ("unreadable", done.unreadable),
        ):
            self._objects.labels(what=what).inc(number)

    def wrote(self, rows: int) -> None:
        """Count rows that were taken to be written."""
        self._writes.inc(rows)

    def now(self, *, oldest_due: float, in_hand: int) -> None:
        """Note how it stands: seconds that a calendar waits, calendars in hand."""
        self._oldest.set(oldest_due)
        self._running.set(in_hand)

    def text(self) -> bytes:
        """The page that is read by the watcher."""
        return generate_latest(self.registry)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"tweespraak_sync_{name}", told, labels, registry=self.registry)

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(f"tweespraak_sync_{name}", told, registry=self.registry)


@asynccontextmanager
async def told(
    figures: Figures, listen: str, *, refresh: Callable[[], Awaitable[None]]
) -> AsyncIterator[int]:
    """Tell `figures` at `listen` ("127.0.0.1:9464"); gives the port. Nothing when it is empty.

    Raises:
        OSError: the port is in use.
    """
    if not listen:
        yield 0
        return

    async def page(_request: web.Request) -> web.Response:
        await refresh()
        return web.Response(body=figures.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/metrics", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
