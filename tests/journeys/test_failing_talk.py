"""A talk that does not work: the coach has the number at once, the candidate three times."""

from uuid import UUID

import pytest
from playwright.async_api import Browser

from coaching.words import MeetingStatus, Mode
from server.store.meetings import meetings_of_trajectories
from server.usecases.context import Parts
from server.usecases.overview import show_meeting
from tests.journeys.conftest import PHONE, OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.people import TalkNow, talk_with_free_times
from tests.journeys.pictures import see_each_other
from tests.journeys.stalls import Stalls
from tests.journeys.steps import coach_opens, meet, open_link, turn_on_and_enter
from tests.journeys.windows import ChromiumWindow, Window, says, shown, until

pytestmark = pytest.mark.journey

TROUBLE = "#stage-talk [data-trouble]"
THREE_TIMES = (
    "[...document.querySelectorAll('#fallback .pick')].filter((a) => a.checkVisibility())"
    ".length === 3"
)
CALLS_WITHIN_MS = 1000
_PRESSED_AT = """
addEventListener('click', () => {
  window.pressedAt ??= performance.timeOrigin + performance.now();
}, {capture: true})
"""
_SHOWN_AT = """
(() => {
  const stage = document.querySelector('#stage-fallback');
  const look = () => {
    if (stage.checkVisibility()) window.shownAt = performance.timeOrigin + performance.now();
    else requestAnimationFrame(look);
  };
  look();
})()
"""
CHOSEN = "document.querySelector('#stage-fallback h1').innerText.includes('staat vast')"
NUMBER = "document.querySelector('.human').innerText.includes('06')"
STILL = "document.querySelector('#remote').srcObject === null"


async def test_press_of_the_candidate_gives_number_and_times_and_one_can_be_taken(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    phone_window: OpenWindow,
) -> None:
    talk = await talk_with_free_times(before, installation.planner)
    candidate, coach = await phone_window(), await chromium_window()
    await _begin(installation, before, talk, candidate, coach)
    await see_each_other(candidate, coach)

    stalls = Stalls(installation.base, candidate, coach)
    await stalls.watch()
    await candidate.evaluate(_PRESSED_AT)
    await coach.evaluate(_SHOWN_AT)
    await candidate.press(TROUBLE)
    shown_at = await until(coach, "window.shownAt")
    heard = shown_at - await candidate.evaluate("window.pressedAt")
    stalled = await stalls.so_far()
    await until(candidate, THREE_TIMES)

    assert heard <= CALLS_WITHIN_MS + stalled
    await until(coach, NUMBER)
    await says(candidate, "Dat geeft niets")
    await says(candidate, "Stadshuis", selector="#fallback")
    await until(candidate, STILL)
    await until(coach, THREE_TIMES)

    await candidate.press("#fallback .pick")
    await until(candidate, "location.pathname.endsWith('/fallback')")
    await says(candidate, "staat vast")
    await until(coach, CHOSEN)
    await says(coach, "Er is een tijd gekozen.", "Stadshuis", selector="#fallback")
    await _has_one_new_appointment(before, installation, talk)


async def test_press_of_the_coach_shows_the_times_to_the_candidate(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    firefox_window: OpenWindow,
) -> None:
    talk = await talk_with_free_times(before, installation.planner)
    candidate, coach = await firefox_window(), await chromium_window()
    await _begin(installation, before, talk, candidate, coach)

    await coach.press(TROUBLE)

    await shown(coach, "#stage-fallback")
    await until(coach, NUMBER)
    await until(candidate, THREE_TIMES)
    view = await show_meeting(before, installation.planner, talk.meeting, now=before.now())
    assert view.status is MeetingStatus.FAILED


async def test_candidate_whose_camera_is_refused_gets_the_times_without_ever_having_been_in(
    installation: Installation,
    before: Parts,
    asking_chromium: Browser,
    chromium_window: OpenWindow,
) -> None:
    talk = await talk_with_free_times(before, installation.planner)
    context = await asking_chromium.new_context(viewport=PHONE, locale="nl-NL")
    await context.grant_permissions([], origin=installation.base)
    candidate = ChromiumWindow(context, await context.new_page())
    coach = await chromium_window()
    await coach_opens(coach, before, talk.pair.coach, talk.meeting)
    await turn_on_and_enter(coach)
    await open_link(candidate, await _link(installation, talk))
    await candidate.press("#turn-on")
    await shown(candidate, "#stage-help")
    await candidate.press("#help-retry")

    await candidate.press("#stage-help [data-trouble]")

    await shown(coach, "#stage-fallback")
    await until(candidate, THREE_TIMES)


async def _link(installation: Installation, talk: TalkNow) -> str:
    return installation.invitation_in(
        await installation.mail_about(talk.pair.email, talk.starts_at)
    )


async def _begin(
    installation: Installation, before: Parts, talk: TalkNow, candidate: Window, coach: Window
) -> None:
    await open_link(candidate, await _link(installation, talk))
    await coach_opens(coach, before, talk.pair.coach, talk.meeting)
    await meet(candidate, coach)


async def _has_one_new_appointment(
    before: Parts, installation: Installation, talk: TalkNow
) -> None:
    """The talk failed, one of the three times is planned, and the other two are free again."""
    async with before.database.read() as tx:
        found = await meetings_of_trajectories(tx, [UUID(str(talk.pair.trajectory))])
    coming = [
        one.status for one in found if one.mode == Mode.OFFLINE and one.starts_at > talk.starts_at
    ]
    assert coming.count(MeetingStatus.PLANNED) == 1
    assert MeetingStatus.PROVISIONAL not in coming
    assert {one.status for one in found if one.id == talk.meeting} == {MeetingStatus.FAILED}
