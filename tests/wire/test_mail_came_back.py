"""A mail of ours that came back asks for a call, once; no other report does anything."""

from uuid import uuid4

import pytest

from tests.calendar_servers import MailSink
from tests.wire.reply_tools import Scene, mailbox, scene, sink  # noqa: F401 -- fixtures
from tests.wire.worker_tools import rows

# ruff: noqa: F811 -- fixtures are used by their names
pytestmark = pytest.mark.wire


def _came_back(message_id: str, *, action: str = "failed", sent: str = "message/rfc822") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nAuto-Submitted: auto-replied\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n"
        "--r\r\nContent-Type: text/plain\r\n\r\nSorry\r\n"
        "--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; x@example.org\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n"
        f"--r\r\nContent-Type: {sent}\r\n\r\n"
        f"Message-ID: {message_id}\r\nSubject: x\r\n\r\n--r--\r\n"
    ).encode()


@pytest.mark.parametrize("sent", ["message/rfc822", "text/rfc822-headers"])
async def test_mail_that_came_back_asks_for_a_call_once(
    scene: Scene, sink: MailSink, sent: str
) -> None:
    ours = str(sink.taken[-1].message["Message-ID"])
    posted = len(await rows(scene.parts, "outbox"))
    for _ in range(2):
        scene.puts(_came_back(ours, sent=sent))

    assert await scene.read() == {"unreachable": 1, "twice": 1}
    assert len(await rows(scene.parts, "todo", code="unreachable")) == 1
    assert len(await rows(scene.parts, "notice", code="mail_bounced")) == 1
    assert len(await rows(scene.parts, "outbox")) == posted


@pytest.mark.parametrize(
    ("message_id", "action"),
    [
        ("OURS", "delayed"),
        ("OURS", "delivered"),
        (f"<{uuid4()}@tweespraak.example>", "failed"),
        ("<x@tweespraak.example>", "failed"),
        (f"<{uuid4()}@elsewhere.example>", "failed"),
        ("", "failed"),
    ],
    ids=["delayed", "delivered", "unknown to us", "no number", "of another house", "none"],
)
async def test_other_reports_have_no_effect(
    scene: Scene, sink: MailSink, message_id: str, action: str
) -> None:
    before = await scene.effects()
    ours = str(sink.taken[-1].message["Message-ID"])
    scene.puts(_came_back(message_id.replace("OURS", ours), action=action))

    assert set(await scene.read()) <= {"none", "unknown"}
    assert await scene.effects() == before
