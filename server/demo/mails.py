"""The demo's mails: one file each, read back as text, HTML, calendar part and links."""

import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

_LINK = re.compile(r"https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:!?]")
_TO = "X-Demo-Envelope-To"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it came in; parts that it does not have are empty."""

    id: str
    at: datetime
    to: str
    sender: str
    subject: str
    text: str
    html: str
    ics: str
    links: tuple[str, ...]
    source: bytes


def keep(folder: Path, content: bytes, to: list[str]) -> str:
    """Write a mail to `folder` and give its id, which is in the file system before this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    mail_id = f"{time.time_ns()}"
    draft = folder / f".{mail_id}"
    with draft.open("wb") as file:
        file.write(f"{_TO}: {', '.join(to)}\r\n".encode("utf-8", "replace") + content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / f"{mail_id}.eml")
    return mail_id


def read_all(folder: Path) -> list[Mail]:
    """All mails of `folder`, newest first."""
    files = sorted(folder.glob("*.eml"), reverse=True) if folder.is_dir() else []
    return [_read(file) for file in files]


def read_one(folder: Path, mail_id: str) -> Mail | None:
    """The mail with this id, or None."""
    file = folder / f"{mail_id}.eml"
    return _read(file) if mail_id.isdecimal() and file.is_file() else None


def _read(file: Path) -> Mail:
    source = file.read_bytes()
    message = message_from_bytes(source, policy=policy.default)
    text, html = _part(message, "text/plain"), _part(message, "text/html")
    return Mail(
        id=file.stem,
        at=datetime.fromtimestamp(int(file.stem) / 1e9, tz=UTC),
        to=str(message.get(_TO, message.get("To", ""))),
        sender=str(message.get("From", "")),
        subject=str(message.get("Subject", "")).strip(),
        text=text,
        html=html,
        ics=_part(message, "text/calendar"),
        links=tuple(dict.fromkeys(_LINK.findall(text))),
        source=source,
    )


def _part(message: EmailMessage, kind: str) -> str:
    for part in message.walk():
        if part.get_content_type() == kind:
            content = part.get_content()
            return content if isinstance(content, str) else content.decode("utf-8", "replace")
    return ""
