"""Own feeds over HTTP: what a calendar program sees, and what a stranger does not."""

import time
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import icalendar
import pytest
from structlog.testing import capture_logs

from coaching.words import MeetingKind, Mode, StaffRole
from server.app import build_app
from server.feed_pace import READS_A_TOKEN, UNKNOWN_AN_ADDRESS
from server.store.schema import calendar_feed, meeting, staff
from server.usecases.booking import cancel_meeting
from server.usecases.context import Parts, StaffActor
from server.usecases.feeds import FeedKind, feed_token, make_feed, read_feed
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def opened(visitor: Visitor, actor: StaffActor) -> str:
    """The path of a new feed, as the page shows it."""
    await visitor.sign_in(actor)
    await visitor.open("/calendars/feeds")
    seen = await visitor.press("//button[@value='open']")
    (address, *_) = seen.document.xpath("//main//input[@readonly]/@value")
    return str(address).removeprefix(visitor.parts.settings.public_url)


async def events(visitor: Visitor, path: str) -> list[icalendar.Event]:
    response = await visitor.client.get(path)
    assert response.status == 200
    return list(icalendar.Calendar.from_ical(await response.read()).walk("VEVENT"))


async def test_coach_subscribes_and_sees_own_talks_without_a_name(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, other = await sqlite_house.coach(), await sqlite_house.coach()
    candidate = await sqlite_house.candidate(name="Fatima Geheim")
    own = await sqlite_house.acquainted(coach, candidate)
    await sqlite_house.book(own, "2027-03-03T14:00", mode=Mode.PHONE)
    theirs = await sqlite_house.acquainted(other)
    await sqlite_house.book(theirs, "2027-03-04T14:00", mode=Mode.PHONE)

    path = await opened(visitor, coach)
    visitor.forget()
    response = await visitor.client.get(path)
    text = await response.text()

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert [str(one["SUMMARY"])[:9] for one in await events(visitor, path)] == ["Gesprek ("] * 2
    assert "Geheim" not in text
    assert "DTSTART:20270303T130000Z" in text


async def test_warning_stands_on_the_page(visitor: Visitor, sqlite_house: House) -> None:
    await visitor.sign_in(await sqlite_house.coach())

    seen = await visitor.open("/calendars/feeds")

    assert "Nooit voor een afspraak binnen 48 uur" in seen.text()


async def test_planner_sees_all_and_a_room_its_own(visitor: Visitor, sqlite_house: House) -> None:
    coach = await sqlite_house.coach(name="Anna de Vries")
    trajectory = await sqlite_house.trajectory(coach)
    room = await sqlite_house.works(coach)
    await sqlite_house.book(
        trajectory,
        "2027-03-03T14:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=room,
    )
    planner = await sqlite_house.planner()
    path = await opened(visitor, planner)
    seen = await visitor.press(f"//form[input[@value='{room}']]//button[@value='open']")
    of_room = str(seen.document.xpath("//main//input[@readonly]/@value")[-1])

    everybody = await events(visitor, path)
    in_room = await events(visitor, of_room.removeprefix(visitor.parts.settings.public_url))

    assert [str(one["SUMMARY"]) for one in everybody] == ["Gesprek (T-1001), Anna de Vries"]
    assert [str(one["SUMMARY"]) for one in in_room] == ["Gesprek (T-1001)"]


async def test_names_stand_there_only_when_the_organisation_wants_it(
    sqlite_parts: Parts, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    candidate = await sqlite_house.candidate(name="Fatima Yılmaz")
    await sqlite_house.acquainted(coach, candidate)
    wanting = replace(sqlite_parts, settings=replace(sqlite_parts.settings, names_in_feeds=True))
    await make_feed(wanting, coach, FeedKind.COACH, coach.id, now=wanting.now())

    said = await read_feed(wanting, await token_of(wanting), now=wanting.now())

    assert "Fatima Yılmaz" in said.body.decode()


async def token_of(parts: Parts) -> str:
    (feed,) = await rows(parts, "calendar_feed", revoked_at=None)
    return feed_token(parts.secret, feed["id"])


async def test_cancelled_talk_disappears_and_the_tag_changes(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    own = await sqlite_house.acquainted(coach)
    booked = await sqlite_house.book(own, "2027-03-03T14:00", mode=Mode.PHONE)
    path = await opened(visitor, coach)
    before = await visitor.client.get(path)

    await cancel_meeting(
        visitor.parts,
        coach,
        booked.meeting,
        revision=1,
        key=uuid4().hex,
        now=visitor.parts.now(),
    )
    after = await visitor.client.get(path)

    assert before.headers["ETag"] != after.headers["ETag"]
    assert "20270303T130000Z" not in await after.text()


async def test_unchanged_feed_is_not_sent_again(visitor: Visitor, sqlite_house: House) -> None:
    coach = await sqlite_house.coach()
    await sqlite_house.acquainted(coach)
    path = await opened(visitor, coach)
    first = await visitor.client.get(path)

    again = await visitor.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    head = await visitor.client.head(path)

    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"] == head.headers["ETag"]
    assert (head.status, await head.read()) == (200, b"")


async def test_closed_renewed_and_wrong_addresses_answer_alike(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    first = await opened(visitor, coach)
    second = await opened(visitor, coach)
    await visitor.open("/calendars/feeds")
    await visitor.press("//button[@value='close']")
    visitor.forget()

    answers = [
        await visitor.client.get(path)
        for path in (first, second, "/feeds/nothing.ics", f"/feeds/{'x' * 43}.ics")
    ]

    assert first != second
    assert {one.status for one in answers} == {404}
    assert len({await one.text() for one in answers}) == 1
    assert len({tuple(sorted(one.headers)) for one in answers}) == 1


async def test_feed_read_too_often_says_so_and_when_it_works_again(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    path = await opened(visitor, await sqlite_house.coach())
    visitor.forget()
    for _ in range(READS_A_TOKEN):
        assert (await visitor.client.get(path)).status == 200

    refused = await visitor.client.get(path)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "600")
    assert await refused.text() == (
        "Dit agenda-adres wordt te vaak gelezen. Over 10 minuten kan het weer.\n"
    )
    clock.forward(minutes=10)
    assert (await visitor.client.get(path)).status == 200


async def test_whoever_tries_addresses_is_refused_before_the_database_is_asked(
    visitor: Visitor, sqlite_house: House
) -> None:
    path = await opened(visitor, await sqlite_house.coach())
    visitor.forget()
    assert (await visitor.client.get(path)).status == 200
    for number in range(UNKNOWN_AN_ADDRESS):
        assert (await visitor.client.get(f"/feeds/{number:043}.ics")).status == 404

    await visitor.parts.database.close()  # nothing can be looked up any more
    assert (await visitor.client.get(f"/feeds/{'x' * 43}.ics")).status == 429


@pytest.mark.parametrize("change", [{"active": False}, {"roles": ["coach"]}])
async def test_feed_closes_with_the_right_of_who_asked_for_it(
    visitor: Visitor, sqlite_house: House, change: dict[str, object]
) -> None:
    planner = await sqlite_house.planner()
    path = await opened(visitor, planner)
    async with visitor.parts.database.write() as tx:
        await tx.execute(staff.update().where(staff.c.id == planner.id).values(**change))

    assert (await visitor.client.get(path)).status == 404


async def test_coach_cannot_open_feeds_of_others(visitor: Visitor, sqlite_house: House) -> None:
    coach, other = await sqlite_house.coach(), await sqlite_house.coach()
    await visitor.sign_in(coach)
    for kind, owner in (("coach", other.id), ("planner", coach.id), ("room", uuid4())):
        await visitor.open("/calendars/feeds")
        seen = await visitor.press("//button[@value='open']", kind=kind, owner=str(owner))
        assert (seen.status, "feed_not_yours" in seen.text("//body")) == (403, True)

    assert await rows(visitor.parts, "calendar_feed") == []


async def test_token_stands_in_no_row_and_no_log(visitor: Visitor, sqlite_house: House) -> None:
    with capture_logs() as logs:
        path = await opened(visitor, await sqlite_house.coach())
        await visitor.client.get(path)
    token = path.removeprefix("/feeds/").removesuffix(".ics")
    (feed,) = await rows(visitor.parts, "calendar_feed")

    assert len(token) == 43
    assert token not in str(logs)
    assert token.encode() not in feed["token_hash"]
    assert feed["read_at"] is not None
    assert set(feed) == {column.name for column in calendar_feed.c}


async def test_window_ends_before_and_behind(visitor: Visitor, sqlite_house: House) -> None:
    coach = await sqlite_house.staff(StaffRole.COACH)
    await sqlite_house.acquainted(coach)
    path = await opened(visitor, coach)
    seen_now = len(await events(visitor, path))
    clock = visitor.parts.now
    clock.moment += timedelta(days=31)  # type: ignore[attr-defined]  # the clock of tests

    assert (seen_now, len(await events(visitor, path))) == (1, 0)


async def test_two_hundred_meetings_cost_at_most_twenty_milliseconds(
    sqlite_parts: Parts, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    own = await sqlite_house.acquainted(coach, talks=60)
    await _copies(sqlite_parts, own, 200)
    await make_feed(sqlite_parts, coach, FeedKind.COACH, coach.id, now=sqlite_parts.now())
    token = await token_of(sqlite_parts)
    await read_feed(sqlite_parts, token, now=sqlite_parts.now())

    spent = []
    for _ in range(7):
        began = time.process_time()
        said = await read_feed(sqlite_parts, token, now=sqlite_parts.now())
        spent.append(time.process_time() - began)

    assert said.body.count(b"BEGIN:VEVENT") == 201
    assert min(spent) < 0.020, spent


async def _copies(parts: Parts, trajectory: object, count: int) -> None:
    """As many meetings, an hour each, behind one another."""
    (one,) = await rows(parts, "meeting", trajectory_id=trajectory)
    async with parts.database.write() as tx:
        for number in range(count):
            starts = parts.now() + timedelta(days=1, hours=number)
            copy = {**one, "id": uuid4(), "starts_at": starts, "status": "planned"}
            copy["ends_at"] = starts + timedelta(minutes=45)
            await tx.execute(meeting.insert().values(**copy))
