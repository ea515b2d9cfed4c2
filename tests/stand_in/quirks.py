"""How servers differ, and how requests fail.

A quirk is the nature of a server: it answers so for as long as it runs. The modes are those of the
compatibility table of the caldav library. A flap befalls one request.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class BadToken(StrEnum):
    """What an unknown or expired sync token gets."""

    FORBIDDEN = "403"  # as RFC 6578 3.2 has it, with DAV:valid-sync-token
    CONFLICT = "409"  # the same element
    PRECONDITION = "412"  # the same element (Xandikos)
    GONE = "410"
    EVERYTHING = "207"  # all members and a new token, as if nothing was the matter
    NOTHING = "207 empty"  # a new token and no members: the changes are never told


class Tags(StrEnum):
    """What becomes of ETags."""

    STRONG = "strong"
    NONE_ON_PUT = "none on PUT"
    WEAK_ON_PUT = "weak on PUT"  # and strong on reading (GMX)
    WEAK = "weak"  # everywhere; If-Match never holds (RFC 9110 13.1.1)


class UidCheck(StrEnum):
    """What a UID gets that stands under another name."""

    CONFLICT = "409"  # RFC 4791 5.3.2.1 no-uid-conflict
    PRECONDITION = "412"
    FORBIDDEN = "403"  # unique-scheduling-object-resource (Cyrus)
    BAD_REQUEST = "400"  # only words (Nextcloud of old)
    ABSENT = "absent"  # both are kept


class Trash(StrEnum):
    """What a UID gets that was removed before."""

    FREE = "free"  # it may come again
    BAD_REQUEST = "400"
    FORBIDDEN = "403"


class Hrefs(StrEnum):
    """How answers name members."""

    PATH = "path"
    ABSOLUTE = "absolute"
    ENCODED = "encoded"  # every sign that may be
    FOREIGN = "foreign"  # others beside ours: another user's, another server's, a climb


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """The nature of a server; the defaults are those of one without faults."""

    sync_token: bool = True
    bad_token: BadToken = BadToken.FORBIDDEN
    tells_deletions: bool = True
    cut_at: int | None = None  # members in one sync answer, asked or not
    says_cut: bool = True  # 507 for a cut answer; else the rest is never told
    limit_refused: bool = False  # DAV:limit gets 507 number-of-matches-within-limits
    late: bool = False  # a list of changes tells only what there was when it was asked for before
    ghosts: int = 0  # 404 entries in a first synchronisation
    if_none_match: bool = True
    if_match: bool = True
    tags: Tags = Tags.STRONG
    rewrites: bool = False  # the server changes what it keeps, and gives no ETag on PUT
    delay: int = 0  # a write is seen after so many further requests
    uid_check: UidCheck = UidCheck.CONFLICT
    trash: Trash = Trash.FREE
    hrefs: Hrefs = Hrefs.PATH
    renames: bool = False  # a new object gets another name, and nobody is told
    uid_query: bool = True  # a calendar-query by UID is answered; else with everything


class Flap(StrEnum):
    """What befalls one request."""

    REFUSED = "connection closed, nothing done"
    LOST = "done, answer lost"
    RESET = "done, reset in the middle of the body"
    HANG = "no answer, nothing done"
    HANG_AFTER = "done, no answer"
    SLOW = "a second late"
    SERVER_ERROR = "500, nothing done"
    SERVER_ERROR_AFTER = "500, yet done"
    UNAVAILABLE = "503 with Retry-After"
    TOO_MANY = "429 with Retry-After"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    PRECONDITION = "412, nothing done"
    MOVED = "301"
    WRONG_TAG = "a wrong ETag"
    PAGE = "200 with a page"
    BROKEN_XML = "207 that breaks off"
    EMPTY = "207 with nothing in it"


WRITES = frozenset({"PUT", "DELETE"})
HANGS = frozenset({Flap.HANG, Flap.HANG_AFTER, Flap.SLOW})
_ONLY_FOR: dict[Flap, frozenset[str]] = {
    Flap.LOST: WRITES,
    Flap.SERVER_ERROR_AFTER: WRITES,
    Flap.HANG_AFTER: WRITES,
    Flap.PRECONDITION: WRITES,
    Flap.WRONG_TAG: frozenset({"GET", "PUT"}),
    Flap.RESET: frozenset({"GET", "REPORT", "PROPFIND"}),
    Flap.BROKEN_XML: frozenset({"REPORT", "PROPFIND"}),
    Flap.EMPTY: frozenset({"REPORT", "PROPFIND"}),
}

Schedule = Callable[[str, str], Flap | None]
"""Tells from method and path what befalls the next request."""


def calm(_method: str, _path: str) -> None:
    """Nothing happens."""


def always(flap: Flap) -> Schedule:
    """The same for every request, whatever its method."""
    return lambda _method, _path: flap


def fits(flap: Flap, method: str) -> bool:
    """Whether `flap` can befall a request with this method."""
    return method in _ONLY_FOR.get(flap, (method,))


class InTurn:
    """Each flap once, in order, at the first request that it fits; then nothing."""

    def __init__(self, flaps: Iterable[Flap]) -> None:
        self.waiting = deque(flaps)
        self.may_hang = not HANGS.isdisjoint(self.waiting)

    def __call__(self, method: str, _path: str) -> Flap | None:
        """Give the next flap when it fits."""
        if self.waiting and fits(self.waiting[0], method):
            return self.waiting.popleft()
        return None


class Befalls:
    """One flap, at the first request with this method; `left` is 0 when it came to that."""

    def __init__(self, method: str, flap: Flap) -> None:
        self._method, self._flap = method, flap
        self.may_hang = flap in HANGS
        self.left = 1

    def __call__(self, method: str, _path: str) -> Flap | None:
        """Give it once."""
        if method != self._method or not self.left:
            return None
        self.left = 0
        return self._flap


class Seeded:
    """Flaps by chance: `share` of all requests, from `kinds`; `dealt` counts what was given."""

    def __init__(self, seed: int, *, share: float, kinds: Iterable[Flap]) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
        self._kinds = tuple(kinds)
        self.may_hang = not HANGS.isdisjoint(self._kinds)
        self.share = share
        self.dealt: Counter[Flap] = Counter()

    def __call__(self, method: str, _path: str) -> Flap | None:
        """Draw for this request."""
        fitting = [kind for kind in self._kinds if fits(kind, method)]
        if self._random.random() >= self.share or not fitting:
            return None
        flap = self._random.choice(fitting)
        self.dealt[flap] += 1
        return flap
