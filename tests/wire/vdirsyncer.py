"""vdirsyncer as somebody else: a folder of files on her machine, in step with one calendar."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.calendar_servers import CalendarServer

_PROGRAM = Path(sys.executable).with_name("vdirsyncer")
_PATIENCE = 120  # seconds


class NoVdirsyncer(Exception):
    """It is not there; the text says how it comes."""


class Vdirsyncer:
    """One pair of a folder and a calendar; what stands in the calendar wins a conflict."""

    def __init__(self, home: Path, server: CalendarServer) -> None:
        self.local = home / "local"
        self.local.mkdir(parents=True)
        self._config = home / "config"
        self._config.write_text(
            f'[general]\nstatus_path = "{home / "status"}/"\n'
            '[pair diary]\na = "local"\nb = "remote"\ncollections = null\n'
            'conflict_resolution = "b wins"\n'
            f'[storage local]\ntype = "filesystem"\npath = "{self.local}/"\nfileext = ".ics"\n'
            f'[storage remote]\ntype = "caldav"\nurl = "{server.calendar_url}"\n'
            f'username = "{server.user}"\npassword = "{server.password}"\n',
            "utf-8",
        )

    async def run(self, command: str) -> None:
        """Run `discover` or `sync` to its end.

        Raises:
            NoVdirsyncer: it is not installed.
        """
        if not _PROGRAM.exists():
            raise NoVdirsyncer("vdirsyncer is missing: rm -r .venv, then make setup")
        process = await asyncio.create_subprocess_exec(
            _PROGRAM,
            command,
            env={**os.environ, "VDIRSYNCER_CONFIG": str(self._config)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(_PATIENCE):
            said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()

    def file_of(self, uid: str) -> Path:
        """The one file with an event whose UID begins so."""
        marked = f"UID:{uid}".encode()
        (found,) = [one for one in self.local.iterdir() if marked in one.read_bytes()]
        return found


def edit(path: Path, **lines: str) -> None:
    """Put other values into the event of a file, each without parameters, as `dtstart="…Z"`."""
    before, event = path.read_bytes().decode().split("BEGIN:VEVENT", 1)
    for name, value in lines.items():
        event, found = re.subn(rf"{name.upper()}[;:][^\r\n]*", f"{name.upper()}:{value}", event)
        assert found == 1, name
    path.write_bytes(f"{before}BEGIN:VEVENT{event}".encode())
