"""The stand-in CalDAV server, seen by an independent client and request by request."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import aiohttp
import caldav
import pytest
from caldav.lib import error as caldav_error

from tests.stand_in.events import event_text, name_of
from tests.stand_in.plain_client import DAY, Client, plain_client
from tests.stand_in_caldav import Running, stand_in_process, stand_in_thread

pytestmark = pytest.mark.contract


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with plain_client() as opened:
        yield opened


@pytest.fixture
def threaded() -> Iterator[Running]:
    with stand_in_thread() as running:
        yield running


@pytest.fixture
def library(threaded: Running) -> Iterator[caldav.DAVClient]:
    with caldav.DAVClient(
        url=threaded.base_url, username=threaded.user, password=threaded.password, timeout=180
    ) as opened:
        yield opened


def test_caldav_library_finds_the_calendar_by_the_principal(library: caldav.DAVClient) -> None:
    (diary,) = library.principal().calendars()
    assert diary.get_display_name() == "Agenda"
    assert str(diary.url).endswith("/calendars/anna/diary/")


def test_caldav_library_writes_finds_changes_and_removes(library: caldav.DAVClient) -> None:
    (diary,) = library.principal().calendars()
    start = datetime(2027, 3, 2, 13, tzinfo=UTC)
    event = diary.save_event(
        dtstart=start, dtend=start + timedelta(minutes=45), summary="Overleg", uid="one@x"
    )
    found = diary.search(start=start, end=start + timedelta(hours=1), event=True)
    assert [one.icalendar_component["SUMMARY"] for one in found] == ["Overleg"]
    assert diary.search(start=start + timedelta(hours=1), end=start + timedelta(hours=2)) == []
    event.icalendar_component["SUMMARY"] = "Anders"
    event.save()
    assert diary.event_by_uid("one@x").icalendar_component["SUMMARY"] == "Anders"
    event.delete()
    with pytest.raises(caldav_error.NotFoundError):
        diary.event_by_uid("one@x")


def test_caldav_library_is_told_what_changed(library: caldav.DAVClient, threaded: Running) -> None:
    (diary,) = library.principal().calendars()
    threaded.server.fill(5, DAY)
    first = diary.get_objects_by_sync_token(disable_fallback=True)
    assert len(list(first)) == 5
    threaded.server.touch([1], DAY, revision=2)
    threaded.server.diary.remove(name_of(3))
    second = diary.get_objects_by_sync_token(first.sync_token, disable_fallback=True)
    assert {str(one.url).rsplit("/", 1)[-1] for one in second} == {name_of(1), name_of(3)}
    assert {str(url).rsplit("/", 1)[-1] for url in second.deleted_urls} == {name_of(3)}


def test_caldav_library_is_refused_an_old_tag_and_a_taken_uid(library: caldav.DAVClient) -> None:
    (diary,) = library.principal().calendars()
    text = event_text(1, first_day=DAY).decode()
    mine = diary.save_event(text)
    theirs = diary.event_by_url(mine.url)
    theirs.icalendar_component["SUMMARY"] = "Van een ander"
    theirs.save()
    mine.icalendar_component["SUMMARY"] = "Van mij"
    with pytest.raises(caldav_error.ETagMismatchError):
        mine.save(precondition="etag", increase_seqno=False)
    other = caldav.Event(client=library, url=f"{diary.url}other.ics", data=text, parent=diary)
    with pytest.raises(caldav_error.UidConflictError):
        other.save(no_overwrite=True)


async def test_conditions_hold_and_tags_change_with_each_write(client: Client) -> None:
    first = await client.put(1, If_None_Match="*")
    assert first.status == 201
    assert (await client.put(1, If_None_Match="*")).status == 412
    second = await client.put(1, revision=1, If_Match=first.tag)
    assert second.status == 204
    assert second.tag != first.tag
    assert (await client.put(1, If_Match=first.tag)).status == 412
    assert (await client.put(2, If_Match="*")).status == 412
    assert (await client.ask("DELETE", name_of(1), If_Match=first.tag)).status == 412
    assert (await client.ask("DELETE", name_of(1), If_Match=second.tag)).status == 204
    assert (await client.ask("GET", name_of(1))).status == 404


async def test_text_that_is_no_calendar_object_is_refused(client: Client) -> None:
    two = event_text(1, first_day=DAY).replace(b"END:VEVENT\r\n", b"UID:another\r\nEND:VEVENT\r\n")
    for body in (b"", b"hello", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", two):
        assert (await client.ask("PUT", "x.ics", body)).status == 403
    assert client.server.diary.objects == {}


async def test_wrong_password_and_other_peoples_calendars_are_refused(client: Client) -> None:
    wrong = aiohttp.encode_basic_auth("anna", "wrong")
    assert (await client.ask("PROPFIND", Authorization=wrong)).status == 401
    client.server.store.users["bob"] = "x"
    assert (await client.ask("PROPFIND", "../../bob/diary/")).status == 403
    assert (await client.ask("PROPFIND", "../../nobody/diary/")).status == 404


async def test_calendar_without_the_right_to_write(client: Client) -> None:
    client.server.diary.may_write = False
    answer = await client.put(1)
    assert (answer.status, "need-privileges" in answer.text) == (403, True)
    rights = await client.ask(
        "PROPFIND",
        body='<propfind xmlns="DAV:"><prop><current-user-privilege-set/></prop></propfind>',
        Depth="0",
    )
    assert "<D:read/>" in rights.text
    assert "<D:write" not in rights.text


async def test_limit_cuts_and_the_token_goes_on(client: Client) -> None:
    client.server.fill(25, DAY)
    seen: list[str] = []
    answer = await client.sync(limit=10)
    while "507" in answer.text:
        seen += answer.hrefs("200 OK")
        answer = await client.sync(answer.token, limit=10)
    seen += answer.hrefs("200 OK")
    assert len(seen) == len(set(seen)) == 25


async def test_multiget_gives_data_and_404_for_what_is_not_there(client: Client) -> None:
    client.server.fill(2, DAY)
    own = "/calendars/anna/diary/"
    body = (
        '<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:">'
        "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
        f"<D:href>{own}{name_of(0)}</D:href><D:href>{own}nothing.ics</D:href>"
        f"<D:href>{client.running.calendar_url}{name_of(1)}</D:href></C:calendar-multiget>"
    )
    answer = await client.ask("REPORT", body=body)
    assert answer.hrefs("200 OK") == [f"{own}{name_of(0)}", f"{own}{name_of(1)}"]
    assert answer.hrefs("404") == [f"{own}nothing.ics"]
    assert answer.text.count("BEGIN:VEVENT") == 2


def test_stand_in_in_its_own_process_with_ten_thousand_events() -> None:
    with stand_in_process() as far:
        far("fill", 10_000, DAY)
        with caldav.DAVClient(
            url=far.base_url, username=far.user, password=far.password, timeout=180
        ) as opened:
            diary = opened.calendar(url=far.calendar_url)
            first = diary.get_objects_by_sync_token(disable_fallback=True)
            assert len(list(first)) == 10_000
            spent = []  # seconds of its processor
            for _ in range(3):
                before = far("cpu")
                again = diary.get_objects_by_sync_token(first.sync_token, disable_fallback=True)
                assert list(again) == []
                spent.append(far("cpu") - before)
            assert min(spent) < 0.05, spent
        assert far("count_seen") >= 2
