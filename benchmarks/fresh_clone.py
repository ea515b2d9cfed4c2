"""The two commands on a fresh clone: `make demo` until its table stands there, and `make test`.

Nothing is taken from a cache of pip or npm: packages come from the index that this machine uses.
The demo is stopped and started again, and must show the same candidate's link. Debian packages that
`make test` finds are not installed anew.
"""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.command import print_figures
from server.config import PREFIX
from server.demo.installation import free_port

COMMAND = "python -m benchmarks.fresh_clone"
ROOT = Path(__file__).resolve().parent.parent
DEMO_MINUTES, TEST_MINUTES = 4, 15
_LAST_WORDS = "Stop with Ctrl-C"
_LINK = re.compile(r"http\S+/j/\S+")
_SUMMARY = re.compile(r"===== (.+) in [\d.]+s =====")
_OURS = ("PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Minutes that each command takes; a quick look leaves `make test` out."""
    with tempfile.TemporaryDirectory(prefix="tweespraak-clone-") as name:
        clone = Path(name) / "tweespraak"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        env = _bare(Path(name))
        first, link = demo(clone, env)
        again, link_again = demo(clone, env)
        found = [
            _minutes("make demo on a fresh clone, until its table", first, DEMO_MINUTES),
            _kept(kept=link == link_again, seconds=again),
        ]
        return found if small else [*found, _tested(clone, env)]


def _bare(folder: Path) -> dict[str, str]:
    """Our environment without what this process and the caches of the machine would lend."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _OURS and not name.startswith(PREFIX)
    }
    return {**kept, "PIP_NO_CACHE_DIR": "1", "npm_config_cache": str(folder / "npm")}


def demo(clone: Path, env: Mapping[str, str]) -> tuple[float, str]:
    """Start the demo and stop it; gives the seconds to its table, and the candidate's link.

    The link comes without its port, which is another at each start.

    Raises:
        RuntimeError: it ended before its table; the text is what it printed.
    """
    began = time.monotonic()
    process = subprocess.Popen(
        ["make", "demo", f"PORT={free_port()}"],
        cwd=clone,
        env=dict(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    printed = ""
    try:
        for line in process.stdout or ():
            printed += line
            if _LAST_WORDS in line:
                break
        seconds = time.monotonic() - began
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.communicate()
    if _LAST_WORDS not in printed:
        raise RuntimeError(f"make demo ended: {printed[-2000:]}")
    links = _LINK.findall(printed)
    return seconds, links[0].partition("/j/")[2] if links else ""


def _tested(clone: Path, env: Mapping[str, str]) -> dict[str, Any]:
    began = time.monotonic()
    done = subprocess.run(
        ["make", "test"],
        cwd=clone,
        env=dict(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    told = _SUMMARY.findall(done.stdout)
    print(told[-1] if told else done.stdout[-2000:], flush=True)
    figure = _minutes("make test on a fresh clone", time.monotonic() - began, TEST_MINUTES)
    return {**figure, "holds": figure["holds"] and done.returncode == 0}


def _minutes(name: str, seconds: float, goal: int) -> dict[str, Any]:
    minutes = seconds / 60
    told = {"figure": f"{name}, {os.cpu_count()} cores", "unit": "min", "ours": round(minutes, 2)}
    return told | _rest(goal=f"under {goal} min", holds=minutes < goal, seconds=seconds)


def _kept(*, kept: bool, seconds: float) -> dict[str, Any]:
    told = {"figure": "candidate's link kept when the demo starts again", "unit": "starts"}
    return told | {"ours": int(kept)} | _rest(goal="1 of 1", holds=kept, seconds=seconds)


def _rest(*, goal: str, holds: bool, seconds: float) -> dict[str, Any]:
    beside = {"beside": None, "beside_value": None, "ratio": None}
    run = {"command": COMMAND, "seed": None, "n": 1, "seconds": round(seconds, 1)}
    return {**beside, "goal": goal, "holds": holds, **run}


if __name__ == "__main__":
    print_figures(figures, __doc__)
