"""What the planner is told when a rule refuses a video talk, and the way out that is offered."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from server.usecases.context import Parts
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.people import local_minute, make_pair, sign_in_address
from tests.journeys.steps import BOOK, fill_in, sign_in
from tests.journeys.windows import says, until

pytestmark = pytest.mark.journey

A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A rule that refuses a video talk of `kind`, and how it says so."""

    rule: str
    kind: str
    acquainted: bool
    sentence: str


GATES = (
    Gate(
        rule="R7",
        kind="acquaintance",
        acquainted=False,
        sentence="Een eerste gesprek met deze coach is op locatie.",
    ),
    Gate(
        rule="R8",
        kind="progress",
        acquainted=False,
        sentence="De kennismaking met deze coach is nog niet op locatie geweest.",
    ),
    Gate(
        rule="R9",
        kind="diagnosis",
        acquainted=True,
        sentence="Een diagnose of herbeoordeling is op locatie.",
    ),
)


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.rule)
async def test_refused_video_talk_says_why_and_its_alternative_can_be_booked(
    installation: Installation, before: Parts, chromium_window: OpenWindow, gate: Gate
) -> None:
    pair = await make_pair(
        before, installation.planner, now=before.now(), acquainted=gate.acquainted
    )
    planner = await chromium_window()
    link = await sign_in_address(before, installation.seeded.planner, now=before.now())
    await sign_in(planner, link)
    await until(planner, "location.pathname === '/planner'")

    await planner.goto(f"{installation.base}/meetings/new?candidate={pair.candidate}")
    # Each at its own time, and early: all of them end up in the first room, where sample people
    # meet by day.
    starts = local_minute(before, before.now() + A_WEEK)
    starts = starts.replace(hour=4 + GATES.index(gate), minute=0)
    await fill_in(
        planner, kind=gate.kind, mode="video", day=f"{starts:%Y-%m-%d}", time=f"{starts:%H:%M}"
    )
    await planner.press(BOOK)

    await until(planner, "document.querySelector('#problem') !== null")
    await says(planner, gate.sentence, gate.rule)
    await planner.press("main form button[name=fill][value*='mode=offline']")
    await until(planner, "document.querySelector('[name=mode][value=offline]').checked")
    assert await planner.evaluate("document.querySelector('[name=room]').value") != ""
    await planner.press(BOOK)
    await until(planner, "location.search === '?done=booked'")
