"""The whole practice with the real guide in a stock Firefox; `benchmarks.practice_firefox` runs it.

It takes minutes of a core, since Firefox encodes and draws without help of a graphics card: too
long for `make test`, where Chromium goes the same way.
"""

import pytest
from sqlalchemy import select

from server.store.schema import practice_session, readiness
from server.usecases.context import Parts
from tests.journeys.conftest import OpenWindow
from tests.journeys.installation import Installation
from tests.journeys.test_practice import WALK, at, invited_to_practise
from tests.journeys.windows import until

pytestmark = pytest.mark.journey


async def test_somebody_passes_the_practice_in_firefox(
    installation: Installation, before: Parts, firefox_window: OpenWindow
) -> None:
    pair, link = await invited_to_practise(installation, before)
    window = await firefox_window()

    await window.goto(link)
    await window.press("#practise")
    for screen, presses in WALK:
        await at(window, screen)
        for one in presses:
            await window.press(one)

    await until(window, "location.pathname.endsWith('/practice/done')")
    async with before.database.read() as tx:
        query = select(readiness).where(readiness.c.candidate_id == pair.candidate)
        (kept,) = (await tx.execute(query)).all()
        of_theirs = practice_session.c.candidate_id == pair.candidate
        measured = await tx.scalar(select(practice_session.c.measured).where(of_theirs))
    assert (kept.kind, kept.cause) == ("self", None)
    assert kept.score in ("good", "fair"), (kept, measured)
    assert measured is not None
    assert measured["measured"]["picture"] == "moving"
