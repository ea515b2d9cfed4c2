"""R27, scenario 17: the candidate chooses a coach, the coach says yes or no, nobody asks why."""

import asyncio
from datetime import date
from uuid import uuid4

import pytest

from coaching.errors import BadInput, Conflict, NotFound, Refused
from coaching.words import MeetingKind, Mode
from server.usecases.agreeing import ask_agreement
from server.usecases.attention import TodoCode, attention
from server.usecases.choosing_coach import DeskState, OwnDesk, choose_coach, own_desk
from server.usecases.coach_bars import BarCode, NewBar, set_bar
from server.usecases.coach_desk import answer_choice, own_profile, save_profile, who_chose
from server.usecases.context import CandidateId, StaffActor, StaffId, TrajectoryId
from server.usecases.handing_over import hand_over
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


async def asked(house: House, coach: StaffActor, person: CandidateId) -> tuple[TrajectoryId, str]:
    """A trajectory whose two were asked, and the token of the candidate's page."""
    trajectory = await house.trajectory(coach, person)
    parts = house.parts
    await ask_agreement(parts, await house.planner(), trajectory, key=uuid4().hex, now=parts.now())
    (link,) = await rows(parts, "agreement_link")
    return trajectory, parts.secret.invitation_token(link["id"])


async def desk(house: House, token: str) -> OwnDesk:
    return await own_desk(house.parts, token, now=house.parts.now())


async def choose(house: House, token: str, coach: StaffActor) -> str:
    parts = house.parts
    return await choose_coach(parts, token, StaffId(coach.id), key=uuid4().hex, now=parts.now())


async def answer(house: House, coach: StaffActor, trajectory: TrajectoryId, *, yes: bool) -> None:
    parts = house.parts
    await answer_choice(parts, coach, trajectory, yes=yes, key=uuid4().hex, now=parts.now())


async def test_scenario_17_no_of_the_coach_leads_to_other_profiles_and_keeps_no_reason(
    house: House,
) -> None:
    first, bram, carla = [await house.coach(name=name) for name in ("Anna", "Bram", "Carla")]
    person = await house.candidate(name="Iris de Wit")
    trajectory, token = await asked(house, first, person)
    assert (await desk(house, token)).state is DeskState.CHOOSE
    assert {one.name for one in (await desk(house, token)).profiles} == {"Anna", "Bram", "Carla"}

    assert await choose(house, token, bram) == token
    assert (await desk(house, token)).state is DeskState.WAITS
    with pytest.raises(Refused) as refused:
        await house.book(trajectory, "2027-03-10T14:00", mode=Mode.PHONE)
    assert refused.value.verdict.leading_rule == "R27"
    await house.book(
        trajectory,
        "2027-03-08T14:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=await house.room(),
    )
    (waiting,) = await who_chose(house.parts, bram)
    assert (waiting.name, waiting.trajectory) == ("Iris de Wit", trajectory)

    await answer(house, bram, trajectory, yes=False)
    after = await desk(house, token)
    assert (after.state, [one.name for one in after.profiles]) == (DeskState.REFUSED, ["Carla"])
    assert await who_chose(house.parts, bram) == ()
    (kept,) = await rows(house.parts, "agreement")
    assert (kept["answer"], kept["way"]) == ("no", "screen")
    assert "reason" not in kept
    todos = await attention(house.parts, await house.planner(), now=house.parts.now())
    assert TodoCode.CHOOSE_COACH in {one.code for one in todos}
    told = [row["payload"]["template"] for row in await rows(house.parts, "outbox")]
    assert {"ask_coach", "other_coach"} <= set(told)

    await choose(house, token, carla)
    await answer(house, carla, trajectory, yes=True)
    assert (await desk(house, token)).state is DeskState.AGREED
    todos = await attention(house.parts, await house.planner(), now=house.parts.now())
    assert TodoCode.CHOOSE_COACH not in {one.code for one in todos}
    await house.book(trajectory, "2027-03-10T14:00", mode=Mode.PHONE)


async def test_present_coach_is_chosen_by_a_yes_and_the_diary_stays(house: House) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory, token = await asked(house, coach, person)

    await choose(house, token, coach)
    assert await rows(house.parts, "handover") == []
    await answer(house, coach, trajectory, yes=True)

    assert (await desk(house, token)).state is DeskState.AGREED
    with pytest.raises(Conflict, match="desk_closed"):
        await choose(house, token, coach)


async def test_who_cannot_be_chosen_is_not_shown_and_is_refused(house: House) -> None:
    coach, barred, hidden, free = [await house.coach() for _ in range(4)]
    person = await house.candidate()
    _, token = await asked(house, coach, person)
    parts = house.parts
    await set_bar(
        parts,
        await house.planner(),
        StaffId(barred.id),
        NewBar(code=BarCode.CONFLICT, starts_on=date(2027, 3, 1), candidate=person),
        key=uuid4().hex,
        now=parts.now(),
    )
    await save_profile(parts, hidden, about="", shown=False, now=parts.now())
    await save_profile(parts, free, about="Werk  na\nziekte", shown=True, now=parts.now())

    shown = {one.coach: one.about for one in (await desk(house, token)).profiles}
    assert shown == {coach.id: "", free.id: "Werk na ziekte"}
    for one in (barred, hidden):
        with pytest.raises(Conflict, match="coach_unavailable"):
            await choose(house, token, one)


async def test_order_is_the_candidates_own_and_stays(house: House) -> None:
    coaches = [await house.coach() for _ in range(6)]
    orders = set()
    for _ in range(4):
        trajectory = await house.trajectory(coaches[0])
        await ask_agreement(
            house.parts, coaches[0], trajectory, key=uuid4().hex, now=house.parts.now()
        )
        link = (await rows(house.parts, "agreement_link"))[-1]
        token = house.parts.secret.invitation_token(link["id"])
        order = tuple(one.coach for one in (await desk(house, token)).profiles)
        assert order == tuple(one.coach for one in (await desk(house, token)).profiles)
        orders.add(order)

    assert len(orders) > 1


async def test_stranger_other_coach_and_bad_text_are_refused(house: House) -> None:
    coach, other = await house.coach(), await house.coach()
    trajectory, token = await asked(house, coach, await house.candidate())
    with pytest.raises(NotFound, match="link_unknown"):
        await desk(house, token + "x")
    await choose(house, token, coach)
    with pytest.raises(NotFound, match="trajectory_unknown"):
        await answer(house, other, trajectory, yes=True)
    with pytest.raises(BadInput, match="about_bad"):
        await save_profile(house.parts, coach, about="x" * 601, shown=True, now=house.parts.now())

    assert (await own_profile(house.parts, coach)).about == ""
    assert (await desk(house, token)).state is DeskState.WAITS


async def test_a_yes_is_never_kept_for_a_coach_who_was_given_it_meanwhile(house: House) -> None:
    coach, other = await house.coach(), await house.coach()
    trajectory, token = await asked(house, coach, await house.candidate())
    parts, planner = house.parts, await house.planner()

    handing = hand_over(
        parts, planner, trajectory, StaffId(other.id), key=uuid4().hex, now=parts.now()
    )
    ended = await asyncio.gather(handing, choose(house, token, coach), return_exceptions=True)

    codes = [one.code for one in ended if isinstance(one, Conflict)]
    assert codes in ([], ["coach_unavailable"])
    (kept,) = await rows(parts, "trajectory")
    assert (kept["coach_id"], kept["candidate_consented_at"]) == (other.id, None)
