"""A coach practises before hosting a video talk (R15), through the use cases."""

import pytest

from coaching.errors import BadInput, NotAllowed, Refused
from coaching.words import Mode, PracticeCause, Score, StaffRole
from server.usecases.context import Parts, StaffId
from server.usecases.readiness import coaches_readiness, record_own_practice
from tests.house_of_people import House

pytestmark = pytest.mark.contract

TALK = "2027-03-09T14:00"


async def test_a_coach_who_did_not_practise_hosts_no_video_talk(house: House, parts: Parts) -> None:
    coach = await house.coach(practised=False)
    trajectory = await house.acquainted(coach)
    with pytest.raises(Refused) as refused:
        await house.book(trajectory, TALK)
    assert refused.value.verdict.leading_rule == "R15"
    assert [one.mode for one in refused.value.verdict.alternatives][-1] is Mode.PHONE
    failed = house.practice(score=Score.BAD, cause=PracticeCause.CAMERA)
    await record_own_practice(parts, coach, StaffId(coach.id), failed, key="a", now=parts.now())
    assert [one.practised_at for one in await coaches_readiness(parts, coach)] == [None]
    with pytest.raises(Refused):
        await house.book(trajectory, TALK)

    await house.coach_practises(coach)

    assert (await house.book(trajectory, TALK)).verdict.allowed


async def test_an_admin_says_that_somebody_practised_and_a_colleague_does_not(
    house: House, parts: Parts
) -> None:
    coach = await house.coach(practised=False)
    admin, colleague = await house.staff(StaffRole.ADMIN), await house.coach()
    with pytest.raises(NotAllowed):
        await record_own_practice(
            parts, colleague, StaffId(coach.id), house.practice(), key="a", now=parts.now()
        )
    with pytest.raises(BadInput):
        await record_own_practice(
            parts, admin, StaffId(admin.id), house.practice(), key="b", now=parts.now()
        )

    await record_own_practice(
        parts, admin, StaffId(coach.id), house.practice(), key="c", now=parts.now()
    )

    found = {one.coach: one.practised_at for one in await coaches_readiness(parts, admin)}
    assert found[StaffId(coach.id)] == parts.now()
    assert [one.coach for one in await coaches_readiness(parts, coach)] == [coach.id]
