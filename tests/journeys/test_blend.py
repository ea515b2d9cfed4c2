"""The blend in real browsers: another time, call me, a whole plan, and dragging on the board."""

import json
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from coaching.words import MeetingStatus
from server.usecases.availability import HoursLine, save_hours
from server.usecases.booking import record_outcome
from server.usecases.context import MeetingId, Parts, PlaceId, StaffId
from server.usecases.overview import show_meeting
from server.usecases.people import show_candidate
from server.usecases.places import list_places
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.links import link_of
from tests.journeys.people import (
    Pair,
    book_talk,
    make_pair,
    new_key,
    sign_in_address,
)
from tests.journeys.steps import fill_in, sign_in
from tests.journeys.windows import ChromiumWindow, Window, says, shown, until

pytestmark = pytest.mark.journey

IN_DAYS = timedelta(days=3)


async def test_candidate_moves_by_link_without_account(
    installation: Installation, before: Parts, phone_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    await works(before, installation, pair.coach)
    meeting = await book_talk(
        before, installation.planner, pair, starts_in=IN_DAYS, now=before.now()
    )
    candidate = await phone_window()

    await candidate.goto(await link_of(installation, before, pair, meeting))
    await candidate.press("a[href$='/times']")
    await shown(candidate, "button[name=offer]")
    said = await candidate.evaluate("document.querySelector('button[name=offer]').innerText")
    stood = await _starts(installation, before, meeting)
    await candidate.press("button[name=offer]")

    await until(candidate, "document.querySelector('[data-state]')?.dataset.state === 'moved'")
    moved = await _starts(installation, before, meeting)
    assert moved != stood
    assert f"{moved.astimezone(ZoneInfo('Europe/Amsterdam')):%H.%M}" in said
    new = await link_of(installation, before, pair, meeting)
    await candidate.goto(new)
    assert await candidate.evaluate("document.querySelector('[data-state]').dataset.state") in (
        "early",
        "open",
    )


async def test_call_me_puts_the_number_before_the_coach(
    installation: Installation,
    before: Parts,
    phone_window: OpenWindow,
    chromium_window: OpenWindow,
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    meeting = await book_talk(
        before, installation.planner, pair, starts_in=IN_DAYS, now=before.now()
    )
    candidate, coach = await phone_window(), await chromium_window()

    await candidate.goto(await link_of(installation, before, pair, meeting))
    await candidate.press("a[href$='/call']")
    await candidate.press("button[value=afternoon]")
    await shown(candidate, "[data-called]")
    await sign_in(coach, await sign_in_address(before, pair.coach, now=before.now()))
    await until(coach, "location.pathname === '/today'")
    await coach.press("a[href='/people']")

    await shown(coach, ".todo a[href^='tel:']")
    await says(coach, pair.candidate_name)
    await coach.press(".todo form button")
    await until(coach, "location.pathname === '/people' && !document.querySelector('.todo')")


async def test_planner_plans_a_whole_guidance_in_one_step(
    installation: Installation, before: Parts, chromium_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now(), acquainted=False)
    await works(before, installation, pair.coach)
    planner = await _planner(installation, before, chromium_window)

    await planner.goto(f"{installation.base}/candidates/{pair.candidate}")
    await planner.press("a[href*='/plan?']")
    await fill_in(planner, weeks="26")
    await planner.press("#how input[value=either]")
    await planner.press("#propose")
    await until(planner, "location.search.includes('weeks=26')")
    await shown(planner, "#book-plan")
    count = int(await planner.evaluate("document.querySelector('[name=count]').value"))
    await planner.press("#book-plan")

    await until(planner, f"location.pathname === '/candidates/{pair.candidate}'")
    person = await show_candidate(before, installation.planner, pair.candidate, now=before.now())
    planned = [one for one in person.meetings if one.status is MeetingStatus.PLANNED]
    assert len(planned) == count >= 10
    assert planned[-1].kind == "acquaintance"


async def test_drag_that_a_rule_refuses_springs_back_with_its_reason_and_alternatives(
    installation: Installation, before: Parts, chromium_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    meeting = await book_talk(
        before, installation.planner, pair, starts_in=_to_next_monday(before), now=before.now()
    )
    await forget_acquaintance(installation, before, pair)
    planner = await _planner(installation, before, chromium_window)
    starts = await _open_board(planner, installation, before, pair, meeting)

    await _drag_to_the_right(planner, meeting)

    await shown(planner, "#board-told")
    await says(planner, pair.candidate_name, "R8", selector="#board-told")
    await until(planner, "document.querySelectorAll('#board-told a').length >= 2")
    assert await _starts(installation, before, meeting) == starts
    await _shows_time(planner, meeting, starts.astimezone(before.settings.tz))


async def test_drag_to_a_free_time_moves_the_meeting(
    installation: Installation, before: Parts, chromium_window: OpenWindow
) -> None:
    pair = await make_pair(before, installation.planner, now=before.now())
    meeting = await book_talk(
        before, installation.planner, pair, starts_in=_to_next_monday(before), now=before.now()
    )
    planner = await _planner(installation, before, chromium_window)
    starts = await _open_board(planner, installation, before, pair, meeting)

    await _drag_to_the_right(planner, meeting)

    await shown(planner, "#board-told.utrecht-alert--ok")
    moved = await _starts(installation, before, meeting)
    assert timedelta(0) < moved - starts <= timedelta(hours=3)
    await _shows_time(planner, meeting, moved.astimezone(before.settings.tz))


async def works(parts: Parts, installation: Installation, coach: StaffId) -> None:
    """The coach works from Monday to Friday, eight to eight, at the first place."""
    place = (await list_places(parts))[0].id
    line = {"opens": time(8), "closes": time(20), "place": PlaceId(place)}
    await save_hours(
        parts,
        installation.planner,
        coach,
        [HoursLine(weekday=day, **line) for day in range(5)],
        before_minutes=0,
        after_minutes=0,
        talks_a_day=None,
        key=new_key(),
        now=parts.now(),
    )


async def _planner(
    installation: Installation, before: Parts, open_window: OpenWindow
) -> ChromiumWindow:
    window = await open_window()
    assert isinstance(window, ChromiumWindow)
    address = await sign_in_address(before, installation.seeded.planner, now=before.now())
    await sign_in(window, address)
    await until(window, "location.pathname === '/planner'")
    return window


def _to_next_monday(parts: Parts) -> timedelta:
    """How long until ten o'clock of a Monday that is at least a day away."""
    now = parts.now().astimezone(parts.settings.tz)
    days = (7 - now.weekday()) % 7 or 7
    monday = datetime.combine(now.date() + timedelta(days=days), time(10), now.tzinfo)
    if monday - now < timedelta(days=1):
        monday += timedelta(days=7)
    return monday - now


async def forget_acquaintance(installation: Installation, before: Parts, pair: Pair) -> None:
    """The coach corrects it on the very day: nobody was there."""
    person = await show_candidate(before, installation.planner, pair.candidate, now=before.now())
    held = next(one for one in person.meetings if one.status is MeetingStatus.HELD)
    await record_outcome(
        before,
        installation.planner,
        MeetingId(UUID(held.id)),
        MeetingStatus.MISSED,
        key=new_key(),
        now=held.ends_at + timedelta(minutes=6),
    )


async def _open_board(
    planner: Window, installation: Installation, before: Parts, pair: Pair, meeting: MeetingId
) -> datetime:
    starts = await _starts(installation, before, meeting)
    week = starts.astimezone(before.settings.tz).strftime("%G-W%V")
    await planner.goto(f"{installation.base}/planner?week={week}&view=board&coach={pair.coach}")
    await shown(planner, _event(meeting))
    return starts


def _event(meeting: MeetingId) -> str:
    return f".board-event:has(a[href='/meetings/{meeting}'])"


async def _drag_to_the_right(planner: ChromiumWindow, meeting: MeetingId) -> None:
    """Two hours later, by hand."""
    event = planner.page.locator(_event(meeting)).first
    await event.scroll_into_view_if_needed()
    box = await event.bounding_box()
    assert box is not None
    x, y = box["x"] + 8, box["y"] + box["height"] / 2
    await planner.page.mouse.move(x, y)
    await planner.page.mouse.down()
    for step in range(1, 9):
        await planner.page.mouse.move(x + step * 30, y)
        await planner.page.evaluate("new Promise(requestAnimationFrame)")
    await planner.page.mouse.up()


async def _shows_time(planner: Window, meeting: MeetingId, starts: datetime) -> None:
    selector = json.dumps(f"{_event(meeting)} .board-event__time")
    await until(planner, f"document.querySelector({selector})?.textContent === '{starts:%H:%M}'")


async def _starts(installation: Installation, before: Parts, meeting: MeetingId) -> datetime:
    view = await show_meeting(before, installation.planner, meeting, now=before.now())
    return view.line.starts_at
