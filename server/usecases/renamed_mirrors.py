"""Some servers, and programs, give one of our events another name: it is the same event."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from server.store import remote_objects as store
from server.store.calendars import MirrorRecord
from server.store.database import Tx
from server.store.proposals import change_mirror
from server.usecases.fetching import Found
from server.usecases.gathering import Gathered


def own_names(found: Mapping[str, Found]) -> dict[str, str]:
    """The names of what says to be one of our events, by its UID."""
    return {one.read.own.uid: href for href, one in found.items() if one.read and one.read.own}


async def follow_names(
    tx: Tx, connection: UUID, names: Mapping[str, str], got: Gathered, *, now: datetime
) -> None:
    """Let mirrors know the name that their event has now; `names` are those of the whole round.

    Only where nothing stands under the name that we know: else it is a copy. What was kept in an
    earlier part of the round was not compared with its mirror, so it is read once more.
    """
    compared = got.found.keys() | got.echoes.keys()
    for uid, mirrors in (await store.mirrors_of_uids(tx, names)).items():
        for mirror in mirrors:
            if mirror.connection_id != connection or mirror.href in {*compared, names[uid]}:
                continue
            if not _stood(mirror):
                continue
            stands = await store.known_objects(tx, connection, {mirror.href})
            if mirror.href in got.gone or not stands:
                await change_mirror(tx, mirror.id, href=names[uid])
                if names[uid] not in compared:
                    await store.read_once_more(tx, connection, names[uid], now=now)


def _stood(mirror: MirrorRecord) -> bool:
    """Whether it stands there, or somebody took it away: a move is a removal and a new event."""
    return mirror.state == "present" or (mirror.state == "removed" and mirror.base is not None)
