"""Behind every refusal stands "waarom?": whatever part of a page tells one, tells why as well."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
# An alert that holds the sentence of a problem; the ones at a field are of what was typed.
_TOLD = re.compile(r"(?:role=\"alert\"|--lead\")[^\n]*(?:\n[^\n]*){0,3}?problem\.sentence")
_WHY = re.compile(r"\{\{ (?:plain_why|why_fold)\(")
_NO_RULE = frozenset({"page_old.html"})  # a page that was left open too long; no rule spoke


def telling() -> list[Path]:
    """The templates that tell a refusal."""
    found = [page for page in TEMPLATES.glob("*.html") if _TOLD.search(page.read_text("utf-8"))]
    return sorted(page for page in found if page.name not in _NO_RULE)


def test_the_parts_that_tell_a_refusal_are_found() -> None:
    names = {page.name for page in telling()}

    assert {"_own.html", "_parts.html", "error.html", "talk_tasks.html"} <= names


@pytest.mark.parametrize("page", telling(), ids=lambda page: page.name)
def test_whatever_tells_a_refusal_says_why(page: Path) -> None:
    assert _WHY.search(page.read_text("utf-8"))


@pytest.mark.parametrize("name", ["talk_refused.html", "talk_too_early.html", "why.html"])
def test_a_page_of_a_refusal_says_why(name: str) -> None:
    source = (TEMPLATES / name).read_text("utf-8")

    assert _WHY.search(source) or "rules_list(why.rules" in source
