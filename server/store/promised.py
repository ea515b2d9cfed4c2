"""What we wrote into calendars and they have not shown since: a name that a reading must meet."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.dialects import postgresql, sqlite

from server.store.database import Tx
from server.store.remote_objects import NOT_GIVEN
from server.store.schema import remote_object

_PROMISED = "promised"  # calendar_sync.events.ObjectState


async def promise(tx: Tx, connection: UUID, href: str, *, now: datetime) -> None:
    """Note that one of our events should stand under this name; nothing where that was seen.

    A reading that meets it makes it an object like others. One that was not met for a while is
    asked for (`remote_objects.to_read_again`), since whoever gives it another name, and takes it
    away before it was read, leaves no trace under the name that we know.
    """
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = {"connection_id": connection, "href": href, "etag": None, "uid_hash": ""}
    said = {"state": _PROMISED, "reason": NOT_GIVEN, "recurring": False, "digest": ""}
    await tx.execute(
        make(remote_object)
        .values(id=uuid4(), **row, **said, seen_at=now)
        .on_conflict_do_nothing(index_elements=["connection_id", "href"])
    )
