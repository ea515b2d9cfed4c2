"""`pip install .` gives the same program, with the web part and the guide's film inside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.house
ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("coaching", "signaling", "calendar_sync", "server")
WEB_PARTS = ("dist", "templates", "locale")
_LOOK = "from server.webfiles import *; print(web_root(), load_web_files().address('call'))"


def test_installed_program_has_everything_inside_and_runs(tmp_path: Path) -> None:
    assert (ROOT / "web/dist/manifest.json").exists(), "the web part is not built: make setup"
    target = tmp_path / "installed"

    _run(sys.executable, "-m", "pip", "install", *_WITHOUT_NET, "--target", str(target), str(ROOT))

    listed = subprocess.run(
        ["git", "ls-files", "-z", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]
    assert "signaling/practice/default/film.webm" in tracked
    assert [name for name in tracked if not (target / name).exists()] == []
    for part in WEB_PARTS:
        assert _files(target / "server/_web" / part) == _files(ROOT / "web" / part)
    assert "TWEESPRAAK_PUBLIC_URL" in _run(str(target / "bin/tweespraak"), "settings", at=target)
    place, script = _run(sys.executable, "-c", _LOOK, at=target).split()
    assert place == str(target / "server/_web")
    assert script.startswith("/static/")


_WITHOUT_NET = ("--no-index", "--no-deps", "--no-build-isolation", "--no-compile", "--quiet")


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _run(*command: str, at: Path | None = None) -> str:
    """What a command printed; with `at` it takes the packages installed there."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env = {**kept, "TWEESPRAAK_WEB_IS_BUILT": "1", **({"PYTHONPATH": str(at)} if at else {})}
    done = subprocess.run(
        command, cwd=at or ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
