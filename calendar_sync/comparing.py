"""What to fetch and what to believe, from what is known and what the calendar tells. Pure.

| told                                   | known                | then                           |
|----------------------------------------|----------------------|--------------------------------|
| changed, with the tag of our own write | a mirror             | noted, not fetched             |
| changed, with the tag that is known    | yes                  | nothing; often: not believed   |
| changed                                | any                  | fetched                        |
| removed                                | yes, or a mirror     | fetched: a 404 proves it       |
| removed                                | no                   | nothing                        |
| nothing                                | written a while ago, | everything is listed: it may   |
|                                        | and not seen since   | stand under another name       |
| not in a complete listing              | yes                  | gone                           |
| not in a complete listing              | a mirror             | fetched: a 404 proves it       |

A server that answers an unknown token with everything (calendar 4) shows itself by telling what
did not change, or, when it gave everything a new tag too, most of what is known; then a complete
listing says what is gone. Without a tag nothing can be compared, so such an object is fetched each
time.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from calendar_sync.reading import Changes, Listing

MANY_UNCHANGED = 3  # told as changed without being so: that is no list of changes
FEW_OBJECTS = 50  # in so small a calendar one is enough
MANY_GONE = 5  # so many may always go
MIRRORS_GONE = 0.2  # the part of our mirrors that may go at once
BUSY_GONE = 0.5  # the part of foreign busy times that may go at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was kept of an object. `again`: to be fetched although its tag did not change.

    `promised`: we wrote it a while ago, and the calendar never showed it.
    """

    etag: str | None
    again: bool = False
    promised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What to do about what was told."""

    fetch: Mapping[str, str | None] = field(default_factory=dict)  # href -> the tag that was told
    echoes: Mapping[str, str] = field(default_factory=dict)  # our own writes, by their tag
    gone: frozenset[str] = frozenset()  # a complete listing lacks them
    unchanged: int = 0
    changed: int = 0  # of what is known, by others
    unseen: frozenset[str] = frozenset()  # ours, which a list of changes should have told

    @property
    def tells_everything(self) -> bool:
        """Whether this was no list of changes, so that only a listing tells what is gone."""
        return self.unchanged >= MANY_UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """How much is known of a calendar: everything, our mirrors in it, foreign busy objects."""

    objects: int
    mirrors: int
    busy: int


def look_at_changes(
    changes: Changes, known: Mapping[str, Known], written: Mapping[str, str | None]
) -> Look:
    """What to do about changes. `written` are the tags of our own newest writes by name."""
    told = {href: tag for href, tag in changes.changed.items() if not _same(tag, known.get(href))}
    return Look(
        fetch={
            **{href: tag for href, tag in told.items() if not _echo(href, tag, written)},
            **{href: None for href in changes.removed if href in known or href in written},
            **{href: one.etag for href, one in known.items() if one.again},
        },
        echoes={href: tag for href, tag in told.items() if tag and _echo(href, tag, written)},
        unchanged=len(changes.changed) - len(told),
        changed=sum(href in known and not _echo(href, tag, written) for href, tag in told.items()),
        unseen=frozenset(
            href
            for href, one in known.items()
            if one.promised and href in written and href not in changes.changed
        ),
    )


def look_at_listing(
    listing: Listing, known: Mapping[str, Known], written: Mapping[str, str | None]
) -> Look:
    """What to do about everything that is there.

    A mirror that the listing lacks is asked for by name before it is believed to be gone: some
    servers show a write only later.
    """
    differs = {
        href: tag
        for href, tag in listing.tags.items()
        if not _same(tag, known.get(href)) or known[href].again
    }
    return Look(
        fetch={
            **{href: tag for href, tag in differs.items() if not _echo(href, tag, written)},
            **dict.fromkeys(written.keys() - listing.tags.keys()),
        },
        echoes={href: tag for href, tag in differs.items() if tag and _echo(href, tag, written)},
        gone=frozenset(known.keys() - listing.tags.keys() - written.keys()),
    )


def too_many_gone(stock: Stock, gone: Stock, *, came: int) -> bool:
    """Whether so much vanished at once that a person must look first (calendar 11.5).

    That is: the whole calendar when it held more than one object and nothing new `came`, more than
    five and a fifth of our mirrors, or more than five and half of the busy times. What takes no
    time may go as it likes.
    """
    if stock.objects > 1 and gone.objects >= stock.objects and not came:
        return True
    mirrors = gone.mirrors > MANY_GONE and gone.mirrors > MIRRORS_GONE * stock.mirrors
    busy = gone.busy > MANY_GONE and gone.busy > BUSY_GONE * stock.busy
    return mirrors or busy


def in_parts(hrefs: Collection[str], size: int) -> list[list[str]]:
    """The names in parts of at most `size`, in order."""
    names = sorted(hrefs)
    return [names[at : at + size] for at in range(0, len(names), size)]


def _same(tag: str | None, known: Known | None) -> bool:
    return known is not None and tag is not None and known.etag == tag


def _echo(href: str, tag: str | None, written: Mapping[str, str | None]) -> bool:
    return tag is not None and written.get(href) == tag
