"""One round of reading a calendar: gather, and keep what was learned (`keeping_calendar`).

A first round keeps objects while the rest is still on its way: there is nothing that could be gone.
A round whose time is up keeps what came (`putting_off`); the next one goes on from there.
"""

import time
from datetime import datetime

import structlog

from calendar_sync.polling import after_failure
from calendar_sync.reading import CalendarSource
from calendar_sync.target import AuthFailed, Failure, Garbage, Gone, Temporary
from server.store import calendars
from server.store import remote_objects as store
from server.store.calendars import Hold
from server.store.database import Tx
from server.usecases.context import Parts
from server.usecases.fetching import ObjectReader
from server.usecases.gathering import Gathered, TooSlow, gather
from server.usecases.keeping_calendar import Keeping, NotKept, tell_owner
from server.usecases.putting_off import keep_some
from server.usecases.reading_round import Round, line_of

GARBAGE_TIMES = 3  # so often no calendar behind the address: a person must look
_log = structlog.get_logger("tweespraak.calendars")


async def read_calendar(
    parts: Parts,
    held: Hold,
    source: CalendarSource,
    reader: ObjectReader,
    *,
    now: datetime,
    full: bool = False,
    until: float | None = None,
) -> Round:
    """Read a calendar once, under `held`; `full` compares everything that is there.

    `until` is a time of the event loop from which nothing more is asked for.

    Never raises for what a calendar does: the connection then carries words and a later time.

    Raises:
        Unavailable: the database does not answer; then nothing more was kept, nor the token.
    """
    began = time.monotonic()
    async with parts.database.read() as tx:
        reading = await store.reading_by_id(tx, held.connection)
    if reading is None or not reading.is_read:
        return Round(kind="changes", outcome="skipped")
    keeping = Keeping(parts=parts, held=held, reading=reading, now=now)
    early = keeping.early if reading.full_read_at is None else None
    try:
        got = await gather(
            parts, reading, source, reader, full=full, now=now, early=early, until=until
        )
        took = int((time.monotonic() - began) * 1000)
        if not isinstance(got, Gathered):
            return await reading_failed(parts, held, got, now=parts.now(), took=took)
        keep = keep_some if got.cut else Keeping.all
        done = await keep(keeping, got, took=took)
    except NotKept as error:
        done = Round(kind="changes", outcome=error.outcome)
    if done is None:
        return await reading_failed(parts, held, TooSlow(), now=parts.now(), took=took)
    _log.info(
        "calendar_read",
        connection=str(held.connection),
        kind=done.kind,
        outcome=done.outcome,
        requests=done.requests,
        changed=done.changed,
        removed=done.removed,
    )
    return done


async def reading_failed(
    parts: Parts, held: Hold, failure: Failure, *, now: datetime, took: int = 0
) -> Round:
    """Note that a calendar could not be read: words, and a later time; a person is told once."""
    line = Round(
        kind="changes",
        outcome=_outcome(failure),
        said=failure.reason,
        milliseconds=took,
    )

    async def work(tx: Tx) -> Round:
        reading = await store.still_held(tx, held)
        if reading is None:
            return Round(kind="changes", outcome="hold_lost")
        attempts = reading.read_attempts + 1
        asked = failure.retry_after if isinstance(failure, Temporary) else None
        # Who needed too long to say what changed is asked what there is, and that alone.
        anew = {"sync_token": None} if isinstance(failure, TooSlow) else {}
        await store.change_reading(
            tx,
            reading.id,
            read_attempts=attempts,
            next_read_at=after_failure(reading.id, now, attempts, retry_after=asked),
            **anew,
        )
        broken = isinstance(failure, AuthFailed | Gone) or (
            isinstance(failure, Garbage) and attempts >= GARBAGE_TIMES
        )
        if await calendars.mark_failing(tx, reading.id, error=failure.reason, broken=broken):
            await tell_owner(tx, reading, "calendar_broken", now=now)
        await store.log_round(tx, reading.id, line_of(line), now=now)
        return line

    _log.warning("calendar_not_read", connection=str(held.connection), reason=failure.reason)
    return await parts.database.run(work)


def _outcome(failure: Failure) -> str:
    match failure:
        case AuthFailed():
            return "refused"
        case Gone():
            return "gone"
        case Temporary():
            return "no_answer"
        case Garbage():
            return "no_calendar"
