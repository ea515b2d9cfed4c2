"""The page on which a coach hides where they are, without script."""

from dataclasses import replace

import pytest

from server.app import build_app
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire


async def _visitor(aiohttp_client: object, parts: Parts, *urls: str) -> Visitor:
    settings = replace(parts.settings, turn_urls=urls, turn_secret="made up")
    app = build_app(replace(parts, settings=settings))
    return Visitor(await aiohttp_client(app))  # type: ignore[operator]  # the fixture is untyped


async def test_coach_hides_and_shows_the_address_again(
    aiohttp_client: object, sqlite_parts: Parts, sqlite_house: House
) -> None:
    visitor = await _visitor(aiohttp_client, sqlite_parts, "turn:turn.example.nl:3478")
    await visitor.sign_in(await sqlite_house.coach())
    page = await visitor.open("/address")
    assert page.text("//*[@id='hides']") == "Uw adres is niet verborgen."

    page = await visitor.press("//*[@id='hide-address']")
    assert page.has("//*[@role='status']")
    assert page.text("//*[@id='hides']") == "Uw adres is verborgen."

    page = await visitor.press("//*[@id='show-address']")
    assert page.text("//*[@id='hides']") == "Uw adres is niet verborgen."


async def test_without_a_relay_the_page_says_so_and_a_forged_post_changes_nothing(
    aiohttp_client: object, sqlite_parts: Parts, sqlite_house: House
) -> None:
    visitor = await _visitor(aiohttp_client, sqlite_parts)
    await visitor.sign_in(await sqlite_house.coach())
    page = await visitor.open("/address")
    assert not page.has("//main//button")
    assert "tussenserver" in page.text()

    answer = await visitor.post("/address", f"csrf={page.value('csrf')}&hides=yes")

    assert answer.status == 409
    assert "relay_missing" in await answer.text()
    page = await visitor.open("/address")
    assert page.text("//*[@id='hides']") == "Uw adres is niet verborgen."
