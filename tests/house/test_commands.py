"""What `make` says when something outside the project stops it: one sentence, with what to do."""

import contextlib
import io
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server.config import read_settings
from server.demo.__main__ import choose_ports
from server.demo.installation import CannotStart, Ports, environment, free_port
from tools import prepare
from tools.packages import NEEDED, Program, install_missing
from tools.prepare import check_port, fingerprint, make_venv, node_environment, read_port
from tools.run_checks import CODE, WITH_BROWSERS, WITHOUT_BROWSERS, failures, summary_line
from tools.say import CannotGoOn, explain, show_progress

pytestmark = pytest.mark.house
ROOT = Path(__file__).resolve().parents[2]
ABSENT = Program(command="no-such-program-anywhere", package="brings-it", folders=("usr/lib/x/*",))


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("Temporary failure in name resolution", "No network"),
        ("npm error code ENOTFOUND", "No network"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "NODE_EXTRA_CA_CERTS"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] NewConnectionError", "PIP_CERT"),
        ("error: command 'gcc' failed: No such file", "build-essential"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("The virtual environment was not created: ensurepip is not available", "python3.11-venv"),
        ("ERROR: No matching distribution found for x==1", "package index"),
        ("/x/.venv/bin/python: No module named pip", "rm -r .venv"),
        ("E: Unable to locate package prosody", "package lists"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend", "let it end"),
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
            timeout=300,
            check=False,
        )

    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"Port {port} is in use" in said
    assert "make demo PORT=" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("typed", ["0", "65536", "99999", "-1", "http", "", "8080 "])
def test_what_is_no_port_is_told_in_one_sentence(typed: str) -> None:
    with pytest.raises(CannotGoOn, match=r"\A'.*' is no port: take a number from 1 to 65535\Z"):
        read_port(typed)


def test_port_that_another_holds_at_the_other_localhost_is_busy() -> None:
    """A browser would show what listens there, since it looks at ::1 first."""
    try:
        other = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        return  # no IPv6 here: nobody else can hold it there
    with other, pytest.raises(CannotGoOn, match="is in use"):
        check_port(other.getsockname()[1])


@pytest.mark.parametrize(
    ("port", "address"), [(80, "http://localhost"), (8080, "http://localhost:8080")]
)
def test_demo_has_an_address_that_the_settings_take_at_every_port(
    port: int, address: str, tmp_path: Path
) -> None:
    env = environment(tmp_path, Ports(web=port, calendar=5232, smtp=8026, mails=8025))

    assert read_settings(env).public_url == address


@pytest.mark.parametrize("held", [8080, 8090])
def test_the_port_that_is_offered_is_never_the_busy_one(held: int, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # somebody else holds it: as good
            other.bind(("127.0.0.1", held))
            other.listen()
        with pytest.raises(CannotGoOn) as from_make:
            check_port(held)
        with pytest.raises(CannotStart) as from_demo:
            choose_ports(tmp_path, held)

    for said in map(str, (from_make.value, from_demo.value)):
        assert f"Port {held} is in use" in said
        assert f"PORT={held}" not in said


def test_the_calendars_busy_port_names_the_way_that_keeps_the_data(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        (tmp_path / "ports.json").write_text(json.dumps({"calendar": port}))
        with pytest.raises(CannotStart, match="everything is still there") as refused:
            choose_ports(tmp_path, free_port())

    assert f"Port {port} of the demo's calendar" in str(refused.value)
    assert "wipes the demo's data" in str(refused.value)


def test_an_environment_that_was_made_only_in_part_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is left without python3.11-venv, or by Ctrl-C while pip is being installed."""
    half, asked, python = tmp_path / "half", tmp_path / "asked", tmp_path / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", half], check=True)
    python.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))

    make_venv(half)
    make_venv(tmp_path / "absent")
    make_venv(Path(sys.prefix))

    assert asked.read_text().splitlines() == [
        f"-m venv --clear {half}",
        f"-m venv --clear {tmp_path / 'absent'}",
    ]


@pytest.mark.parametrize(("version", "wheel"), [("v18.19.0", True), ("v20.0.0", False)])
def test_node_of_the_machine_serves_from_version_20_on_else_one_from_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, version: str, wheel: bool
) -> None:
    for name in ("node", "npm", "venv/bin/npm"):  # the wheel is in the environment already
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(prepare, "VENV", tmp_path / "venv")

    taken = node_environment().get("PATH", "")

    assert taken.startswith(f"{tmp_path}/venv/bin:") is wheel


def test_progress_stands_on_a_terminal_and_not_in_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = {}
    for terminal in (True, False):
        screen = io.StringIO()
        monkeypatch.setattr(screen, "isatty", lambda is_one=terminal: is_one)
        monkeypatch.setattr(sys, "stdout", screen)
        show_progress("fetching 3 of 100: aiohttp")
        shown[terminal] = screen.getvalue()

    assert "fetching 3 of 100: aiohttp" in shown[True]
    assert shown[False] == ""


def test_everything_is_run_and_the_ci_runs_the_same() -> None:
    programs = {step.command[0] for step in CODE}
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert programs == {"ruff", "mypy", "lint-imports", "npm"}
    assert WITHOUT_BROWSERS[-4:] == ("tests/wire", "tests/contract", "tests/house", "tests/unit")
    assert WITH_BROWSERS[-1] == "tests/journeys"
    assert not {"-m", "-k", "--deselect"} & {*WITHOUT_BROWSERS, *WITH_BROWSERS}
    assert "\n\t@$(RUN) -m tools.run_checks all\n" in makefile.partition("\ntest: ")[2]
    assert (ROOT / ".ci/run").read_text("utf-8").endswith("&& exec make test\n")


def test_missing_program_is_found_out() -> None:
    assert not ABSENT.present()
    assert {program.package for program in NEEDED} >= {"coturn", "postgresql", "redis-server"}


@pytest.mark.parametrize(
    ("apt", "told"),
    [
        ("echo 'E: Unable to locate package brings-it'; exit 100", "package lists"),
        ("echo 'Temporary failure resolving archive.example'; exit 100", "No network"),
        ("echo 'E: strange'; exit 100", ".cache/log/apt-update.log"),
        (None, "are not here"),
    ],
)
def test_tests_that_cannot_have_a_program_say_what_to_install(
    apt: str | None, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _programs(tmp_path, monkeypatch, {} if apt is None else {"apt-get": apt})

    with pytest.raises(CannotGoOn, match=told) as refused:
        install_missing([ABSENT])

    assert "sudo apt-get install --no-install-recommends brings-it" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_program_that_is_absent_is_installed_by_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    _programs(tmp_path, monkeypatch, {"apt-get": f'echo "$@" >> {asked}'})

    install_missing([ABSENT])

    assert asked.read_text().splitlines() == [
        "update",
        "install -y --no-install-recommends brings-it",
    ]


def _programs(folder: Path, monkeypatch: pytest.MonkeyPatch, apt: dict[str, str]) -> None:
    """Let nothing be on the PATH but `apt` and a sudo that always may."""
    scripts = {"sudo": 'shift; [ "$1" = true ] || exec "$@"', **apt}
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_fingerprint_changes_with_a_file() -> None:
    lock, makefile = ROOT / "requirements.lock", ROOT / "Makefile"

    assert fingerprint([lock]) == fingerprint([lock])
    assert fingerprint([lock]) != fingerprint([lock, makefile])


def test_every_folder_of_tests_belongs_to_a_round() -> None:
    tests = ROOT / "tests"
    folders = {path.relative_to(tests).parts[0] for path in tests.rglob("test_*.py")}

    named = [word for word in (*WITHOUT_BROWSERS, *WITH_BROWSERS) if word.startswith("tests/")]
    assert sorted(named) == sorted(f"tests/{folder}" for folder in folders)


def test_summary_adds_the_rounds_up() -> None:
    line = summary_line([{"passed": 3, "skipped": 1}, {"passed": 2, "failed": 1}], 12.5)

    assert line == "===== 1 failed, 5 passed, 1 skipped in 12.50s ====="


def test_failed_tests_are_told_at_the_end_with_what_they_said(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef broken():\n    raise OSError('no server')\n\n"
        "def test_good(): pass\n\ndef test_bad(): assert 1 == 2, 'not\\nso'\n\n"
        "def test_never_began(broken): pass\n"
    )
    report = tmp_path / "report.xml"
    quiet = ("-q", "-p", "no:cacheprovider", "-c", "/dev/null", f"--rootdir={tmp_path}")
    subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, f"--junit-xml={report}", tmp_path],
        check=False,
        capture_output=True,
        timeout=300,
    )

    assert failures(report.read_text("utf-8")) == [
        "failure: test_it::test_bad: AssertionError: not so assert 1 == 2",
        'error: test_it::test_never_began: failed on setup with "OSError: no server"',
    ]
