"""Answers by mail: sent as calendar programs do, through a real mailbox, into the appointment."""

import asyncio
import base64
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from server.jobs.imap import Mail, MailboxFailed
from server.jobs.mailbox import look, take_in
from tests.mail_servers import PASSWORD
from tests.wire.reply_tools import Scene, mailbox, scene, sink, with_mailbox  # noqa: F401 -- fixtures
from tests.wire.worker_tools import rows

# ruff: noqa: F811 -- fixtures are used by their names
pytestmark = pytest.mark.wire


async def test_invitation_asks_for_an_answer_and_has_a_name_with_a_mark(scene: Scene) -> None:
    assert scene.invited["ATTENDEE"].params["RSVP"] == "TRUE"
    name, _, domain = str(scene.invited["UID"]).partition("@")
    assert name.startswith(f"{scene.meeting}.")
    assert (len(name), domain) == (36 + 1 + 32, "tweespraak.example")


async def test_no_becomes_a_wish_for_the_planner_and_moves_nothing(scene: Scene) -> None:
    before = await scene.effects()
    scene.arrives(scene.reply("DECLINED"))

    assert await scene.read() == {"asked": 1}

    after = await scene.effects()
    (wish,) = await rows(scene.parts, "proposal")
    assert (wish["kind"], wish["connection_id"], wish["state"]) == ("declined", None, "open")
    assert len(await rows(scene.parts, "todo", code="calendar_changed")) == 1
    assert (after["outbox"], after["revision"]) == (before["outbox"], before["revision"])
    assert await rows(scene.parts, "notice", code="reply_declined")
    (said,) = await rows(scene.parts, "meeting_event", what="replied_declined")
    assert said["actor"] == "candidate"


async def test_yes_is_noted_and_asks_nothing(scene: Scene) -> None:
    scene.arrives(scene.reply("ACCEPTED"))

    assert await scene.read() == {"noted": 1}
    assert await rows(scene.parts, "meeting_event", what="replied_accepted")
    assert await rows(scene.parts, "proposal") == []


async def test_newest_answer_is_the_one(scene: Scene) -> None:
    scene.arrives(scene.reply("DECLINED"))
    await scene.read()
    scene.arrives(scene.reply("ACCEPTED", DTSTAMP="DTSTAMP:20270301T110000Z"))
    await scene.read()

    (wish,) = await rows(scene.parts, "proposal")
    assert wish["state"] == "withdrawn"
    assert await rows(scene.parts, "todo", code="calendar_changed", done_at=None) == []


async def test_another_time_becomes_a_wish_with_that_time(scene: Scene) -> None:
    changes = {
        "METHOD": "METHOD:COUNTER",
        "DTSTART": "DTSTART;TZID=Europe/Amsterdam:20270304T100000",
        "DTEND": "DTEND;TZID=Europe/Amsterdam:20270304T104500",
    }
    scene.arrives(scene.reply("TENTATIVE", **changes), method="COUNTER")

    assert await scene.read() == {"asked": 1}
    (wish,) = await rows(scene.parts, "proposal")
    assert wish["kind"] == "moved"
    assert wish["starts_at"].astimezone(UTC).isoformat() == "2027-03-04T09:00:00+00:00"


PROGRAMS = {
    "outlook.com, without organizer": {"ORGANIZER": ""},
    "without sequence": {"SEQUENCE": ""},
    "without time": {"DTSTART": "", "DTEND": ""},
    "windows zone": {"DTSTART": 'DTSTART;TZID="W. Europe Standard Time":20270303T140000'},
}


@pytest.mark.parametrize("program", PROGRAMS)
async def test_what_programs_leave_out_is_understood(scene: Scene, program: str) -> None:
    scene.arrives(scene.reply("DECLINED", **PROGRAMS[program]))

    assert await scene.read() == {"asked": 1}


async def test_answer_as_an_attachment_in_base64_is_found(scene: Scene) -> None:
    ics = base64.encodebytes(scene.reply()).decode()
    scene.puts(
        f"From: {scene.address.upper()}\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"
        "--a\r\nContent-Type: text/plain\r\n\r\nNee\r\n"
        '--a\r\nContent-Type: text/calendar; name="x.ics"; charset=utf-8\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{ics}\r\n--a--\r\n".encode()
    )

    assert await scene.read() == {"asked": 1}


async def test_forged_answers_have_no_effect(scene: Scene) -> None:
    """Five hundred of them (S16): no mark, another's mark, a guessed one, another sender."""
    chance = random.Random(20270301)  # noqa: S311 -- which forgery comes next
    before = await scene.effects()
    right = str(scene.invited["UID"])
    name, _, domain = right.partition("@")
    meeting, _, mark = name.partition(".")
    guesses = [
        lambda: f"{meeting}@{domain}",
        lambda: f"{uuid4()}.{mark}@{domain}",
        lambda: f"{meeting}.{chance.randbytes(16).hex()}@{domain}",
        lambda: f"{meeting}.{mark[:-1]}@{domain}",
        lambda: f"{meeting}-1@{domain}",
        lambda: f"{name}@elsewhere.example",
        lambda: "",
    ]
    outcomes = []
    for number in range(500):
        if number % 5 == 4:
            sender = chance.choice(["evil@example.org", f"x{scene.address}", "a@b, c@d", ""])
            attendee = f"ATTENDEE;PARTSTAT=DECLINED:mailto:{sender}"
            uid, changes = right, {"ATTENDEE": attendee} if chance.random() < 0.5 else {}
        else:
            sender, uid, changes = scene.address, chance.choice(guesses)(), {}
        ics = scene.reply("DECLINED", UID=f"UID:{uid}", **changes)
        head = f"From: {sender}\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n".encode()
        outcomes.append(await take_in(scene.parts, Mail(uid=number, raw=head + ics)))

    assert set(outcomes) <= {"forged", "stranger", "none", "unreadable"}
    assert outcomes.count("forged") == 400
    assert await scene.effects() == before


async def test_same_mail_counts_once_also_when_the_numbers_begin_anew(scene: Scene) -> None:
    raw = scene.arrives(scene.reply())
    first = await scene.read()
    nothing = await scene.read()
    scene.puts(raw)
    again = await scene.read()
    scene.mailbox.make_folder(scene.folder)
    scene.puts(raw)
    # The server's own clock dates what lies there, and it is not that of the tests.
    anew = await replace(scene, parts=replace(scene.parts, now=lambda: datetime.now(UTC))).read()

    assert (first, nothing, again, anew) == ({"asked": 1}, {}, {"twice": 1}, {"twice": 1})
    assert len(await rows(scene.parts, "proposal")) == 1


async def test_two_workers_hear_an_answer_once(scene: Scene) -> None:
    scene.arrives(scene.reply())
    await asyncio.gather(look(scene.parts), look(scene.parts))

    assert len(await rows(scene.parts, "mail_reply")) == 1
    assert len(await rows(scene.parts, "notice", code="reply_declined")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"SEQUENCE": "SEQUENCE:0"},
        {"SEQUENCE": "SEQUENCE:2"},
        {"SEQUENCE": "", "DTSTART": "DTSTART:20270302T130000Z"},
    ],
)
async def test_answer_about_another_time_has_no_effect(
    scene: Scene, changes: dict[str, str]
) -> None:
    before = await scene.effects()
    scene.arrives(scene.reply("DECLINED", **changes))

    assert await scene.read() == {"late": 1}
    assert await scene.effects() == before


async def test_answer_after_the_start_has_no_effect(scene: Scene) -> None:
    scene.arrives(scene.reply())
    scene.parts.now.moment += timedelta(days=3)  # type: ignore[attr-defined]  # the clock of tests

    assert await scene.read() == {"late": 1}


def _nested(depth: int) -> bytes:
    heads = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )
    return b"From: a@example.org\r\n" + heads


BROKEN = {
    "nothing": b"\r\n",
    "five megabytes": b"Subject: x\r\n\r\n" + b"x" * 5_000_000,
    "nested a thousand deep": _nested(1000),
    "boundary missing": b"From: a@b.example\r\nContent-Type: multipart/alternative\r\n\r\nx",
    "charset unknown": (
        b"From: a@b.example\r\nContent-Type: text/calendar; charset=klingon\r\n\r\nBEGIN:VCALENDAR"
    ),
    "base64 broken": (
        b"From: a@b.example\r\nContent-Type: text/calendar\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n====!!"
    ),
    "bytes": b"From: \xff\xfe\x00\r\nContent-Type: \xff/\xfe; =\r\n\r\n" + bytes(range(256)),
    "out of office": b"From: a@b.example\r\nAuto-Submitted: auto-replied\r\n\r\nIk ben er niet.",
    "rule without end": (
        b"From: a@b.example\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n"
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:x\r\nRRULE:FREQ=SECONDLY\r\n"
        b"DTSTART:99999999T999999\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.example\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    ),
}


async def test_broken_mails_have_no_effect_and_do_not_stop_the_next(scene: Scene) -> None:
    before = await scene.effects()
    for raw in BROKEN.values():
        scene.puts(raw)
    came = await scene.read()

    assert sum(came.values()) == len(BROKEN)
    assert set(came) <= {"none", "unreadable", "too_large", "forged"}
    assert came["too_large"] == 1
    assert await scene.effects() == before
    scene.arrives(scene.reply())
    assert await scene.read() == {"asked": 1}


async def test_mailbox_is_only_looked_at(scene: Scene) -> None:
    scene.mailbox.put(b"Subject: x\r\n\r\nhello\r\n")
    await look(with_mailbox(scene.parts, scene.mailbox, "INBOX"))

    assert all(b"Seen" not in one for one in scene.mailbox.flags())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"imap_password": "wrong"}, "refuses us"),
        ({"imap_folder": "Nowhere"}, "not there"),
        ({"imap_port": 1}, "cannot be read"),
        ({"imap_tls": "starttls"}, "certificate"),
        ({"imap_tls": "tls"}, "certificate"),
        ({"imap_password": "", "imap_password_file": "/nowhere/at/all"}, "cannot be read"),
    ],
)
async def test_failing_mailbox_is_told_without_a_secret(
    scene: Scene, changes: dict[str, object], words: str
) -> None:
    if changes.get("imap_tls") == "tls":
        changes = {**changes, "imap_port": scene.mailbox.tls_port}
    parts = replace(scene.parts, settings=replace(scene.parts.settings, **changes))

    with pytest.raises(MailboxFailed, match=words) as failed:
        await look(parts)

    assert PASSWORD not in str(failed.value)
    assert await scene.read() == {}


async def test_password_may_stand_in_a_file(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    settings = replace(scene.parts.settings, imap_password="", imap_password_file=str(file))
    scene.arrives(scene.reply())

    assert await look(replace(scene.parts, settings=settings)) is False
    assert len(await rows(scene.parts, "mail_reply")) == 1
