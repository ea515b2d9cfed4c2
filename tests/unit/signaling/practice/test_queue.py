"""Who practises next: in the order of asking, strangers behind, and never everywhere."""

import pytest

from signaling.practice.queue import ASKS_WITHIN_SECONDS, Line

pytestmark = pytest.mark.unit


def test_strangers_take_half_of_the_places_and_no_more() -> None:
    line = Line(4)
    inside = 0
    for number in range(4):
        free = line.ask(f"s{number}", busy=inside, now=0, stranger=True, strangers=inside) == 0
        inside += free

    assert inside == 2
    assert line.room(busy=2, now=0) == 2
    assert line.room(busy=2, now=0, stranger=True, strangers=2) == 0
    assert [line.ask("known", busy=2, now=0), line.ask("other", busy=3, now=0)] == [0, 0]


def test_known_ones_stand_before_strangers_who_asked_earlier() -> None:
    line = Line(2)

    assert line.ask("stranger", busy=2, now=0, stranger=True) == 1
    assert line.ask("known", busy=2, now=1) == 1
    assert line.position("stranger", now=1) == 2
    assert line.ask("stranger", busy=1, now=2, stranger=True) == 1
    assert line.ask("known", busy=1, now=3) == 0
    assert line.ask("stranger", busy=1, now=4, stranger=True) == 0


def test_stranger_who_asks_no_more_loses_the_place() -> None:
    line = Line(1)
    line.ask("stranger", busy=1, now=0, stranger=True)

    assert line.waiting(now=ASKS_WITHIN_SECONDS + 1) == 0
    assert line.ask("other", busy=0, now=ASKS_WITHIN_SECONDS + 1, stranger=True) == 0


def test_twenty_at_once_beyond_the_places_come_in_one_after_the_other() -> None:
    line = Line(20)
    busy, waits = 0, []
    for number in range(40):
        place = line.ask(f"s{number}", busy=busy, now=number / 100)
        busy += place == 0
        waits += [place] if place else []

    assert (busy, waits) == (20, list(range(1, 21)))
    came = []
    for turn in range(20):  # somebody leaves, and all who wait ask again
        busy -= 1
        for number in range(20, 40):
            if number not in came and line.ask(f"s{number}", busy=busy, now=1 + turn / 10) == 0:
                came.append(number)
                busy += 1
    assert came == list(range(20, 40))
