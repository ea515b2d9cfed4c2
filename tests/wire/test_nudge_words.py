"""What a nudge says by text and on its page: the name of the task, or times to choose."""

from datetime import datetime
from uuid import uuid4

import pytest

from server.app import build_app
from server.jobs.timers import look
from server.usecases.availability import add_absence
from server.usecases.context import Parts, StaffId
from server.usecases.holding import hold_times
from server.usecases.tasks import give_task
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor
from tests.wire.worker_tools import deliver, rows, with_servers

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


@pytest.mark.parametrize("task", ["Bel drie bedrijven <b>", ""])
async def test_scenario_11_the_nudge_names_the_task(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock, visitor: Visitor, task: str
) -> None:
    clock.set("2027-01-25T09:00")
    parts = with_servers(sqlite_parts)
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.trajectory(coach)
    meeting = await sqlite_house.meet(trajectory)
    if task:
        await give_task(parts, coach, meeting, task, key=uuid4().hex, now=clock())
    await deliver(parts)

    clock.set("2027-02-08T09:00")
    await look(parts)
    await deliver(parts)

    (said,) = (one.read_text() for one in parts.settings.data_dir.glob("texts/*.txt"))
    assert ("Hoe gaat het met: Bel drie bedrijven <b>? Lukt het niet?" in said) == bool(task)
    assert "Laat het weten: https://tweespraak.example/n/" in said
    page = await visitor.open("/n/" + said.split("/n/")[1].split()[0])
    title = "Hoe gaat het met: Bel drie bedrijven <b>?" if task else "Hoe gaat het?"
    assert page.text("//h1").strip() == title
    assert [page.text(f"//button[@value='{one}']").strip() for one in ("done", "not_yet")] == [
        "Gedaan",
        "Nog niet",
    ]


async def test_e20_the_page_of_a_nudge_says_that_its_times_are_later(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock, visitor: Visitor
) -> None:
    coach = await sqlite_house.coach()
    await sqlite_house.works(coach)
    trajectory = await sqlite_house.acquainted(coach)
    await add_absence(
        sqlite_parts,
        coach,
        StaffId(coach.id),
        starts_local=datetime.fromisoformat("2027-03-01T00:00"),
        ends_local=datetime.fromisoformat("2027-03-12T00:00"),
        all_day=True,
        key="a",
        now=clock(),
    )
    await hold_times(sqlite_parts, coach, trajectory, key="h", now=clock.forward(hours=1))
    (sent,) = await rows(sqlite_parts, "nudge")

    page = await visitor.open(f"/n/{sqlite_parts.secret.invitation_token(sent['id'])}")

    assert "Deze week lukt het niet. Dit zijn de eerste tijden die er zijn." in page.text()
    assert len(page.document.xpath("//button[@name='meeting']")) == 3
    when = page.text("//button[@name='meeting']//*[@class='pick__time']").removeprefix("Kies ")

    page = await visitor.press("//button[@name='meeting']")

    assert page.path.endswith("/chosen")
    assert page.text("//*[@class='when-line']") == when
    assert "Werkplein" in page.text()
    page = await visitor.open(f"{page.path}?meeting={uuid4()}")
    assert page.status == 200
    assert not page.has("//*[@class='when-line']")
