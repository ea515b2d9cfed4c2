from collections import Counter
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from coaching.words import StaffRole
from server.demo.people import CANDIDATES, COACHES
from server.demo.seeding import seed, working_day
from server.demo.talk_now import candidate_token, talk_now
from server.store import schema
from server.usecases.context import Parts
from server.usecases.joining import InvitationState, preview_invitation

pytestmark = pytest.mark.unit
MONDAY = date(2027, 3, 1)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, MONDAY), (1, date(2027, 3, 2)), (5, date(2027, 3, 8)), (-1, date(2027, 2, 26))],
)
def test_working_day_skips_the_weekend(days: int, expected: date) -> None:
    assert working_day(MONDAY, days) == expected


def test_sample_people_keep_today_free() -> None:
    assert all(plan.day != 0 for sample in CANDIDATES for plan in sample.plans)


def test_sample_people_are_a_dozen_in_the_hands_of_every_coach() -> None:
    assert len(CANDIDATES) == 12
    assert {sample.coach for sample in CANDIDATES} == {None, *range(len(COACHES))}


async def test_seeding_makes_the_people_and_rooms_that_the_demo_promises(
    sqlite_parts: Parts,
) -> None:
    """Three coaches, a planner, an admin, different phases, two rooms at each of two places."""
    await seed(sqlite_parts, None, now=datetime(2027, 3, 3, 9, 30, tzinfo=UTC))

    async with sqlite_parts.database.read() as tx:
        roles = Counter(one for (one,) in (await tx.scalars(select(schema.staff.c.roles))).all())
        places = (await tx.scalars(select(schema.room.c.place_id))).all()
        begun = len((await tx.scalars(select(schema.trajectory.c.id))).all())
        kinds = set((await tx.scalars(select(schema.meeting.c.kind))).all())
    assert roles == {StaffRole.COACH: 3, StaffRole.PLANNER: 1, StaffRole.ADMIN: 1}
    assert sorted(Counter(places).values()) == [2, 2]
    assert 1 < begun < len(CANDIDATES), "somebody is to be begun with in the demo"
    assert len(kinds) > 3, kinds


@pytest.mark.parametrize(
    "now",
    [
        datetime(2027, 3, 3, 9, 30, tzinfo=UTC),
        datetime(2027, 3, 6, 23, 58, tzinfo=UTC),  # a Saturday, at midnight
        datetime(2027, 3, 27, 23, 30, tzinfo=UTC),  # the night of the clock change
        datetime(2027, 10, 31, 1, 30, tzinfo=UTC),  # the hour that comes twice
    ],
)
async def test_seeding_makes_history_and_a_talk_that_is_now(
    sqlite_parts: Parts, now: datetime
) -> None:
    seeded = await seed(sqlite_parts, None, now=now)

    talk = await talk_now(sqlite_parts, seeded, None, now=now)

    assert talk is not None
    token = await candidate_token(sqlite_parts, talk.meeting)
    seen = await preview_invitation(sqlite_parts, token, now=now)
    assert seen.state is InvitationState.OPEN
    again = await talk_now(sqlite_parts, seeded, talk, now=now)
    assert again == talk
