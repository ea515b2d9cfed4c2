"""Makes the environment and the web part, each only when something changed. Standard library only.

python3.11 -m tools.prepare [--port PORT] run | environment | web ...
"""

import argparse
import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tools.say import CACHE, ROOT, CannotGoOn, run_quietly, say, stop

VENV = ROOT / ".venv"
WEB = ROOT / "web"
LOCK = ROOT / "requirements.lock"
RUN_LOCK = ROOT / "requirements-run.lock"
NODE_LOCK = ROOT / "tools" / "node.lock"
NODE_AT_LEAST = 20
USUAL_PORTS = (8080, 8090)
_LAST_PORT = 65_535
_FIRST_OF_ANYBODY = 1024  # ports below are for root
_WEB_INPUTS = ("src", "styles", "locale", "public")
_WEB_FILES = ("vite.config.ts", "tsconfig.json", "package.json", "package-lock.json")
# By a shell, as pip does it: a first line takes no path with a space, nor a very long one.
_ENTRY = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from server.cli import main

sys.exit(main())
"""


def fingerprint(paths: Iterable[Path]) -> str:
    """One hash over the names and contents of files and of all files in folders."""
    digest = hashlib.sha256()
    for top in paths:
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        for file in files:
            if file.is_file():
                digest.update(str(file.relative_to(ROOT)).encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def is_made(name: str, mark: str, made: Path) -> bool:
    """Whether `made` exists and was made from this `mark`."""
    stamp = CACHE / f"{name}.stamp"
    return made.exists() and stamp.exists() and stamp.read_text() == mark


def when_changed(name: str, mark: str, made: Path, make: Callable[[], None]) -> None:
    """Call `make` unless `made` exists and was made from the same `mark`."""
    if is_made(name, mark, made):
        return
    stamp = CACHE / f"{name}.stamp"
    stamp.unlink(missing_ok=True)
    make()
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(mark)


def prepare_environment(lock: Path) -> None:
    """Bring `.venv` to what `lock` says, hashes checked; the whole lock serves for running too."""
    if sys.version_info[:2] < (3, 11):  # noqa: UP036 -- whatever Python there is runs this file
        raise CannotGoOn("Tweespraak needs Python 3.11 or newer: sudo apt-get install python3.11")
    mark = f"{fingerprint([lock])} {ROOT}"
    name = "environment" if lock == LOCK else "run"
    if name == "run" and is_made("environment", f"{fingerprint([LOCK])} {ROOT}", _python()):
        return
    when_changed(name, mark, _python(), lambda: _make_environment(lock))


def _python() -> Path:
    return VENV / "bin" / "python"


def _make_environment(lock: Path) -> None:
    total = len(re.findall(r"^[A-Za-z0-9].*==", lock.read_text(), re.MULTILINE))
    say(f"Python packages: {total}, as locked, with their hashes checked")
    make_venv(VENV)
    _install(lock, "python-packages", total)
    _link_project()


def make_venv(folder: Path) -> None:
    """Make the environment in `folder`, anew when one was made only in part.

    Without python3.11-venv, or stopped halfway, `venv` leaves a Python behind that has no pip.

    Raises:
        CannotGoOn: Python cannot make one here; the text says what to install.
    """
    if not _has_pip(folder / "bin" / "python"):
        run_quietly("venv", [sys.executable, "-m", "venv", "--clear", folder])


def _has_pip(python: Path) -> bool:
    if not python.exists():
        return False
    asked = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
    return asked.returncode == 0


def _install(lock: Path, name: str, total: int) -> None:
    seen = 0

    def progress(line: str) -> str | None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            return f"fetching {seen} of {total}: {line.partition('==')[0].split()[-1]}"
        return "installing" if line.startswith("Installing collected") else None

    command = [str(VENV / "bin" / "python"), "-m", "pip", "install"]
    command += ["--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--no-compile", "--no-deps", "--require-hashes", "-r", str(lock)]
    seconds = run_quietly(name, command, on_line=progress)
    say(f"  done in {seconds:.0f} s")


def _link_project() -> None:
    """Put the checkout on the environment's path, and the command beside its Python.

    An editable install would build the web part through the packaging hook; here it is built by
    `prepare_web`, once.
    """
    site = next((VENV / "lib").glob("python3*/site-packages"))
    (site / "tweespraak_checkout.pth").write_text(f"{ROOT}\n")
    entry = VENV / "bin" / "tweespraak"
    entry.write_text(_ENTRY.format(python=VENV / "bin" / "python"))
    entry.chmod(0o755)


def node_environment() -> dict[str, str]:
    """The PATH with a Node of version 20 or newer: the machine's, else one from a wheel."""
    if _node_version() >= NODE_AT_LEAST:
        return {}
    if not (VENV / "bin" / "npm").exists():
        say("Node is not on this machine in version 20 or newer: fetching it as a Python package")
        _install(NODE_LOCK, "node", 2)
    return {"PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', '')}"}


def _node_version() -> int:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return 0
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)", answer.stdout)
    return int(found[1]) if found else 0


def prepare_web() -> None:
    """Install the web part's packages and build it, when their inputs changed."""
    env = node_environment()
    packages = fingerprint([WEB / "package.json", WEB / "package-lock.json"])
    when_changed("web-packages", packages, WEB / "node_modules", lambda: _npm_ci(env))
    inputs = [WEB / part for part in (*_WEB_INPUTS, *_WEB_FILES)]
    when_changed("web-build", fingerprint(inputs), WEB / "dist", lambda: _npm_build(env))


def _npm_ci(env: dict[str, str]) -> None:
    say("Web packages, as locked")
    command = ["npm", "ci", "--no-audit", "--no-fund"]
    seconds = run_quietly("web-packages", command, cwd=WEB, env=env)
    say(f"  done in {seconds:.0f} s")


def _npm_build(env: dict[str, str]) -> None:
    say("Web part: scripts and styles")
    seconds = run_quietly("web-build", ["npm", "run", "build"], cwd=WEB, env=env)
    say(f"  done in {seconds:.0f} s")


def read_port(text: str) -> int:
    """The port that somebody typed.

    Raises:
        CannotGoOn: it is none.
    """
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= _LAST_PORT:
        raise CannotGoOn(f"'{text}' is no port: take a number from 1 to {_LAST_PORT}")
    return int(text)


def check_port(port: int) -> None:
    """Refuse a port that something else holds, before minutes are spent on the rest.

    Raises:
        CannotGoOn: the port is in use, or not ours to take; names it and another that is free.
    """
    if port < _FIRST_OF_ANYBODY and os.geteuid() != 0 and not _bound(port):
        raise CannotGoOn(f"Port {port} is for root only: choose another with make demo PORT=8080")
    if _bound(port) is None:
        other = next(found for rather in (*USUAL_PORTS, 0) if (found := _bound(rather)))
        raise CannotGoOn(
            f"Port {port} is in use: stop what uses it, or choose another with "
            f"make demo PORT={other}"
        )


def _bound(port: int) -> int | None:
    """The port when nobody holds it, any free one for 0; None when it is in use.

    Also where nobody but us would find it: browsers look for localhost at ::1 first.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        found = int(probe.getsockname()[1])
    return None if _listens_at_ipv6(found) else found


def _listens_at_ipv6(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("::1", port), timeout=1):
        return True
    return False


def main() -> None:
    """Do what the arguments name, in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", help="refuse at once when this port is in use")
    parser.add_argument("parts", nargs="+", choices=("run", "environment", "web"))
    given = parser.parse_args()
    try:
        if given.port is not None:
            check_port(read_port(given.port))
        if "run" in given.parts:
            prepare_environment(RUN_LOCK)
        if "environment" in given.parts:
            prepare_environment(LOCK)
        if "web" in given.parts:
            prepare_web()
    except CannotGoOn as reason:
        stop(str(reason))
    except KeyboardInterrupt:
        stop("Stopped; the next run goes on where this one was.")


if __name__ == "__main__":
    main()
