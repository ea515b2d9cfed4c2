import pytest

from benchmarks.booking_random import OVERLAPS, rush
from server.usecases.context import Parts

pytestmark = pytest.mark.contract
SEED = 727


async def test_random_bookings_never_overlap(parts: Parts) -> None:
    outcomes = await rush(parts, requests=300, coaches=5, seed=SEED)

    async with parts.database.read() as tx:
        overlaps = await tx.scalar(OVERLAPS)
    assert overlaps == 0, f"seed {SEED}: {dict(outcomes)}"
    assert outcomes["booked"] > 20
    assert outcomes["coach_taken"] > 20
    assert set(outcomes) <= {
        "booked",
        "coach_taken",
        "candidate_taken",
        "room_taken",
        "R28",
        "busy",
    }
