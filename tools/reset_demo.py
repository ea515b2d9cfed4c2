"""Throws the demo's data away, unless the demo is running."""

import argparse
import fcntl
import shutil
from pathlib import Path

from tools.say import ROOT, say, stop

DEMO = ROOT / ".demo"


def main() -> None:
    """Remove the demo's folder; the demo holds a lock on `lock` in it while it runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=DEMO)
    folder: Path = parser.parse_args().folder
    if not folder.exists():
        say("There is no demo data.")
        return
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stop("The demo is running: stop it with Ctrl-C first.")
        shutil.rmtree(folder)
    say("The demo's data is gone; `make demo` begins anew.")


if __name__ == "__main__":
    main()
