"""Runs an entry point as a child that ends when its parent is gone, however the parent went.

    python -m server.demo.child radicale.__main__:run --config file

The parent holds the other end of standard input; its end of file means that the parent is gone.
"""

import importlib
import os
import signal
import sys
import threading


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the `module:function` of the first argument with the rest as its arguments."""
    module, _, function = sys.argv[1].partition(":")
    sys.argv = [module, *sys.argv[2:]]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(getattr(importlib.import_module(module), function)())


if __name__ == "__main__":
    main()
