"""Plain words on the terminal while long commands work, and one sentence when they fail."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"


class CannotGoOn(Exception):
    """Something outside the project stops us; the text is the one sentence to show."""


def say(text: str) -> None:
    """Print one line at once."""
    print(text, flush=True)


def show_progress(text: str) -> None:
    """Replace the last line on a terminal; stay silent in a log file."""
    if sys.stdout.isatty():
        print(f"\r\x1b[2K  {text[:96]}", end="", flush=True)


def end_progress() -> None:
    """Take the progress line away."""
    if sys.stdout.isatty():
        print("\r\x1b[2K", end="", flush=True)


def stop(text: str) -> NoReturn:
    """Leave with one sentence."""
    end_progress()
    print(f"\n{text}", file=sys.stderr, flush=True)
    raise SystemExit(1)


def run_quietly(
    name: str,
    command: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    on_line: Callable[[str], str | None] = lambda _line: None,
) -> float:
    """Run `command`, its output kept in `.cache/log/<name>.log`; give the seconds it took.

    `on_line` turns a line of output into a progress text, or None.

    Raises:
        CannotGoOn: it failed; the sentence comes from `explain`.
    """
    log = CACHE / "log" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        for line in process.stdout or ():
            file.write(line)
            if progress := on_line(line.strip()):
                show_progress(progress)
    end_progress()
    if process.wait():
        raise CannotGoOn(explain(name, log.read_text(encoding="utf-8", errors="replace")))
    return time.monotonic() - began


_CAUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("No space left on device", "ENOSPC"),
        "The disk is full: make room and run the same command again.",
    ),
    (
        ("DO NOT MATCH THE HASHES", "EINTEGRITY"),
        (
            "A downloaded package is not the one this project was locked to: nothing was "
            "installed; try again, and if it stays so, do not trust the index you download from."
        ),
    ),
    (
        (
            "CERTIFICATE_VERIFY_FAILED",
            "SELF_SIGNED_CERT_IN_CHAIN",
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            "UNABLE_TO_GET_ISSUER_CERT",
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        ),
        (
            "The package index shows a certificate that this machine does not trust: give the file "
            "with your organisation's certificates in PIP_CERT and NODE_EXTRA_CA_CERTS, and run "
            "the same command again."
        ),
    ),
    (
        (
            "Temporary failure in name resolution",
            "Name or service not known",
            "NewConnectionError",
            "ConnectTimeout",
            "ReadTimeout",
            "Network is unreachable",
            "Connection refused",
            "ProxyError",
            "ENOTFOUND",
            "EAI_AGAIN",
            "ECONNREFUSED",
            "ECONNRESET",
            "ETIMEDOUT",
            "ENETUNREACH",
            "Temporary failure resolving",
        ),
        (
            "No network: packages could not be fetched; connect this machine to the internet "
            "(or to your own package index) and run the same command again."
        ),
    ),
    (
        (
            "command 'gcc' failed",
            "No such file or directory: 'gcc'",
            "Unable to find acceptable compiler",
            "unable to execute 'gcc'",
            "Failed building wheel",
            "Failed to build installable wheels",
            "Microsoft Visual C++",
        ),
        (
            "A package has to be built on this machine and the compiler is missing: "
            "sudo apt-get install build-essential python3.11-dev"
        ),
    ),
    (
        ("ensurepip is not available", "No module named venv", "No module named ensurepip"),
        "Python has no venv module here: sudo apt-get install python3.11-venv",
    ),
    (
        ("No module named pip",),
        "The environment was made only in part: rm -r .venv, and run the same command again.",
    ),
    (
        ("Unable to locate package", "has no installation candidate"),
        "This machine's package lists do not have a program that the tests need.",
    ),
    (
        ("Could not get lock", "Unable to acquire the dpkg frontend lock"),
        "Another program is installing packages on this machine: let it end first.",
    ),
    (
        ("No matching distribution found", "Could not find a version", "E404"),
        (
            "The package index does not offer a package this project is locked to: check the "
            "network of this machine, and which index pip and npm use on it."
        ),
    ),
)


def explain(name: str, log: str) -> str:
    """The one sentence that says why the command `name` failed, from what it printed."""
    for signs, sentence in _CAUSES:
        if any(sign in log for sign in signs):
            return sentence
    return f"The step '{name}' failed; its output is in .cache/log/{name}.log"
