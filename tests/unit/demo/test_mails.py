from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from server.demo.mails import keep, read_all, read_one

pytestmark = pytest.mark.unit


def invitation(subject: str) -> bytes:
    message = EmailMessage()
    message["From"] = "planning@voorbeeldwerkt.example"
    message["To"] = "samira@voorbeeldwerkt.example"
    message["Subject"] = subject
    message.set_content("Uw gesprek:\nhttp://localhost:8080/j/abc-_1.\nTot dan, Zoë")
    message.add_alternative("<p>Uw gesprek</p>", subtype="html")
    message.add_attachment("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", subtype="calendar")
    return message.as_bytes()


def test_kept_mail_is_read_back_in_its_parts(tmp_path: Path) -> None:
    kept = keep(tmp_path, invitation("Uw afspraak ë"), ["samira@voorbeeldwerkt.example"])

    mail = read_one(tmp_path, kept)

    assert mail is not None
    assert mail.subject == "Uw afspraak ë"
    assert mail.to == "samira@voorbeeldwerkt.example"
    assert "Zoë" in mail.text
    assert mail.html.strip() == "<p>Uw gesprek</p>"
    assert mail.ics.startswith("BEGIN:VCALENDAR")
    assert mail.links == ("http://localhost:8080/j/abc-_1",)
    assert abs((datetime.now(UTC) - mail.at).total_seconds()) < 600


def test_mails_come_newest_first(tmp_path: Path) -> None:
    keep(tmp_path, invitation("eerste"), ["a@example.org"])
    keep(tmp_path, invitation("tweede"), ["a@example.org"])

    assert [mail.subject for mail in read_all(tmp_path)] == ["tweede", "eerste"]


def test_garbage_is_shown_as_it_came(tmp_path: Path) -> None:
    kept = keep(tmp_path, b"\xff\xfe\r\n\r\n\x00", ["a@example.org"])

    mail = read_one(tmp_path, kept)

    assert mail is not None
    assert mail.source.endswith(b"\x00")


@pytest.mark.parametrize("asked", ["../secret", "1", "", "٣"])
def test_mail_that_is_not_there_is_none(tmp_path: Path, asked: str) -> None:
    assert read_one(tmp_path, asked) is None
