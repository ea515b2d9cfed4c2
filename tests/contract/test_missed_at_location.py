"""Who was not there at a location is called, and offered a place nearby (R25)."""

from uuid import uuid4

import pytest

from coaching.words import Language, MeetingStatus, Mode
from server.routes.page import todo_text
from server.texts import words_for
from server.usecases.attention import TodoCode, attention
from server.usecases.booking import record_outcome
from server.usecases.context import Parts
from server.usecases.reminding import run_missed
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def test_who_was_not_there_at_a_location_is_called_and_offered_a_place_nearby(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory_id = await house.acquainted(coach)
    room = await house.works(coach)
    booked = await house.book(trajectory_id, "2027-03-02T14:00", mode=Mode.OFFLINE, room=room)
    now = clock.set("2027-03-02T14:06")
    await record_outcome(
        parts, coach, booked.meeting, MeetingStatus.MISSED, key=uuid4().hex, now=now
    )

    assert await run_missed(parts, booked.meeting, now=now)

    (found,) = [one for one in await attention(parts, coach, now=now) if one.meeting]
    assert (found.code, found.action, found.meeting) == (TodoCode.MISSED, "call", booked.meeting)
    assert found.params["nearer"] == "yes"
    said = todo_text(found, words_for(Language.NL, parts.settings.tz))
    assert "een plek dichterbij" in said
