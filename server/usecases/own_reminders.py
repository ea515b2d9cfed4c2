"""How a candidate wants to be reminded, said by the link of an appointment (R26)."""

from dataclasses import dataclass

from coaching.errors import BadInput, NotFound
from server.store import people
from server.store.database import Tx
from server.usecases.access import meeting_of_link
from server.usecases.channels import Channel, channel_of, keep_channel, reach_of
from server.usecases.context import Parts
from server.usecases.numbers import numbers_at


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReminders:
    """What there is to choose, and which of it goes now (None: both by mail and by text)."""

    chosen: Channel | None
    choices: tuple[Channel | None, ...]
    first_hours: int  # before the appointment
    second_hours: int


async def own_reminders(parts: Parts, token: str) -> OwnReminders:
    """How reminders reach whoever holds this link. Reads only.

    Raises:
        NotFound: `link_unknown`, or a link that was replaced.
    """
    async with parts.database.read() as tx:
        candidate = await _candidate(tx, token)
        choices, found = _choices(candidate), await channel_of(tx, candidate.id)
        talk = await meeting_of_link(tx, token)
        numbers = await numbers_at(tx, talk.starts_at, parts.settings.tz)
        return OwnReminders(
            chosen=found if found in choices else choices[0],
            choices=choices,
            first_hours=numbers.remind_first_hours,
            second_hours=numbers.remind_second_hours,
        )


async def choose_reminders(parts: Parts, token: str, channel: Channel | None) -> None:
    """Keep the choice; a second time changes nothing.

    Raises:
        BadInput: `choice_bad`, in a way that does not reach this candidate.
        NotFound: `link_unknown`, or a link that was replaced.
    """

    async def work(tx: Tx) -> None:
        candidate = await _candidate(tx, token)
        if channel not in _choices(candidate):
            raise BadInput("choice_bad", field="channel")
        await keep_channel(tx, candidate.id, channel)

    await parts.database.run(work)


def _choices(candidate: people.CandidateRecord) -> tuple[Channel | None, ...]:
    ways = tuple(Channel(kind) for kind in reach_of(candidate))
    return (*((None,) if len(ways) > 1 else ()), *ways, Channel.NONE)


async def _candidate(tx: Tx, token: str) -> people.CandidateRecord:
    found = await meeting_of_link(tx, token)
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    if candidate is None:
        raise NotFound("link_unknown")
    return candidate
