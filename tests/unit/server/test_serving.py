"""The command line and its processes, as an operator meets them."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from server.config import Settings
from server.demo.installation import free_port
from tests.command_line import tweespraak
from tests.servers import await_port

pytestmark = pytest.mark.wire


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TWEESPRAAK_")}
    given = {"data_dir": str(data_dir), **more}
    return kept | {f"TWEESPRAAK_{name.upper()}": value for name, value in given.items()}


@contextmanager
def serving(env: dict[str, str], port: int) -> Iterator[psutil.Process]:
    with subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve"], env=env, stderr=subprocess.DEVNULL
    ) as process:
        try:
            await_port(port, process)
            yield psutil.Process(process.pid)
        finally:
            process.kill()


def part(parent: psutil.Process, name: str) -> psutil.Process | None:
    found = [child for child in parent.children() if name in child.cmdline()]
    return found[0] if found else None


def healthy(port: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=180) as answer:
        return bool(answer.read() == b"ok")


def test_a_bad_setting_is_one_sentence(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "server.cli", "serve"],
        env=environment(tmp_path, listen_port="many"),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr == "tweespraak: TWEESPRAAK_LISTEN_PORT must be a number, not 'many'\n"


def test_a_database_that_was_not_migrated_is_one_sentence(tmp_path: Path) -> None:
    ended = tweespraak("serve", env=environment(tmp_path))

    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        "tweespraak: The database is not up to date; run: tweespraak migrate"
    ]


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    url = f"postgresql://x@127.0.0.1:{free_port()}/x"

    ended = tweespraak("migrate", env=environment(tmp_path, database_url=url))

    assert ended.returncode == 2
    assert re.fullmatch(r"tweespraak: [^\n]+\n", ended.stderr)


def test_a_busy_port_is_one_sentence_that_names_it(sqlite_settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        ended = tweespraak("web", env=environment(sqlite_settings.data_dir, listen_port=port))

    assert ended.returncode == 2
    assert re.fullmatch(rf"tweespraak: Port {port} [^\n]+\n", ended.stderr)


def test_a_user_is_made_with_a_link_and_never_twice(sqlite_settings: Settings) -> None:
    env = environment(sqlite_settings.data_dir)
    wanted = ["--name", "Femke de Boer", "--email", "femke@example.org", "--phone", "0201234567"]

    made = tweespraak("create-user", *wanted, "--role", "planner", "--link", env=env)
    again = tweespraak("create-user", *wanted, "--role", "planner", "--link", env=env)
    other = tweespraak("login-link", "femke@example.org", env=env)
    nobody = tweespraak("login-link", "niemand@example.org", env=env)

    assert re.search(r"http://localhost:8080/login/link/[\w-]{43}", made.stdout)
    assert re.fullmatch(r"http://localhost:8080/login/link/[\w-]{43}\n", other.stdout)
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert (again.returncode, again.stdout) == (2, "")
    assert re.fullmatch(r"tweespraak: [^\n]+\n", again.stderr)


def test_a_name_with_marks_of_the_terminal_is_printed_as_it_is(sqlite_settings: Settings) -> None:
    person = ["--name", "Jan [/b] Bos", "--email", "jan@example.org", "--phone", "0201234567"]

    made = tweespraak(
        "create-user",
        *person,
        "--role",
        "coach",
        "--link",
        env=environment(sqlite_settings.data_dir),
    )

    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("Jan [/b] Bos can sign in at ")


def test_a_folder_that_cannot_be_made_is_one_sentence() -> None:
    ended = tweespraak("migrate", env=environment(Path("/proc/tweespraak")))

    assert ended.returncode == 2
    assert re.fullmatch(r"tweespraak: [^\n]+\n", ended.stderr)


def test_practice_process_may_take_a_gigabyte_and_no_more() -> None:
    """In a process of its own: the limit of this one would stay."""
    asked = "import resource as r; from server.practice import limit_memory; limit_memory()"
    command = [sys.executable, "-c", f"{asked}; print(r.getrlimit(r.RLIMIT_DATA)[0])"]

    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)

    assert 0 < int(told.stdout) <= 1024**3


def test_doctor_says_what_to_run_and_makes_nothing(tmp_path: Path) -> None:
    env = environment(tmp_path, public_url="https://tweespraak.example") | {"COLUMNS": "200"}

    shown = tweespraak("doctor", env=env)

    assert shown.returncode == 1
    assert "run: tweespraak migrate" in shown.stdout
    assert "TWEESPRAAK_TRUSTED_PROXIES" in shown.stdout
    assert list(tmp_path.iterdir()) == []


def test_settings_names_every_setting(tmp_path: Path) -> None:
    shown = tweespraak("settings", env=environment(tmp_path)).stdout

    assert all(f"TWEESPRAAK_{name.upper()}" in shown for name in Settings.__dataclass_fields__)


def anew(parent: psutil.Process, name: str) -> psutil.Process:
    """The part that serve starts after it was killed."""
    died = part(parent, name)
    assert died
    died.kill()
    died.wait(180)
    while (found := part(parent, name)) in (None, died):
        time.sleep(0.1)  # a process of a process tells nobody that it began
    assert found
    return found


def test_serve_restarts_parts_that_die_and_answers_until_practice_ended(
    sqlite_settings: Settings,
) -> None:
    port = free_port()
    env = environment(sqlite_settings.data_dir, listen_port=str(port), log_level="error")

    with serving(env, port) as parent:
        assert healthy(port)
        restarted = [anew(parent, name) for name in ("worker", "sync")]
        web, practice = part(parent, "web"), part(parent, "practice")
        assert web
        assert practice
        practice.suspend()  # as if a talk were going on
        parent.terminate()
        gone, _ = psutil.wait_procs(restarted, timeout=180)
        assert len(gone) == 2
        assert healthy(port)
        practice.resume()
        assert parent.wait(timeout=180) == 0

        assert psutil.wait_procs([web, practice], timeout=180)[1] == []


def test_the_parts_end_when_serve_is_killed(sqlite_settings: Settings) -> None:
    port = free_port()
    env = environment(sqlite_settings.data_dir, listen_port=str(port), log_level="error")

    with serving(env, port) as process:
        parts = process.children()
        process.kill()

        gone, alive = psutil.wait_procs(parts, timeout=180)
        assert (len(gone), alive) == (4, [])
