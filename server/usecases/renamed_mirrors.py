"""Some servers, and programs, give one of our events another name: it is the same event."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from calendar_sync.events import ObjectState
from server.store import remote_objects as store
from server.store.calendars import MirrorRecord
from server.store.database import Database, Tx
from server.store.proposals import change_mirror
from server.usecases.fetching import Found
from server.usecases.gathering import Gathered

_UNDERSTOOD = frozenset({ObjectState.BUSY, ObjectState.FREE, ObjectState.OURS})


def seen_uids(found: Mapping[str, Found]) -> dict[str, str]:
    """By name: the UID of what says to be one of our events; nothing for what is somebody else's.

    What cannot be understood is left out: it may be anything.
    """
    return {
        href: one.read.own.uid if one.read.own else ""
        for href, one in found.items()
        if one.read and (one.read.own or one.read.state in _UNDERSTOOD)
    }


async def held_back(
    database: Database, connection: UUID, found: Mapping[str, Found]
) -> dict[str, Found]:
    """What says to be ours or stands where ours should: to be looked at when all names are known.

    Once kept with its tag it would not be asked for again, nor ours be missed.
    """
    async with database.read() as tx:
        standing = {one.href for one in await store.mirrors_at(tx, connection, found)}
    return {
        href: one for href, one in found.items() if href in standing or (one.read and one.read.own)
    }


async def lost_mirrors(
    tx: Tx, connection: UUID, gone: Collection[str], seen: Mapping[str, str]
) -> list[MirrorRecord]:
    """The mirrors under whose name nothing stands any more, or another event.

    `seen` is that of the whole round: one that stands under another name is not lost. What still
    has our mark and a UID that is none of ours is the same event, which somebody gave that UID.
    """
    standing = {uid for uid in seen.values() if uid}
    others = {"", *await store.mirrors_of_uids(tx, standing)}
    taken = {href for href, uid in seen.items() if uid in others}
    found = await store.mirrors_at(tx, connection, {*gone, *taken})
    return [one for one in found if one.uid not in standing]


async def follow_names(
    tx: Tx, connection: UUID, seen: Mapping[str, str], got: Gathered, *, now: datetime
) -> None:
    """Let mirrors know the name that their event has now; `seen` is that of the whole round.

    Only where nothing of it was seen under the name that we know: else it is a copy. What was kept
    in an earlier part of the round was not compared with its mirror, so it is read once more.
    """
    names = {uid: href for href, uid in seen.items() if uid}
    compared = got.found.keys() | got.echoes.keys()
    for uid, mirrors in (await store.mirrors_of_uids(tx, names)).items():
        for mirror in mirrors:
            if mirror.connection_id != connection or mirror.href == names[uid]:
                continue
            if _stood(mirror) and await _left(tx, mirror, seen, got):
                await change_mirror(tx, mirror.id, href=names[uid])
                if names[uid] not in compared:
                    await store.read_once_more(tx, connection, names[uid], now=now)


async def _left(tx: Tx, mirror: MirrorRecord, seen: Mapping[str, str], got: Gathered) -> bool:
    """Whether its event does not stand under the name that we know; what was promised is let go."""
    if seen.get(mirror.href, mirror.uid) != mirror.uid or mirror.href in got.gone:
        return True
    if mirror.href in {*seen, *got.found, *got.echoes}:
        return False
    kept = await store.known_objects(tx, mirror.connection_id, {mirror.href})
    promised = [one.id for one in kept.values() if one.state == ObjectState.PROMISED]
    await store.drop_objects(tx, promised)
    return len(promised) == len(kept)


def _stood(mirror: MirrorRecord) -> bool:
    """Whether it stands there, or somebody took it away: a move is a removal and a new event."""
    return mirror.state == "present" or (mirror.state == "removed" and mirror.base is not None)
