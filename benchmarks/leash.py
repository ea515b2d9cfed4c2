"""Runs a command for so many seconds at most, and lets nothing that it started outlive it.

python -m benchmarks.leash SECONDS COMMAND ...

A measurement that is stopped half-way must not leave a browser or a server behind, which would
spoil the figures after it. When it ends, when its time is over, at Ctrl-C or SIGTERM, and when
whoever holds the other end of our standard input is gone, however that came, it is asked to wind
up; whatever is then left below it is ended, also what has long lost its parent
(PR_SET_CHILD_SUBREAPER, prctl(2)).

`end_together` puts whoever calls it on such a leash.

The code is that of the command, 128 and the signal that ended it, 124 when its time was over (as
of timeout(1)), and 130 when it was stopped.
"""

import contextlib
import ctypes
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import psutil

TIME_OVER = 124
STOPPED = 130
WIND_UP_SECONDS = 60.0  # a server that it started may need forty to end in order
_LEFT_SECONDS = 5.0
_A_WEEK = 7 * 86_400.0
_PR_SET_CHILD_SUBREAPER = 36
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
MARK = "BENCHMARKS_ON_A_LEASH"  # an unknown setting of the product would keep it from starting


class _Pulled(BaseException):
    """A signal that ends the run."""


def end_together() -> None:
    """Go on as the child of a leash, so that whatever we start ends with us, however we end.

    To be called first of all by a program; with one it is there already, it does nothing.
    """
    if MARK in os.environ:
        return
    stop_by_signals()
    try:
        code = leashed([sys.executable, *sys.orig_argv[1:]], _A_WEEK)
    except KeyboardInterrupt:
        code = STOPPED
    sys.exit(code)


def stop_by_signals() -> None:
    """Let SIGINT and SIGTERM raise KeyboardInterrupt; background jobs of a shell ignore SIGINT."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def leashed(words: Sequence[str], seconds: float) -> int:
    """Run `words` so that nothing of it outlives us; gives the code that the module tells of.

    Raises:
        KeyboardInterrupt: we were stopped; all that it started has ended.
    """
    leash = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.leash", str(seconds), *words],
        env={**os.environ, MARK: "1"},
        stdin=subprocess.PIPE,  # ends with us, however we end
        start_new_session=True,  # Ctrl-C comes to us
    )
    try:
        return leash.wait()
    finally:
        assert leash.stdin
        leash.stdin.close()
        leash.wait()


def run(words: Sequence[str], seconds: float) -> int:
    """Run `words`, and end all that it started; gives the code that the module's text tells of."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child, mark = None, f"{os.getpid()}-{secrets.token_hex(8)}"
    try:
        for one in _ENDS:
            signal.signal(one, _pull)
        threading.Thread(target=_watch_holder, daemon=True).start()
        signal.setitimer(signal.ITIMER_REAL, seconds)
        # A session of its own: Ctrl-C comes to us, and we end the parts in order.
        child = subprocess.Popen(
            words,
            env={**os.environ, MARK: mark},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        code = _await(child)
        return code if code >= 0 else 128 - code
    except _Pulled as pulled:
        return TIME_OVER if pulled.args[0] == signal.SIGALRM else STOPPED
    finally:
        for one in _ENDS:
            signal.signal(one, signal.SIG_IGN)
        if child is not None:
            _wind_up(child)
        _end_what_is_left(mark)


def _pull(number: int, _frame: FrameType | None) -> None:
    for one in _ENDS:  # the first one counts; the end is not to be disturbed by the next
        signal.signal(one, signal.SIG_IGN)
    raise _Pulled(number)


def _watch_holder() -> None:
    """Stop us when our standard input ends: who started us is gone, or wants us to end."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _await(child: subprocess.Popen[bytes], seconds: float = float("inf")) -> int:
    """The code of `child`; meanwhile who lost its parent is laid to rest here, as init would.

    Raises:
        TimeoutError: it did not end in `seconds`.
    """
    until = time.monotonic() + seconds
    while child.returncode is None:
        pid, status = os.waitpid(-1, 0 if seconds == float("inf") else os.WNOHANG)
        if pid == child.pid:
            child.returncode = os.waitstatus_to_exitcode(status)
        elif time.monotonic() > until:
            raise TimeoutError
        elif not pid:
            time.sleep(0.05)
    return child.returncode


def _wind_up(child: subprocess.Popen[bytes]) -> None:
    if child.returncode is None:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(TimeoutError):
            _await(child, WIND_UP_SECONDS)


def _end_what_is_left(mark: str) -> None:
    """First in kindness: a database that is killed leaves its shared memory behind."""
    for kind in (signal.SIGTERM, *[signal.SIGKILL] * 5):
        left = _left(mark)
        for one in left:
            with contextlib.suppress(psutil.Error):
                one.send_signal(kind)
        psutil.wait_procs(left, timeout=_LEFT_SECONDS)


def _left(mark: str) -> list[psutil.Process]:
    """Who is below us, and who carries our mark: not every system gives us the orphans."""
    marked = [one for one in psutil.process_iter() if _carries(one, mark)]
    return list({*psutil.Process().children(recursive=True), *marked})


def _carries(process: psutil.Process, mark: str) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        return process.environ().get(MARK) == mark
    return False


if __name__ == "__main__":
    sys.exit(run(sys.argv[2:], float(sys.argv[1])))
