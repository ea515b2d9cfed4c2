"""The only file that speaks IMAP (RFC 9051): what is new in a folder, without changing anything.

Calls block and belong in a thread. The password stands in no message.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

SECONDS = 30.0
MOST_MAILS = 100  # at once
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A folder. `tls` is tls, starttls, or none."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail with its number in the folder; `raw` is None when it is larger than is read."""

    uid: int
    raw: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """What came after the last look. Numbers mean something only under the same `uid_validity`."""

    uid_validity: int
    last_uid: int  # everything up to here is in `mails` or was known
    mails: tuple[Mail, ...]
    more: bool


class MailboxFailed(Exception):
    """The mailbox cannot be read now; the text says why, and names no secret."""


def fetch_new(
    where: Where, *, uid_validity: int, last_uid: int, since: date, max_bytes: int
) -> New:
    """Everything after `last_uid`; from `since` on when the numbers mean something else now.

    Raises:
        MailboxFailed: no connection, no TLS, a wrong password, no such folder, or nonsense.
    """
    try:
        with _opened(where) as server:
            _ok(server.select(_quoted(where.folder), readonly=True), "the folder is not there")
            validity = int(server.response("UIDVALIDITY")[1][0] or 0)
            following = int(server.response("UIDNEXT")[1][0] or 0)
            same = validity == uid_validity
            asked = f"UID {last_uid + 1}:*" if same else f"SINCE {_day(since)}"
            told = _ok(server.uid("SEARCH", asked), "the folder cannot be searched")
            floor = last_uid if same else 0
            uids = sorted(uid for uid in map(int, (told[0] or b"").split()) if uid > floor)
            taken = uids[:MOST_MAILS]
            more = len(uids) > MOST_MAILS
            return New(
                uid_validity=validity,
                last_uid=taken[-1] if more else max(floor, following - 1, *taken[-1:]),
                mails=tuple(_mail(server, uid, max_bytes) for uid in taken),
                more=more,
            )
    except ssl.SSLError:
        raise MailboxFailed("the certificate of the mail server cannot be trusted") from None
    except imaplib.IMAP4.error:
        raise MailboxFailed("the mail server refuses us: user name, password or TLS") from None
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise MailboxFailed(f"the mailbox cannot be read ({type(error).__name__})") from None


@contextmanager
def _opened(where: Where) -> Iterator[imaplib.IMAP4]:
    trusted = ssl.create_default_context()
    server: imaplib.IMAP4
    if where.tls == "tls":
        server = imaplib.IMAP4_SSL(where.host, where.port, ssl_context=trusted, timeout=SECONDS)
    else:
        server = imaplib.IMAP4(where.host, where.port, timeout=SECONDS)
    try:
        if where.tls == "starttls":
            server.starttls(trusted)
        server.login(where.user, where.password)
        yield server
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            server.logout()


def _mail(server: imaplib.IMAP4, uid: int, max_bytes: int) -> Mail:
    told = _ok(server.uid("FETCH", str(uid), "(RFC822.SIZE)"), "a mail cannot be read")
    size = _SIZE.search(told[0] if isinstance(told[0], bytes) else b"")
    if size is None or int(size[1]) > max_bytes:
        return Mail(uid=uid, raw=None)
    part = f"(BODY.PEEK[]<0.{max_bytes}>)"
    got = _ok(server.uid("FETCH", str(uid), part), "a mail cannot be read")
    raw = next((one[1] for one in got if isinstance(one, tuple)), None)
    return Mail(uid=uid, raw=raw)


def _ok(answer: tuple[str, list[Any]], otherwise: str) -> list[Any]:
    status, told = answer
    if status != "OK":
        raise MailboxFailed(otherwise)
    return told


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _day(day: date) -> str:
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"
