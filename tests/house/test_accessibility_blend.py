"""axe-core finds nothing on the pages of the blend, in both languages, on a phone and on a desk."""

from datetime import timedelta

import pytest

from server.usecases.context import Parts
from tests.house.test_accessibility import (
    VIEWS,
    Inspection,
    Looking,
    axe,  # noqa: F401 -- a fixture
    looking,  # noqa: F401 -- a fixture
)
from tests.journeys.conftest import before, chromium, installation  # noqa: F401 -- fixtures
from tests.journeys.installation import Installation
from tests.journeys.links import link_of
from tests.journeys.people import book_talk, make_pair, sign_in_address
from tests.journeys.steps import fill_in, sign_in
from tests.journeys.test_blend import works
from tests.journeys.windows import shown, until

pytestmark = pytest.mark.journey

BOARD_FROM = 600  # pixels; on less the week is a list


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_choices_of_a_candidate_are_accessible(
    installation: Installation,  # noqa: F811 -- the fixture
    before: Parts,  # noqa: F811 -- the fixture
    looking: Looking,  # noqa: F811 -- the fixture
    axe: str,  # noqa: F811 -- the fixture
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    pair = await make_pair(before, installation.planner, now=before.now())
    await works(before, installation, pair.coach)
    talk = await book_talk(
        before, installation.planner, pair, starts_in=timedelta(days=3), now=before.now()
    )
    link = (await link_of(installation, before, pair, talk)).removeprefix(installation.base)
    candidate = await looking.window()

    for path in ("/times", "/cancel", "/call"):
        await inspection.page(candidate, link + path)
    await candidate.press("button[value=morning]")
    await shown(candidate, "[data-called]")
    await inspection.stage(candidate, "called")

    inspection.judge()


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_pages_of_planning_are_accessible(
    installation: Installation,  # noqa: F811 -- the fixture
    before: Parts,  # noqa: F811 -- the fixture
    looking: Looking,  # noqa: F811 -- the fixture
    axe: str,  # noqa: F811 -- the fixture
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    pair = await make_pair(before, installation.planner, now=before.now(), acquainted=False)
    await works(before, installation, pair.coach)
    planner, admin, coach = [await looking.window() for _ in range(3)]
    await sign_in(
        planner, await sign_in_address(before, installation.seeded.planner, now=before.now())
    )
    for path in (
        "/attention",
        f"/candidates/{pair.candidate}",
        f"/candidates/{pair.candidate}/plan?weeks=26",
        f"/candidates/{pair.candidate}/plan?weeks=0",
        f"/exceptions/new?candidate={pair.candidate}&rule=R9",
        "/availability",
        f"/availability/coaches/{pair.coach}",
        f"/availability/rooms/{installation.seeded.rooms[0]}",
        "/calendars",
        "/calendars/new",
        "/calendars/feeds",
        "/calendars/subscribe",
    ):
        await inspection.page(planner, path)
    await planner.goto(f"{installation.base}/meetings/new?candidate={pair.candidate}")
    await fill_in(planner, kind="progress", mode="video")
    await planner.press("#book")
    await planner.press("a.why-link")
    await shown(planner, "[data-rule]")
    await inspection.stage(planner, "why")
    await planner.goto(f"{installation.base}/exceptions/new?candidate={pair.candidate}&rule=R9")
    await fill_in(planner, reason="Woont ver weg")
    await planner.press("#ask")
    await inspection.page(planner, "/exceptions")
    await planner.goto(f"{installation.base}/planner?view=board")
    narrow = looking.view[1] < BOARD_FROM
    await shown(planner, "#week-list .day" if narrow else "#board .ec")
    await inspection.stage(planner, "board")

    await sign_in(admin, await sign_in_address(before, installation.seeded.admin, now=before.now()))
    await until(admin, "location.pathname === '/planner'")
    await inspection.page(admin, "/settings")
    await fill_in(admin, lower_percent="40")
    await admin.press("#preview")
    await shown(admin, "#anew")
    await inspection.stage(admin, "settings, preview")

    await sign_in(coach, await sign_in_address(before, pair.coach, now=before.now()))
    await until(coach, "location.pathname === '/today'")
    await inspection.page(coach, "/people")

    inspection.judge()
