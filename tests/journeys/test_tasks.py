"""Tasks in the talk, by a coach who has no mouse: given, ticked and discussed beside the picture.

From the knock to what comes after the talk the coach only has keys; the focus is never lost, and
all that can have it has a name.
"""

import json
from uuid import UUID

import pytest

from server.usecases.context import MeetingId, Parts
from server.usecases.tasks import task_sheet
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.keyboard import Keyboard
from tests.journeys.people import sign_in_address, talk_now
from tests.journeys.pictures import see_each_other
from tests.journeys.steps import TALK, WAITING, open_link, turn_on_and_enter
from tests.journeys.windows import ChromiumWindow, Window, shown, until
from tests.journeys.writing import sees_the_screen

pytestmark = pytest.mark.journey

TEXT = "Zet drie vacatures op een rij"


async def test_a_coach_goes_through_a_whole_talk_and_its_tasks_by_keyboard(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    phone_window: OpenWindow,
) -> None:
    candidate, coach = await phone_window(), await chromium_window()
    assert isinstance(coach, ChromiumWindow)
    hands = Keyboard(window=coach)
    await _come_in(installation, before, candidate, hands)
    for window in (candidate, coach):
        await window.evaluate("(() => { document.body.dataset.same = 'yes'; })()")
    meeting = await coach.evaluate("location.pathname.split('/')[2]")
    assert await hands.unnamed() == []

    await _mute_and_share(candidate, hands)
    await _write(candidate, hands)
    await _give_and_discuss(candidate, hands)

    for window in (candidate, coach):
        await shown(window, TALK)
        assert await window.evaluate("document.body.dataset.same") == "yes"
    await see_each_other(candidate, coach)
    assert await hands.lost() == []
    sheet = await task_sheet(
        before, installation.planner, MeetingId(UUID(meeting)), now=before.now()
    )
    assert [(one.text, one.done, one.discussed) for one in sheet.tasks] == [(TEXT, True, True)]
    await _leave(hands)


async def _come_in(house: Installation, parts: Parts, candidate: Window, coach: Keyboard) -> None:
    """The candidate waits; the coach signs in, finds the talk, hears of the knock and admits."""
    talk = await talk_now(parts, house.planner)
    await open_link(
        candidate, house.invitation_in(await house.mail_about(talk.pair.email, talk.starts_at))
    )
    await turn_on_and_enter(candidate)
    await shown(candidate, WAITING)

    await coach.window.goto(await sign_in_address(parts, talk.pair.coach, now=parts.now()))
    await coach.press("main form[method=post] button")
    await until(coach.window, "location.pathname === '/today'")
    await coach.press(f"main a[href*='/talk/{talk.meeting}']")
    await until(coach.window, "location.pathname.startsWith('/talk/')")
    await coach.press("#turn-on")
    await coach.arrives("stage-check")
    await coach.watch()
    await coach.press("#enter")
    await coach.arrives("stage-waiting")
    await shown(coach.window, "[role=status] > #knock")
    await coach.find_and_press("#admit")
    await coach.arrives("stage-talk")
    await see_each_other(candidate, coach.window)


async def _mute_and_share(candidate: Window, coach: Keyboard) -> None:
    """The same button mutes and speaks again; who shares stands at the button that stops it."""
    heard = "document.querySelector('#banner').textContent.includes('geluid even uit')"
    await coach.find_and_press("#toggle-microphone")
    await until(candidate, heard)
    await coach.key("Enter")
    await until(candidate, f"!({heard})")

    await coach.find_and_press("#more")
    await until(coach.window, "document.activeElement.id === 'together-title'")
    await coach.find_and_press("#share")
    await sees_the_screen(candidate)
    await until(coach.window, "document.activeElement.id === 'screen-stop'")
    await coach.key("Enter")
    await until(candidate, "!document.querySelector('#screen').checkVisibility()")
    await until(coach.window, "document.activeElement.id === 'more'")


async def _write(candidate: Window, coach: Keyboard) -> None:
    """A line; the panel closes with Escape, and the focus is back at its button."""
    await coach.find("#write")
    await coach.window.type("Goed dat u er bent.\n")
    await until(candidate, "document.querySelector('#written').innerText.includes('Goed dat')")
    assert await coach.unnamed() == []
    await coach.key("Escape")
    await until(coach.window, "document.activeElement.id === 'more'")


async def _give_and_discuss(candidate: Window, hands: Keyboard) -> None:
    """A task is given, ticked by the candidate, discussed; the next talk is for later."""
    coach = hands.window
    await hands.find("#text")
    await coach.type(TEXT)
    await coach.evaluate("document.getElementById('next_step').value = 'Half geschreven'")
    await hands.find_and_press("#tasks button[value=give]")
    listed = "document.getElementById('task-list').innerText"
    await until(coach, f"{listed}.includes({json.dumps(TEXT)})")
    await until(coach, "document.activeElement.id === 'text'")

    kept = "document.getElementById('next_step').value"
    assert await coach.evaluate(kept) == "Half geschreven"
    await coach.evaluate(f"{kept} = ''")

    await shown(candidate, "#tasks")  # it looks every ten seconds
    await candidate.evaluate("(() => { document.getElementById('tasks').open = true; })()")
    await candidate.press("#tasks button[value=tick]")
    await shown(candidate, "#tasks button[value=untick]")
    await until(candidate, "document.activeElement.id.startsWith('tick-')")

    await until(coach, "document.querySelector('#tasks-body').innerText.includes('vinkte')")
    await hands.find_and_press("#tasks button[value=discuss]")
    await shown(coach, "#tasks button[value=undiscuss]")
    await until(coach, "document.activeElement.value === 'undiscuss'")

    await hands.find_and_press("#plan-next")  # fetched beside the talk, by a coach without hours
    await shown(coach, "#not-yet")
    await hands.find_and_press("#tasks button[value=later]")
    await shown(coach, "#next-after-all")


async def _leave(coach: Keyboard) -> None:
    """Out of the talk, and on from what comes after it."""
    await coach.find_and_press("#leave")
    done = "location.pathname.endsWith('/done')"
    asked = "document.querySelector('#before-leaving')?.checkVisibility()"
    if await until(coach.window, f"{done} ? 'done' : {asked} && 'asked'") == "asked":
        await coach.find_and_press("#leave")
    await until(coach.window, done)
    assert await coach.unnamed() == []
    await coach.press("main a.utrecht-button--primary-action[href^='/meetings/']")
    await until(coach.window, "location.pathname.startsWith('/meetings/')")
