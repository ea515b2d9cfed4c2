"""The same busy times as an independent expander; the full run is `benchmarks/recurrence.py`."""

import pytest

from benchmarks.recurrence import EXPLAINED, differing, expand_ours
from tests.recurrence_corpus import EXPORTS, RULES, SEED, corpus

pytestmark = pytest.mark.unit


def test_every_third_rule_and_all_exports_give_the_same_times_as_ical_js() -> None:
    whole = corpus()
    assert RULES >= 300
    exports = {path.stem for path in EXPORTS.glob("*.ics")}
    objects = {
        name: ics
        for number, (name, ics) in enumerate(whole.items())
        if number % 3 == 0 or name in exports or name in EXPLAINED
    }

    found = differing(objects)

    assert found.keys() == EXPLAINED.keys(), f"seed {SEED}"


def test_most_of_the_corpus_takes_time_within_the_window() -> None:
    """Otherwise being equal would say little."""
    objects = dict(list(corpus().items())[:60])
    busy = [name for name, read in expand_ours(objects).items() if read.busy]
    assert len(busy) > 30
