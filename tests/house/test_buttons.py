"""What candidates press carries words and an icon, on every page that they can come to."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
_FOR_CANDIDATES = re.compile(r'extends "candidate\.html"|candidate-page')
_TAKES_IN = re.compile(r'\{% (?:from|include|extends) "([^"]+)"')
_PRESSED = re.compile(
    r'<(button|a)\b(?=[^>]*\bclass="[^"]*\b(?:utrecht-button|pick|quiet|control)\b|[^>]*type="button")'
    r"[^>]*>(.*?)</\1>",
    re.DOTALL,
)
_ICON = re.compile(r"\b(?:icon|face|time_lines)\(|<svg\b")
_WORDS = re.compile(r"\{\{ (?!icon\()[^}]+\}\}|>[^<{\s][^<{]*<")


def candidate_templates() -> list[Path]:
    """The pages of candidates, and every part that those take in."""
    waiting = [
        page for page in TEMPLATES.glob("*.html") if _FOR_CANDIDATES.search(page.read_text("utf-8"))
    ]
    found: set[Path] = set()
    while waiting:
        page = waiting.pop()
        if page not in found:
            found.add(page)
            waiting += [TEMPLATES / name for name in _TAKES_IN.findall(page.read_text("utf-8"))]
    return sorted(found)


def pressed(source: str) -> list[tuple[str, str]]:
    """What can be pressed in a template: all of it, and what stands inside."""
    return [(one[0], one[2]) for one in _PRESSED.finditer(source)]


def test_many_buttons_of_candidates_are_found() -> None:
    assert sum(len(pressed(page.read_text("utf-8"))) for page in candidate_templates()) > 100


@pytest.mark.parametrize("page", candidate_templates(), ids=lambda page: page.name)
def test_buttons_of_candidates_have_an_icon_and_words(page: Path) -> None:
    found = pressed(page.read_text("utf-8"))

    assert [whole[:160] for whole, inside in found if not _ICON.search(inside)] == []
    assert [whole[:160] for whole, inside in found if not _WORDS.search(inside)] == []


def test_pages_with_a_part_that_renews_itself_load_what_renews_it() -> None:
    parts = {page.name: page.read_text("utf-8") for page in TEMPLATES.glob("*.html")}
    renewing = {name for name, source in parts.items() if "hx-get=" in source}
    pages = {
        name
        for name, source in parts.items()
        if "{% extends" in source and renewing & {name, *_TAKES_IN.findall(source)}
    }

    assert {"today.html", "practice_watch.html"} <= pages
    assert {name for name in pages if 'asset("staff")' not in parts[name]} == set()
