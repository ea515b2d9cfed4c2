"""axe-core finds nothing on the pages of the blend, in both languages, on a phone and on a desk."""

from datetime import timedelta
from uuid import UUID

import pytest

from coaching.words import Mode
from server.store.proposals import note_wish, open_of_meeting
from server.usecases.agreeing import ask_agreement
from server.usecases.context import Parts, StaffActor
from server.usecases.contracting import NewContract, ask_contract
from server.usecases.proposals import settle_wishes
from tests.journeys.inspection import DESK, PHONE, VIEWS, Inspection, Looking, widen
from tests.journeys.installation import Installation
from tests.journeys.links import link_of
from tests.journeys.people import Pair, book_talk, make_pair, new_key, sign_in_address
from tests.journeys.steps import fill_in, sign_in
from tests.journeys.test_blend import works
from tests.journeys.windows import shown, until

pytestmark = pytest.mark.journey


async def declined(parts: Parts, planner: StaffActor, pair: Pair) -> UUID:
    """A proposal that waits for a planner: the coach declined an appointment by mail."""
    meeting = await book_talk(
        parts,
        planner,
        pair,
        starts_in=timedelta(days=6),
        now=parts.now(),
        mode=Mode.PHONE,
    )
    async with parts.database.write() as tx:
        await note_wish(
            tx,
            meeting_id=meeting,
            connection_id=None,
            digest=meeting.hex,
            kind="declined",
            now=parts.now(),
            starts_at=None,
            ends_at=None,
            why="",
        )
    await settle_wishes(parts, now=parts.now())
    async with parts.database.read() as tx:
        (found,) = await open_of_meeting(tx, meeting)
    return found.id


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_choices_of_a_candidate_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    pair = await make_pair(before, installation.planner, now=before.now())
    await works(before, installation, pair.coach)
    talk = await book_talk(
        before, installation.planner, pair, starts_in=timedelta(days=3), now=before.now()
    )
    link = (await link_of(installation, before, pair, talk)).removeprefix(installation.base)
    candidate = await looking.window()

    for path in ("/times", "/cancel", "/call", "/reminders", "/place"):
        await inspection.page(candidate, link + path)
    await ask_agreement(
        before, installation.planner, pair.trajectory, key=new_key(), now=before.now()
    )
    more = NewContract(talks=12, minutes=45, reason="Meer tijd")
    await ask_contract(
        before, installation.planner, pair.trajectory, more, key=new_key(), now=before.now()
    )
    await inspection.page(candidate, link.replace("/j/", "/a/"))
    await candidate.press(f"button[value='{pair.coach}']")
    await until(candidate, "document.querySelector('[data-desk=waits]') !== null")
    await inspection.stage(candidate, "coach chosen")
    await candidate.goto(f"{installation.base}{link}/call")
    await candidate.press("button[value=morning]")
    await shown(candidate, "[data-called]")
    await inspection.stage(candidate, "called")

    inspection.judge()


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_pages_of_planning_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
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
        f"/candidates/{pair.candidate}/erase",
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
        f"/coaches/{pair.coach}/bars",
        f"/proposals/{await declined(before, installation.planner, pair)}",
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
    await until(planner, "location.search === '?done=excepted'")
    await inspection.page(planner, "/exceptions")
    for width, week in ((PHONE, "#week-list .day"), (DESK, "#board .ec")):
        await widen(planner, width)
        await planner.goto(f"{installation.base}/planner?view=board")
        await shown(planner, week)
        await inspection.look(planner, "board")

    await sign_in(admin, await sign_in_address(before, installation.seeded.admin, now=before.now()))
    await until(admin, "location.pathname === '/planner'")
    await inspection.page(admin, "/settings")
    await fill_in(admin, lower_percent="40")
    await admin.press("#preview")
    await shown(admin, "#anew")
    await inspection.stage(admin, "settings, preview")

    await sign_in(coach, await sign_in_address(before, pair.coach, now=before.now()))
    await until(coach, "location.pathname === '/today'")
    for path in ("/people", "/desk", "/address", "/readiness"):
        await inspection.page(coach, path)
    await widen(coach, PHONE)
    await coach.press(".top__menu summary")
    await inspection.look(coach, "menu on a phone")

    inspection.judge()
