"""`make demo` as a newcomer has it: the table it prints, where its links lead, and what stays."""

import asyncio
import contextlib
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, encode_basic_auth
from lxml import html

from server.config import SQLITE_FILE, read_settings
from server.demo.__main__ import choose_ports
from server.demo.calendar_server import prepare
from server.demo.installation import environment, free_port
from server.demo.opening import open_sample
from server.demo.people import CANDIDATES, COACHES

pytestmark = pytest.mark.wire
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0  # seconds; a demo that ended is noticed at once
LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """The table: the address that stands under each label, by the label's first word."""

    labels: dict[str, str]
    addresses: dict[str, str]

    @property
    def password(self) -> str:
        return self.labels["Calendars"].rpartition("password ")[2]


async def test_demo_prints_what_leads_in_keeps_its_data_and_is_wiped(tmp_path: Path) -> None:
    folder, web = tmp_path / "demo", free_port()
    async with _running(folder, web) as (printed, demo), _browser() as session:
        assert printed.addresses["Tweespraak"] == f"http://localhost:{web}"
        assert await _signs_in(session, printed.addresses["Planner"]) != "/login"
        assert await _signs_in(session, printed.addresses["Coach"]) != "/login"
        await _look_at_candidate(session, printed)
        await _await_mail(session, printed)
        await _await_event(session, printed)
        refused = await _reset(folder)
        demo.send_signal(signal.SIGINT)
        said = await demo.stdout.read() if demo.stdout else b""
    assert "demo is running" in refused
    assert b"The data stays" in said
    assert demo.returncode == 0

    before = _counts(folder)
    again = await _open_again(folder, web, printed)
    assert again == printed.addresses["Candidate"]
    assert _counts(folder) == before
    assert before["candidate"] == len(CANDIDATES)

    assert "is gone" in await _reset(folder)
    assert not folder.exists()


@contextlib.asynccontextmanager
async def _running(
    folder: Path, web: int
) -> AsyncIterator[tuple[Printed, asyncio.subprocess.Process]]:
    """The demo when its table stands there; ended at the end."""
    command = ("-m", "server.demo", "--folder", str(folder), "--port", str(web))
    demo = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE):
            yield await _table(demo), demo
            await demo.wait()
    finally:
        if demo.returncode is None:
            demo.send_signal(signal.SIGINT)
            await demo.wait()


async def _table(demo: asyncio.subprocess.Process) -> Printed:
    assert demo.stdout
    labels, addresses, label, told = {}, {}, "", ""
    while "Stop with Ctrl-C" not in told:
        line = await demo.stdout.readline()
        assert line, f"the demo ended: {told}"
        told = line.decode().strip()
        if told.startswith("http"):
            word = re.split(r"\W", label)[0]
            labels[word], addresses[word] = label, told
        label = told
    return Printed(labels=labels, addresses=addresses)


def _browser() -> ClientSession:
    return ClientSession(cookie_jar=CookieJar(unsafe=True))


async def _signs_in(session: ClientSession, link: str) -> str:
    """Press the one button behind a sign-in link; gives the page that it leads to."""
    session.cookie_jar.clear()
    async with session.get(link) as shown:
        form = html.document_fromstring(await shown.text()).xpath("//main//form")[0]
    async with session.post(link, data=dict(form.form_values())) as entered:
        assert entered.status == 200
        return entered.url.path


async def _look_at_candidate(session: ClientSession, printed: Printed) -> None:
    session.cookie_jar.clear()
    async with session.get(printed.addresses["Candidate"]) as shown:
        page = html.document_fromstring(await shown.text())
    assert shown.status == 200
    coach = printed.labels["Coach"].rpartition("signs in ")[2]
    assert coach in page.text_content()
    assert page.xpath("//button[@id='join']")


async def _await_mail(session: ClientSession, printed: Printed) -> None:
    """Return when the invitation to the talk that is now can be read among the mails."""
    mails, looked_at = printed.addresses["Mails"], set[str]()
    while True:
        async with session.get(mails) as shown:
            listed = html.document_fromstring(await shown.text()).xpath("//li/a/@href")
        for path in set(listed) - looked_at:
            looked_at.add(path)
            async with session.get(f"{mails}{path}") as mail:
                text = await mail.text()
            if printed.addresses["Candidate"] in text and "BEGIN:VCALENDAR" in text:
                return
        await asyncio.sleep(LOOK_EVERY)


async def _await_event(session: ClientSession, printed: Printed) -> None:
    """Return when an appointment stands in a calendar of the account; a stranger sees none."""
    home, coach = printed.addresses["Calendars"], COACHES[0].login
    account = {"Authorization": encode_basic_auth("demo", printed.password)}
    async with session.get(f"{home}{coach}/") as refused:
        assert refused.status == 401
    while True:
        async with session.get(f"{home}{coach}/", headers=account) as calendar:
            assert calendar.status == 200
            if "BEGIN:VEVENT" in await calendar.text():
                return
        await asyncio.sleep(LOOK_EVERY)


async def _open_again(folder: Path, web: int, printed: Printed) -> str:
    """What the next start does before it serves; gives the candidate's link."""
    ports = choose_ports(folder, web)
    calendar = prepare(folder / "calendars", ports.calendar)
    assert calendar.home.replace("127.0.0.1", "localhost") == printed.addresses["Calendars"]
    assert calendar.password == printed.password
    settings = read_settings(environment(folder, ports))
    links = await open_sample(
        settings, calendar, folder / "demo.json", now=lambda: datetime.now(UTC)
    )
    return links.candidate


async def _reset(folder: Path) -> str:
    """What `make demo-reset` says."""
    reset = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tools.reset_demo",
        "--folder",
        str(folder),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await reset.communicate()
    return said.decode()


def _counts(folder: Path) -> dict[str, int]:
    """How many there are of what a start must not add a second time, and of the mails."""
    with contextlib.closing(sqlite3.connect(folder / "data" / SQLITE_FILE)) as file:
        stored = {
            name: file.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608 -- our own names
            for name in ("staff", "candidate", "meeting")
        }
    return {**stored, "mails": len(list((folder / "mails").iterdir()))}
