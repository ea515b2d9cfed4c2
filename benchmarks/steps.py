"""Random steps of a Hypothesis machine, in turns, until there were enough or one was wrong."""

from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import HypothesisException

Turn = Callable[[settings, int], Counter[str]]


def take_steps(
    turn: Turn,
    steps: int,
    *,
    seed: int,
    runs: int,
    steps_a_run: int,
    told: Callable[[int], None],
) -> tuple[Counter[str], str]:
    """Take at least so many steps; gives what was done how often, and the fault or nothing.

    `turn` takes the steps of `runs` runs from a seed. After each turn `told` is given the number
    of steps so far. A fault is printed with its seed.
    """
    limits = settings(
        max_examples=runs,
        stateful_step_count=steps_a_run,
        deadline=None,
        derandomize=False,
        database=None,
        print_blob=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    taken: Counter[str] = Counter()
    fault = ""
    while taken.total() < steps and not fault:
        own = seed + taken.total()
        try:
            taken += turn(limits, own)
        except (AssertionError, HypothesisException, BaseExceptionGroup) as error:
            fault = f"seed {own}: {error}"
            print(fault)
        told(taken.total())
    return taken, fault
