"""Somebody to erase, with a name that is easily found again, and the two steps of erasing."""

from uuid import uuid4

from coaching.words import Mode
from server.usecases.context import CandidateId, MeetingId, StaffActor
from server.usecases.erasing import call_off_all, erase_candidate
from tests.house_of_people import House

CANARY = "Kanarie"
NAME = f"{CANARY} Vogelsang"


async def somebody(house: House, coach: StaffActor) -> tuple[CandidateId, MeetingId]:
    """A candidate with a talk that was held and one that was not yet."""
    person = await house.candidate(
        name=NAME, email=f"{CANARY}@example.org".lower(), phone="06 98 76 54 32"
    )
    trajectory = await house.acquainted(coach, person)
    booked = await house.book(trajectory, "2027-03-03T14:00", mode=Mode.VIDEO)
    return person, booked.meeting


async def erase(
    house: House, person: CandidateId, *, name: str = NAME, actor: StaffActor | None = None
) -> dict[str, int]:
    actor = actor or await house.planner()
    return await erase_candidate(
        house.parts, actor, person, typed_name=name, key=uuid4().hex, now=house.parts.now()
    )


async def call_off(house: House, person: CandidateId) -> int:
    planner = await house.planner()
    return await call_off_all(house.parts, planner, person, key=uuid4().hex, now=house.parts.now())
