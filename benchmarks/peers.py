"""Other people's programs to measure and be checked by, each run in an environment of their own.

They are no part of the product and never imported: the environment stands in `benchmarks/out`.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "out" / "peers"
PINNED = (
    "vdirsyncer==0.21.0",
    "caldav==3.6.0",
    "caldav-server-tester==1.7.0",
    "vobject==0.9.9",  # the tester asks for it
)


class NoPeers(Exception):
    """The environment could not be made; the text says what to do."""


def program(name: str) -> Path:
    """The path of a program of the peers; installs them at the first call.

    Raises:
        NoPeers: pip cannot reach or install them.
    """
    made = FOLDER / "made.json"
    if not made.exists() or tuple(json.loads(made.read_text())) != PINNED:
        _install()
        made.write_text(json.dumps(PINNED))
    return FOLDER / "bin" / name


def _install() -> None:
    FOLDER.parent.mkdir(exist_ok=True)
    pip = [FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", FOLDER],
        [*pip, "--disable-pip-version-check", *PINNED],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise NoPeers(
                "the programs to compare with could not be installed; try it yourself with "
                f"`{' '.join(str(part) for part in command)}`: {done.stderr.strip()[-300:]}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vdirsyncer:
    """vdirsyncer between a folder and one calendar, with a folder of its own for its state."""

    home: Path
    calendar_url: str
    user: str
    password: str

    def begin(self) -> None:
        """Write its settings, as one pair without collections."""
        (self.home / "local").mkdir(parents=True)
        (self.home / "config").write_text(
            f'[general]\nstatus_path = "{self.home / "status"}/"\n'
            '[pair diary]\na = "local"\nb = "remote"\ncollections = null\n'
            'conflict_resolution = "b wins"\n'
            f'[storage local]\ntype = "filesystem"\npath = "{self.home / "local"}/"\n'
            'fileext = ".ics"\n'
            f'[storage remote]\ntype = "caldav"\nurl = "{self.calendar_url}"\n'
            f'username = "{self.user}"\npassword = "{self.password}"\n'
        )
        self._run("discover")

    def sync(self) -> float:
        """One synchronisation; gives its seconds, with the start of the program."""
        began = time.perf_counter()
        self._run("sync")
        return time.perf_counter() - began

    def has(self) -> int:
        """How many objects it holds."""
        return len(list((self.home / "local").glob("*.ics")))

    @staticmethod
    def start_seconds() -> float:
        """What of each call is only the start of the program."""
        began = time.perf_counter()
        subprocess.run([program("vdirsyncer"), "--version"], check=True, capture_output=True)
        return time.perf_counter() - began

    def _run(self, command: str) -> None:
        done = subprocess.run(
            [program("vdirsyncer"), "-c", self.home / "config", command],
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise RuntimeError(f"vdirsyncer {command} failed: {done.stderr[-600:]}")


class PythonCaldav:
    """python-caldav in a process of its own, which keeps its connection and its token."""

    def __init__(self, calendar_url: str, user: str, password: str) -> None:
        script = Path(__file__).with_name("peer_caldav.py")
        self._process = subprocess.Popen(
            [program("python"), script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._tell(json.dumps([calendar_url, user, password]))

    def sync(self) -> tuple[float, int]:
        """One synchronisation: its seconds, without the start of the program, and what came."""
        self._tell("sync")
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("python-caldav ended in the middle")
        told = json.loads(line)
        return told["seconds"], told["came"]

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
