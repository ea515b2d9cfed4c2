"""`tweespraak …` as operators run it: a process for each command, without importing all anew.

One process imports the command line and forks for every command, so that what a command reads,
prints and ends with is its own. `tests/unit/server/test_serving.py` starts it by its own name too.
"""

import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

_PATIENCE = 300  # seconds after which a command that hangs is ended
_FORKING = """
import json, os, signal, sys
import server.cli
for line in sys.stdin:
    asked = json.loads(line)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    signal.alarm(asked["patience"])
    for stream, name in enumerate(asked["streams"]):
        os.dup2(os.open(name, os.O_RDWR), stream)
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = ["tweespraak", *asked["command"]]
    sys.exit(server.cli.main())
"""
_one_at_a_time = threading.Lock()


def tweespraak(
    *command: str, env: Mapping[str, str], typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, with `typed` on its standard input."""
    with TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("stdin", "stdout", "stderr")]
        for stream in streams:
            stream.write_text(typed if stream.name == "stdin" else "", "utf-8")
        asked = {"command": command, "env": dict(env), "patience": _PATIENCE}
        code = _ask(json.dumps({**asked, "streams": [str(stream) for stream in streams]}))
        out, err = (stream.read_text("utf-8") for stream in streams[1:])
    return subprocess.CompletedProcess(["tweespraak", *command], code, out, err)


def _ask(line: str) -> int:
    process = _forking()
    assert process.stdin
    assert process.stdout
    with _one_at_a_time:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        answer = process.stdout.readline()
    assert answer, "the process that forks ended"
    return int(answer)


@cache
def _forking() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    atexit.register(process.stdin.close)  # with nothing more to read, it ends
    return process
