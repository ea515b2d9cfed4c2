"""axe-core finds nothing on the pages of tasks and practice, in both languages and widths."""

from datetime import timedelta

import pytest

from coaching.practising import ASKED
from coaching.words import MeetingKind, Mode, Skill
from server.usecases.booking import BookingRequest, book_meeting
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.tasks import give_task, write_next_step
from tests.journeys.inspection import VIEWS, Inspection, Looking
from tests.journeys.installation import Installation
from tests.journeys.links import link_of
from tests.journeys.people import (
    Pair,
    local_minute,
    make_pair,
    new_key,
    sign_in_address,
    talk_now,
)
from tests.journeys.steps import fill_in, open_link, sign_in
from tests.journeys.windows import shown, until
from tests.visitor import link_of as token_of

pytestmark = pytest.mark.journey


async def give(parts: Parts, planner: StaffActor, meeting: MeetingId, *texts: str) -> None:
    for text in texts:
        await give_task(parts, planner, meeting, text, key=new_key(), now=parts.now())


async def book(
    parts: Parts, planner: StaffActor, pair: Pair, kind: MeetingKind, starts_in: timedelta
) -> MeetingId:
    request = BookingRequest(
        trajectory=pair.trajectory,
        kind=kind,
        mode=Mode.VIDEO,
        starts_local=local_minute(parts, parts.now() + starts_in),
        minutes=45,
        room=None,
        provisional=True,
    )
    now = parts.now() + min(starts_in, timedelta()) - timedelta(days=1)
    return (await book_meeting(parts, planner, request, key=new_key(), now=now)).meeting


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_tasks_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    talk = await talk_now(before, installation.planner)
    long = "Bel het werkplein over de cursus " + "en neem uw cv mee " * 9
    await give(before, installation.planner, talk.meeting, "Zet drie vacatures op een rij", long)
    await write_next_step(
        before, installation.planner, talk.meeting, "Oefen thuis", key=new_key(), now=before.now()
    )
    candidate, coach = [await looking.window() for _ in range(2)]
    link = await link_of(installation, before, talk.pair, talk.meeting)

    await inspection.page(candidate, link.removeprefix(installation.base))
    await candidate.press("button[value=tick]")
    await shown(candidate, "button[value=untick]")
    await inspection.stage(candidate, "invitation, ticked")
    await open_link(candidate, link)
    for path in ("", "/tasks", "/done"):
        await inspection.page(candidate, f"/talk/{talk.meeting}{path}")
    await sign_in(coach, await sign_in_address(before, talk.pair.coach, now=before.now()))
    await until(coach, "location.pathname === '/today'")
    for path in ("", "/tasks", "/done"):
        await inspection.page(coach, f"/talk/{talk.meeting}{path}?as=coach")
    await inspection.page(coach, f"/meetings/{talk.meeting}")

    inspection.judge()


# All that a practice can show, at once: the journey through it sees one screen after the other.
_EVERYTHING = """
(() => {
  document.body.classList.remove('candidate-page'); // has one primary button for each screen
  for (const part of document.querySelectorAll('main [hidden]')) part.hidden = false;
  for (const button of document.querySelectorAll('main [disabled]')) button.disabled = false;
  return document.querySelectorAll('[data-screen]').length;
})()
"""


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_practice_is_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    planner_of = installation.planner
    pair = await make_pair(before, planner_of, now=before.now(), skill=Skill.LESS)
    waits = await book(before, planner_of, pair, MeetingKind.PROGRESS, timedelta(days=6))
    practice = await book(before, planner_of, pair, MeetingKind.PRACTICE, -timedelta(hours=2))
    planner, coach = [await looking.window() for _ in range(2)]
    await sign_in(
        planner, await sign_in_address(before, installation.seeded.admin, now=before.now())
    )
    await until(planner, "location.pathname === '/planner'")

    await inspection.page(planner, "/readiness")
    await inspection.page(planner, f"/meetings/{waits}")
    await planner.goto(f"{installation.base}/meetings/new?candidate={pair.candidate}")
    await fill_in(planner, kind="progress", mode="video")
    await planner.press("#book")
    await shown(planner, "#may-wait")
    await inspection.stage(planner, "booking that may wait")
    await inspection.page(planner, f"/meetings/{practice}")
    for field in ("device][value=phone", "score][value=bad"):
        await planner.press(f"#practice input[name={field}]")
    await planner.press("#practice form button")
    await shown(planner, "#cause-wrong")
    await inspection.stage(planner, "practice without a cause")
    await planner.press("#practice input[name=score][value=good]")
    await planner.press("#practice form button")
    await until(planner, "location.search === '?done=closed'")
    await inspection.stage(planner, "practice, closed")
    for path in ("", "/plan?weeks=20"):
        await inspection.page(planner, f"/candidates/{pair.candidate}{path}")
    await sign_in(coach, await sign_in_address(before, pair.coach, now=before.now()))
    await until(coach, "location.pathname === '/today'")
    for path in ("/readiness", f"/meetings/{practice}/practising"):
        await inspection.page(coach, path)
    token = await token_of(before, practice)
    await inspection.page(coach, f"/j/{token}/practice/together")
    await coach.goto(f"{installation.base}/j/{token}/practice")
    await until(coach, "document.body.dataset.at === 'camera'")  # its script has begun
    assert await coach.evaluate(_EVERYTHING) > len(ASKED)
    await inspection.stage(coach, "every screen of a practice")

    inspection.judge()
