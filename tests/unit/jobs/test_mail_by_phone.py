"""The mail that tells of a phone talk in the place of a video talk (R12, scenario 14)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from coaching.words import Language, Mode
from server.jobs.mail import Template, compose
from tests.unit.jobs.test_mail import FACTS

pytestmark = pytest.mark.unit

TIMES = tuple(datetime(2027, 3, day, 9, tzinfo=UTC) for day in (3, 4, 5))


def text_of(language: Language, times: tuple[datetime, ...]) -> str:
    by_phone = {"template": Template.BY_PHONE, "mode": Mode.PHONE, "language": language}
    body = compose(replace(FACTS, times=times, **by_phone)).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_it_tells_of_the_call_and_of_the_three_times_in_one_message() -> None:
    said = text_of(Language.NL, TIMES)

    assert "Uw coach belt u op dezelfde tijd." in said
    assert said.count("10.00 uur") == len(TIMES)
    assert "Kies een tijd op locatie: https://tweespraak.example/j/abc" in said
    assert "06 12 34 56 78" in said


@pytest.mark.parametrize("language", list(Language))
def test_without_free_times_it_offers_none(language: Language) -> None:
    said = text_of(language, ())

    assert "Komt u liever langs" not in said
    assert "rather come by" not in said
    assert FACTS.link in said
