"""The programs the tests start: installed as Debian packages when absent and possible."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.say import CannotGoOn, run_quietly, say, stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program the tests need, where it may lie, and the Debian package that brings it."""

    command: str
    package: str
    folders: tuple[str, ...] = ()

    def present(self) -> bool:
        """Whether the program can be found."""
        if shutil.which(self.command):
            return True
        return any(any(Path("/").glob(f"{folder}/{self.command}")) for folder in self.folders)


NEEDED = (
    Program(command="chromium", package="chromium"),
    Program(command="firefox-esr", package="firefox-esr"),
    Program(command="turnserver", package="coturn"),
    Program(command="postgres", package="postgresql", folders=("usr/lib/postgresql/*/bin",)),
    Program(command="redis-server", package="redis-server"),
    Program(command="prosody", package="prosody"),
    Program(command="openssl/pkey.lua", package="lua-luaossl", folders=("usr/share/lua/5.*",)),
    Program(command="dovecot", package="dovecot-imapd", folders=("usr/sbin",)),
)


def missing_packages(needed: Iterable[Program] = NEEDED) -> list[str]:
    """The Debian packages of the programs that are not here."""
    return [program.package for program in needed if not program.present()]


def _as_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    allowed = (
        shutil.which("sudo")
        and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
    )
    return ["sudo", "-n"] if allowed else None


def install_missing(needed: Iterable[Program] = NEEDED) -> None:
    """Install what is absent of `needed`.

    Raises:
        CannotGoOn: it is not possible here; the sentence names the packages and the command.
    """
    missing = missing_packages(needed)
    if not missing:
        return
    command = f"sudo apt-get install --no-install-recommends {' '.join(missing)}"
    prefix = _as_root()
    if prefix is None or not shutil.which("apt-get"):
        raise CannotGoOn(f"The tests need programs that are not here; install them: {command}")
    say(f"Installing for the tests: {', '.join(missing)}")
    try:
        _apt(prefix, missing)
    except CannotGoOn as reason:
        raise CannotGoOn(f"{reason} To install what the tests need: {command}") from None


def _apt(prefix: list[str], packages: list[str]) -> None:
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    run_quietly("apt-update", [*prefix, "apt-get", "update"], env=env)
    install = [*prefix, "apt-get", "install", "-y", "--no-install-recommends", *packages]
    run_quietly("apt-install", install, env=env)


if __name__ == "__main__":
    try:
        install_missing()
    except CannotGoOn as reason:
        stop(str(reason))
