"""Tasks in the talk: given, ticked and discussed while the picture goes on."""

import json
from uuid import UUID

import pytest

from server.usecases.context import MeetingId, Parts
from server.usecases.tasks import task_sheet
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.pictures import see_each_other
from tests.journeys.steps import TALK, in_the_middle
from tests.journeys.windows import shown, until

pytestmark = pytest.mark.journey

TEXT = "Zet drie vacatures op een rij"


async def test_a_task_is_given_and_ticked_in_the_talk_without_loading_the_page(
    installation: Installation,
    before: Parts,
    chromium_window: OpenWindow,
    phone_window: OpenWindow,
) -> None:
    candidate, coach = await phone_window(), await chromium_window()
    await in_the_middle(installation, before, candidate, coach)
    for window in (candidate, coach):
        await window.evaluate("(() => { document.body.dataset.same = 'yes'; })()")
    meeting = await coach.evaluate("location.pathname.split('/')[2]")

    await coach.evaluate("(() => { document.getElementById('tasks').open = true; })()")
    typed = f"document.getElementById('text').value = {json.dumps(TEXT)}"
    await coach.evaluate(typed)
    await coach.evaluate("document.getElementById('next_step').value = 'Half geschreven'")
    await coach.press("#tasks button[value=give]")
    listed = "document.getElementById('task-list').innerText"
    await until(coach, f"{listed}.includes({json.dumps(TEXT)})")

    kept = "document.getElementById('next_step').value"
    assert await coach.evaluate(kept) == "Half geschreven"
    await coach.evaluate(f"{kept} = ''")

    await shown(candidate, "#tasks")  # it looks every ten seconds
    await candidate.evaluate("(() => { document.getElementById('tasks').open = true; })()")
    await candidate.press("#tasks button[value=tick]")
    await shown(candidate, "#tasks button[value=untick]")
    focused = await candidate.evaluate("document.activeElement.id")

    await until(coach, "document.querySelector('#tasks-body').innerText.includes('vinkte')")
    await coach.press("#tasks button[value=discuss]")
    await shown(coach, "#tasks button[value=undiscuss]")

    await coach.press("#plan-next")  # fetched beside the talk, by a coach without hours
    await shown(coach, "#not-yet")
    await coach.press("#tasks button[value=later]")
    await shown(coach, "#next-after-all")

    assert focused.startswith("tick-")
    for window in (candidate, coach):
        await shown(window, TALK)
        assert await window.evaluate("document.body.dataset.same") == "yes"
    await see_each_other(candidate, coach)
    sheet = await task_sheet(
        before, installation.planner, MeetingId(UUID(meeting)), now=before.now()
    )
    assert [(one.text, one.done, one.discussed) for one in sheet.tasks] == [(TEXT, True, True)]
