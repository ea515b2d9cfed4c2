"""What people read: one thing is not told as many."""

import pytest

from coaching.words import Language
from server.texts import Catalogue, catalogue

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("talks", "said"),
    [(1, "1 gesprek"), ("1", "1 gesprek"), (0, "0 gesprekken"), (11, "11 gesprekken")],
)
def test_one_talk_is_not_told_as_many(talks: int | str, said: str) -> None:
    texts = catalogue(Language.NL)

    assert said + "." in texts.say("plan.booked", count=talks)


def test_only_the_number_that_the_text_of_one_leaves_out_counts() -> None:
    texts = Catalogue(
        Language.EN, {"a": "Version {version}: {talks} talks", "a.one": "Version {version}: 1 talk"}
    )

    assert texts.say("a", version=1, talks=8) == "Version 1: 8 talks"
    assert texts.say("a", version=2, talks=1) == "Version 2: 1 talk"
