"""Runs a command for so many seconds at most, and lets nothing that it started outlive it.

python -m benchmarks.leash SECONDS COMMAND ...

A measurement that is stopped half-way must not leave a browser or a server behind, which would
spoil the figures after it. When it ends, when its time is over, at Ctrl-C or SIGTERM, and when
whoever holds the other end of our standard input is gone, however that came, it is asked to wind
up; whatever is then left below it is ended, also what has long lost its parent
(PR_SET_CHILD_SUBREAPER, prctl(2)).

The code is that of the command, 128 and the signal that ended it, 124 when its time was over (as
of timeout(1)), and 130 when it was stopped.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import FrameType

import psutil

TIME_OVER = 124
STOPPED = 130
WIND_UP_SECONDS = 60.0  # a server that it started may need forty to end in order
_LEFT_SECONDS = 5.0
_PR_SET_CHILD_SUBREAPER = 36
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)


class _Pulled(BaseException):
    """A signal that ends the run."""


def run(words: Sequence[str], seconds: float) -> int:
    """Run `words`, and end all that it started; gives the code that the module's text tells of."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for one in _ENDS:
        signal.signal(one, _pull)
    threading.Thread(target=_watch_holder, daemon=True).start()
    signal.setitimer(signal.ITIMER_REAL, seconds)
    child = None
    try:
        # A session of its own: Ctrl-C comes to us, and we end the parts in order.
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True)
        code = child.wait()
        return code if code >= 0 else 128 - code
    except _Pulled as pulled:
        return TIME_OVER if pulled.args[0] == signal.SIGALRM else STOPPED
    finally:
        for one in _ENDS:
            signal.signal(one, signal.SIG_IGN)
        if child is not None:
            _wind_up(child)
        _end_what_is_left()


def _pull(number: int, _frame: FrameType | None) -> None:
    for one in _ENDS:  # the first one counts; the end is not to be disturbed by the next
        signal.signal(one, signal.SIG_IGN)
    raise _Pulled(number)


def _watch_holder() -> None:
    """Stop us when our standard input ends: who started us is gone, or wants us to end."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _wind_up(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(WIND_UP_SECONDS)


def _end_what_is_left() -> None:
    """First in kindness: a database that is killed leaves its shared memory behind."""
    us = psutil.Process()
    for kind in (signal.SIGTERM, *[signal.SIGKILL] * 5):
        left = us.children(recursive=True)
        for one in left:
            with contextlib.suppress(psutil.Error):
                one.send_signal(kind)
        psutil.wait_procs(left, timeout=_LEFT_SECONDS)


if __name__ == "__main__":
    sys.exit(run(sys.argv[2:], float(sys.argv[1])))
