"""What the stand-in keeps: users, calendars, objects, and a journal of changes. No HTTP."""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

_UID = re.compile(rb"^UID(?:;[^:\r\n]*)?:([^\r\n]*)", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n[ \t]")
_COMPONENT = re.compile(rb"^BEGIN:(VEVENT|VTODO|VJOURNAL|VFREEBUSY)\s*$", re.MULTILINE)


class NoCalendarObject(Exception):
    """The text is not one calendar object (RFC 4791 4.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One object as it stands here; no two writes give the same tag."""

    data: bytes
    tag: str
    uid: str
    component: str


def identity(data: bytes) -> tuple[str, str]:
    """UID and component of a calendar object.

    Raises:
        NoCalendarObject: no calendar, no component, or more than one UID.
    """
    flat = _FOLD.sub(b"", data)
    component = _COMPONENT.search(flat)
    uids = {uid.decode("utf-8", "replace") for uid in _UID.findall(flat)}
    if not flat.startswith(b"BEGIN:VCALENDAR") or b"\nEND:VCALENDAR" not in flat:
        raise NoCalendarObject("no calendar")
    if component is None or len(uids) != 1:
        raise NoCalendarObject("not one object with one UID")
    return uids.pop(), component[1].decode()


@dataclass(slots=True)
class Calendar:
    """One calendar. `journal` has a number and a name for each change, oldest first."""

    owner: str
    name: str
    display_name: str = ""
    colour: str | None = None
    components: tuple[str, ...] = ("VEVENT", "VTODO", "VJOURNAL")
    may_write: bool = True
    number: int = 0  # of this calendar: a new one of the same name has other tokens
    extra: dict[str, str] = field(default_factory=dict)  # what PROPPATCH set, by Clark name
    objects: dict[str, Kept] = field(default_factory=dict)
    trash: set[str] = field(default_factory=set)  # UIDs that were removed
    journal: list[tuple[int, str]] = field(default_factory=list)
    oldest_token: int = 0
    asked_at: int = 0  # the newest change when changes were last asked for
    _by_uid: dict[str, str] = field(default_factory=dict)
    _next: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    @property
    def now(self) -> int:
        """The number of the newest change."""
        return self.journal[-1][0] if self.journal else 0

    def holder(self, uid: str) -> str | None:
        """The name under which `uid` stands."""
        return self._by_uid.get(uid)

    def put(self, name: str, data: bytes) -> Kept:
        """Write without any condition; NoCalendarObject when `data` is none."""
        uid, component = identity(data)
        self._forget(name)
        number = self._next()
        kept = Kept(data=data, tag=f"{self.number}-{number}", uid=uid, component=component)
        self.objects[name] = kept
        self._by_uid[uid] = name
        self.journal.append((number, name))
        return kept

    def remove(self, name: str) -> None:
        """Remove without any condition, when it is there."""
        kept = self._forget(name)
        if kept is not None:
            self.trash.add(kept.uid)
            self.journal.append((self._next(), name))

    def expire_tokens(self) -> None:
        """From now on no token that was given is valid."""
        self.number += 1_000_000

    def since(self, number: int, until: int) -> list[tuple[int, str]]:
        """The newest change of each name after `number` and not after `until`, oldest first."""
        first, end = (
            bisect_right(self.journal, each, key=lambda entry: entry[0]) for each in (number, until)
        )
        newest = {name: at for at, name in self.journal[first:end]}
        return sorted((at, name) for name, at in newest.items())

    def _forget(self, name: str) -> Kept | None:
        kept = self.objects.pop(name, None)
        if kept is not None and self._by_uid.get(kept.uid) == name:
            del self._by_uid[kept.uid]
        return kept


class Store:
    """Everything the server knows: passwords by user, calendars by user and name."""

    def __init__(self, users: dict[str, str]) -> None:
        self.users = users
        self.calendars: dict[tuple[str, str], Calendar] = {}
        self._numbers = count(1)

    def make(self, owner: str, name: str, **settings: str) -> Calendar:
        """Add an empty calendar."""
        made = Calendar(owner, name, number=next(self._numbers), **settings)
        made.display_name = made.display_name or name
        self.calendars[owner, name] = made
        return made

    def drop(self, owner: str, name: str) -> None:
        """Take a calendar away with all that stands in it."""
        self.calendars.pop((owner, name), None)

    def of(self, owner: str) -> list[Calendar]:
        """The calendars of a user."""
        return [calendar for (of, _), calendar in self.calendars.items() if of == owner]
