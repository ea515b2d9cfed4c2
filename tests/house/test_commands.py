"""What `make` says when something outside the project stops it: one sentence, with what to do."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tools.packages import NEEDED, Program
from tools.prepare import fingerprint
from tools.run_checks import summary_line
from tools.say import explain

pytestmark = pytest.mark.house
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("Temporary failure in name resolution", "No network"),
        ("npm error code ENOTFOUND", "No network"),
        ("error: command 'gcc' failed: No such file", "build-essential"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("The virtual environment was not created: ensurepip is not available", "python3.11-venv"),
        ("ERROR: No matching distribution found for x==1", "package index"),
    ],
)
def test_failure_is_explained_in_one_sentence(printed: str, told: str) -> None:
    sentence = explain("python-packages", f"Collecting x\n{printed}\n")

    assert told in sentence
    assert "\n" not in sentence


def test_unknown_failure_names_its_log() -> None:
    assert ".cache/log/web-build.log" in explain("web-build", "strange")


@pytest.mark.parametrize(
    "command",
    [["tools.prepare", "environment", "--port"], ["server.demo", "--folder", "{folder}", "--port"]],
)
def test_busy_port_is_named_with_the_way_out(command: list[str], tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        words = [word.format(folder=tmp_path) for word in command]
        done = subprocess.run(
            [sys.executable, "-m", *words, port],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"Port {port} is in use" in said
    assert "make demo PORT=" in said
    assert "Traceback" not in said


def test_missing_program_is_found_out() -> None:
    absent = Program(command="no-such-program-anywhere", package="x", folders=("usr/lib/x/*",))

    assert not absent.present()
    assert {program.package for program in NEEDED} >= {"coturn", "postgresql", "redis-server"}


def test_fingerprint_changes_with_a_file() -> None:
    lock, makefile = ROOT / "requirements.lock", ROOT / "Makefile"

    assert fingerprint([lock]) == fingerprint([lock])
    assert fingerprint([lock]) != fingerprint([lock, makefile])


def test_summary_adds_the_rounds_up() -> None:
    line = summary_line([{"passed": 3, "skipped": 1}, {"passed": 2, "failed": 1}], 12.5)

    assert line == "===== 1 failed, 5 passed, 1 skipped in 12.50s ====="
