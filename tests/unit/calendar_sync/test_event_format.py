"""The private event: neutral, readable by others, and careful with what stands there already."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import vobject

from calendar_sync.event_format import (
    EventFacts,
    Standing,
    Unreadable,
    build_event,
    merge_event,
    moment_in,
    read_event,
    standing,
)

pytestmark = pytest.mark.unit

FACTS = EventFacts(
    uid="m-1@tweespraak.example",
    meeting="m",
    revision=3,
    summary="Gesprek (T-1234)",
    description="Log in bij Tweespraak om meer te zien:\nhttps://tweespraak.example/meetings/m",
    starts_at=datetime(2027, 3, 2, 13, tzinfo=UTC),
    ends_at=datetime(2027, 3, 2, 13, 45, tzinfo=UTC),
    zone="Europe/Amsterdam",
    stamp=datetime(2027, 3, 1, 8, tzinfo=UTC),
)


def test_event_is_private_and_names_nobody() -> None:
    event = vobject.readOne(build_event(FACTS).decode()).vevent
    assert event.summary.value == "Gesprek (T-1234)"
    assert event.contents["class"][0].value == "PRIVATE"
    assert "attendee" not in event.contents
    assert "organizer" not in event.contents
    assert event.dtstart.value.astimezone(UTC) == FACTS.starts_at
    assert event.dtend.value.astimezone(UTC) == FACTS.ends_at


def test_zone_has_one_standard_one_daylight_and_no_rdate() -> None:
    ics = build_event(FACTS).decode()
    assert ics.count("BEGIN:STANDARD") == 1
    assert ics.count("BEGIN:DAYLIGHT") == 1
    assert "RDATE" not in ics
    assert "DTSTART;TZID=Europe/Amsterdam:20270302T140000" in ics


@pytest.mark.parametrize("hour", range(4))
def test_moments_around_the_clock_changes_come_back_the_same(hour: int) -> None:
    for day in (
        datetime(2027, 3, 28, hour, 30, tzinfo=UTC),
        datetime(2027, 10, 31, hour, 30, tzinfo=UTC),
    ):
        event = replace(FACTS, starts_at=day, ends_at=day + timedelta(minutes=45))
        parsed = vobject.readOne(build_event(event).decode()).vevent
        assert parsed.dtstart.value.astimezone(UTC) == event.starts_at
        assert parsed.dtend.value.astimezone(UTC) == event.ends_at


def test_hour_that_comes_twice_is_written_in_utc() -> None:
    assert moment_in(datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "Europe/Amsterdam").tzinfo is UTC
    assert moment_in(datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "Europe/Amsterdam").tzinfo is UTC
    assert (
        moment_in(datetime(2027, 10, 31, 2, 30, tzinfo=UTC), "Europe/Amsterdam").tzinfo is not UTC
    )


def test_other_zones_are_written_in_utc() -> None:
    ics = build_event(replace(FACTS, zone="America/Curacao")).decode()
    assert "DTSTART:20270302T130000Z" in ics
    assert "VTIMEZONE" not in ics


def test_merge_changes_ours_and_keeps_theirs() -> None:
    theirs = (
        build_event(FACTS)
        .decode()
        .replace(
            "END:VEVENT",
            "CATEGORIES:Blauw\r\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\r\n"
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Wekker\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
            "END:VEVENT",
        )
        .replace("SUMMARY:Gesprek (T-1234)", "SUMMARY:Door de coach veranderd")
    )
    later = replace(FACTS, revision=4, starts_at=FACTS.starts_at + timedelta(days=1))
    merged = merge_event(read_event(theirs.encode()), later)
    event = vobject.readOne(merged.decode()).vevent
    assert event.summary.value == "Gesprek (T-1234)"
    assert event.dtstart.value.astimezone(UTC) == later.starts_at
    assert event.contents["categories"][0].value == ["Blauw"]
    assert event.contents["x-microsoft-cdo-busystatus"][0].value == "OOF"
    assert event.valarm.trigger.value == timedelta(minutes=-15)
    assert read_event(merged).revision == 4


def test_place_is_ours_and_goes_with_the_talk() -> None:
    there = build_event(replace(FACTS, location="Kamer 2, Werkplein\r\nATTENDEE:mailto:x@y.nl"))
    event = vobject.readOne(there.decode()).vevent
    assert event.location.value.startswith("Kamer 2, Werkplein")
    assert "attendee" not in event.contents

    elsewhere = merge_event(read_event(there), replace(FACTS, revision=4, location="Kamer 3"))
    assert vobject.readOne(elsewhere.decode()).vevent.location.value == "Kamer 3"
    online = merge_event(read_event(elsewhere), replace(FACTS, revision=5))
    assert "location" not in vobject.readOne(online.decode()).vevent.contents


def test_merge_keeps_notes_and_adds_our_lines_once() -> None:
    found = read_event(build_event(FACTS).replace(b"DESCRIPTION:", b"DESCRIPTION:Vraag naar X. "))
    once = merge_event(found, FACTS)
    twice = merge_event(read_event(once), FACTS)
    text = vobject.readOne(twice.decode()).vevent.description.value
    assert "Vraag naar X." in text
    assert text.count("https://tweespraak.example/meetings/m") == 1


def test_merge_never_lowers_sequence() -> None:
    found = read_event(build_event(FACTS).replace(b"SEQUENCE:3", b"SEQUENCE:17"))
    assert b"SEQUENCE:17" in merge_event(found, replace(FACTS, revision=4))


@pytest.mark.parametrize(
    "ics",
    [
        b"",
        b"\xff\xfe\x00",
        b"<html>",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\n",
        b"BEGIN:VCALENDAR\r\n" * 500,
        b"x" * 1_000_001,
    ],
)
def test_unreadable_object_is_told_apart(ics: bytes) -> None:
    with pytest.raises(Unreadable):
        read_event(ics)


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        (build_event(FACTS), Standing.THE_SAME),
        (build_event(FACTS).replace(b"END:VEVENT", b"X-A:1\r\nEND:VEVENT"), Standing.THE_SAME),
        (build_event(FACTS).replace(b"X-TWEESPRAAK-REV", b"X-LEFT-OUT"), Standing.THE_SAME),
        (
            build_event(replace(FACTS, starts_at=FACTS.starts_at - timedelta(hours=1))),
            Standing.TOUCHED,
        ),
        (build_event(replace(FACTS, revision=2)), Standing.OTHER),
        (build_event(replace(FACTS, uid="strange")), Standing.OTHER),
        (b"<!doctype html><title>Welkom", Standing.OTHER),
    ],
    ids=["same", "more", "less", "moved since", "older", "strange", "page"],
)
def test_what_stands_there_is_compared_with_what_was_written(
    stored: bytes, found: Standing
) -> None:
    assert standing(stored, build_event(FACTS)) is found
