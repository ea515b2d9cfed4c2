"""What the coach tells a candidate who waits: "ik loop vijf minuten uit"."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coaching.errors import BadInput, NotFound
from coaching.words import Role
from server.store import getting_in
from server.store.database import Tx
from server.usecases.context import Actor, GuestActor, MeetingId, Parts, StaffActor
from server.usecases.talks import load_talk, role_in

CHOICES = (5, 10, 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNote:
    """The coach is so many minutes late, said at a moment."""

    minutes: int
    until: datetime
    read: bool  # it came onto the candidate's screen


async def leave_note(
    parts: Parts, coach: StaffActor, meeting: MeetingId, minutes: int, *, now: datetime
) -> None:
    """Tell the candidate of a talk that the coach is late; 0 takes it back.

    Raises:
        BadInput: `choice_bad`, other minutes than the ready ones.
        NotFound: `meeting_unknown`, not this coach's.
    """
    if minutes not in (0, *CHOICES):
        raise BadInput("choice_bad", field="minutes")

    async def work(tx: Tx) -> None:
        talk = await load_talk(tx, meeting)
        if talk is None or talk.role_of(coach) is not Role.COACH:
            raise NotFound("meeting_unknown")
        await getting_in.keep_note(tx, meeting, minutes, now=now)

    await parts.database.run(work)


async def note_for(
    parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime
) -> WaitingNote | None:
    """What the coach told, as long as it is of use. Reads only.

    Raises:
        NotFound: `meeting_unknown`, not one of the two.
    """
    async with parts.database.read() as tx:
        talk = await load_talk(tx, meeting)
        if talk is None or await role_in(tx, talk, actor) is None:
            raise NotFound("meeting_unknown")
        note = await getting_in.note_of(tx, meeting)
    if note is None or note.minutes == 0:
        return None
    # It counts from the start of the talk, or from the moment it was said when that is later.
    until = max(note.at, talk.meeting.starts_at) + timedelta(minutes=note.minutes)
    read = note.read_at is not None
    return WaitingNote(minutes=note.minutes, until=until, read=read) if until > now else None


async def read_note(parts: Parts, guest: GuestActor, meeting: MeetingId, *, now: datetime) -> None:
    """The candidate's page shows what the coach told; without such a word nothing changes.

    Raises:
        NotFound: `meeting_unknown`, not this candidate's.
    """

    async def work(tx: Tx) -> None:
        talk = await load_talk(tx, meeting)
        if talk is None or await role_in(tx, talk, guest) is None:
            raise NotFound("meeting_unknown")
        await getting_in.note_was_read(tx, meeting, now=now)

    await parts.database.run(work)
