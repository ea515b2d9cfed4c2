"""A mail from outside, taken apart: an answer to an invitation, a mail that came back, or nothing.

Bodies and subjects are never looked at; nothing of a mail is kept but what is returned here.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.utils import getaddresses

from calendar_sync.hostile import NotBelieved
from calendar_sync.reply_format import Reply, read_reply

MAX_MAIL_BYTES = 1_000_000
MAX_PARTS = 50
_LONGEST_ID = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, and the address that the mail says it is from (in small letters)."""

    sender: str
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """A mail of ours that will not arrive (RFC 3464); `message_id` is without its brackets."""

    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Anything else; `why` is a stable word for a count: none, unreadable, too_large."""

    why: str


Incoming = Answered | CameBack | Other


def read_mail(raw: bytes, *, zone: str) -> Incoming:
    """What a mail is to us; raises nothing, whatever is in it."""
    if len(raw) > MAX_MAIL_BYTES:
        return Other(why="too_large")
    try:
        message = BytesParser().parsebytes(raw)
        if message.get_content_type() == "multipart/report":
            return _came_back(message) or Other(why="none")
        return _answered(message, zone) or Other(why="none")
    except NotBelieved:
        return Other(why="unreadable")
    except Exception:  # noqa: BLE001 -- what the library does with a broken mail is not ours to know
        return Other(why="unreadable")


def mail_hash(raw: bytes) -> str:
    """What tells one mail from another: the same mail in the mailbox again counts once."""
    return hashlib.sha256(raw).hexdigest()


def _answered(message: Message, zone: str) -> Answered | None:
    senders = [address for _, address in getaddresses(message.get_all("From", []))]
    parts = [one for one in _parts(message) if one.get_content_type() == "text/calendar"]
    if len(senders) != 1 or "@" not in senders[0]:
        return None
    for part in parts:
        body = part.get_payload(decode=True)
        reply = read_reply(body, zone=zone) if isinstance(body, bytes) else None
        if reply is not None:
            return Answered(sender=senders[0].strip().lower(), reply=reply)
    return None


def _came_back(message: Message) -> CameBack | None:
    """Only what failed for good; a delay is no news (RFC 3464 2.3.3)."""
    if str(message.get_param("report-type", "")).lower() != "delivery-status":
        return None
    failed, found = False, ""
    for part in _parts(message):
        match part.get_content_type():
            case "message/delivery-status":
                blocks = part.get_payload()
                failed = failed or any(map(_has_failed, blocks if isinstance(blocks, list) else ()))
            case "message/rfc822":
                inner = part.get_payload()
                found = found or (_id(inner[0]) if isinstance(inner, list) and inner else "")
            case "text/rfc822-headers":
                text = part.get_payload(decode=True)
                head = text.decode("latin-1") if isinstance(text, bytes) else ""
                found = found or _id(HeaderParser().parsestr(head))
            case _:
                continue
    return CameBack(message_id=found) if failed and found else None


def _has_failed(block: object) -> bool:
    return isinstance(block, Message) and str(block.get("Action", "")).strip().lower() == "failed"


def _id(message: object) -> str:
    if not isinstance(message, Message):
        return ""
    return str(message.get("Message-ID", "")).strip().strip("<>")[:_LONGEST_ID]


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a mail, not of the mails inside it."""
    waiting, count = [message], 0
    while waiting and count < MAX_PARTS:
        part = waiting.pop(0)
        count += 1
        yield part
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting.extend(one for one in inner if isinstance(one, Message))
