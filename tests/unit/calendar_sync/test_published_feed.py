"""The feed of our own: read back by two independent programs, whatever a name holds."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_sync.plain_text import harmless
from calendar_sync.published_feed import FeedEvent, write_feed

pytestmark = pytest.mark.unit
NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
READ = """
const ICAL = require("ical.js");
const text = require("fs").readFileSync(0, "utf8");
const feed = new ICAL.Component((ICAL.default ?? ICAL).parse(text));
console.log(JSON.stringify({
  method: feed.getFirstPropertyValue("method"),
  pause: feed.getFirstPropertyValue("x-published-ttl"),
  events: feed.getAllSubcomponents("vevent").map((one) => [
    one.getFirstPropertyValue("uid"),
    one.getFirstPropertyValue("summary"),
    one.getFirstPropertyValue("dtstart").toJSDate().toISOString(),
    one.getFirstPropertyValue("dtend").toJSDate().toISOString(),
  ]),
}));
"""
WEB = Path(__file__).parents[3] / "web"


def event(number: int = 1, summary: str = "Gesprek (T-1234)") -> FeedEvent:
    starts = NOW + timedelta(days=number)
    return FeedEvent(
        uid=f"{number}-feed@tweespraak.example",
        revision=number,
        summary=summary,
        url="https://tweespraak.example/meetings/3f0c51a8-61ab-4a56-9a83-1c1d1de1a1a1",
        starts_at=starts,
        ends_at=starts + timedelta(minutes=45),
        changed_at=NOW,
    )


def test_feed_is_no_invitation_and_says_how_often_to_look() -> None:
    feed = icalendar.Calendar.from_ical(write_feed("Gesprekken", [event()]))

    assert "METHOD" not in feed
    assert feed["X-PUBLISHED-TTL"] == "PT1H"
    assert feed["REFRESH-INTERVAL"].dt == timedelta(hours=1)


def test_feed_without_appointments_is_a_calendar() -> None:
    assert not icalendar.Calendar.from_ical(write_feed("Leeg", [])).walk("VEVENT")


@given(st.lists(st.text(max_size=200), max_size=4))
def test_whatever_a_name_holds_stays_in_the_summary(names: list[str]) -> None:
    ics = write_feed("x", [event(number, name) for number, name in enumerate(names)])
    feed = icalendar.Calendar.from_ical(ics)

    assert [str(one["SUMMARY"]) for one in feed.walk("VEVENT")] == [harmless(n) for n in names]
    assert all(set(one) == set(feed.walk("VEVENT")[0]) for one in feed.walk("VEVENT"))
    assert max(map(len, ics.split(b"\r\n"))) <= 75


def test_ical_js_reads_the_same_times() -> None:
    node = shutil.which("node")
    assert node, "node is not here; install it with: make setup"
    events = [event(number, "Gesprek; met, komma \\ en ünïcode " * 3) for number in range(5)]

    said = subprocess.run(
        [node, "-e", READ],
        input=write_feed("Gesprekken", events),
        cwd=WEB,
        capture_output=True,
        check=True,
        timeout=180,
    ).stdout
    read = json.loads(said)

    assert (read["method"], read["pause"]) == (None, "PT1H")
    assert read["events"] == [
        [
            one.uid,
            harmless(one.summary),
            f"{one.starts_at:%Y-%m-%dT%H:%M:%S}.000Z",
            f"{one.ends_at:%Y-%m-%dT%H:%M:%S}.000Z",
        ]
        for one in events
    ]
