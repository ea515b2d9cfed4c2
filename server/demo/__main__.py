"""`make demo`: start everything, say where it is, and stop it all at Ctrl-C."""

import argparse
import asyncio
import contextlib
import fcntl
import json
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from rich.box import HORIZONTALS
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coaching.errors import TweespraakError
from server.config import read_settings
from server.demo import people
from server.demo.calendar_server import CalendarAccess
from server.demo.installation import (
    CannotStart,
    Part,
    Ports,
    await_health,
    environment,
    free_port,
    is_free,
    local_address,
    running_part,
    surroundings,
)
from server.demo.opening import Links, open_sample

_OTHER_PORT, _CALENDAR_PORT, _MAIL_PORT = 8090, 5232, 8025
_HELD_SECONDS = "60"  # a short try already counts as a talk that was held


def main() -> None:
    """Run the demo until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--folder", type=Path, default=Path(".demo"))
    given = parser.parse_args()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _interrupt)
    console = Console(highlight=False)
    try:
        with _alone(given.folder):
            _run(console, given.folder, given.port)
    except KeyboardInterrupt:
        console.print("\nStopped. The data stays; `make demo` goes on, `make demo-reset` wipes it.")
    except CannotStart as reason:
        console.print(f"\n{reason}", markup=False, soft_wrap=True)
        raise SystemExit(1) from None
    except TweespraakError as reason:
        console.print(
            f"\nThe sample people could not be added ({reason.code}).", markup=False, soft_wrap=True
        )
        raise SystemExit(1) from None


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder, so that two demos never share it and a reset waits."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart("The demo already runs: stop it there with Ctrl-C first.") from None
        yield


def _run(console: Console, folder: Path, web: int) -> None:
    ports = choose_ports(folder, web)
    if not (folder / "demo.json").exists():
        _clear(folder)
    env = environment(folder, ports, held_seconds=_HELD_SECONDS)
    with contextlib.ExitStack() as stack:
        with console.status("calendar server and mail server") as status:
            calendar = stack.enter_context(surroundings(folder, ports))
            status.update("database")
            links = asyncio.run(
                open_sample(
                    read_settings(env),
                    calendar,
                    folder / "demo.json",
                    now=lambda: datetime.now(UTC),
                    told=status.update,
                )
            )
            status.update("Tweespraak itself")
            serving = stack.enter_context(
                running_part("server", "server.cli:main", "serve", folder=folder, env=env)
            )
            await_health(serving, ports.web)
        console.print(_table(links, calendar, ports), soft_wrap=True)
        console.print("Open the coach and the candidate in two windows, and hold the talk.")
        console.print("Stop with Ctrl-C. Everything stays on this machine.")
        _wait(serving)


def _wait(part: Part) -> NoReturn:
    while True:
        part.check()
        time.sleep(0.5)


def choose_ports(folder: Path, web: int) -> Ports:
    """The ports of this start; the calendar's stays, because it is part of what is stored.

    Raises:
        CannotStart: one of the two is in use; the sentence offers what is possible instead.
    """
    if not is_free(web):
        raise CannotStart(
            f"Port {web} is in use: stop what uses it, or choose another with make demo "
            f"PORT={free_port(rather=_OTHER_PORT)}"
        )
    file = folder / "ports.json"
    calendar = json.loads(file.read_text())["calendar"] if file.exists() else 0
    if calendar and not is_free(calendar):
        raise CannotStart(
            f"Port {calendar} of the demo's calendar is in use: stop what uses it and start again, "
            "and everything is still there; or make demo-reset demo, which wipes the demo's data "
            "and begins anew on another port"
        )
    calendar = calendar or free_port(rather=_CALENDAR_PORT)
    file.write_text(json.dumps({"calendar": calendar}))
    mails = free_port(rather=_MAIL_PORT)
    return Ports(web=web, calendar=calendar, smtp=free_port(), mails=mails)


def _clear(folder: Path) -> None:
    """Take away what a first start left that never came to its end."""
    for part in ("data", "mails", "calendars"):
        shutil.rmtree(folder / part, ignore_errors=True)


def _table(links: Links, calendar: CalendarAccess, ports: Ports) -> Table:
    """One row a thing; its address on a line of its own, so that it can be clicked and copied."""
    table = Table(box=HORIZONTALS, show_header=False, show_lines=True, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, overflow="ignore")
    candidate = links.candidate or "every coach is in a talk; start the demo again later"
    rows = {
        "Tweespraak": local_address(ports.web),
        f"Planner, signs in {people.PLANNER.name}": links.planner,
        f"Coach, signs in {links.coach_name}": links.coach,
        f"Candidate whose talk is now, {links.candidate_name or '–'}": candidate,
        "Mails that were sent": f"http://localhost:{ports.mails}",
        f"Calendars (CalDAV), user {calendar.user}, password {calendar.password}": (
            calendar.home.replace("127.0.0.1", "localhost")
        ),
    }
    for label, address in rows.items():
        table.add_row(Text.assemble((label, "bold"), "\n", address))
    return table


if __name__ == "__main__":
    main()
