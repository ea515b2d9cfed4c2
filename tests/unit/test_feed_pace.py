"""How often feeds may be read: by token, by address, and for whoever guesses."""

from datetime import UTC, datetime, timedelta

import pytest

from server.feed_pace import (
    READS_A_TOKEN,
    READS_AN_ADDRESS,
    UNKNOWN_AN_ADDRESS,
    WINDOW,
    FeedPace,
    could_be_token,
)

pytestmark = pytest.mark.unit
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


def test_token_read_too_often_waits_until_its_window_ends() -> None:
    pace = FeedPace()
    waits = [pace.wait(f"192.0.2.{n}", "a", now=NOW) for n in range(READS_A_TOKEN + 1)]
    assert waits == [0.0] * READS_A_TOKEN + [WINDOW.total_seconds()]
    later = NOW + WINDOW - timedelta(seconds=7)
    assert pace.wait("192.0.2.99", "a", now=later) == 7
    assert pace.wait("192.0.2.99", "a", now=NOW + WINDOW) == 0


def test_address_that_reads_many_feeds_waits() -> None:
    pace = FeedPace()
    waits = [pace.wait("192.0.2.1", f"{n}", now=NOW) for n in range(READS_AN_ADDRESS + 1)]
    assert (max(waits[:-1]), waits[-1]) == (0, WINDOW.total_seconds())
    assert pace.wait("192.0.2.2", "x", now=NOW) == 0


def test_whoever_guesses_waits_and_a_known_feed_behind_the_same_address_does_not() -> None:
    pace = FeedPace()
    pace.opened("known")
    for number in range(UNKNOWN_AN_ADDRESS):
        assert pace.wait("192.0.2.1", f"{number}", now=NOW) == 0
        pace.nothing("192.0.2.1", f"{number}", now=NOW)

    assert pace.wait("192.0.2.1", "one more", now=NOW) > 0
    assert pace.wait("192.0.2.1", "known", now=NOW) == 0
    pace.nothing("192.0.2.1", "known", now=NOW)  # it was closed
    assert pace.wait("192.0.2.1", "known", now=NOW) > 0


def test_only_what_looks_like_a_token_is_looked_for() -> None:
    found = [could_be_token(text) for text in ("x" * 43, "x" * 42, "x" * 42 + "=", "")]
    assert found == [True, False, False, False]
