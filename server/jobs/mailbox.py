"""Reads the mailbox that answers to invitations come to, every minute, and never writes to it.

Each mail is taken in once: the folder's numbers say how far it was read, and a hash of each answer
says what was heard, also when two workers read or a crash comes in between.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import structlog

from calendar_sync.incoming_mail import (
    MAX_MAIL_BYTES,
    Answered,
    CameBack,
    Other,
    mail_hash,
    read_mail,
)
from coaching.errors import TweespraakError
from server.jobs.imap import Mail, MailboxFailed, New, Where, fetch_new
from server.store import mailboxes
from server.usecases.context import Parts
from server.usecases.proposals import settle_wishes
from server.usecases.replies import Heard, hear_reply, hear_return

EVERY_SECONDS, LONGEST_SECONDS = 60.0, 900.0
FIRST_LOOK = timedelta(days=30)
_log = structlog.get_logger("tweespraak.mailbox")


async def run_mailbox(parts: Parts, stop: asyncio.Event) -> None:
    """Look until `stop` is set; nothing that goes wrong ends it. Without a mailbox: at once."""
    failures = 0
    while parts.settings.imap_host and not stop.is_set():
        more = False
        try:
            more = await look(parts)
            failures = 0
        except (MailboxFailed, TweespraakError, OSError) as error:
            failures += 1
            _log.warning("mailbox_not_read", reason=_said(error))
        pause = 0.0 if more else min(EVERY_SECONDS * 2 ** min(failures, 8), LONGEST_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause or None):
                if pause:
                    await stop.wait()


async def look(parts: Parts) -> bool:
    """Take in what is new; True when there is more.

    Raises:
        MailboxFailed: the mailbox cannot be read; that is kept with it.
        Unavailable: the database does not answer.
    """
    where = _where(parts)
    name = f"{where.user}@{where.host}/{where.folder}"[:200]
    new = await _fetched(parts, where, name)
    count: Counter[str] = Counter()
    for mail in new.mails:
        count[await take_in(parts, mail)] += 1
        await _reached(parts, name, new, mail.uid)
    await _reached(parts, name, new, new.last_uid)
    if count[Heard.ASKED]:
        await settle_wishes(parts, now=parts.now())
    if count:
        _log.info("mailbox_read", **count)
    return new.more


async def _reached(parts: Parts, name: str, new: New, uid: int) -> None:
    async with parts.database.write() as tx:
        await mailboxes.save_position(
            tx, name, uid_validity=new.uid_validity, last_uid=uid, now=parts.now()
        )


async def _fetched(parts: Parts, where: Where, name: str) -> New:
    async with parts.database.read() as tx:
        there = await mailboxes.mailbox_named(tx, name)
    try:
        return await asyncio.to_thread(
            fetch_new,
            where,
            uid_validity=there.uid_validity if there else 0,
            last_uid=there.last_uid if there else 0,
            since=(parts.now() - FIRST_LOOK).date(),
            max_bytes=MAX_MAIL_BYTES,
        )
    except MailboxFailed as failure:
        async with parts.database.write() as tx:
            await mailboxes.save_failure(tx, name, error=str(failure), now=parts.now())
        raise


async def take_in(parts: Parts, mail: Mail) -> str:
    """One stable word for what came of a mail."""
    if mail.raw is None:
        return "too_large"
    found = await asyncio.to_thread(read_mail, mail.raw, zone=parts.settings.zone)
    now = parts.now()
    match found:
        case Answered():
            digest = mail_hash(mail.raw)
            return await hear_reply(parts, found, message_hash=digest, now=now)
        case CameBack():
            return await hear_return(parts, found, now=now)
        case Other(why=why):
            return why


def _where(parts: Parts) -> Where:
    settings = parts.settings
    try:
        password = settings.imap_secret
    except OSError:
        raise MailboxFailed("the file with the password of the mailbox cannot be read") from None
    return Where(
        host=settings.imap_host,
        port=settings.imap_port,
        user=settings.imap_user,
        password=password,
        folder=settings.imap_folder,
        tls=settings.imap_tls,
    )


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, MailboxFailed) else type(error).__name__
