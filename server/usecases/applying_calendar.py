"""One round of reading a calendar: gather, and keep all of it in one transaction, the token last.

Whoever lost the hold keeps nothing, and a crash before the end of the transaction repeats the
round. An appointment is never touched here: a mirror that changed is handed to `mirror_watch`.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import structlog

from calendar_sync.comparing import Stock, too_many_gone
from calendar_sync.events import ObjectState, ReadObject
from calendar_sync.occurrences import as_foreign
from calendar_sync.polling import FEED, after_failure, next_reading
from calendar_sync.reading import CalendarSource
from calendar_sync.target import AuthFailed, Failure, Garbage, Gone, Temporary
from server.store import calendars, notices
from server.store import remote_objects as store
from server.store.calendars import Hold, MirrorRecord
from server.store.database import Tx
from server.store.outbox import wake_calendar
from server.store.remote_objects import LogLine, ObjectRecord, ReadingRecord
from server.usecases.context import Parts
from server.usecases.gathering import Found, Gathered, ObjectReader, gather
from server.usecases.mirror_watch import notice

GARBAGE_TIMES = 3  # so often no calendar behind the address: a person must look
_MASS_DELETION = "mass_deletion"
_UNKNOWN = frozenset({ObjectState.UNREADABLE, ObjectState.REFUSED, ObjectState.ZONE_UNKNOWN})
_log = structlog.get_logger("tweespraak.calendars")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of a round. `outcome` is a stable word; `said` explains a failure to a person."""

    kind: str
    outcome: str  # ok, skipped, hold_lost, changed_meanwhile, mass_deletion, or a failure's name
    said: str = ""
    requests: int = 0
    changed: int = 0
    removed: int = 0
    unreadable: int = 0
    milliseconds: int = 0

    @property
    def good(self) -> bool:
        """Whether the calendar was read, or did not have to be."""
        return self.outcome in ("ok", "skipped")


async def read_calendar(
    parts: Parts,
    held: Hold,
    source: CalendarSource,
    reader: ObjectReader,
    *,
    now: datetime,
    full: bool = False,
) -> Round:
    """Read a calendar once, under `held`; `full` compares everything that is there.

    Never raises for what a calendar does: the connection then carries words and a later time.

    Raises:
        Unavailable: the database does not answer; then nothing was kept.
    """
    began = time.monotonic()
    async with parts.database.read() as tx:
        reading = await store.reading_by_id(tx, held.connection)
    if reading is None or not reading.is_read:
        return Round(kind="changes", outcome="skipped")
    got = await gather(parts, reading, source, reader, full=full, now=now)
    took = int((time.monotonic() - began) * 1000)
    if isinstance(got, Gathered):
        work = _Keeping(parts=parts, held=held, reading=reading, got=got, now=now, took=took)
        return await _in_transaction(parts, work)
    return await reading_failed(parts, held, got, now=now, took=took)


async def reading_failed(
    parts: Parts, held: Hold, failure: Failure, *, now: datetime, took: int = 0
) -> Round:
    """Note that a calendar could not be read: words, and a later time; a person is told once."""
    name = type(failure).__name__
    outcome = {"AuthFailed": "refused", "Gone": "gone", "Temporary": "no_answer"}
    line = Round(
        kind="changes",
        outcome=outcome.get(name, "no_calendar"),
        said=failure.reason,
        milliseconds=took,
    )

    async def work(tx: Tx) -> Round:
        reading = await store.still_held(tx, held)
        if reading is None:
            return Round(kind="changes", outcome="hold_lost")
        attempts = reading.read_attempts + 1
        asked = failure.retry_after if isinstance(failure, Temporary) else None
        await store.change_reading(
            tx,
            reading.id,
            read_attempts=attempts,
            next_read_at=after_failure(reading.id, now, attempts, retry_after=asked),
        )
        broken = isinstance(failure, AuthFailed | Gone) or (
            isinstance(failure, Garbage) and attempts >= GARBAGE_TIMES
        )
        if await calendars.mark_failing(tx, reading.id, error=failure.reason, broken=broken):
            await _tell(tx, reading, "calendar_broken", now=now)
        await store.log_round(tx, reading.id, _line(line), now=now)
        return line

    _log.warning("calendar_not_read", connection=str(held.connection), reason=failure.reason)
    return await parts.database.run(work)


@dataclass(slots=True)
class _Changes:
    """What the transaction writes."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    retimed: list[UUID] = field(default_factory=list)
    times: list[dict[str, Any]] = field(default_factory=list)
    unreadable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeping:
    """A round that was gathered, and the ground it is kept on."""

    parts: Parts
    held: Hold
    reading: ReadingRecord
    got: Gathered
    now: datetime
    took: int

    async def keep(self, tx: Tx) -> Round:
        """Everything of the round, or nothing when the hold was lost or the calendar changed."""
        there = await store.still_held(tx, self.held)
        if there is None:
            return self._round("hold_lost")
        if not _same(there, self.reading):
            return self._round("changed_meanwhile")
        named = {*self.got.found, *self.got.echoes, *self.got.gone}
        known = await store.known_objects(tx, self.reading.id, named)
        gone = {href: one for href, one in known.items() if href in self.got.gone}
        lost = await store.mirrors_at(tx, self.reading.id, self.got.gone)
        if there.paused_for != store.LOOKED and await self._too_many(tx, gone, lost, known):
            return await self._stop(tx)
        changes = await self._compare(tx, known)
        await self._write(tx, changes, gone, lost)
        await self._finish(tx, changes, removed=len(gone))
        return self._round("ok", removed=len(gone), unreadable=changes.unreadable)

    async def _too_many(
        self,
        tx: Tx,
        gone: Mapping[str, ObjectRecord],
        lost: list[MirrorRecord],
        known: Mapping[str, ObjectRecord],
    ) -> bool:
        if not gone and not lost:
            return False
        stock = await store.stock(tx, self.reading.id)
        taking = sum(1 for one in gone.values() if one.state == ObjectState.BUSY)
        return too_many_gone(
            Stock(objects=stock.objects, mirrors=stock.mirrors, busy=stock.busy),
            Stock(objects=len(gone), mirrors=len(lost), busy=taking),
            came=len({*self.got.found, *self.got.echoes} - known.keys()),
        )

    async def _stop(self, tx: Tx) -> Round:
        """Let a person look first: nothing is changed, and the token stays as it was."""
        await store.change_reading(tx, self.reading.id, paused_for=_MASS_DELETION)
        await _tell(tx, self.reading, "calendar_paused", now=self.now)
        stopped = self._round(_MASS_DELETION)
        await store.log_round(tx, self.reading.id, _line(stopped), now=self.now)
        return stopped

    async def _compare(self, tx: Tx, known: Mapping[str, ObjectRecord]) -> _Changes:
        changes = _Changes()
        uids = {f.read.own.uid for f in self.got.found.values() if f.read and f.read.own}
        mirrors = await store.mirrors_of_uids(tx, uids)
        for href, found in self.got.found.items():
            if href in self.got.gone:
                continue
            if found.read is None:
                self._not_given(changes, href, known.get(href))
                continue
            ours = mirrors.get(found.read.own.uid, []) if found.read.own else []
            for mirror in ours:
                if mirror.connection_id == self.reading.id and mirror.href == href:
                    await self._watch(tx, mirror, found)
            read = found.read if ours else as_foreign(found.read)
            self._object(changes, href, found.etag, read, known.get(href))
        for href, tag in self.got.echoes.items():
            self._echo(changes, href, tag, known.get(href))
        return changes

    async def _watch(self, tx: Tx, mirror: MirrorRecord, found: Found) -> None:
        """A mirror that somebody else wrote; what we wrote ourselves is no news."""
        taken_away = mirror.state == "removed" and mirror.base is not None  # and stands there again
        if mirror.state != "present" and not taken_away:
            return
        if found.etag and mirror.etag == found.etag:
            return
        own = found.read.own if found.read else None
        await notice(tx, self.parts, self.reading, mirror, own, etag=found.etag, now=self.now)

    def _object(
        self,
        changes: _Changes,
        href: str,
        etag: str | None,
        read: ReadObject,
        known: ObjectRecord | None,
    ) -> None:
        counts = self.reading.counts and read.state is not ObjectState.OURS
        unknown = read.state in _UNKNOWN
        changes.unreadable += unknown
        object_id = known.id if known else uuid4()
        row = {
            "id": object_id,
            "etag": etag,
            "uid_hash": read.uid_hash,
            "state": str(read.state),
            "reason": read.reason if unknown else None,
            "recurring": read.recurring,
            "digest": read.digest if self.reading.counts else "",
            "seen_at": self.now,
        }
        if known is None:
            changes.new.append({**row, "href": href})
        else:
            changes.changed.append(row)
        same = known is not None and known.digest == row["digest"] != ""
        # A time that was busy stays so while nobody can tell what became of it.
        if not same and not (unknown and known is not None):
            changes.retimed += [known.id] if known else []
            changes.times += self._times(object_id, read) if counts else []

    def _times(self, object_id: UUID, read: ReadObject) -> list[dict[str, Any]]:
        return [
            {
                "owner_id": self.reading.owner,
                "starts_at": one.starts_at,
                "ends_at": one.ends_at,
                "kind": str(one.weight),
                "place_id": None,
                "elsewhere": one.at_place,
                "source": f"calendar:{self.reading.id}",
                "object_id": object_id,
            }
            for one in read.busy
        ]

    def _not_given(self, changes: _Changes, href: str, known: ObjectRecord | None) -> None:
        """Named and not shown: what was known of it stays, and it is asked for again."""
        if known is None:
            read = ReadObject(state=ObjectState.UNREADABLE, uid_hash="", reason=store.NOT_GIVEN)
            self._object(changes, href, None, read, None)
            return
        changes.unreadable += 1
        changes.changed.append(_row(known, etag=None, reason=store.NOT_GIVEN, now=self.now))

    def _echo(self, changes: _Changes, href: str, tag: str, known: ObjectRecord | None) -> None:
        """Our own write came back: it is one of our mirrors, and nothing is news."""
        if known is None:
            read = ReadObject(state=ObjectState.OURS, uid_hash="")
            self._object(changes, href, tag, read, None)
            return
        row = _row(known, etag=tag, reason=None, now=self.now)
        changes.changed.append({**row, "state": str(ObjectState.OURS), "digest": ""})
        changes.retimed.append(known.id)

    async def _write(
        self,
        tx: Tx,
        changes: _Changes,
        gone: Mapping[str, ObjectRecord],
        lost: list[MirrorRecord],
    ) -> None:
        await store.keep_objects(tx, self.reading.id, new=changes.new, changed=changes.changed)
        await store.replace_times(tx, changes.retimed, changes.times)
        await store.drop_objects(tx, [one.id for one in gone.values()])
        if not self.reading.counts:
            await store.count_no_more(tx, self.reading.id)
        for mirror in lost:
            await notice(tx, self.parts, self.reading, mirror, None, etag=None, now=self.now)

    async def _finish(self, tx: Tx, changes: _Changes, *, removed: int) -> None:
        line = self._round("ok", removed=removed, unreadable=changes.unreadable)
        if self.reading.read_attempts:
            await calendars.mark_ok(tx, self.reading.id, now=self.now)
            await wake_calendar(tx, self.reading.id, now=self.now)
        if line.changed or removed or self.got.kind != "changes":
            await store.log_round(tx, self.reading.id, _line(line), now=self.now)
        soonest = await store.soonest_meeting(tx, self.reading, now=self.now)
        full = {} if self.got.kind == "changes" else {"full_read_at": self.now}
        await store.change_reading(
            tx,
            self.reading.id,
            sync_token=self.got.token,
            next_read_at=self._next(soonest),
            read_attempts=0,
            read_at=self.now,
            paused_for=None,
            last_ok=self.now,
            **full,
        )

    def _next(self, soonest: datetime | None) -> datetime:
        if self.reading.kind == "feed":
            return self.now + FEED
        zone = self.parts.settings.tz
        return next_reading(self.reading.id, self.now.astimezone(zone), soonest)

    def _round(self, outcome: str, *, removed: int = 0, unreadable: int = 0) -> Round:
        return Round(
            kind=str(self.got.kind),
            outcome=outcome,
            requests=self.got.requests,
            changed=len(self.got.found.keys() - self.got.gone),
            removed=removed,
            unreadable=unreadable,
            milliseconds=self.took,
        )


async def _in_transaction(parts: Parts, work: _Keeping) -> Round:
    done = await parts.database.run(work.keep)
    _log.info(
        "calendar_read",
        connection=str(work.held.connection),
        kind=done.kind,
        outcome=done.outcome,
        requests=done.requests,
        changed=done.changed,
        removed=done.removed,
    )
    return done


def _same(now: ReadingRecord, before: ReadingRecord) -> bool:
    """Whether nobody repaired, removed or changed the calendar while it was read."""
    said = [
        (one.calendar_url, one.role, one.zone, one.sync_token, one.removed_at, one.room_id)
        for one in (now, before)
    ]
    return said[0] == said[1]


def _row(
    known: ObjectRecord, *, etag: str | None, reason: str | None, now: datetime
) -> dict[str, Any]:
    return {
        "id": known.id,
        "etag": etag,
        "uid_hash": known.uid_hash,
        "state": known.state,
        "reason": reason,
        "recurring": known.recurring,
        "digest": known.digest,
        "seen_at": now,
    }


async def _tell(tx: Tx, reading: ReadingRecord, code: str, *, now: datetime) -> None:
    await notices.add_notice(tx, reading.staff_id, code=code, params={}, meeting_id=None, now=now)


def _line(done: Round) -> LogLine:
    return LogLine(
        kind=done.kind,
        outcome=done.outcome,
        requests=done.requests,
        changed=done.changed,
        removed=done.removed,
        unreadable=done.unreadable,
        milliseconds=done.milliseconds,
    )
