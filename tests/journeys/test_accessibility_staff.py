"""axe-core finds nothing on what follows from a talk: what staff do, and what a candidate is sent.

In both languages, on a phone and on a desk; every part that can be unfolded is.
"""

from datetime import timedelta
from uuid import UUID

import pytest

from coaching.facts import TalkWish
from coaching.trigger_facts import FailureCause
from coaching.words import Role
from server.store.database import Tx
from server.store.holds import open_group
from server.store.meetings import add_event
from server.usecases.access import known_trajectory
from server.usecases.context import MeetingId, Parts
from server.usecases.failing import fail_talk
from server.usecases.offering import write_nudge
from server.usecases.preferences import keep_wish
from server.usecases.soft_rules import ASKED
from tests.journeys.inspection import VIEWS, Inspection, Looking
from tests.journeys.installation import Installation
from tests.journeys.links import link_of
from tests.journeys.people import (
    TalkNow,
    book_talk,
    make_pair,
    sign_in_address,
    talk_now,
    talk_with_free_times,
)
from tests.journeys.steps import open_link, sign_in
from tests.journeys.windows import ChromiumWindow, shown, until
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.journey

_UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_what_follows_from_a_talk_is_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    talk = await _began(before, installation)
    other = await book_talk(
        before, installation.planner, talk.pair, starts_in=timedelta(days=3), now=before.now()
    )
    candidate, coach, planner = [await looking.window() for _ in range(3)]
    await candidate.goto(f"{await link_of(installation, before, talk.pair, other)}/call")
    await candidate.press("button[value=morning]")
    await shown(candidate, "[data-called]")

    await sign_in(coach, await sign_in_address(before, talk.pair.coach, now=before.now()))
    await until(coach, "location.pathname === '/today'")
    await inspection.page(coach, f"/talk/{talk.meeting}/done?as=coach")
    await coach.press("button[value=much_help]")
    await until(coach, f"location.pathname === '/meetings/{talk.meeting}'")
    await _unfolded(inspection, coach, "after the observation")
    for path in ("/today", "/people", "/attention", f"/candidates/{talk.pair.candidate}"):
        await coach.goto(f"{installation.base}{path}")
        await _unfolded(inspection, coach, path)
    await coach.press("form[action$='/times'] button")
    await until(coach, "location.pathname.endsWith('/times')")
    await inspection.stage(coach, "held times")
    await inspection.page(candidate, await _nudge(before, talk))
    await candidate.press(".pick")
    await until(candidate, "location.pathname.endsWith('/chosen')")
    await inspection.stage(candidate, "chosen, after a nudge")

    await sign_in(
        planner, await sign_in_address(before, installation.seeded.planner, now=before.now())
    )
    await until(planner, "location.pathname === '/planner'")
    await _beyond_advice(before, talk, other)
    for path in (f"/candidates/{talk.pair.candidate}", f"/meetings/{other}?done=booked"):
        await planner.goto(f"{installation.base}{path}")
        await _unfolded(inspection, planner, f"{path}, planner")
    assert await planner.evaluate("document.querySelectorAll('#soft, #say-why').length") == 2

    inspection.judge()


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_forms_that_come_back_are_accessible(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    pair = await make_pair(before, installation.planner, now=before.now())
    page = f"{installation.base}/candidates/{pair.candidate}"
    coach = await looking.window()
    await sign_in(coach, await sign_in_address(before, pair.coach, now=before.now()))
    await until(coach, "location.pathname === '/today'")

    await coach.goto(page)
    await coach.evaluate(_UNFOLD)
    await coach.evaluate("document.querySelector('[name=cadence_days]').type = 'text'")
    await coach.page.fill("[name=cadence_days]", "veel")
    await coach.press("form[action$='/support'] button")
    await shown(coach, "#problem")
    await inspection.stage(coach, "a cadence that cannot be")
    for state in ("paused", "active", "ended"):
        await coach.goto(page)
        await coach.evaluate(_UNFOLD)
        await coach.press(f"button[value={state}]")
        await shown(coach, f".status--{state}")
        await _unfolded(inspection, coach, state)
    await coach.goto(f"{installation.base}/exceptions/new?candidate={pair.candidate}&rule=R9")
    await coach.page.fill("[name=reason]", "Woont ver weg")
    await coach.page.context.clear_cookies(name="ts")
    await coach.press("#ask")
    await shown(coach, "#send-again")
    await inspection.stage(coach, "a page left open")

    inspection.judge()


@pytest.mark.parametrize("looking", VIEWS, ids=str, indirect=True)
async def test_talk_that_failed_is_accessible_for_both_with_and_without_times(
    installation: Installation,
    before: Parts,
    looking: Looking,
    axe: str,
) -> None:
    inspection = Inspection(base=installation.base, axe=axe)
    for talk in (
        await talk_with_free_times(before, installation.planner),
        await talk_now(before, installation.planner),
    ):
        candidate, coach = await looking.window(), await looking.window()
        mail = await installation.mail_about(talk.pair.email, talk.starts_at)
        await open_link(candidate, installation.invitation_in(mail))
        await sign_in(coach, await sign_in_address(before, talk.pair.coach, now=before.now()))
        await until(coach, "location.pathname === '/today'")
        await fail_talk(
            before, talk.meeting, FailureCause.UNKNOWN, by=Role.CANDIDATE, now=before.now()
        )
        await candidate.goto(f"{installation.base}/talk/{talk.meeting}/fallback")
        times = await candidate.evaluate("document.querySelectorAll('.pick').length")
        await inspection.stage(candidate, f"fallback, candidate, {times} times")
        await inspection.page(coach, f"/talk/{talk.meeting}/fallback?as=coach")
        if times:
            await coach.press(".pick")
            await until(coach, "!document.querySelector('.pick')")
            await inspection.stage(coach, "fallback, coach, chosen")

    inspection.judge()


async def _began(parts: Parts, house: Installation) -> TalkNow:
    """A talk that began some minutes ago, of a coach with free times at a location."""
    talk = await talk_with_free_times(parts, house.planner)
    earlier = parts.now() - timedelta(hours=1)
    meeting = await book_talk(
        parts, house.planner, talk.pair, starts_in=timedelta(minutes=10), now=earlier
    )
    return TalkNow(pair=talk.pair, meeting=meeting, starts_at=earlier + timedelta(minutes=10))


async def _beyond_advice(parts: Parts, talk: TalkNow, other: MeetingId) -> None:
    """A candidate who would rather meet at a location (R18), and a talk that asks why (R14)."""

    async def write(tx: Tx) -> None:
        await keep_wish(tx, talk.pair.candidate, TalkWish.OFFLINE, now=parts.now())
        await add_event(tx, other, at=parts.now(), actor=f"staff:{talk.pair.coach}", what=ASKED)

    await parts.database.run(write)


async def _unfolded(inspection: Inspection, window: ChromiumWindow, name: str) -> None:
    await window.evaluate(_UNFOLD)
    await inspection.stage(window, name)


async def _nudge(parts: Parts, talk: TalkNow) -> str:
    """The link of a message with the times that are held now, written at once."""

    async def write(tx: Tx) -> None:
        trajectory = await known_trajectory(tx, talk.pair.trajectory)
        group = await open_group(tx, trajectory.id, now=parts.now())
        await write_nudge(parts, tx, trajectory, rule="R24", level=3, group=group, now=parts.now())

    await parts.database.run(write)
    (found,) = await rows(parts, "nudge", trajectory_id=talk.pair.trajectory)
    return f"/n/{parts.secret.invitation_token(UUID(str(found['id'])))}"
