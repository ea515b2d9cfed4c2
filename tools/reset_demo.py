"""Throws the demo's data away, unless the demo is running."""

import fcntl
import shutil

from tools.say import ROOT, say, stop

DEMO = ROOT / ".demo"


def main() -> None:
    """Remove `.demo`; the demo holds a lock on `.demo/lock` while it runs."""
    if not DEMO.exists():
        say("There is no demo data.")
        return
    with (DEMO / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stop("The demo is running: stop it with Ctrl-C first.")
        shutil.rmtree(DEMO)
    say("The demo's data is gone; `make demo` begins anew.")


if __name__ == "__main__":
    main()
