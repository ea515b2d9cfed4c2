"""In which ways a candidate is written to: the channel of their own choice, or none (R26)."""

from enum import StrEnum
from uuid import UUID

from server.store import availability
from server.store.database import Tx
from server.store.outbox import Kind
from server.store.people import CandidateRecord


class Channel(StrEnum):
    """How a candidate likes to be reminded."""

    TEXT = "text"
    MAIL = "mail"
    NONE = "none"  # what is agreed still comes: an invitation, a move, a cancelling


def reach_of(candidate: CandidateRecord) -> tuple[Kind, ...]:
    """Every way in which something can reach this candidate. Pure."""
    addresses = {Kind.MAIL: candidate.email, Kind.TEXT: candidate.phone}
    return tuple(kind for kind, address in addresses.items() if address)


async def ways_to(tx: Tx, candidate: CandidateRecord) -> tuple[Kind, ...]:
    """In which ways to remind: the chosen one where it reaches them, else every one that does.

    None at all for who wants none.
    """
    reach = reach_of(candidate)
    chosen = await channel_of(tx, candidate.id)
    if chosen is Channel.NONE:
        return ()
    return tuple(kind for kind in reach if str(kind) == chosen) or reach


async def channel_of(tx: Tx, candidate: UUID) -> Channel | None:
    """What a candidate chose; None: whatever reaches them."""
    likes = await availability.preference(tx, candidate)
    return Channel(likes.channel) if likes and likes.channel else None


async def keep_channel(tx: Tx, candidate: UUID, channel: Channel | None) -> None:
    """Keep the channel beside what else the candidate likes."""
    await availability.set_preference(tx, candidate, channel=channel)
