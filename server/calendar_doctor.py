"""What `tweespraak calendars doctor` looks at in one calendar; one sentence each, no secrets."""

import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from calendar_sync.address_guard import Unsafe, pin
from calendar_sync.reading import CalendarSource, Changes, Listing, TokenRefused
from server.doctor import Finding, State
from server.jobs.sources import OpenSource
from server.store import mailboxes, staff_mail
from server.store import remote_objects as store
from server.store.mailboxes import MailboxRecord
from server.usecases.calendars import CalendarHealth, CalendarView
from server.usecases.context import Parts

_LATE = timedelta(minutes=30)
_SLOW = 5.0
_REFUSED = timedelta(days=30)


async def examine_mail(parts: Parts, *, now: datetime) -> tuple[Finding, ...]:
    """Look at the mailbox that answers come to, and at mails to staff that were refused."""
    async with parts.database.read() as tx:
        boxes = await mailboxes.mailboxes(tx)
        refused = await staff_mail.refused_since(tx, now - _REFUSED)
    found = []
    if parts.settings.imap_host:
        host = f"@{parts.settings.imap_host}/"
        box = next((one for one in boxes if host in one.name), None)
        found.append(_mailbox(box, now))
    if refused:
        said = f"{len(refused)} refused in {_REFUSED.days} days, last: {refused[0].reason}"
        found.append(_warning("mail to staff", said))
    return tuple(found)


def _mailbox(box: MailboxRecord | None, now: datetime) -> Finding:
    if box is None:
        return _warning("answers by mail", "never looked at; does `tweespraak worker` run?")
    minutes = int((now - box.read_at).total_seconds() // 60)
    if box.last_error:
        return _bad("answers by mail", f"{box.last_error}; last read {minutes} minutes ago")
    if now - box.read_at > _LATE:
        said = f"last read {minutes} minutes ago; does `tweespraak worker` run?"
        return _warning("answers by mail", said)
    return _good("answers by mail", f"read {minutes} minutes ago")


async def examine(
    parts: Parts, calendar: CalendarView, open_source: OpenSource, *, now: datetime
) -> AsyncIterator[Finding]:
    """Look at a calendar from our books to its server, until something stands in the way."""
    yield _books(calendar)
    yield _age(calendar, now)
    yield _unread(calendar)
    address = await _address(parts, calendar)
    yield address
    if address.state is State.BAD:
        return
    async with parts.database.read() as tx:
        reading = await store.reading_by_id(tx, calendar.id)
    if reading is None or reading.kind != "caldav":
        return
    try:
        source = open_source(parts, reading)
    except ValueError:
        yield _bad("password", "cannot be read; was it sealed by another installation?")
        return
    try:
        yield await _listing(source)
        yield await _changes(source, reading.sync_token)
    finally:
        await source.close()


def _books(calendar: CalendarView) -> Finding:
    match calendar.health:
        case CalendarHealth.FINE | CalendarHealth.NEW:
            return _good("state", str(calendar.health))
        case CalendarHealth.FAILING:
            return _warning("state", "does not work now; we try again by ourselves")
        case CalendarHealth.PAUSED:
            return _bad("state", "much vanished at once: look at the calendars page, then go on")
        case _:
            return _bad("state", f"{calendar.health}: its owner has to do something")


def _age(calendar: CalendarView, now: datetime) -> Finding:
    if calendar.updated_at is None:
        return _warning("last answer", "it has never answered; does `tweespraak sync` run?")
    age = now - calendar.updated_at
    minutes = int(age.total_seconds() // 60)
    if age > _LATE:
        return _warning("last answer", f"{minutes} minutes ago; does `tweespraak sync` run?")
    return _good("last answer", f"{minutes} minutes ago")


def _unread(calendar: CalendarView) -> Finding:
    if calendar.unread:
        return _warning("objects", f"{calendar.unread} could not be read; their times are unknown")
    return _good("objects", "all that was read could be understood")


async def _address(parts: Parts, calendar: CalendarView) -> Finding:
    try:
        pinned = await pin(calendar.address, allow_private_hosts=parts.settings.calendar_hosts)
    except Unsafe as error:
        return _bad("address", str(error))
    except (OSError, TimeoutError):
        return _bad("address", f"{calendar.host} cannot be found; is the name right?")
    return _good("address", f"{pinned.host}: {len(pinned.addresses)} addresses, all allowed")


async def _listing(source: CalendarSource) -> Finding:
    began = time.monotonic()
    listing = await source.listing()
    seconds = time.monotonic() - began
    if not isinstance(listing, Listing):
        return _bad("server", listing.reason)
    said = f"shows {len(listing.tags)} objects in {seconds:.1f} s"
    untagged = sum(1 for tag in listing.tags.values() if tag is None)
    if untagged:
        return _warning("server", f"{said}; {untagged} without a tag, which are read each time")
    return _warning("server", f"{said}: slow") if seconds > _SLOW else _good("server", said)


async def _changes(source: CalendarSource, token: str | None) -> Finding:
    told = await source.changes(token)
    match told:
        case Changes():
            return _good("changes", f"are told since the last reading ({len(told.changed)} now)")
        case TokenRefused():
            return _warning("changes", f"are not told ({told.reason}); all is compared each time")
        case _:
            return _bad("changes", told.reason)


def _good(subject: str, sentence: str) -> Finding:
    return Finding(subject=subject, state=State.GOOD, sentence=sentence)


def _warning(subject: str, sentence: str) -> Finding:
    return Finding(subject=subject, state=State.WARNING, sentence=sentence)


def _bad(subject: str, sentence: str) -> Finding:
    return Finding(subject=subject, state=State.BAD, sentence=sentence)
