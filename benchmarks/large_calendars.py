"""Real calendar servers with thousands of events, put there without asking the server."""

import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from dulwich import porcelain

from tests.calendar_servers import USER, CalendarServer, radicale, xandikos
from tests.stand_in.events import event_text, name_of


@contextmanager
def large_radicale(events: int, first_day: datetime) -> Iterator[CalendarServer]:
    """Radicale, its diary filled by writing files into its storage while it runs."""
    with radicale() as server:
        diary = server.folder / "collection-root" / USER / "diary"
        for number in range(events):
            (diary / name_of(number)).write_bytes(event_text(number, first_day=first_day))
        yield server


@contextmanager
def large_xandikos(events: int, first_day: datetime) -> Iterator[CalendarServer]:
    """Xandikos, its diary filled by one commit while it runs."""
    with xandikos() as server:
        diary = server.folder / "user" / "calendars" / "diary"
        for number in range(events):
            (diary / name_of(number)).write_bytes(event_text(number, first_day=first_day))
        porcelain.add(str(diary), [str(diary / name_of(number)) for number in range(events)])
        porcelain.commit(str(diary), message=b"fill", author=b"x <x@x>", committer=b"x <x@x>")
        yield server


def change(server: CalendarServer, numbers: range, first_day: datetime, revision: int) -> None:
    """Another program changes these events, one PUT each."""
    login = b64encode(f"{server.user}:{server.password}".encode()).decode()
    for number in numbers:
        text = event_text(number, first_day=first_day, revision=revision)
        request = urllib.request.Request(  # noqa: S310 -- our own server
            f"{server.calendar_url}{name_of(number)}",
            data=text,
            method="PUT",
            headers={"Authorization": f"Basic {login}", "Content-Type": "text/calendar"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- our own server
            assert answer.status in (200, 201, 204)
