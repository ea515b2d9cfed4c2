"""Keeping what a round learned: in parts of bounded size, the token last.

A part is one transaction. Whoever lost the hold keeps nothing more; a crash in the middle leaves
some objects known and the token as it was, so that the next round finds the rest. How much may
vanish at once is looked at before anything is written. An appointment is never touched here: a
mirror that changed is handed to `mirror_watch`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from calendar_sync.comparing import Stock, too_many_gone
from calendar_sync.events import ObjectState, ReadObject
from calendar_sync.occurrences import as_foreign
from calendar_sync.polling import FEED, next_reading
from server.store import calendars, notices
from server.store import remote_objects as store
from server.store.calendars import Hold, MirrorRecord
from server.store.database import Tx
from server.store.outbox import wake_calendar
from server.store.remote_objects import ObjectRecord, ReadingRecord
from server.usecases.clashing import look_at_diary
from server.usecases.context import Parts
from server.usecases.fetching import Found
from server.usecases.gathering import Gathered
from server.usecases.mirror_watch import notice
from server.usecases.reading_round import Round, line_of
from server.usecases.renamed_mirrors import follow_names, held_back, lost_mirrors, seen_uids

PART_OBJECTS, PART_TIMES = 500, 5_000  # of one transaction
_MASS_DELETION = "mass_deletion"
_UNKNOWN = frozenset({ObjectState.UNREADABLE, ObjectState.REFUSED, ObjectState.ZONE_UNKNOWN})


@dataclass(slots=True)
class _Changes:
    """What the transaction writes; `ids` are for objects that are new."""

    ids: list[UUID]
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    retimed: list[UUID] = field(default_factory=list)
    times: list[dict[str, Any]] = field(default_factory=list)
    unreadable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What came of one part; `outcome` is empty when it was kept."""

    outcome: str = ""
    changed: int = 0
    unreadable: int = 0


class NotKept(Exception):
    """The hold was lost, or the calendar was changed by a person, while it was read."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@dataclass(slots=True, kw_only=True)
class Keeping:
    """A round that is kept, and the ground it is kept on. `kept` is what came before its end."""

    parts: Parts
    held: Hold
    reading: ReadingRecord
    now: datetime
    kept: _Part = _Part()
    ours: dict[str, Found] = field(default_factory=dict)  # came early; compared at the end
    seen: dict[str, str] = field(default_factory=dict)  # what this round found (`seen_uids`)

    async def early(self, found: Mapping[str, Found]) -> None:
        """Keep foreign objects while the rest is still on its way, or when the time is up.

        Raises:
            NotKept: nothing of this round may be kept any more.
        """
        ours = await held_back(self.parts.database, self.reading.id, found)
        self.ours |= ours
        for part in in_bounds({href: one for href, one in found.items() if href not in ours}):
            await self._keep_part(part)

    async def all(self, got: Gathered, *, took: int) -> Round:
        """Keep everything of a round; `took` is how long it lasted, in milliseconds.

        Raises:
            NotKept: nothing of this round may be kept any more.
        """
        came = {**self.ours, **got.found}
        got = replace(got, found={h: one for h, one in came.items() if h not in got.gone})
        self.seen = seen_uids(got.found)
        *first, last = in_bounds(got.found)
        if first:
            stopped = await self.parts.database.run(partial(self.guard, got, took))
            if stopped is not None:
                return stopped
        for part in first:
            await self._keep_part(part)
        return await self.parts.database.run(partial(self._last, replace(got, found=last), took))

    async def _keep_part(self, part: Mapping[str, Found]) -> None:
        done = await self.parts.database.run(partial(self._one_part, part))
        if done.outcome:
            raise NotKept(done.outcome)
        self.kept = _Part(
            changed=self.kept.changed + done.changed,
            unreadable=self.kept.unreadable + done.unreadable,
        )

    async def _one_part(self, part: Mapping[str, Found], tx: Tx) -> _Part:
        if outcome := await self.disturbed(tx):
            return _Part(outcome=outcome)
        known = await store.known_objects(tx, self.reading.id, part)
        changes = await self._compare(tx, part, {}, known)
        await self._write(tx, changes)
        return _Part(changed=len(part), unreadable=changes.unreadable)

    async def disturbed(self, tx: Tx) -> str:
        """Why nothing may be written any more, or nothing."""
        there = await store.still_held(tx, self.held)
        if there is None:
            return "hold_lost"
        return "" if _same(there, self.reading) else "changed_meanwhile"

    async def guard(self, got: Gathered, took: int, tx: Tx) -> Round | None:
        """Stop before anything is written where too much vanished."""
        if outcome := await self.disturbed(tx):
            raise NotKept(outcome)
        known = await store.known_objects(tx, self.reading.id, {*got.found, *got.echoes, *got.gone})
        return await self._stopped(tx, got, known, took)

    async def _stopped(
        self, tx: Tx, got: Gathered, known: Mapping[str, ObjectRecord], took: int
    ) -> Round | None:
        """Let a person look first: nothing is changed, and the token stays as it was."""
        if not (got.gone or self.seen):
            return None
        there = await store.still_held(tx, self.held)
        gone = {href: one for href, one in known.items() if href in got.gone}
        lost = await self._lost(tx, got)
        asked = there is not None and there.paused_for != store.LOOKED
        if not asked or not await self._too_many(tx, got, gone, lost, known):
            return None
        await store.change_reading(tx, self.reading.id, paused_for=_MASS_DELETION)
        await tell_owner(tx, self.reading, "calendar_paused", now=self.now)
        stopped = self.round(got, _MASS_DELETION, took)
        await store.log_round(tx, self.reading.id, line_of(stopped), now=self.now)
        return stopped

    async def _last(self, got: Gathered, took: int, tx: Tx) -> Round:
        """The rest of the round, what is gone, and the token."""
        if outcome := await self.disturbed(tx):
            raise NotKept(outcome)
        known = await store.known_objects(tx, self.reading.id, {*got.found, *got.echoes, *got.gone})
        stopped = await self._stopped(tx, got, known, took)
        if stopped is not None:
            return stopped
        gone = {href: one for href, one in known.items() if href in got.gone}
        await follow_names(tx, self.reading.id, self.seen, got, now=self.now)
        lost = await self._lost(tx, got)
        changes = await self._compare(tx, got.found, got.echoes, known)
        await self._write(tx, changes)
        await self._let_go(tx, gone, lost)
        unreadable = changes.unreadable
        done = self.round(got, "ok", took, removed=len(gone), unreadable=unreadable)
        if done.changed or done.removed or got.kind != "changes" or not self.reading.counts:
            await look_at_diary(self.parts, tx, self.reading.owner, now=self.now)
        await self._finish(tx, got, done)
        return done

    async def _too_many(
        self,
        tx: Tx,
        got: Gathered,
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
            came=len({*got.found, *got.echoes} - known.keys()),
        )

    async def _compare(
        self,
        tx: Tx,
        there: Mapping[str, Found],
        echoes: Mapping[str, str],
        known: Mapping[str, ObjectRecord],
    ) -> _Changes:
        changes = _Changes(ids=store.fresh_ids(len(there) + len(echoes)))
        uids = {one.read.own.uid for one in there.values() if one.read and one.read.own}
        mirrors = await store.mirrors_of_uids(tx, uids)
        for href, found in there.items():
            if found.read is None:
                self._not_given(changes, href, known.get(href))
                continue
            ours = mirrors.get(found.read.own.uid, []) if found.read.own else []
            for mirror in ours:
                if mirror.connection_id == self.reading.id and mirror.href == href:
                    await self._watch(tx, mirror, found)
            read = found.read if ours else as_foreign(found.read)
            self._object(changes, href, found.etag, read, known.get(href))
        for href, tag in echoes.items():
            self._echo(changes, href, tag, known.get(href))
        return changes

    async def _lost(self, tx: Tx, got: Gathered) -> list[MirrorRecord]:
        """The mirrors that are gone; one that stands under another name is not."""
        return await lost_mirrors(tx, self.reading.id, got.gone, self.seen)

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
        object_id = known.id if known else changes.ids.pop()
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

    async def _write(self, tx: Tx, changes: _Changes) -> None:
        await store.keep_objects(tx, self.reading.id, new=changes.new, changed=changes.changed)
        await store.replace_times(tx, changes.retimed, changes.times)

    async def _let_go(
        self, tx: Tx, gone: Mapping[str, ObjectRecord], lost: list[MirrorRecord]
    ) -> None:
        await store.drop_objects(tx, [one.id for one in gone.values()])
        if not self.reading.counts:
            await store.count_no_more(tx, self.reading.id)
        for mirror in lost:
            await notice(tx, self.parts, self.reading, mirror, None, etag=None, now=self.now)

    async def _finish(self, tx: Tx, got: Gathered, done: Round) -> None:
        if self.reading.read_attempts:
            await calendars.mark_ok(tx, self.reading.id, now=self.now)
            await wake_calendar(tx, self.reading.id, now=self.now)
        if done.changed or done.removed or got.kind != "changes":
            await store.log_round(tx, self.reading.id, line_of(done), now=self.now)
        soonest = await store.soonest_meeting(tx, self.reading, now=self.now)
        full = {} if got.kind == "changes" else {"full_read_at": self.now}
        await store.change_reading(
            tx,
            self.reading.id,
            sync_token=got.token,
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

    def round(
        self, got: Gathered, outcome: str, took: int, *, removed: int = 0, unreadable: int = 0
    ) -> Round:
        """The line of this round, with what was kept before its end."""
        return Round(
            kind=str(got.kind),
            outcome=outcome,
            requests=got.requests,
            changed=self.kept.changed + len(got.found.keys() - got.gone),
            removed=removed,
            unreadable=self.kept.unreadable + unreadable,
            milliseconds=took,
        )


def in_bounds(found: Mapping[str, Found]) -> Iterator[dict[str, Found]]:
    """Objects in parts that one transaction can keep; at least one part, which may be empty."""
    part: dict[str, Found] = {}
    times = 0
    for href, one in found.items():
        more = len(one.read.busy) if one.read else 0
        if part and (len(part) >= PART_OBJECTS or times + more > PART_TIMES):
            yield part
            part, times = {}, 0
        part[href] = one
        times += more
    yield part


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
    named = known.state == ObjectState.PROMISED  # the calendar does say that it is there
    return {
        "id": known.id,
        "etag": etag,
        "uid_hash": known.uid_hash,
        "state": str(ObjectState.OURS) if named else known.state,
        "reason": reason,
        "recurring": known.recurring,
        "digest": known.digest,
        "seen_at": now,
    }


async def tell_owner(tx: Tx, reading: ReadingRecord, code: str, *, now: datetime) -> None:
    """Leave a notice about a calendar with its owner."""
    await notices.add_notice(tx, reading.staff_id, code=code, params={}, meeting_id=None, now=now)
