"""axe-core finds nothing on the pages that people seldom come to, in both languages.

In Dutch on a phone and in English on a desk: their parts are looked at elsewhere in all four ways.
"""

from datetime import timedelta

import pytest

from coaching.words import MeetingKind, Mode, StaffRole
from server.demo.calendar_server import add_calendar
from server.usecases.booking import BookingRequest, book_meeting
from server.usecases.calendars import every_calendar
from server.usecases.context import Parts
from tests.journeys.inspection import VIEWS, Inspection, Looking
from tests.journeys.installation import Installation
from tests.journeys.links import cancel_talk, link_of
from tests.journeys.people import (
    local_minute,
    make_pair,
    make_staff,
    new_key,
    sign_in_address,
    talk_now,
)
from tests.journeys.steps import fill_in, open_link, passes_the_test, sign_in, turn_on_and_enter
from tests.journeys.test_blend import forget_acquaintance, works
from tests.journeys.windows import ChromiumWindow, shown, until

pytestmark = pytest.mark.journey


async def signed_in(looking: Looking, address: str) -> ChromiumWindow:
    window = await looking.window()
    await sign_in(window, address)
    await until(window, "['/planner', '/today'].includes(location.pathname)")
    return window


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_pages_of_calendars_and_photos_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe, turned=False)
    coach = (await make_pair(before, installation.planner, now=before.now())).coach
    login = f"agenda-{coach.hex[:8]}"
    add_calendar(installation.folder / "calendars", login, login)
    one = (await every_calendar(before))[0]
    admin = await signed_in(
        looking, await sign_in_address(before, installation.seeded.admin, now=before.now())
    )

    for path in (
        f"/coaches/{coach}/photo",
        f"/calendars/{one.id}",
        "/readiness/practice",
    ):
        await inspection.page(admin, path)
    access = installation.calendar
    await admin.goto(f"{installation.base}/calendars/new")
    await fill_in(
        admin,
        owner=f"staff:{coach}",
        address=access.calendar(login),
        user_name=access.user,
        password=access.password,
    )
    await admin.press("#find")
    await until(admin, "location.pathname.startsWith('/calendars/found/')")
    await inspection.stage(admin, "a calendar found")

    inspection.judge()


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_forms_and_answers_of_planning_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe, turned=False)
    pair = await make_pair(before, installation.planner, now=before.now())
    await works(before, installation, pair.coach)
    new = await make_staff(before, "Nadia Nieuw", StaffRole.COACH, now=before.now())
    planner = await signed_in(
        looking, await sign_in_address(before, installation.seeded.planner, now=before.now())
    )

    await planner.goto(f"{installation.base}/candidates/new")
    await planner.evaluate("document.querySelector('main form').noValidate = true")
    await fill_in(planner, name="Karim Kandidaat", email="geen adres")
    await planner.press("main form .actions button")
    await shown(planner, "#problem")
    await inspection.stage(planner, "a candidate that cannot be")
    await planner.goto(f"{installation.base}/meetings/new?candidate={pair.candidate}")
    await fill_in(planner, kind="progress", mode="video")
    await planner.press("#look")
    await shown(planner, "#free-times .pick")
    await inspection.stage(planner, "free times")
    await planner.press("#free-times .pick")
    await planner.press("#book")
    await until(planner, "location.search === '?done=booked'")
    meeting = str(await planner.evaluate("location.pathname"))
    await inspection.page(planner, f"{meeting}/why")
    await inspection.page(planner, f"{meeting}/stand-in")
    await planner.goto(f"{installation.base}/candidates/{pair.candidate}")
    await planner.press("#hand-over summary")
    await fill_in(planner, new_coach=str(new.id))
    await planner.press("#hand-over form button")
    await until(planner, "location.pathname.endsWith('/hand-over')")
    await inspection.stage(planner, "handed over")

    inspection.judge()


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_trying_out_and_practising_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe, turned=False)
    talk = await talk_now(before, installation.planner)
    request = BookingRequest(
        trajectory=talk.pair.trajectory,
        kind=MeetingKind.PRACTICE,
        mode=Mode.VIDEO,
        starts_local=local_minute(before, before.now() + timedelta(days=5)),
        minutes=30,
        room=None,
    )
    booked = await book_meeting(
        before, installation.planner, request, key=new_key(), now=before.now()
    )
    token = (await link_of(installation, before, talk.pair, booked.meeting)).rsplit("/", 1)[1]
    candidate = await looking.window()

    for path in ("/practice", f"/j/{token}/practice", f"/j/{token}/practice/done"):
        await inspection.page(candidate, path)
    test = (await link_of(installation, before, talk.pair, talk.meeting)) + "/test"
    await candidate.goto(test)
    await candidate.press("#turn-on")
    for question in ("#test-see", "#test-speak", "#test-hear"):
        await shown(candidate, question)
        await inspection.stage(candidate, question)
        await candidate.press(f"{question} [data-answer=yes]")
    await passes_the_test(candidate)
    await inspection.stage(candidate, "test passed")
    await candidate.goto(test)
    await candidate.press("#turn-on")
    await candidate.press("#test-see [data-answer=no]")
    await until(
        candidate,
        "['#test-help', '#test-failed'].some((id) => document.querySelector(id).checkVisibility())",
    )
    await inspection.stage(candidate, "test, not seen")

    inspection.judge()


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_doors_of_the_talk_that_stay_closed_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe, turned=False)
    gone, early = [await talk_now(before, installation.planner) for _ in range(2)]
    candidate, coach = await looking.window(), await looking.window()

    await open_link(candidate, await link_of(installation, before, gone.pair, gone.meeting))
    await inspection.page(candidate, f"/talk/{gone.meeting}/elsewhere")
    await candidate.goto(f"{installation.base}/talk/{gone.meeting}")
    await shown(candidate, "#stage-intro")
    await cancel_talk(installation, before, gone.meeting)
    await turn_on_and_enter(candidate)
    await shown(candidate, "#stage-refused")
    await inspection.stage(candidate, "refused")
    await candidate.goto(await link_of(installation, before, early.pair, early.meeting))
    await forget_acquaintance(installation, before, early.pair)
    await candidate.press("main form[method=post] button")
    await until(candidate, "location.pathname.startsWith('/talk/')")
    await inspection.stage(candidate, "did not meet, candidate")
    await sign_in(coach, await sign_in_address(before, early.pair.coach, now=before.now()))
    await until(coach, "location.pathname === '/today'")
    await inspection.page(coach, f"/talk/{early.meeting}?as=coach")

    inspection.judge()
