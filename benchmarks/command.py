"""What `python -m benchmarks.<name> [--small]` does, the same for measurements without a seed."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from benchmarks.leash import end_together

Figures = Callable[..., list[dict[str, Any]]]


def print_figures(figures: Figures, about: str | None) -> None:
    """Measure, and print each figure as a line of JSON; `about` is the help.

    What it starts ends with it, however it ends.
    """
    end_together()
    options = argparse.ArgumentParser(description=about)
    options.add_argument("--small", action="store_true", help="a quick look, no claim")
    for figure in figures(small=options.parse_args().small):
        print(json.dumps(figure))
