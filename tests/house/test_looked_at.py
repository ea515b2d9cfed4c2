"""Every page is looked at with axe-core in a journey, or stands here with the reason why not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.app import ROUTES

pytestmark = pytest.mark.house

JOURNEYS = Path(__file__).parents[1] / "journeys"
NO_PAGES = {  # route: what it gives
    "/healthz": "one word for machines",
    "/static/{name}": "the built web part",
    "/photos/{name}.jpg": "a picture",
    "/feeds/{token}.ics": "a calendar file",
    "/j/{token}/appointment.ics": "a calendar file",
    "/today/waiting": "a part of /today, which is looked at",
    "/talk/{meeting}/waiting": "JSON",
    "/talk/{meeting}/pointed": "JSON",
    "/ws": "a socket",
    "/ws/practice": "a socket",
}
# route: (the journey, what it does to come there), for what is not opened by its own address
BY_ANOTHER_WAY = {
    "/login/link/{token}": ("test_accessibility", "link = await sign_in_address("),
    "/j/{token}": ("test_accessibility", "for state, link in"),
    "/j/{token}/test": ("test_accessibility", 'in ("test", "elsewhere")'),
    "/j/{token}/elsewhere": ("test_accessibility", 'in ("test", "elsewhere")'),
    "/j/{token}/times": ("test_accessibility_blend", '"/times", "/cancel", "/call", "/reminders"'),
    "/j/{token}/cancel": ("test_accessibility_blend", '"/times", "/cancel", "/call", "/reminders"'),
    "/j/{token}/call": ("test_accessibility_blend", '"/times", "/cancel", "/call", "/reminders"'),
    "/j/{token}/reminders": ("test_accessibility_blend", '"/cancel", "/call", "/reminders"'),
    "/j/{token}/place": ("test_accessibility_blend", '"/call", "/reminders", "/place"'),
    "/a/{token}": ("test_accessibility_blend", 'link.replace("/j/", "/a/")'),
    "/n/{token}/chosen": ("test_accessibility_staff", '"chosen, after a nudge"'),
    "/talk/{meeting}/tasks": ("test_accessibility_practice", '("", "/tasks", "/done")'),
    "/meetings/new/why": ("test_accessibility_blend", '.press("a.why-link")'),
    "/meetings/{id}/why": ("test_accessibility_rest", 'f"{meeting}/why"'),
    "/meetings/{id}/stand-in": ("test_accessibility_rest", 'f"{meeting}/stand-in"'),
    "/calendars/found/{id}": ("test_accessibility_rest", '"a calendar found"'),
}


def pages() -> set[str]:
    """The routes that show a page, by their addresses."""
    return {
        re.sub(r":[^}]*}", "}", route.path) for route in ROUTES if route.method == "GET"
    } - NO_PAGES.keys()


def addresses() -> Iterator[str]:
    """The addresses in the journeys that look with axe; what is filled in stands as {}."""
    for journey in JOURNEYS.glob("test_accessibility*.py"):
        for node in ast.walk(ast.parse(journey.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value.partition("?")[0]
            if isinstance(node, ast.JoinedStr):
                parts = (
                    str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values
                )
                yield "".join(parts).removeprefix("{}").partition("?")[0]


def opened(route: str) -> re.Pattern[str]:
    """What an address of this route looks like in a journey."""
    return re.compile("[^/]+".join(map(re.escape, re.split(r"\{[^}]*}", route))))


def test_every_page_is_looked_at_with_axe() -> None:
    seen = {one for one in addresses() if one.startswith("/")}
    by_address = {route for route in pages() if any(map(opened(route).fullmatch, seen))}

    missing = pages() - by_address - BY_ANOTHER_WAY.keys()

    assert sorted(missing) == [], "look at them in a tests/journeys/test_accessibility*.py"


@pytest.mark.parametrize("route", BY_ANOTHER_WAY)
def test_other_way_to_a_page_is_still_taken(route: str) -> None:
    journey, step = BY_ANOTHER_WAY[route]

    assert route in pages()
    assert step in (JOURNEYS / f"{journey}.py").read_text("utf-8")


def test_what_is_no_page_is_still_a_route() -> None:
    built = {re.sub(r":[^}]*}", "}", route.path) for route in ROUTES}

    assert NO_PAGES.keys() - built == set()
