"""Is the stand-in CalDAV server a server? Somebody else's tester says so, in each of its natures.

`caldav-server-tester` writes to it as a client and tells what it found. Without a quirk it must
find nothing wrong that we rely on; with a quirk it must find just that. And vdirsyncer and
python-caldav must agree with each other about a calendar that both write to.
"""

import re
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import caldav

from benchmarks.command import print_figures
from benchmarks.peers import Vdirsyncer, program
from tests.stand_in.events import event_text, name_of
from tests.stand_in.quirks import BadToken, Quirks, Tags, UidCheck
from tests.stand_in.server import StandIn
from tests.stand_in_caldav import Running, stand_in_thread

COMMAND = "python -m benchmarks.stand_in"
RELIED_ON = (
    "create-calendar", "delete-calendar", "get-current-user-principal", "propfind",
    "propfind.allprop", "propfind.displayname", "save-load.event", "save-load.event.recurrences",
    "save-load.event.recurrences.exception", "save-load.event.timezone", "save-load.mutable",
    "save-load.get-by-url", "save.etag", "save.if-none-match", "save.no-uid-conflict",
    "save-load.mutable.if-match-wildcard", "search.time-range.event", "search.comp-type",
    "sync-token", "sync-token.delete", "sync-token.invalid-token", "sync-token.limit",
    "sync-token.limit.initial-sync", "synchronous-write", "auth.www-authenticate",
    "non-existing-raises-not-found.object",
)  # fmt: skip
NATURES = {  # what the tester must find in the place of `full`
    "no sync token": (Quirks(sync_token=False), "sync-token"),
    "any token answered": (Quirks(bad_token=BadToken.EVERYTHING), "sync-token.invalid-token"),
    "deletions not told": (Quirks(tells_deletions=False), "sync-token.delete"),
    "cut without 507": (Quirks(cut_at=2, says_cut=False), "sync-token"),
    "limit refused": (Quirks(limit_refused=True), "sync-token.limit"),
    "If-None-Match ignored": (Quirks(if_none_match=False), "save.if-none-match"),
    "weak tag on PUT": (Quirks(tags=Tags.WEAK_ON_PUT), "save.etag"),
    "UID not checked": (Quirks(uid_check=UidCheck.ABSENT), "save.no-uid-conflict"),
    "writes seen later": (Quirks(delay=2), "synchronous-write"),
}
_FEATURE = re.compile(r"^## (\S+)\n(?:.*\n)*?Feature support level found: (\S+)", re.MULTILINE)
_DAY = datetime(2027, 3, 1)  # noqa: DTZ001 -- wall time; the events name their zone


def found_in(quirks: Quirks) -> dict[str, str]:
    """What the tester says of each feature of a stand-in with these quirks."""
    with stand_in_thread(StandIn(quirks=quirks)) as running:
        done = subprocess.run(
            [
                program("caldav-server-tester"),
                *("--caldav-url", running.base_url),
                *("--caldav-username", running.user),
                *("--caldav-password", running.password),
                *("--format", "text", "--verbose"),
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
    return dict(_FEATURE.findall(done.stdout))


def agreed(events: int) -> int:
    """In how many objects vdirsyncer and python-caldav differ after both changed a calendar."""
    with stand_in_thread() as running, tempfile.TemporaryDirectory() as name:
        other = Vdirsyncer(
            home=Path(name) / "v",
            calendar_url=running.calendar_url,
            user=running.user,
            password=running.password,
        )
        other.begin()
        local = other.home / "local"
        for number in range(events):
            (local / name_of(number)).write_bytes(event_text(number, first_day=_DAY))
        other.sync()
        _by_the_library(running, events)
        for number in range(events // 2, events * 3 // 4):
            path = next(local.glob(f"*{name_of(number)}"))
            path.write_bytes(event_text(number, first_day=_DAY, revision=2))
        other.sync()
        other.sync()
        mine = {_lines(path.read_bytes()) for path in local.iterdir()}
        theirs = {_lines(data) for data in running.objects().values()}
        assert len(theirs) == events
        return len(mine ^ theirs)


def _lines(data: bytes) -> tuple[bytes, ...]:
    """The text of an object, whatever its line ends."""
    return tuple(data.strip().splitlines())


def _by_the_library(running: Running, events: int) -> None:
    """Change a quarter of the events, remove the last, add one, by python-caldav."""
    with caldav.DAVClient(
        url=running.base_url, username=running.user, password=running.password, timeout=20
    ) as client:
        diary = client.calendar(url=running.calendar_url)
        for number in range(events // 4):
            event = diary.event_by_uid(f"event-{number:05d}@elsewhere.example")
            event.data = event_text(number, first_day=_DAY, revision=1).decode()
            event.save()
        diary.event_by_uid(f"event-{events - 1:05d}@elsewhere.example").delete()
        diary.save_event(event_text(events, first_day=_DAY).decode())


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Features found as they are, natures found out, objects that clients disagree about."""
    program("caldav-server-tester")
    began = time.monotonic()
    plain = found_in(Quirks())
    missing = [name for name in RELIED_ON if plain.get(name) != "full"]
    natures = dict(list(NATURES.items())[:2]) if small else NATURES
    hidden = []
    for name, (quirks, feature) in natures.items():
        seen = {key: value for key, value in found_in(quirks).items() if key.startswith(feature)}
        if all(value == "full" for value in seen.values()):
            hidden.append(name)
    differ = agreed(16 if small else 60)
    for name in (*missing, *hidden):
        print(f"not as it should be: {name}")
    shared = {"command": COMMAND, "seed": None, "seconds": round(time.monotonic() - began, 1)}
    return [
        _count("features of the stand-in that a tester misses", missing, len(RELIED_ON), shared),
        _count("natures of the stand-in that a tester does not see", hidden, len(natures), shared),
        _count("objects that two other clients see differently", [0] * differ, 60, shared),
    ]


def _count(figure: str, found: list[Any], n: int, shared: dict[str, Any]) -> dict[str, Any]:
    return {
        "figure": figure,
        "unit": "",
        "ours": len(found),
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "goal": "0",
        "holds": not found,
        "n": n,
        **shared,
    }


if __name__ == "__main__":
    print_figures(figures, __doc__)
