"""What stands behind a link when there is no talk to open now."""

import re
from datetime import datetime, timedelta

import pytest

from coaching.words import Mode
from server.usecases.booking import cancel_meeting
from server.usecases.context import Parts
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.links import link_of, link_of_a_talk_long_ago, move_talk, revision, starts_at
from tests.journeys.people import book_talk, local_minute, make_pair, new_key
from tests.journeys.windows import Window, says, text

pytestmark = pytest.mark.journey

IN_A_MOMENT = timedelta(minutes=2)
LATER = timedelta(hours=5)


async def test_link_before_its_time_says_when_to_come_back(
    installation: Installation, before: Parts, phone_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    meeting = await book_talk(before, installation.planner, pair, starts_in=LATER, now=before.now())

    candidate = await phone_window()
    await candidate.goto(await link_of(installation, before, pair, meeting))

    early = timedelta(minutes=before.settings.early_minutes)
    opens = await starts_at(installation, before, meeting) - early
    assert await _state(candidate) == "early"
    await says(candidate, _clock(opens.astimezone(before.settings.tz)))
    await _no_room(candidate)


async def test_link_of_a_moved_talk_tells_the_new_time_and_opens_nothing(
    installation: Installation, before: Parts, phone_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    meeting = await book_talk(
        before, installation.planner, pair, starts_in=IN_A_MOMENT, now=before.now()
    )
    old = await link_of(installation, before, pair, meeting)

    new_start = local_minute(before, before.now() + timedelta(minutes=10))
    await move_talk(installation, before, meeting, new_start)

    candidate = await phone_window()
    await candidate.goto(old)
    assert await _state(candidate) == "moved"
    await says(candidate, _clock(new_start))
    await _no_room(candidate)
    await candidate.goto(await link_of(installation, before, pair, meeting))
    assert await _state(candidate) == "open"


async def test_link_of_a_meeting_at_a_location_shows_place_and_route_and_no_room(
    installation: Installation, before: Parts, phone_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    meeting = await book_talk(
        before,
        installation.planner,
        pair,
        starts_in=IN_A_MOMENT,
        now=before.now(),
        mode=Mode.OFFLINE,
        room=installation.seeded.rooms[1],
    )

    candidate = await phone_window()
    await candidate.goto(await link_of(installation, before, pair, meeting))

    assert await _state(candidate) == "offline"
    await says(candidate, "Buurthuis De Linde", "Vijf minuten lopen van het station")
    await _no_room(candidate)


async def test_link_of_a_cancelled_talk_says_so(
    installation: Installation, before: Parts, phone_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    meeting = await book_talk(
        before, installation.planner, pair, starts_in=IN_A_MOMENT, now=before.now()
    )
    link = await link_of(installation, before, pair, meeting)
    await cancel_meeting(
        before,
        installation.planner,
        meeting,
        revision=await revision(installation, before, meeting),
        key=new_key(),
        now=before.now(),
    )

    candidate = await phone_window()
    await candidate.goto(link)

    assert await _state(candidate) == "cancelled"
    await _no_room(candidate)


async def test_link_of_a_talk_that_is_over_says_so(
    installation: Installation, before: Parts, phone_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())

    candidate = await phone_window()
    await candidate.goto(await link_of_a_talk_long_ago(installation, before, pair))

    assert await _state(candidate) == "over"
    await _no_room(candidate)


async def test_link_that_nobody_sent_tells_a_stranger_nothing(
    installation: Installation, phone_window: OpenWindow
) -> None:
    candidate = await phone_window()

    await candidate.goto(f"{installation.base}/j/{'A' * 43}")

    assert await _state(candidate) == "unknown"
    assert "Coach" not in await text(candidate)
    await _no_room(candidate)


async def _state(window: Window) -> str:
    return str(await window.evaluate("document.querySelector('[data-state]').dataset.state"))


async def _no_room(window: Window) -> None:
    """Nothing on the page leads to a talk: no form, no link, no camera; but a number to call."""
    found = await window.evaluate(
        "document.querySelectorAll('main form, main video, main a[href^=\"/talk/\"]').length"
    )
    assert found == 0
    assert await window.evaluate("document.querySelectorAll('main a[href^=\"tel:\"]').length") >= 1


def _clock(moment: datetime) -> str:
    return re.sub(r"^0", "", f"{moment:%H.%M}")
