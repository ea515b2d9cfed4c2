"""From an address to calendars: real servers, and servers that are none."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from calendar_sync.caldav_client import CalDavClient, Reply
from calendar_sync.discovery import NotFound, Trouble, look
from calendar_sync.found_calendars import FoundCalendar, canonical, read_collections
from calendar_sync.measuring import TEST_NAMES, CannotWrite, measure
from calendar_sync.multistatus import NoMultistatus
from calendar_sync.reading import Capabilities
from calendar_sync.target import AuthFailed, Temporary
from tests.calendar_servers import PASSWORD, USER, CalendarServer, radicale, xandikos
from tests.wire.odd_servers import Answer, body, circle, hang, odd_server, self_signed, status

pytestmark = pytest.mark.contract
NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
LOCAL = ("127.0.0.1",)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    '<multistatus xmlns="DAV:"><response><href>&b;</href></response></multistatus>'
)


@pytest.fixture(scope="module")
def radicale_server() -> Iterator[CalendarServer]:
    with radicale() as server:
        yield server


@pytest.fixture(scope="module", params=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest) -> Iterator[CalendarServer]:
    if request.param == "radicale":
        yield request.getfixturevalue("radicale_server")
    else:
        with xandikos() as opened:
            yield opened


async def find(
    address: str, password: str = PASSWORD, **options: float
) -> tuple[FoundCalendar, ...] | NotFound:
    return await look(
        address, user_name=USER, password=password, allow_private_hosts=LOCAL, **options
    )


def client_of(server: CalendarServer, *, url: str = "", password: str = PASSWORD) -> CalDavClient:
    return CalDavClient(
        url or server.calendar_url, user_name=USER, password=password, allow_private_hosts=LOCAL
    )


@pytest.mark.parametrize(
    "part", ["server", "home", "calendar", "calendar without slash", "nothing"]
)
async def test_calendar_is_found_from_every_address_people_paste(
    server: CalendarServer, part: str
) -> None:
    whole = urlsplit(server.calendar_url)
    root = f"{whole.scheme}://{whole.netloc}"
    addresses = {
        "server": root,
        "home": f"{root}{whole.path.removesuffix('diary/')}",
        "calendar": server.calendar_url,
        "calendar without slash": server.calendar_url.rstrip("/"),
        "nothing": f"{root}/somewhere/else/",
    }

    found = await find(addresses[part])

    assert isinstance(found, tuple)
    ours = [one for one in found if one.address == server.calendar_url]
    assert len(ours) == 1
    assert ours[0].may_write
    assert "diary" in ours[0].name


async def test_wrong_password_is_told_from_everything_else(radicale_server: CalendarServer) -> None:
    found = await find(radicale_server.calendar_url, password="not-this-one")

    assert found == NotFound(trouble=Trouble.WRONG_PASSWORD)


ODD: dict[str, tuple[Answer, Trouble]] = {
    "401": (
        status(401, **{"WWW-Authenticate": 'Basic realm="x"'}),
        Trouble.WRONG_PASSWORD,
    ),
    "403": (status(403), Trouble.NO_RIGHT),
    "404": (status(404), Trouble.NOT_A_CALENDAR),
    "html 200": (body("<html>Welkom", code=200, kind="text/html"), Trouble.NOT_A_CALENDAR),
    "html 207": (body("<html>Welkom</html>"), Trouble.NOT_A_CALENDAR),
    "half xml": (body("<multistatus xmlns='DAV:'><resp"), Trouble.NOT_A_CALENDAR),
    "entities": (body(BOMB), Trouble.NOT_A_CALENDAR),
    "500": (status(500), Trouble.UNREACHABLE),
    "429": (status(429, **{"Retry-After": "5"}), Trouble.UNREACHABLE),
    "circle": (circle, Trouble.NOT_A_CALENDAR),
    "redirect to inner address": (
        status(301, Location="http://169.254.169.254/latest/"),
        Trouble.ADDRESS_REFUSED,
    ),
    "redirect to a file": (status(301, Location="file:///etc/passwd"), Trouble.NOT_A_CALENDAR),
    "redirect to ftp": (status(301, Location="ftp://127.0.0.1/"), Trouble.ADDRESS_REFUSED),
    "redirect to nothing": (status(301), Trouble.NOT_A_CALENDAR),
}


@pytest.mark.parametrize("name", ODD)
async def test_odd_server_is_told_in_one_of_eight_ways(name: str) -> None:
    answer, expected = ODD[name]

    async with odd_server(answer) as odd:
        found = await find(odd.url)

    assert isinstance(found, NotFound)
    assert found.trouble is expected
    assert len(odd.seen) <= 20


async def test_server_that_never_answers_ends_in_time() -> None:
    async with odd_server(hang) as odd:
        found = await find(odd.url, total_seconds=0.5)

    assert found == NotFound(trouble=Trouble.TOO_SLOW)


async def test_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    async with odd_server(status(404), tls=self_signed(tmp_path)) as odd:
        found = await find(odd.url)

    assert found == NotFound(trouble=Trouble.CERTIFICATE)
    assert odd.seen == []


async def test_password_never_goes_to_a_host_that_was_not_typed() -> None:
    async with odd_server(status(207)) as other:
        there = other.url.replace("127.0.0.1", "localhost")
        async with odd_server(status(302, Location=f"{there}dav/")) as typed:
            found = await look(
                typed.url,
                user_name=USER,
                password=PASSWORD,
                allow_private_hosts=("127.0.0.1", "localhost"),
            )

    assert found == NotFound(trouble=Trouble.MOVED, address=f"{there}dav/")
    assert other.seen == []


async def test_home_on_another_host_is_not_believed() -> None:
    text = (
        '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response>'
        "<href>/</href><propstat><prop><C:calendar-home-set><href>https://elsewhere.example/"
        "</href></C:calendar-home-set></prop><status>HTTP/1.1 200 OK</status></propstat>"
        "</response></multistatus>"
    )

    async with odd_server(body(text)) as odd:
        found = await find(odd.url)

    assert found == NotFound(trouble=Trouble.MOVED, address="https://elsewhere.example/")


@pytest.mark.parametrize(
    "address",
    [
        "http://cloud.example.org/",
        "https://user:secret@cloud.example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "https://cloud.example.org:22/",
        "ftp://cloud.example.org/",
        "https://2130706433/",
    ],
)
async def test_address_that_opens_an_inner_door_is_refused(address: str) -> None:
    found = await look(address, user_name=USER, password=PASSWORD)

    assert found == NotFound(trouble=Trouble.ADDRESS_REFUSED)


@pytest.mark.parametrize(
    "address", ["", "   ", "https://", "https://x\u200b\n/", "https://a/" + "b" * 1001]
)
async def test_what_is_no_address_is_told_so(address: str) -> None:
    found = await look(address, user_name=USER, password=PASSWORD)

    assert isinstance(found, NotFound)
    assert found.trouble in (Trouble.NOT_A_CALENDAR, Trouble.ADDRESS_REFUSED)


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("HTTPS://Cloud.Example.ORG", "https://cloud.example.org/"),
        ("https://cloud.example.org:443/a", "https://cloud.example.org/a/"),
        ("https://cloud.example.org/a%20b/", "https://cloud.example.org/a%20b/"),
        ("https://cloud.example.org/a b", "https://cloud.example.org/a%20b/"),
        ("https://cloud.example.org/%61nna@x/?q=1#f", "https://cloud.example.org/anna@x/"),
        ("https://cloud.example.org:8443/", "https://cloud.example.org:8443/"),
    ],
)
def test_one_address_is_written_in_one_way(typed: str, same: str) -> None:
    assert canonical(typed) == same
    assert canonical(same) == same


def test_tasks_and_plain_folders_are_no_calendars_for_appointments() -> None:
    def response(path: str, types: str, kinds: str) -> str:
        return (
            f"<response><href>/{path}/</href><propstat><prop><resourcetype>{types}</resourcetype>"
            f"<C:supported-calendar-component-set>{kinds}</C:supported-calendar-component-set>"
            "<current-user-privilege-set><privilege><read/></privilege></current-user-privilege-set>"
            "<A:calendar-color>#AABBCCFF</A:calendar-color><displayname>\u202eWerk\n</displayname>"
            "</prop><status>HTTP/1.1 200 OK</status></propstat></response>"
        )

    text = (
        '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" '
        'xmlns:A="http://apple.com/ns/ical/">'
        + response("tasks", "<collection/><C:calendar/>", '<C:comp name="VTODO"/>')
        + response("folder", "<collection/>", "")
        + response("diary", "<collection/><C:calendar/>", '<C:comp name="VEVENT"/>')
        + "</multistatus>"
    )

    found = read_collections(text.encode(), asked="https://cloud.example.org/")

    assert [one.calendar for one in found] == [
        None,
        None,
        FoundCalendar(
            address="https://cloud.example.org/diary/",
            name="Werk",
            colour="#aabbcc",
            may_write=False,
        ),
    ]


@pytest.mark.parametrize("text", ["", "<a/>", BOMB, "<multistatus xmlns='DAV:'>"])
def test_answer_that_is_no_multistatus_raises(text: str) -> None:
    with pytest.raises(NoMultistatus):
        read_collections(text.encode(), asked="https://cloud.example.org/")


async def test_real_server_is_measured_and_left_as_it_was(server: CalendarServer) -> None:
    before = server.objects()
    client = client_of(server)

    told = await measure(client, now=NOW)
    await client.close()

    assert told == Capabilities(
        sync_token=True,
        conditional_writes=True,
        uid_check=True,
        tags_on_write=True,
        may_write=True,
        keeps_names=True,
    )
    assert server.objects() == before
    assert client.requests <= 16


async def test_test_event_of_a_try_that_was_killed_is_taken_away(server: CalendarServer) -> None:
    client = client_of(server)
    event = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//NL\r\nBEGIN:VEVENT\r\nUID:left@behind\r\n"
        b"DTSTAMP:20270101T000000Z\r\nDTSTART:20270101T000000Z\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
        b"END:VCALENDAR\r\n"
    )
    left = await client.ask("PUT", TEST_NAMES[0], event, {"Content-Type": "text/calendar"})
    assert isinstance(left, Reply)
    assert left.status_code in (201, 204)

    told = await measure(client, now=NOW)
    await client.close()

    assert isinstance(told, Capabilities)
    assert not [name for name in server.objects() if name in TEST_NAMES]


async def test_measuring_without_password_or_right_says_so(radicale_server: CalendarServer) -> None:
    wrong = client_of(radicale_server, password="not-this-one")
    other = client_of(
        radicale_server, url=radicale_server.calendar_url.replace(f"/{USER}/", "/bert/")
    )

    told = [await measure(client, now=NOW) for client in (wrong, other)]
    for client in (wrong, other):
        await client.close()

    assert isinstance(told[0], AuthFailed)
    assert isinstance(told[1], AuthFailed | CannotWrite)


async def test_measuring_a_server_that_hangs_ends_in_time() -> None:
    async with odd_server(hang) as odd:
        client = CalDavClient(
            odd.url, user_name=USER, password=PASSWORD, allow_private_hosts=LOCAL, total_seconds=0.3
        )
        told = await measure(client, now=NOW, total_seconds=2)
        await client.close()

    assert isinstance(told, Temporary)
