"""Every kind of to-do on the pages that show them: with words, an icon and one thing to do."""

import pytest

from coaching.getting_in import DeviceVerdict
from coaching.words import Mode
from server.app import build_app
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode
from server.usecases.context import Parts
from server.usecases.todos import write_todo
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire
# What any of them fills its sentence with.
PARAMS = {"name": "Anna", "when": "2027-03-10 14:00", "verdict": DeviceVerdict.NO_CAMERA}


async def test_every_kind_of_to_do_is_shown_to_planner_and_coach_with_one_thing_to_do(
    aiohttp_client: object, sqlite_house: House, sqlite_parts: Parts
) -> None:
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    talk = (await sqlite_house.book(trajectory, "2027-03-10T14:00", mode=Mode.PHONE)).meeting
    now = sqlite_parts.now()

    async def work(tx: Tx) -> None:
        whose = await known_trajectory(tx, trajectory)
        for code in TodoCode:
            await write_todo(
                tx, code, whose, about=code, due_at=now, now=now, meeting=talk, params=PARAMS
            )

    await sqlite_parts.database.run(work)

    for who, path in (
        (await sqlite_house.planner(), "/attention"),
        (coach, "/attention"),
        (coach, "/people"),
    ):
        visitor.forget()
        await visitor.sign_in(who)
        page = await visitor.open(path)
        assert page.status == 200, path
        shown = page.document.xpath("//li[contains(@class, 'todo ')]")
        assert len(shown) == len(TodoCode)
        ways = [one.xpath(".//*[@class='todo__ways']/a[.//*[local-name()='svg']]") for one in shown]
        assert [len(one) for one in ways] == [1] * len(TodoCode)
        assert len(page.document.xpath("//*[contains(@class, 'button--primary')]")) == 1
        assert "wo 10 mrt, 14:00" in page.text()
