"""Messages that ask a candidate for a yes, each with the link to their own page of agreements."""

from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID, uuid4

from server.secrets import token_hash
from server.store import coach_desk, contracts, outbox, people
from server.store.database import Tx
from server.usecases.context import Parts


class Ask(StrEnum):
    """What a message is about."""

    CONTRACT = "contract"  # another number of talks (R28)
    ASK_COACH = "ask_coach"  # which coach (R27)
    OTHER_COACH = "other_coach"  # this coach cannot: choose another one
    COACH_YES = "coach_yes"  # the coach says yes too


async def own_link(parts: Parts, tx: Tx, trajectory: UUID, *, now: datetime) -> UUID:
    """The link to a candidate's own page of agreements; made when it is first needed."""
    there = await coach_desk.link_of(tx, trajectory)
    if there:
        return there
    made = uuid4()
    hashed = token_hash(parts.secret.invitation_token(made))
    await coach_desk.insert_link(tx, made, trajectory, token_hash=hashed, now=now)
    return made


async def ask_candidate(
    parts: Parts,
    tx: Tx,
    found: people.TrajectoryRecord,
    ask: Ask,
    *,
    about: int | UUID,
    now: datetime,
) -> None:
    """Write a row for each way in which the candidate can be reached.

    `about` is the version of a contract, or else the coach it is about; each is told of once for
    each moment. Rows: kind MAIL and kind TEXT with `{"template": <Ask>, "trajectory", "link",
    "about"}`; the token is made when it is sent.
    """
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    if candidate is None:
        return
    link = await own_link(parts, tx, found.id, now=now)
    payload = {"template": ask, "trajectory": str(found.id), "link": str(link), "about": f"{about}"}
    ways = {outbox.Kind.MAIL: candidate.email, outbox.Kind.TEXT: candidate.phone}
    for kind in (kind for kind, address in ways.items() if address):
        await outbox.enqueue(
            tx,
            kind,
            f"trajectory:{found.id}",
            dedupe_key=f"{ask}:{found.id}:{about}:{now.timestamp():.0f}:{kind}",
            payload=payload,
            not_before=now,
            now=now,
        )


async def still_asked(tx: Tx, found: people.TrajectoryRecord, ask: Ask, about: str) -> bool:
    """Whether a message still tells the truth when it is about to be sent."""
    with_this_coach = str(found.coach_id) == about
    coach, candidate = found.coach_consented_at, found.candidate_consented_at
    match ask:
        case Ask.CONTRACT:
            there = await contracts.contracts_of(tx, found.id)
            waiting = {one.version for one in there if one.is_open and not one.candidate_agreed_at}
            return int(about) in waiting
        case Ask.ASK_COACH:
            return found.consent_asked_at is not None and candidate is None
        case Ask.OTHER_COACH:
            return with_this_coach and coach is None
        case Ask.COACH_YES:
            return with_this_coach and None not in (coach, candidate)
        case _:
            assert_never(ask)
