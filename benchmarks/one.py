"""Measures one module, and writes what it finds to a file, figure by figure.

python -m benchmarks.one FILE MODULE [--part PART] [--small]     used by `python -m benchmarks`

Each line of the file is a figure; the last one of a measurement that could not be ended is
`{"reason": ...}`, in one line.
"""

import argparse
import importlib
import inspect
import json
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KEYS = (
    "figure",
    "unit",
    "ours",
    "beside",
    "beside_value",
    "ratio",
    "goal",
    "holds",
    "command",
    "seed",
    "n",
    "seconds",
)
_LONGEST_REASON = 300  # letters
Figure = dict[str, Any]


def measure(name: str, *, small: bool, part: str = "") -> Iterator[Figure]:
    """The figures of one module, or of a part of it, as soon as each of them is known.

    With `small` a quick look, where the module offers one.
    """
    module = importlib.import_module(f"benchmarks.{name}")
    offered = inspect.signature(module.figures).parameters
    options: dict[str, Any] = {"small": small} if "small" in offered else {}
    for figure in module.figures(**options, **({"part": part} if part else {})):
        missing = [key for key in KEYS if key not in figure]
        if missing:
            raise KeyError(f"benchmarks/{name}.py leaves out {', '.join(missing)}")
        yield figure


def in_one_line(error: BaseException) -> str:
    """Why something could not be measured, for a table."""
    said = " ".join(str(error).split())[:_LONGEST_REASON]
    known = isinstance(error, OSError | RuntimeError) or type(error).__name__ == "Failed"
    return said if said and known else f"{type(error).__name__}: {said}"


def main() -> int:
    """Measure; 1 when something of it could not be."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("file", type=Path)
    options.add_argument("module")
    options.add_argument("--part", default="")
    options.add_argument("--small", action="store_true")
    given = options.parse_args()
    with given.file.open("w", encoding="utf-8", buffering=1) as file:
        try:
            for figure in measure(given.module, small=given.small, part=given.part):
                file.write(json.dumps(figure) + "\n")
        except (KeyboardInterrupt, GeneratorExit):
            return 1
        except BaseException as error:  # noqa: BLE001 -- what the tests' servers lack is no Exception
            traceback.print_exc()
            file.write(json.dumps({"reason": in_one_line(error)}) + "\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
