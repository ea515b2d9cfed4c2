"""Places where people meet, and their rooms."""

from dataclasses import dataclass

from coaching.errors import NotFound
from server.store import people
from server.store.database import Tx
from server.usecases.context import Parts, PlaceId, RoomId
from server.usecases.fields import between, clean_name, clean_phone, clean_text

LEAST_SEATS, MOST_SEATS = 2, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """A place to choose from."""

    id: PlaceId
    name: str
    address: str


async def list_places(parts: Parts) -> tuple[PlaceView, ...]:
    """All places, by name. Reads only."""
    async with parts.database.read() as tx:
        found = await people.places(tx)
    return tuple(place_view(one) for one in found)


def place_view(found: people.PlaceRecord) -> PlaceView:
    """A place as it is shown."""
    return PlaceView(id=PlaceId(found.id), name=found.name, address=found.address)


async def add_place(parts: Parts, *, name: str, address: str, route: str, phone: str) -> PlaceId:
    """Add a place where people meet; `route` tells how to get there, for candidates.

    Raises:
        BadInput: a text is empty, too long or has invisible characters, or the phone is wrong.
    """
    values = {
        "name": clean_name(name),
        "address": clean_text(address, field="address", most=300, code="address_bad"),
        "route": clean_text(route, field="route", most=1000, code="route_bad"),
        "phone": clean_phone(phone),
    }
    return PlaceId(await parts.database.run(lambda tx: people.insert_place(tx, **values)))


async def add_room(parts: Parts, place: PlaceId, *, name: str, seats: int) -> RoomId:
    """Add a room for `seats` people (2 to 100) at a place.

    Raises:
        BadInput: `name_bad`, `seats_bad`.
        NotFound: `place_unknown`.
    """
    values = {
        "place_id": place,
        "name": clean_name(name),
        "people": between(seats, LEAST_SEATS, MOST_SEATS, field="seats", code="seats_bad"),
    }

    async def work(tx: Tx) -> RoomId:
        if not await people.place_exists(tx, place):
            raise NotFound("place_unknown")
        return RoomId(await people.insert_room(tx, **values))

    return await parts.database.run(work)
