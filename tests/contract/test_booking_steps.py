"""Book, hold, choose, move, cancel, lapse and a calendar that changes, as the model foresees."""

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as limits

from server.config import Settings
from tests.booking_machine import run_machine

pytestmark = pytest.mark.contract


def test_a_hundred_steps_of_any_kind_are_answered_as_the_model_foresees(
    settings: Settings,
) -> None:
    """The whole run of a million is `python -m benchmarks.booking_steps`."""
    few = limits(
        max_examples=3,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),  # shrinking takes minutes; the steps are printed as they are
        suppress_health_check=list(HealthCheck),
    )

    steps = run_machine(settings, few)

    assert steps.total() >= 50
    assert min(steps["book"], steps["move"], steps["hold"]) > 0
