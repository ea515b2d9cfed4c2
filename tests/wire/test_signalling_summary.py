"""What a page says of its line: kept for both, and no more often than is of use."""

import pytest

from coaching.words import Role
from signaling.limits import SummaryPace
from tests.wire.rig import People, running

pytestmark = pytest.mark.wire


def test_summary_of_the_line_is_let_through_every_ten_seconds() -> None:
    pace = SummaryPace()

    assert [now for now in (3.0, 3.1, 12.9, 13.0, 22.9, 23.0, 99.0) if pace.take(now)] == [
        3.0,
        13.0,
        23.0,
        99.0,
    ]


async def test_summaries_of_both_are_kept_and_those_that_come_too_often_are_passed_over() -> None:
    summary = {"lost": 0, "rtt_ms": 40, "kbps": 900, "width": 640, "height": 360, "relay": False}
    async with running() as rig:
        people = People()
        candidate = await rig.sit(people, Role.CANDIDATE)
        await candidate.say("camera", live=True, verdict=None)
        coach = await rig.sit(people, Role.COACH)
        await coach.say("camera", live=True, verdict=None)
        await coach.say("admit")
        await coach.hear("start")
        for _ in range(5):
            await coach.say("quality", **summary)
        await candidate.say("quality", **summary)
        heard = [await page.until_pong() for page in (coach, candidate)]

        assert {role for _, role, _ in rig.kept.qualities} == set(Role)
        assert not any("error" in one for one in heard)
