from dataclasses import replace

import pytest

from benchmarks.trajectories import HASTY, Broken, live

pytestmark = pytest.mark.unit
LIVES = 200  # seeds from 1; a broken promise names its own


def test_trajectories_of_years_keep_every_promise() -> None:
    """Never a third seat, no video before people met, two nudges a week, a location open.

    The whole run of ten thousand is `python -m benchmarks.trajectories`.
    """
    verdicts = sum(live(seed) for seed in range(1, LIVES + 1))

    assert verdicts > 100 * LIVES


@pytest.mark.parametrize(
    ("loose", "noticed"),
    [({"nudges_per_window": 3}, "three nudges"), ({"nudge_from_hour": 0}, "a nudge at")],
)
def test_the_simulation_notices_a_rule_that_is_too_loose(
    loose: dict[str, int], noticed: str
) -> None:
    too_loose = replace(HASTY, **loose)

    with pytest.raises(Broken, match=noticed):
        sum(live(seed, too_loose) for seed in range(1, LIVES + 1))
