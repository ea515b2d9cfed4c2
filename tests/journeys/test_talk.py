"""From booking to a talk between two browsers, as people go it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from coaching.words import MeetingStatus, StaffRole
from server.usecases.context import MeetingId, Parts
from server.usecases.overview import show_meeting
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import HELD_SECONDS, Installation
from tests.journeys.people import Pair, local_minute, make_pair, make_staff, sign_in_address
from tests.journeys.pictures import (
    see_and_hear_oneself,
    see_each_other,
    see_oneself,
    see_oneself_small,
)
from tests.journeys.steps import (
    BOOK,
    Look,
    coach_leaves,
    coach_opens,
    come_back,
    fill_in,
    meet,
    open_link,
    sign_in,
)
from tests.journeys.windows import PATIENCE, Window, says, shown, until
from tests.journeys.writing import write_and_share

pytestmark = pytest.mark.journey


async def test_talk_between_two_chromiums_from_booking_to_held(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    phone_window: OpenWindow,
) -> None:
    look = see_and_hear_oneself
    await _from_booking_to_held(installation, before, chromium_window, phone_window, look=look)


async def test_talk_between_chromium_and_firefox_from_booking_to_held(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    firefox_window: OpenWindow,
) -> None:
    # The microphone that Firefox makes up gives the bar nothing to move by.
    look = see_oneself
    await _from_booking_to_held(
        installation, before, chromium_window, firefox_window, look=look, meanwhile=write_and_share
    )


async def _from_booking_to_held(
    installation: Installation,
    before: Parts,
    at_desk: OpenWindow,
    at_candidate: OpenWindow,
    *,
    look: Look,
    meanwhile: Callable[[str, Window, Window], Awaitable[None]] | None = None,
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    await installation.connect_calendar(before, pair.coach, f"coach-{pair.coach}")

    planner = await at_desk()
    meeting, starts_at = await _book(planner, installation, before, pair)
    mail = await installation.mail_about(pair.email, starts_at)
    candidate, coach = await at_candidate(), await at_desk()
    await open_link(candidate, installation.invitation_in(mail))
    await coach_opens(coach, before, pair.coach, meeting)
    await meet(candidate, coach, look=look)
    await see_each_other(candidate, coach)
    for window in (candidate, coach):
        await see_oneself_small(window)

    if meanwhile:
        await meanwhile(installation.base, candidate, coach)

    await _third_is_refused(await at_desk(), before, meeting, coach)
    for window in (candidate, coach):
        await window.reload()
        await come_back(window)
        await see_each_other(candidate, coach)

    # A talk has to last before it counts as held; on a calm machine all the above takes less.
    await until(coach, f"document.querySelector('#remote').currentTime > {HELD_SECONDS}")
    await candidate.press("#leave")
    await until(candidate, "location.pathname.endsWith('/done')")
    await coach_leaves(coach)
    await _is_held(before, installation, meeting)
    await planner.goto(f"{installation.base}/meetings/{meeting}")
    await until(
        planner, "document.querySelector('main').innerText.toLowerCase().includes('gehouden')"
    )
    assert await installation.events(f"coach-{pair.coach}") == [("Gesprek", "PRIVATE", starts_at)]


async def _book(
    planner: Window, installation: Installation, before: Parts, pair: Pair
) -> tuple[MeetingId, datetime]:
    """The planner signs in, fills in the form and books a talk that starts in a moment."""
    link = await sign_in_address(before, installation.seeded.planner, now=before.now())
    await sign_in(planner, link)
    await until(planner, "location.pathname === '/planner'")
    await planner.goto(f"{installation.base}/meetings/new?candidate={pair.candidate}")
    starts = local_minute(before, before.now() + timedelta(minutes=2))
    await fill_in(
        planner,
        kind="progress",
        mode="video",
        day=f"{starts:%Y-%m-%d}",
        time=f"{starts:%H:%M}",
        minutes="45",
    )
    await planner.press(BOOK)
    await until(planner, "location.search === '?done=booked'")
    path = str(await planner.evaluate("location.pathname"))
    starts_at = starts.replace(tzinfo=before.settings.tz).astimezone(UTC)
    return MeetingId(UUID(path.rsplit("/", 1)[1])), starts_at


async def _third_is_refused(
    third: Window, before: Parts, meeting: MeetingId, coach: Window
) -> None:
    """Another coach tries the address: an explanation, and the coach in the talk hears of it."""
    stranger = await make_staff(before, "Derde Coach", StaffRole.COACH, now=before.now())
    await sign_in(third, await sign_in_address(before, stranger.id, now=before.now()))
    await until(third, "location.pathname === '/today'")
    await third.goto(f"{before.settings.public_url}/talk/{meeting}")
    await says(third, "twee mensen")
    assert await third.evaluate("document.querySelector('video') === null")
    await shown(coach, "#notice")


async def _is_held(before: Parts, installation: Installation, meeting: MeetingId) -> None:
    """The joint time decides, once the room is over."""
    async with asyncio.timeout(PATIENCE):
        while True:
            view = await show_meeting(before, installation.planner, meeting, now=before.now())
            if view.status is MeetingStatus.HELD:
                return
            await asyncio.sleep(0.2)
