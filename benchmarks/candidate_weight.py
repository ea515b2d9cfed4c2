"""What a candidate's browser fetches from the link in the mail to the talk.

A fresh Chromium: invitation page, its button, the call page, camera on, in the waiting room.
Counted are the bytes of script and style as they come over the line, all requests, and other hosts.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Request

from benchmarks.installation import Running, running_installation
from benchmarks.leash import end_together
from benchmarks.two_windows import PATIENCE_MS, chromium, window

COMMAND = "python -m benchmarks.candidate_weight"
MOST_BYTES = 60_000
MOST_REQUESTS = 15
HEAVY = ("script", "stylesheet")


@dataclass(slots=True)
class Weight:
    """What came over the line."""

    heavy: int = 0  # bytes of script and style, as sent
    requests: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


def walk(browser: Browser, house: Running) -> Weight:
    """The way of a candidate from the link to the waiting room, with nothing in the cache."""
    weight = Weight()
    context = window(browser, locale="nl-NL")
    page = context.new_page()

    def count(request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        weight.requests.append(f"{request.method} {urlsplit(request.url).path}")
        weight.hosts.add(urlsplit(request.url).netloc)

    def weigh(request: Request) -> None:
        if request.resource_type in HEAVY:
            sizes = request.sizes()  # others are weighed while this one waits for its answer
            # What comes out of the cache is told as less than nothing.
            weight.heavy += max(0, sizes["responseBodySize"])

    page.on("request", count)
    page.on("requestfinished", weigh)
    page.on("websocket", lambda socket: weight.requests.append(f"GET {urlsplit(socket.url).path}"))
    page.goto(house.candidate_url)
    page.click("main form[method=post] button")
    page.click("#turn-on", timeout=PATIENCE_MS)
    page.click("#enter", timeout=PATIENCE_MS)
    page.wait_for_selector("#stage-waiting", state="visible", timeout=PATIENCE_MS)
    page.wait_for_load_state("networkidle")
    context.close()
    return weight


def figures() -> list[dict[str, Any]]:
    """Three figures of one walk: bytes, requests, other hosts."""
    began = time.monotonic()
    with running_installation() as house, chromium() as browser:
        weight = walk(browser, house)
        own = urlsplit(house.base_url).netloc
    seconds = round(time.monotonic() - began, 1)
    others = len(weight.hosts - {own})
    print("\n".join(weight.requests))
    return [
        _figure("script and style to the talk, compressed", "B", weight.heavy, MOST_BYTES, seconds),
        _figure("requests to the talk", "requests", len(weight.requests), MOST_REQUESTS, seconds),
        _figure("other hosts on the way to the talk", "hosts", others, 0, seconds),
    ]


def _figure(name: str, unit: str, ours: int, most: int, seconds: float) -> dict[str, Any]:
    return {
        "figure": name,
        "unit": unit,
        "ours": ours,
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "goal": f"at most {most} {unit}",
        "holds": ours <= most,
        "command": COMMAND,
        "seed": None,
        "n": 1,
        "seconds": seconds,
    }


if __name__ == "__main__":
    end_together()
    print(json.dumps(figures(), indent=1))
