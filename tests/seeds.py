"""What a test plays by chance: the same each time, so a run tells of the change, not of luck."""

import os

_USUAL = 20270301


def seed_of_run() -> int:
    """TWEESPRAAK_SEED, or the usual seed; printed, to repeat a failure with it."""
    seed = int(os.environ.get("TWEESPRAAK_SEED", _USUAL))
    print(f"seed {seed}")  # noqa: T201 -- shown when the test fails
    return seed
