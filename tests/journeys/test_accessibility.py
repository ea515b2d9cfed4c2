"""axe-core finds nothing on any page, in both languages, on a phone and on a desk; nothing is cut.

The stages of the call page are reached as a person reaches them: two people, one of them twice.
People walk through the pages in Dutch on a phone and in English on a desk; wherever they come, the
page is looked at in both widths, as when somebody turns a phone or drags a window.
"""

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import Route

from coaching.words import Mode
from server.usecases.context import Parts
from tests.journeys.inspection import VIEWS, Inspection, Looking
from tests.journeys.installation import Installation
from tests.journeys.links import cancel_talk, link_of, link_of_a_talk_long_ago, move_talk
from tests.journeys.people import (
    book_talk,
    local_minute,
    make_pair,
    sign_in_address,
    talk_now,
    talk_with_free_times,
)
from tests.journeys.steps import (
    admit,
    coach_leaves,
    fill_in,
    open_link,
    sign_in,
    turn_on_and_enter,
)
from tests.journeys.windows import PATIENCE, ChromiumWindow, shown, until

pytestmark = pytest.mark.journey

_REFUSE_CAMERA = """
(() => {
  navigator.mediaDevices.getUserMedia =
    () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
})()
"""


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_pages_of_everybody_and_candidates_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    candidate = await looking.window()

    for path in ("/", "/login", "/no-such-page", "/talk/unknown", "/j/unknown", "/n/unknown"):
        await inspection.page(candidate, path)
    for state, link in (await _links(installation, before, looking.view)).items():
        await inspection.page(candidate, link.removeprefix(installation.base))
        shows = await candidate.evaluate("document.querySelector('[data-state]').dataset.state")
        assert shows == state
        if state == "open":
            for page in ("test", "elsewhere"):
                await inspection.page(candidate, f"{link.removeprefix(installation.base)}/{page}")
            await candidate.press("#make-code")
            await shown(candidate, "#code-shown")
            await inspection.stage(candidate, "a short code")

    inspection.judge()


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_pages_of_staff_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    talk = await talk_now(before, installation.planner)
    stranger = await make_pair(before, installation.planner, now=before.now(), acquainted=False)
    planner, coach = await looking.window(), await looking.window()

    link = await sign_in_address(before, installation.seeded.planner, now=before.now())
    await inspection.page(planner, link.removeprefix(installation.base))
    await sign_in(planner, link)
    for path in (
        "/planner",
        "/on-time",
        "/candidates",
        "/candidates?search=zzz",
        "/candidates/new",
        f"/candidates/{talk.pair.candidate}",
        "/meetings/new",
        f"/meetings/{talk.meeting}",
        f"/meetings/{talk.meeting}/letter",
        f"/meetings/new?candidate={stranger.candidate}",
    ):
        await inspection.page(planner, path)
    await fill_in(planner, kind="progress", mode="video")
    await planner.press("#book")
    await until(planner, "document.querySelector('#problem') !== null")
    await inspection.stage(planner, "a refused booking")
    await sign_in(coach, await sign_in_address(before, talk.pair.coach, now=before.now()))
    await inspection.page(coach, "/today")
    await inspection.page(planner, f"/talk/{talk.meeting}")

    inspection.judge()


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_stages_of_the_talk_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    talk = await talk_now(before, installation.planner)
    link = installation.invitation_in(
        await installation.mail_about(talk.pair.email, talk.starts_at)
    )
    candidate, coach, second = [await looking.window() for _ in range(3)]

    await open_link(candidate, link)
    await inspection.stage(candidate, "intro")
    await candidate.page.evaluate(_REFUSE_CAMERA)
    await candidate.press("#turn-on")
    await shown(candidate, "#stage-help")
    await inspection.stage(candidate, "help")
    await candidate.reload()
    await candidate.press("#turn-on")
    await shown(candidate, "#enter")
    await inspection.stage(candidate, "check")
    await candidate.press("#enter")
    await shown(candidate, "#stage-waiting")
    await inspection.stage(candidate, "waiting")
    await sign_in(coach, await sign_in_address(before, talk.pair.coach, now=before.now()))
    await coach.goto(f"{installation.base}/talk/{talk.meeting}?as=coach")
    await turn_on_and_enter(coach)
    await shown(coach, "#knock")
    await inspection.stage(coach, "knock")
    await admit(coach)
    for window in (candidate, coach):
        await _inspect_talk(inspection, window)
    await open_link(second, link)
    await turn_on_and_enter(second)
    await shown(second, "#stage-second-device")
    await inspection.stage(second, "second device")
    await second.press("#take-over")
    await shown(candidate, "#stage-superseded")
    await inspection.stage(candidate, "superseded")
    await shown(coach, "#knock")
    await inspection.stage(coach, "another device knocks")
    await admit(coach)
    await _leave_slowly(inspection, second)
    await inspection.page(second, f"/talk/{talk.meeting}/done")
    await coach_leaves(coach)
    await inspection.stage(coach, "done, coach")

    inspection.judge()


async def _leave_slowly(inspection: Inspection, window: ChromiumWindow) -> None:
    """Leave while the next page does not come yet: what is read meanwhile stays."""
    asked = asyncio.Event()

    async def nothing_yet(route: Route) -> None:
        await route.fulfill(status=204)
        asked.set()

    await window.page.route("**/done", nothing_yet)
    await window.press("#leave")
    await shown(window, "#stage-end")
    await inspection.stage(window, "end")
    # The page goes on by itself, and on a slow machine only now.
    await asyncio.wait_for(asked.wait(), PATIENCE)
    await window.page.unroute("**/done")


async def _inspect_talk(inspection: Inspection, window: ChromiumWindow) -> None:
    await shown(window, "#stage-talk")
    await inspection.stage(window, "talk")
    await window.press("#more")
    await window.evaluate("(() => { document.querySelector('#words').open = true; })()")
    await inspection.stage(window, "beside the talk")
    await window.press("#together-close")


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_way_on_after_a_talk_that_failed_is_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    talk = await talk_with_free_times(before, installation.planner)
    candidate, coach = await looking.window(), await looking.window()
    await open_link(
        candidate,
        installation.invitation_in(await installation.mail_about(talk.pair.email, talk.starts_at)),
    )
    await sign_in(coach, await sign_in_address(before, talk.pair.coach, now=before.now()))
    await coach.goto(f"{installation.base}/talk/{talk.meeting}?as=coach")
    await turn_on_and_enter(coach)

    await candidate.page.evaluate(_REFUSE_CAMERA)
    await candidate.press("#turn-on")
    await candidate.press("#stage-help [data-trouble]")
    for window in (candidate, coach):
        await shown(window, "#fallback .pick")
        await inspection.stage(window, "fallback")
    await candidate.press("#fallback .pick")
    await until(candidate, "location.pathname.endsWith('/fallback')")
    await inspection.stage(candidate, "chosen")

    inspection.judge()


async def _links(house: Installation, parts: Parts, view: tuple[str, int]) -> dict[str, str]:
    """A link for each state of an invitation that somebody has."""
    soon, later = timedelta(minutes=2), timedelta(hours=5)
    plans: dict[str, tuple[timedelta, Mode]] = {
        "open": (soon, Mode.VIDEO),
        "early": (later, Mode.VIDEO),
        "offline": (later + timedelta(days=VIEWS.index(view)), Mode.OFFLINE),
        "phone": (soon, Mode.PHONE),
        "moved": (soon, Mode.VIDEO),
        "cancelled": (soon, Mode.VIDEO),
    }
    over = await make_pair(parts, house.planner, now=parts.now())
    links = {"over": await link_of_a_talk_long_ago(house, parts, over)}
    for state, (starts_in, mode) in plans.items():
        pair = await make_pair(parts, house.planner, now=parts.now())
        meeting = await book_talk(
            parts,
            house.planner,
            pair,
            starts_in=starts_in,
            now=parts.now(),
            mode=mode,
            room=house.seeded.rooms[-1] if mode is Mode.OFFLINE else None,
        )
        links[state] = await link_of(house, parts, pair, meeting)
        if state == "moved":
            await move_talk(house, parts, meeting, local_minute(parts, parts.now() + later))
        if state == "cancelled":
            await cancel_talk(house, parts, meeting)
    return links
