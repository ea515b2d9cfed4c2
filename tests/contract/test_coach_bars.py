"""R30: a coach whose requirement lapsed, who is full or in conflict takes no new meetings."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from coaching.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from coaching.words import Mode
from server.store.meetings import meeting_by_id
from server.usecases.attention import TodoCode, attention
from server.usecases.coach_bars import BarCode, NewBar, lift_bar, set_bar, show_bars
from server.usecases.context import StaffActor, StaffId
from server.usecases.handing_over import hand_over
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def bar(
    house: House,
    coach: StaffActor,
    code: BarCode,
    *,
    starts_on: date = date(2027, 3, 1),
    ends_on: date | None = None,
    candidate: UUID | None = None,
    actor: StaffActor | None = None,
) -> int:
    new = NewBar(code=code, starts_on=starts_on, ends_on=ends_on, candidate=candidate)
    actor = actor or await house.planner()
    return await set_bar(
        house.parts, actor, StaffId(coach.id), new, key=uuid4().hex, now=house.parts.now()
    )


@pytest.mark.parametrize("code", [BarCode.REQUIREMENT, BarCode.FULL])
async def test_coach_who_may_not_gets_no_new_meeting_until_it_is_lifted(
    house: House, code: BarCode
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    standing = await house.book(trajectory, "2027-03-03T14:00")

    assert await bar(house, coach, code) == 1
    with pytest.raises(Refused) as refused:
        await house.book(trajectory, "2027-03-10T14:00")
    verdict = refused.value.verdict
    assert verdict.leading_rule == "R30"
    assert "choose_coach" in {one.action for one in verdict.alternatives}
    todos = await attention(house.parts, coach, now=house.parts.now())
    assert [one.meeting for one in todos if one.code is TodoCode.COACH_BARRED] == [standing.meeting]

    view = await show_bars(house.parts, StaffId(coach.id), now=house.parts.now())
    await lift_bar(
        house.parts,
        await house.planner(),
        StaffId(coach.id),
        view.bars[0].id,
        key=uuid4().hex,
        now=house.parts.now(),
    )
    await house.book(trajectory, "2027-03-10T14:00")
    assert (await show_bars(house.parts, StaffId(coach.id), now=house.parts.now())).bars == ()


async def test_conflict_closes_for_one_candidate_and_a_coming_date_from_that_day(
    house: House,
) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory = await house.acquainted(coach, person)
    other = await house.acquainted(coach)
    assert await bar(house, coach, BarCode.CONFLICT, candidate=person) == 0
    with pytest.raises(Refused):
        await house.book(trajectory, "2027-03-03T14:00")
    await house.book(other, "2027-03-03T14:00")

    await bar(house, coach, BarCode.REQUIREMENT, starts_on=date(2027, 3, 15))
    await house.book(other, "2027-03-12T14:00")
    with pytest.raises(Refused):
        await house.book(other, "2027-03-15T14:00")


async def test_what_cannot_be_set_or_lifted_is_refused(house: House) -> None:
    coach = await house.coach()
    with pytest.raises(NotAllowed, match="planner_needed"):
        await bar(house, coach, BarCode.FULL, actor=coach)
    for candidate in (None, uuid4()):
        with pytest.raises(BadInput, match="candidate_unknown"):
            await bar(house, coach, BarCode.CONFLICT, candidate=candidate)
    with pytest.raises(BadInput, match="starts_on_bad"):
        await bar(house, coach, BarCode.FULL, starts_on=date(1999, 1, 1))
    with pytest.raises(NotFound, match="coach_unknown"):
        await bar(house, await house.planner(), BarCode.FULL)
    await bar(house, coach, BarCode.FULL)
    with pytest.raises(Conflict, match="bar_exists"):
        await bar(house, coach, BarCode.FULL)
    with pytest.raises(NotFound, match="bar_unknown"):
        await lift_bar(
            house.parts,
            await house.planner(),
            StaffId(coach.id),
            uuid4(),
            key=uuid4().hex,
            now=house.parts.now(),
        )

    assert len((await show_bars(house.parts, StaffId(coach.id), now=house.parts.now())).bars) == 1


async def test_bar_with_a_last_day_bars_up_to_it_and_is_gone_after(
    house: House, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    await house.book(trajectory, "2027-03-22T10:00")
    flagged = await bar(house, coach, BarCode.FULL, ends_on=date(2027, 3, 19))
    assert flagged == 0
    with pytest.raises(Refused):
        await house.book(trajectory, "2027-03-19T14:00")
    await house.book(trajectory, "2027-03-23T14:00")
    with pytest.raises(Conflict, match="bar_exists"):
        await bar(house, coach, BarCode.FULL, starts_on=date(2027, 3, 19))
    await bar(house, coach, BarCode.FULL, starts_on=date(2027, 6, 1))

    clock.set("2027-03-22T09:00")
    left = await show_bars(house.parts, StaffId(coach.id), now=house.parts.now())
    assert [one.starts_on for one in left.bars] == [date(2027, 6, 1)]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2027, 3, 10), date(2027, 3, 9)),
        (date(2027, 2, 1), date(2027, 2, 28)),
        (date(2027, 3, 1), date(2100, 1, 2)),
    ],
)
async def test_last_day_before_the_first_or_in_the_past_is_refused(
    house: House, first: date, last: date
) -> None:
    coach = await house.coach()

    with pytest.raises(BadInput, match="bar_ends_bad"):
        await bar(house, coach, BarCode.FULL, starts_on=first, ends_on=last)


async def test_guidance_is_not_handed_to_a_coach_who_is_barred(house: House) -> None:
    old, full, odd = [await house.coach() for _ in range(3)]
    person = await house.candidate()
    trajectory = await house.acquainted(old, person)
    standing = await house.book(trajectory, "2027-03-03T14:00", mode=Mode.PHONE)
    await bar(house, full, BarCode.FULL)
    await bar(house, odd, BarCode.CONFLICT, candidate=person)

    parts, planner = house.parts, await house.planner()
    for coach in (full, odd):
        with pytest.raises(Conflict, match="coach_barred"):
            await hand_over(
                parts, planner, trajectory, StaffId(coach.id), key=uuid4().hex, now=parts.now()
            )
    async with parts.database.read() as tx:
        found = await meeting_by_id(tx, standing.meeting)
    assert found is not None
    assert (found.coach_id, found.status) == (old.id, "planned")
