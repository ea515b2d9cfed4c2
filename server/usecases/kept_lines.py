"""Lines of a talk that both keep as an agreement; of all else that was written nothing stays."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from coaching.errors import BadInput, Conflict, NotFound
from coaching.words import MeetingStatus, Role
from server.store import after_talk
from server.store.database import Tx
from server.usecases.access import meeting_of_link
from server.usecases.context import Actor, MeetingId, Parts
from server.usecases.talks import load_talk, role_in

LONGEST_LINE = 4_000  # characters, as the page of the talk takes
MOST_LINES = 20  # a talk; more is no agreement any more


async def want_line(
    parts: Parts, actor: Actor, meeting: MeetingId, text: str, *, now: datetime
) -> bool:
    """One of the two wants to keep `text`; whether both do now.

    Until then only a keyed digest is known here, so that nothing that one of them wrote is kept
    against the wish of the other. Twice the same changes nothing.

    Raises:
        BadInput: `line_bad`, empty, or longer than 4,000 characters.
        Conflict: `already_closed`, the talk was called off; `lines_full`.
        NotFound: not one of the two.
    """
    tidy = text.replace("\r\n", "\n").strip()
    if not tidy or len(tidy) > LONGEST_LINE or "\0" in tidy:
        raise BadInput("line_bad", field="text")
    key = parts.secret.derive("kept lines")
    digest = blake2b(tidy.encode("utf-8", "replace"), key=key, digest_size=32).digest()

    async def work(tx: Tx) -> bool:
        role = await _role(tx, actor, meeting)
        known = await after_talk.lines_of(tx, meeting)
        line = next((one for one in known if one.digest == digest), None)
        if line is None and len(known) >= MOST_LINES:
            raise Conflict("lines_full")
        line = line or await after_talk.insert_line(tx, meeting, digest)
        mine, theirs = line.candidate_at, line.coach_at
        if role is Role.COACH:
            mine, theirs = theirs, mine
        if mine is None:
            values: dict[str, object] = {f"{role}_at": now}
            await after_talk.change_line(tx, line.id, values | ({"text": tidy} if theirs else {}))
        return theirs is not None

    return await parts.database.run(work)


async def kept_lines(parts: Parts, actor: Actor, meeting: MeetingId) -> tuple[str, ...]:
    """What both keep of this talk, in the order in which they agreed; nobody else reads it.

    Reads only.
    """
    async with parts.database.read() as tx:
        talk = await load_talk(tx, meeting)
        if talk is None or await role_in(tx, talk, actor) is None:
            return ()
        return _agreed(await after_talk.lines_of(tx, meeting))


async def kept_lines_of_link(parts: Parts, token: str) -> tuple[str, ...]:
    """What both keep of the talk of an invitation, for its candidate; nothing for another link.

    So that the candidate reads it too when their session for the talk has ended. Reads only.
    """
    async with parts.database.read() as tx:
        try:
            found = await meeting_of_link(tx, token)
        except NotFound:
            return ()
        return _agreed(await after_talk.lines_of(tx, found.id))


def _agreed(lines: Iterable[after_talk.KeptLineRecord]) -> tuple[str, ...]:
    """The lines that both want, in the order in which they agreed."""
    agreed = [
        (max(one.coach_at, one.candidate_at), one.text)
        for one in lines
        if one.text and one.coach_at and one.candidate_at
    ]
    return tuple(text for _, text in sorted(agreed))


async def _role(tx: Tx, actor: Actor, meeting: MeetingId) -> Role:
    talk = await load_talk(tx, meeting)
    role = await role_in(tx, talk, actor) if talk else None
    if talk is None or role is None:
        raise NotFound("meeting_unknown")
    if talk.meeting.status == MeetingStatus.CANCELLED:
        raise Conflict("already_closed")
    return role
