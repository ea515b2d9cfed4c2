"""Own secret feeds: an address that a calendar program reads, for a coach, a planner or a room.

The token is derived from the row and the secret of the installation, so that the page can show the
address again; the database holds its hash alone. A feed lives as long as whoever asked for it may
see what is in it.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from calendar_sync.published_feed import FeedEvent, write_feed
from coaching.access import Right, of_roles
from coaching.errors import BadInput, NotAllowed, NotFound
from coaching.words import Language, StaffRole
from server.secrets import InstallSecret, token_hash
from server.store import feeds as store
from server.store import people
from server.store.database import Tx
from server.store.erasing import ERASED_NAME
from server.store.feeds import FeedLine, FeedRecord
from server.texts import Catalogue, catalogue
from server.usecases.context import Parts, StaffActor

BACK, AHEAD = timedelta(days=30), timedelta(days=400)
READ_NOTED = timedelta(minutes=10)  # a program that comes by more often is noted once


class FeedKind(StrEnum):
    """Whose appointments a feed shows."""

    COACH = "coach"  # the own ones
    PLANNER = "planner"  # everybody's
    ROOM = "room"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A feed that somebody may have; `address` is "" as long as there is none."""

    kind: FeedKind
    owner: UUID
    name: str  # of the room; "" for the own ones
    address: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedText:
    """What a calendar program is given. `tag` is a strong ETag without its quotes."""

    body: bytes
    tag: str


async def list_feeds(parts: Parts, actor: StaffActor) -> tuple[FeedView, ...]:
    """The feeds that this person has or may have. Reads only."""
    async with parts.database.read() as tx:
        owners = await _may_have(tx, actor)
        open_ones = await store.feeds_of(tx, {owner for _, owner in owners})
    there = {(FeedKind(one.kind), one.owner_id): one for one in open_ones}
    return tuple(
        _view(parts, kind, owner, name, there.get((kind, owner)))
        for (kind, owner), name in owners.items()
    )


async def make_feed(
    parts: Parts, actor: StaffActor, kind: FeedKind, owner: UUID, *, now: datetime
) -> None:
    """Open a feed, with a new address; the one that there was closes at once.

    Raises:
        NotAllowed: `feed_not_yours`.
    """

    async def work(tx: Tx) -> None:
        await _check(tx, actor, kind, owner)
        await store.revoke_feeds(tx, kind, owner, now=now)
        feed = uuid4()
        await store.insert_feed(
            tx,
            id=feed,
            kind=kind,
            owner_id=owner,
            staff_id=actor.id,
            token_hash=token_hash(feed_token(parts.secret, feed)),
            created_at=now,
        )

    await parts.database.run(work)


async def close_feed(
    parts: Parts, actor: StaffActor, kind: FeedKind, owner: UUID, *, now: datetime
) -> None:
    """Close a feed; a second time does nothing.

    Raises:
        NotAllowed: `feed_not_yours`.
    """

    async def work(tx: Tx) -> None:
        await _check(tx, actor, kind, owner)
        await store.revoke_feeds(tx, kind, owner, now=now)

    await parts.database.run(work)


async def read_feed(parts: Parts, token: str, *, now: datetime) -> FeedText:
    """What stands behind an address, from 30 days back to 400 days ahead.

    Raises:
        NotFound: `feed_unknown`: wrong, closed, or of somebody who may not see this any more.
    """
    async with parts.database.read() as tx:
        feed = await store.feed_behind(tx, token_hash(token))
        asker = await people.staff_by_id(tx, feed.staff_id) if feed else None
        if feed is None or asker is None or not _still_may(feed, asker):
            raise NotFound("feed_unknown")
        lines = await _lines(tx, feed, now=now)
    await _note(parts, feed, now=now)
    body = _written(parts, feed, Language(asker.language), lines)
    return FeedText(body=body, tag=hashlib.sha256(body).hexdigest()[:32])


def feed_token(secret: InstallSecret, feed: UUID) -> str:
    """The 256-bit token of a feed."""
    mac = hmac.new(secret.derive("feed"), feed.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def feed_kind(text: str) -> FeedKind:
    """The kind that a form names.

    Raises:
        BadInput: `choice_bad`.
    """
    try:
        return FeedKind(text)
    except ValueError:
        raise BadInput("choice_bad", field="kind") from None


async def _may_have(tx: Tx, actor: StaffActor) -> Mapping[tuple[FeedKind, UUID], str]:
    found: dict[tuple[FeedKind, UUID], str] = {}
    if actor.may(Right.HOST):
        found[FeedKind.COACH, actor.id] = ""
    if actor.may(Right.PLAN):
        found[FeedKind.PLANNER, actor.id] = ""
        for room in await people.rooms(tx):
            found[FeedKind.ROOM, room.id] = f"{room.name}, {room.place_name}"
    return found


async def _check(tx: Tx, actor: StaffActor, kind: FeedKind, owner: UUID) -> None:
    if (kind, owner) not in await _may_have(tx, actor):
        raise NotAllowed("feed_not_yours")


def _still_may(feed: FeedRecord, asker: people.StaffRecord) -> bool:
    rights = of_roles(StaffRole(role) for role in asker.roles)
    match FeedKind(feed.kind):
        case FeedKind.COACH:
            needed = Right.HOST
        case FeedKind.PLANNER | FeedKind.ROOM:
            needed = Right.PLAN
        case kind:
            assert_never(kind)
    return asker.active and needed in rights


async def _lines(tx: Tx, feed: FeedRecord, *, now: datetime) -> tuple[FeedLine, ...]:
    kind = FeedKind(feed.kind)
    return await store.feed_lines(
        tx,
        coach=feed.owner_id if kind is FeedKind.COACH else None,
        room=feed.owner_id if kind is FeedKind.ROOM else None,
        after=now - BACK,
        before=now + AHEAD,
    )


async def _note(parts: Parts, feed: FeedRecord, *, now: datetime) -> None:
    if feed.read_at is None or now - feed.read_at > READ_NOTED:
        async with parts.database.write() as tx:
            await store.note_read(tx, feed.id, now=now)


def _written(
    parts: Parts, feed: FeedRecord, language: Language, lines: tuple[FeedLine, ...]
) -> bytes:
    texts = catalogue(language)
    domain = urlsplit(parts.settings.public_url).hostname or "localhost"
    name = texts.say("feeds.calendar_name", organisation=parts.settings.organisation)
    return write_feed(
        name,
        (
            FeedEvent(
                uid=f"{line.id}-feed@{domain}",
                revision=line.revision,
                summary=_summary(parts, texts, FeedKind(feed.kind), line),
                url=f"{parts.settings.public_url}/meetings/{line.id}",
                starts_at=line.starts_at,
                ends_at=line.ends_at,
                changed_at=line.changed_at,
            )
            for line in lines
        ),
    )


def _summary(parts: Parts, texts: Catalogue, kind: FeedKind, line: FeedLine) -> str:
    """Neutral; a planner sees whose talk it is, a name only where the organisation wants it."""
    said = [texts.say("calendar.summary", number=f"T-{line.number}")]
    if kind is FeedKind.PLANNER:
        said.append(line.coach_name)
    told = line.candidate_name != ERASED_NAME
    if told and parts.settings.names_in_feeds and kind is not FeedKind.ROOM:
        said.append(line.candidate_name)
    return ", ".join(said)


def _view(
    parts: Parts, kind: FeedKind, owner: UUID, name: str, feed: FeedRecord | None
) -> FeedView:
    address = ""
    if feed is not None:
        token = feed_token(parts.secret, feed.id)
        address = f"{parts.settings.public_url}/feeds/{token}.ics"
    return FeedView(
        kind=kind,
        owner=owner,
        name=name,
        address=address,
        read_at=feed.read_at if feed else None,
    )
