"""What the admin changes on /settings holds in the talks of its days: room, page and outcome."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from coaching.settings import VERSION_1
from coaching.words import StaffRole
from server.routes.talk import PAGE_NUMBERS
from server.usecases.blend_settings import save_settings
from server.usecases.context import Parts
from server.usecases.joining import (
    after_talk,
    issue_ticket,
    open_talk,
    record_joint_time,
    redeem_ticket,
)
from signaling.desk import opening_room
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract

WEB = Path(__file__).resolve().parents[2] / "web" / "src" / "call" / "limits.ts"
NUMBERS = {
    "held_seconds": 120,
    "banner_seconds": 10,
    "question_seconds": 20,
    "unseen_seconds": 40,
    "online_seen_percent": 75,
    "camera_wait_seconds": 90,
    "connect_seconds": 15,
    "connect_tries": 3,
    "audio_loss_percent": 10,
    "audio_loss_seconds": 30,
    "reconnects": 5,
    "reconnect_window_seconds": 300,
}


async def test_changed_numbers_reach_room_page_and_outcome_from_their_first_day_on(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    before = await house.book(trajectory, "2027-03-03T14:00")
    after = await house.book(trajectory, "2027-03-10T14:00")
    await save_settings(
        parts,
        await house.staff(StaffRole.ADMIN),
        NUMBERS,
        starts_on=date(2027, 3, 10),
        seen=1,
        key="a",
        now=parts.now(),
    )

    for booked, starts, changed in (
        (before, "2027-03-03T14:00", False),
        (after, "2027-03-10T14:00", True),
    ):
        clock.set(starts)
        facts = await open_talk(parts, coach, booked.meeting, now=clock())
        ticket, _ = await issue_ticket(parts, coach, booked.meeting, now=clock())
        seat = await redeem_ticket(parts, ticket, now=clock())
        assert seat is not None
        room = opening_room(seat).settings
        for name in ("banner_seconds", "question_seconds", "unseen_seconds", "online_seen_percent"):
            assert (getattr(room, name) == NUMBERS[name]) is changed, name
        for name in PAGE_NUMBERS:
            assert (getattr(facts.settings, name) == NUMBERS[name]) is changed, name
        await record_joint_time(parts, booked.meeting, joint_seconds=200, over=True, now=clock())
        assert (await after_talk(parts, coach, booked.meeting, now=clock())).held is changed


async def test_an_installation_to_try_things_out_has_its_own_time_to_be_held(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    clock.set("2027-03-03T14:00")
    tried = replace(parts, settings=replace(parts.settings, held_seconds=60))

    await record_joint_time(tried, booked.meeting, joint_seconds=60, over=True, now=clock())

    assert (await after_talk(parts, coach, booked.meeting, now=clock())).held


def test_a_page_without_numbers_of_its_own_goes_by_the_shipped_ones() -> None:
    shipped = dict(re.findall(r"^  (\w+): (\d+),$", WEB.read_text(), re.MULTILINE))
    assert shipped == {name: str(getattr(VERSION_1, name)) for name in PAGE_NUMBERS}
