"""Two humans who move and remove our events, one Tweespraak, one server that fails."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.calendar_machine import run_machine
from tests.calendar_wishing import WishingMachine

pytestmark = pytest.mark.wire


def test_whatever_people_wish_nothing_is_doubled_and_a_change_is_one_mail(
    sqlite_template: Path,
) -> None:
    limits = settings(
        max_examples=8,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),  # shrinking takes minutes; the steps are printed as they are
        suppress_health_check=list(HealthCheck),
    )
    steps = run_machine(sqlite_template, limits, WishingMachine)

    assert steps.total() >= 300
    assert min(steps["somebody would move"], steps["somebody would remove"], steps["kept"]) > 0
