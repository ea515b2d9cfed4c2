"""python-caldav as it is used: a program that stays, and is told when to look at a calendar.

Run by the Python of the peers' environment, never imported by ours. Reads the address, the user
and the password from its first line, and then one word a line: `sync` asks what changed, fetches it
in hundreds and parses it. Answers each with a line of JSON.
"""

import json
import sys
import time
from typing import Any

import caldav

AT_ONCE = 100


def sync(calendar: Any, token: str | None) -> tuple[str, int]:  # noqa: ANN401 -- of a library without types here
    """One round: the new token, and how many objects came."""
    told = calendar.get_objects_by_sync_token(
        sync_token=token, load_objects=False, disable_fallback=True
    )
    gone = set(getattr(told, "deleted_urls", ()))
    urls = [one.url for one in told if one.url.canonical() not in gone]
    came = 0
    for at in range(0, len(urls), AT_ONCE):
        for one in calendar.multiget(urls[at : at + AT_ONCE]):
            came += len(one.icalendar_instance.walk("VEVENT"))
    return told.sync_token, came


def main() -> None:
    address, user, password = json.loads(sys.stdin.readline())
    token: str | None = None
    with caldav.DAVClient(url=address, username=user, password=password, timeout=120) as client:
        calendar = client.calendar(url=address)
        for _line in sys.stdin:
            began = time.perf_counter()
            token, came = sync(calendar, token)
            took = time.perf_counter() - began
            sys.stdout.write(json.dumps({"seconds": took, "came": came}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
