"""What the house finds out by itself about a talk that failed (R20)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from coaching.getting_in import DeviceVerdict
from coaching.trigger_facts import FailureCause
from coaching.words import Role, Skill
from server.store import getting_in
from server.usecases.access import known_trajectory
from server.usecases.appointments import known_meeting
from server.usecases.calling_back import CallWindow, ask_for_call
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.failing import fail_talk, show_fallback
from server.usecases.joining import redeem_invitation
from server.usecases.naming_cause import name_cause
from server.usecases.skill import open_proposals
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract
NETWORK, UNKNOWN = FailureCause.CANDIDATE_NETWORK, FailureCause.UNKNOWN


async def talk_of(house: House, coach: StaffActor) -> MeetingId:
    """A video talk on 3 March 2027 at 14.00 of somebody who is able."""
    candidate = await house.candidate(skill=Skill.ABLE)
    trajectory = await house.acquainted(coach, candidate)
    return (await house.book(trajectory, "2027-03-03T14:00")).meeting


async def cause_of(parts: Parts, coach: StaffActor, meeting: MeetingId) -> FailureCause:
    shown = await show_fallback(parts, coach, meeting, now=parts.now())
    assert shown is not None
    return shown.cause


@pytest.mark.parametrize(
    ("began", "causes"),
    [
        (2, (NETWORK, FailureCause.SERVER)),
        (2, (UNKNOWN, FailureCause.SERVER)),
        (2, (FailureCause.CANDIDATE_DEVICE, FailureCause.CANDIDATE_DEVICE)),
        (30, (NETWORK, NETWORK)),  # long before it failed
    ],
)
async def test_a_restart_while_somebody_sat_there_is_our_own_fault(
    house: House, parts: Parts, clock: Clock, began: int, causes: tuple[FailureCause, FailureCause]
) -> None:
    coach = await house.coach()
    meeting = await talk_of(house, coach)
    before = clock.set("2027-03-03T13:56")
    await redeem_invitation(parts, await link_of(parts, meeting), now=before)
    now = clock.set("2027-03-03T14:10")
    restarted = replace(parts, since=now - timedelta(minutes=began))

    told, kept = causes
    await fail_talk(restarted, meeting, told, by=Role.CANDIDATE, now=now)

    assert await cause_of(parts, coach, meeting) is kept


async def test_a_server_that_began_before_anybody_came_explains_nothing(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    meeting = await talk_of(house, coach)
    now = clock.set("2027-03-03T14:02")
    begun = replace(parts, since=now - timedelta(minutes=5))
    await redeem_invitation(parts, await link_of(parts, meeting), now=now)

    await fail_talk(begun, meeting, NETWORK, by=Role.CANDIDATE, now=now)

    assert await cause_of(parts, coach, meeting) is NETWORK


async def test_talks_of_three_coaches_that_fail_together_were_ours_all_of_them(
    house: House, parts: Parts, clock: Clock
) -> None:
    coaches = [await house.coach() for _ in range(3)]
    meetings = [await talk_of(house, coach) for coach in coaches]
    own = await talk_of_another(house, coaches[0])
    clock.set("2027-03-03T14:05")

    for number, meeting in enumerate(meetings):
        now = clock.forward(minutes=1)
        await fail_talk(parts, meeting, (NETWORK, UNKNOWN)[number % 2], by=None, now=now)

    causes = [await cause_of(parts, c, m) for c, m in zip(coaches, meetings, strict=True)]
    assert causes == [FailureCause.SERVER] * 3

    now = clock.set("2027-03-03T16:05")
    await fail_talk(parts, own, NETWORK, by=None, now=now)  # much later, and alone
    assert await cause_of(parts, coaches[0], own) is NETWORK


async def talk_of_another(house: House, coach: StaffActor) -> MeetingId:
    candidate = await house.candidate(skill=Skill.ABLE)
    trajectory = await house.acquainted(coach, candidate)
    return (await house.book(trajectory, "2027-03-03T16:00")).meeting


@pytest.mark.parametrize("sign", ["put away", "asked for a call", "nothing"])
async def test_that_somebody_could_not_find_their_way_is_proposed_and_never_kept_by_itself(
    house: House, parts: Parts, clock: Clock, sign: str
) -> None:
    coach = await house.coach()
    meeting = await talk_of(house, coach)
    now = clock.set("2027-03-03T13:59")
    await struggle(parts, meeting, sign)
    now = clock.forward(minutes=4)
    await fail_talk(parts, meeting, UNKNOWN, by=Role.CANDIDATE, now=now)

    shown = await show_fallback(parts, coach, meeting, now=now)
    assert shown is not None
    proposed = None if sign == "nothing" else FailureCause.CANDIDATE_SKILL
    assert (shown.cause, shown.proposed) == (UNKNOWN, proposed)
    assert await open_proposals(parts, coach) == ()

    await name_cause(
        parts, coach, meeting, FailureCause.CANDIDATE_SKILL, key="c", now=clock.forward(minutes=1)
    )
    shown = await show_fallback(parts, coach, meeting, now=clock())
    assert shown is not None
    assert shown.proposed is None
    assert [one.proposed for one in await open_proposals(parts, coach)] == [Skill.LESS]


async def struggle(parts: Parts, meeting: MeetingId, sign: str) -> None:
    now = parts.now()
    async with parts.database.write() as tx:
        found = await known_meeting(tx, meeting)
        if sign == "put away":
            await getting_in.add_check(
                tx,
                candidate_id=found.candidate_id,
                meeting_id=meeting,
                device=None,
                place="talk",
                verdict=DeviceVerdict.DISMISSED,
                now=now,
            )
        elif sign == "asked for a call":
            trajectory = await known_trajectory(tx, found.trajectory_id)
            zone = parts.settings.tz
            await ask_for_call(tx, trajectory, CallWindow.NOW, meeting=meeting, zone=zone, now=now)
