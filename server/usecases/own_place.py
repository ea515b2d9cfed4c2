"""Which place a candidate reaches most easily, said by the link of an appointment (R20, R25).

Where somebody lives is not asked and not kept: only one of our own places.
"""

from dataclasses import dataclass

from coaching.errors import BadInput, NotFound
from server.store import availability, people
from server.store.database import Tx
from server.usecases.access import meeting_of_link
from server.usecases.context import Parts, PlaceId
from server.usecases.erased import keep_there
from server.usecases.places import PlaceView, place_view


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlace:
    """The places there are, and the one that was chosen (None: any)."""

    chosen: PlaceId | None
    places: tuple[PlaceView, ...]


async def own_place(parts: Parts, token: str) -> OwnPlace:
    """What whoever holds this link may choose from. Reads only.

    Raises:
        NotFound: `link_unknown`, or a link that was replaced.
    """
    async with parts.database.read() as tx:
        talk = await meeting_of_link(tx, token)
        likes = await availability.preference(tx, talk.candidate_id)
        near = likes.near_place_id if likes else None
        return OwnPlace(chosen=PlaceId(near) if near else None, places=await _places(tx))


async def choose_place(parts: Parts, token: str, place: PlaceId | None) -> None:
    """Keep the choice, where staff see and may change it too; a second time changes nothing.

    Raises:
        BadInput: `choice_bad`, it is none of our places.
        NotFound: `link_unknown`, or a link that was replaced; `candidate_unknown`, erased.
    """

    async def work(tx: Tx) -> None:
        talk = await meeting_of_link(tx, token)
        await keep_there(tx, talk.candidate_id)
        if place and place not in {one.id for one in await _places(tx)}:
            raise BadInput("choice_bad", field="place")
        await availability.set_preference(tx, talk.candidate_id, near_place_id=place)

    try:
        await parts.database.run(work)
    except NotFound:
        raise NotFound("link_unknown") from None


async def _places(tx: Tx) -> tuple[PlaceView, ...]:
    return tuple(place_view(one) for one in await people.places(tx))
