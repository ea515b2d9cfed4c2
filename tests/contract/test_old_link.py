"""A browser that came in by a link which was replaced since opens no more than that link (T4)."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import uuid4

import pytest

from coaching.errors import NotFound
from coaching.trigger_facts import FailureCause
from coaching.words import Mode
from server.usecases.accounts import actor_behind
from server.usecases.booking import MoveRequest, move_meeting
from server.usecases.context import GuestActor, MeetingId, Parts, StaffActor
from server.usecases.device_checks import record_in_talk
from server.usecases.failing import fail_talk, show_fallback
from server.usecases.joining import after_talk, redeem_invitation
from server.usecases.kept_lines import kept_lines, want_line
from server.usecases.moods import Mood, say_mood
from server.usecases.short_codes import code_of_guest
from server.usecases.tasks import give_task, task_sheet, tick_task
from server.usecases.waiting_notes import note_for, read_note
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract

Attempt = Callable[[Parts, GuestActor, MeetingId], Awaitable[object]]

ATTEMPTS: dict[str, Attempt] = {
    "a code for the new link": lambda p, g, _m: code_of_guest(p, g, now=p.now()),
    "the page after the talk": lambda p, g, m: after_talk(p, g, m, now=p.now()),
    "the tasks": lambda p, g, m: task_sheet(p, g, m, now=p.now()),
    "the times after a failure": lambda p, g, m: show_fallback(p, g, m, now=p.now()),
    "the coach's word": lambda p, g, m: note_for(p, g, m, now=p.now()),
    "to say it was read": lambda p, g, m: read_note(p, g, m, now=p.now()),
    "what is in the way": lambda p, g, m: record_in_talk(
        p, g, m, "NO_CAMERA", device="a laptop", now=p.now()
    ),
    "a face": lambda p, g, m: say_mood(p, g, m, Mood.BAD, at_end=True, now=p.now()),
    "a line to keep": lambda p, g, m: want_line(p, g, m, "Wij bellen.", now=p.now()),
}


async def came_in(house: House, clock: Clock) -> tuple[StaffActor, MeetingId, GuestActor]:
    """A talk whose candidate came in by the link, and whose coach moved it then."""
    coach, parts = await house.coach(), house.parts
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    clock.set("2027-03-03T13:40")
    link = await link_of(parts, booked.meeting)
    session, _ = await redeem_invitation(parts, link, now=parts.now())
    guest = await actor_behind(parts, session, now=parts.now())
    assert isinstance(guest, GuestActor)
    await give_task(parts, coach, booked.meeting, "Neem uw cv mee", key="a", now=parts.now())
    return coach, booked.meeting, guest


async def moved(house: House, coach: StaffActor, meeting: MeetingId) -> None:
    await move_meeting(
        house.parts,
        coach,
        meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat("2027-03-03T14:05"),
            minutes=45,
            mode=Mode.VIDEO,
            room=None,
        ),
        revision=1,
        key=uuid4().hex,
        now=house.parts.now(),
    )


async def works(attempt: Awaitable[object]) -> bool:
    try:
        await attempt
    except NotFound:
        return False
    return True


async def test_session_of_a_replaced_link_reads_and_changes_nothing_any_more(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    coach, meeting, guest = await came_in(sqlite_house, clock)
    sheet = await task_sheet(sqlite_parts, guest, meeting, now=clock())
    await after_talk(sqlite_parts, guest, meeting, now=clock())

    await moved(sqlite_house, coach, meeting)
    await fail_talk(sqlite_parts, meeting, FailureCause.SERVER, by=None, now=clock())

    done = [
        what
        for what, attempt in ATTEMPTS.items()
        if await works(attempt(sqlite_parts, guest, meeting))
    ]
    assert done == []
    with pytest.raises(NotFound):
        await tick_task(sqlite_parts, guest, sheet.tasks[0].id, done=True, now=clock())
    assert await kept_lines(sqlite_parts, guest, meeting) == ()
