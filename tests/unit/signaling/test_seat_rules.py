"""The engine says of any two people, at any time, what a room remembers of how they stand."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.engine import judge_seat
from coaching.facts import SeatFacts
from coaching.settings import VERSION_1
from coaching.words import Role
from signaling.seat_rules import seat_verdict

pytestmark = pytest.mark.unit


@given(
    two=st.lists(st.uuids(), min_size=3, max_size=3, unique=True),
    who=st.sampled_from([Role.COACH, Role.CANDIDATE, None]),
    elsewhere=st.booleans(),
    camera_live=st.sampled_from([True, False, None]),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- bounds are naive by contract
)
def test_seat_verdict_is_that_of_the_engine_for_anybody_at_any_time(
    two: list[UUID],
    who: Role | None,
    elsewhere: bool,  # noqa: FBT001 -- given by name
    camera_live: bool | None,  # noqa: FBT001 -- given by name
    now: datetime,
) -> None:
    coach, candidate, stranger = two
    facts = SeatFacts(
        person={Role.COACH: coach, Role.CANDIDATE: candidate, None: stranger}[who],
        coach=coach,
        candidate=candidate,
        seated=frozenset((coach, candidate)),
        other_device=elsewhere,
        camera_live=camera_live,
    )

    asked = seat_verdict(who, VERSION_1, elsewhere=elsewhere, camera_live=camera_live)

    assert asked == judge_seat(facts, VERSION_1, now)


def test_seat_verdict_refuses_a_third_by_r1_and_a_camera_that_is_off_by_r4() -> None:
    assert seat_verdict(None, VERSION_1).leading_rule == "R1"
    assert seat_verdict(Role.COACH, VERSION_1, elsewhere=True).leading_rule == "R2"
    assert seat_verdict(Role.COACH, VERSION_1, camera_live=False).leading_rule == "R4"
    assert seat_verdict(Role.COACH, VERSION_1, camera_live=True).allowed
