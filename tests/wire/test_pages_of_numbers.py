"""The page of the numbers, without script, over the real application."""

from datetime import date

import pytest

from coaching.words import StaffRole
from server.app import build_app
from server.usecases.blend_settings import save_settings
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_admin_sees_what_a_number_would_change_before_saving_it(
    visitor: Visitor, sqlite_house: House
) -> None:
    await visitor.sign_in(await sqlite_house.staff(StaffRole.ADMIN))
    await visitor.open("/settings")

    page = await visitor.press("//*[@id='preview']", lower_percent="40")
    assert page.has("//*[@id='anew']")
    assert page.value("lower_percent") == "40"
    assert "Versie 2" not in page.text()
    page = await visitor.press("//*[@id='save-numbers']")

    assert "Versie 2" in page.text()
    assert "30 → 40" in page.text()


async def test_admin_who_looked_at_older_numbers_sees_the_newer_ones_before_saving(
    visitor: Visitor, sqlite_house: House, sqlite_parts: Parts
) -> None:
    admin, other = [await sqlite_house.staff(StaffRole.ADMIN) for _ in range(2)]
    await visitor.sign_in(admin)
    await visitor.open("/settings")
    await visitor.press("//*[@id='preview']", lower_percent="40")
    now, start = sqlite_parts.now(), date(2027, 4, 1)
    await save_settings(
        sqlite_parts, other, {"upper_percent": 70}, starts_on=start, seen=1, key="o", now=now
    )

    page = await visitor.press("//*[@id='save-numbers']")

    assert (page.status, page.problem) == (409, "numbers_just_saved")
    assert "Versie 3" not in page.text()
    assert (page.value("lower_percent"), page.value("upper_percent")) == ("40", "70")
    await visitor.press("//*[@id='preview']", starts_on="2027-04-02")
    page = await visitor.press("//*[@id='save-numbers']")
    assert "Versie 3" in page.text()
    assert "80 → 70" in page.text()
