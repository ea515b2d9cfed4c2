"""A coach hides where they are: the other side of their talks learns no address but the relay's."""

from dataclasses import dataclass

from coaching.errors import Conflict
from server.store import people
from server.usecases.context import Parts, StaffActor


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    """How the switch stands, and what it depends on."""

    hides: bool
    everybody: bool  # the installation hides everybody anyway
    relay: bool  # there is a relay to hide behind


async def address_view(parts: Parts, actor: StaffActor) -> AddressView:
    """The switch of `actor`. Reads only."""
    async with parts.database.read() as tx:
        own = await people.staff_by_id(tx, actor.id)
    return AddressView(
        hides=own is not None and own.hides_address,
        everybody=parts.settings.relay_only,
        relay=bool(parts.settings.turn_urls),
    )


async def hide_address(parts: Parts, actor: StaffActor, *, hides: bool) -> None:
    """Set the own switch; it counts from the next time that a page of theirs enters a talk.

    Raises:
        Conflict: `relay_missing`, there is nothing to hide behind; switching off always works.
    """
    if hides and not parts.settings.turn_urls:
        raise Conflict("relay_missing")
    async with parts.database.write() as tx:
        await people.keep_hides_address(tx, actor.id, hides=hides)
