"""What is done when one of our mirrors is found changed, or gone."""

from datetime import datetime

from calendar_sync.events import OwnEvent
from server.store import remote_objects
from server.store.calendars import MirrorRecord
from server.store.database import Tx
from server.store.remote_objects import ReadingRecord
from server.usecases.context import Parts


async def notice(
    tx: Tx,
    parts: Parts,
    connection: ReadingRecord,
    mirror: MirrorRecord,
    own_event: OwnEvent | None,
    *,
    etag: str | None,
    now: datetime,
) -> None:
    """Take note of what a mirror says now; `own_event` is None when it is proven to be gone.

    Called in the transaction of a round, for a mirror that is believed to stand there and whose
    tag is not that of our newest write; once for each tag that `etag` takes.
    """
    del parts, connection, own_event, now
    await remote_objects.set_mirror_tag(tx, mirror.id, etag)
