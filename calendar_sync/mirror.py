"""How one meeting is brought into one calendar: pure planning, no network, no database.

The mirror is what this house believes stands in the calendar. The job asks for a step, does it,
and tells what came of it; a mirror that changed is saved *before* the next step, so that a crash
between a write and its record finds the same name again.

| doing  | answer                | then                                                     |
|--------|-----------------------|----------------------------------------------------------|
| begin  | wanted, absent        | Create; after a try on a server that names: Search first |
| begin  | wanted, present       | older: Fetch; as wanted: Settled                         |
| begin  | wanted, removed       | Search                                                   |
| begin  | unwanted              | removed: Settled; else Fetch                             |
| Create | Written               | Settled, present                                         |
| Create | Exists                | Fetch (an answer was lost, or the name is taken)         |
| Fetch  | ours, new enough      | adopt: Settled, present; unwanted: Remove                |
| Fetch  | the same, to be put back, and it says something else | Update; unwanted: Remove  |
| Fetch  | ours, older           | Update with the tag just read; unwanted: Remove          |
| Fetch  | not ours              | Search                                                   |
| Fetch  | Missing               | Check; after a check: Search                             |
| Search | Found                 | that name, Fetch                                         |
| Search | Missing               | wanted: next generation, Create (first: the same one);   |
|        |                       | unwanted: Settled, removed                               |
| Update | Written               | Settled, present                                         |
| Update | Changed               | Fetch                                                    |
| Update | Missing               | Check                                                    |
| Remove | Removed               | Settled, removed                                         |
| Remove | Changed               | Fetch                                                    |
| Remove | Missing               | Check                                                    |
| Check  | Alive                 | Fetch, after a check                                     |
| any    | AuthFailed, Gone, Temporary, Garbage | Held: the same again later, same identity |

A name is never used again after a delete (trash bins refuse it): a generation is added instead.
A missing object is believed only after the calendar itself was seen: a server that answers 404 to
everything for an hour must not leave an event behind, or get a second one. And a server or a
program may have given it another name: so its UID is looked for before it is written anew.

What is fetched may hold what somebody wants (`watching`): that is remembered in `wish`, also where
our values are written over it, so that nothing a person did is lost without a word.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from calendar_sync import watching
from calendar_sync.event_format import (
    EventFacts,
    FoundEvent,
    Unreadable,
    build_event,
    merge_event,
    read_event,
    title_of,
)
from calendar_sync.target import (
    Alive,
    Answer,
    AuthFailed,
    Changed,
    Exists,
    Failure,
    Found,
    Garbage,
    Gone,
    Missing,
    Removed,
    Stored,
    Temporary,
    Written,
)
from calendar_sync.watching import Agreed, Ours, Wish

MAX_STEPS = 16


class MirrorState(StrEnum):
    """What is believed of the calendar."""

    ABSENT = "absent"  # never confirmed there; an unrecorded write may be
    PRESENT = "present"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """One meeting in one calendar. `synced_revision` is the newest revision confirmed there.

    `base` is what was agreed last; when it is of a newer revision than the confirmed one, the same
    revision is to be written once more (`put_back`). `wish` is what somebody wants, found on the
    way.
    """

    meeting: str
    domain: str
    generation: int
    uid: str
    href: str
    etag: str | None
    synced_revision: int
    state: MirrorState
    base: Agreed | None = None
    wish: Wish | None = None

    @property
    def put_back(self) -> bool:
        """Whether our values are written over those of a person who changed them."""
        return self.base is not None and self.synced_revision < self.base.revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """PUT, never over another object."""

    href: str
    ics: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """GET. `checked` when the calendar itself was just seen, so that a 404 can be believed."""

    href: str
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """Look whether the calendar itself is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Look under which name the UID stands; `first` before it is written for the first time."""

    uid: str
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """PUT over the object that has this tag."""

    href: str
    ics: bytes
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """DELETE of the object that has this tag."""

    href: str
    etag: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The calendar is as wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Not now; `failure` says why, and the same may be tried again."""

    failure: Failure


Doing = Create | Fetch | Check | Search | Update | Remove
Step = Doing | Settled | Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the meeting asks of the calendar now. `facts` is None: no event may stand there.

    The `uid` in `facts` is ignored; the mirror has its own.
    """

    revision: int
    facts: EventFacts | None


def new_mirror(*, meeting: str, domain: str) -> Mirror:
    """The mirror of a meeting that was never in this calendar."""
    return _of_generation(meeting, domain, 1)


def begin(mirror: Mirror, wanted: Wanted, *, doubtful: bool = False) -> tuple[Mirror, Step]:
    """The first step, from what is believed.

    `doubtful`: it may have been written before, under a name that the server chose.
    """
    if wanted.facts is None:
        removed = mirror.state is MirrorState.REMOVED
        return mirror, Settled() if removed else Fetch(href=mirror.href)
    if mirror.base and mirror.base.named and not wanted.facts.named:
        mirror = replace(mirror, synced_revision=min(mirror.synced_revision, _before(mirror.base)))
    match mirror.state:
        case MirrorState.ABSENT if doubtful:
            return mirror, Search(uid=mirror.uid, first=True)
        case MirrorState.ABSENT:
            return mirror, _create(mirror, wanted.facts)
        case MirrorState.REMOVED:
            return mirror, Search(uid=mirror.uid)
        case MirrorState.PRESENT if mirror.synced_revision >= wanted.revision:
            return mirror, Settled()
        case MirrorState.PRESENT:
            return mirror, Fetch(href=mirror.href)
        case _:
            assert_never(mirror.state)


def _before(agreed: Agreed) -> int:
    """So that the same revision is written once more (`put_back`)."""
    return agreed.revision - 1


def decide(mirror: Mirror, wanted: Wanted, did: Doing, answer: Answer) -> tuple[Mirror, Step]:  # noqa: PLR0911 -- one row of the table each
    """The next step, from what came of the last one; the table above is the whole of it."""
    match answer:
        case AuthFailed() | Gone() | Temporary() | Garbage():
            return mirror, Held(failure=answer)
        case Written():
            named = replace(mirror, href=answer.href or mirror.href)
            return _written(named, wanted, answer.etag), Settled()
        case Removed():
            return _removed(mirror, wanted.revision), Settled()
        case Exists() | Changed():
            return mirror, Fetch(href=mirror.href)
        case Alive():
            return mirror, Fetch(href=mirror.href, checked=True)
        case Found():
            return replace(mirror, href=answer.href), Fetch(href=answer.href)
        case Missing():
            return _after_missing(mirror, wanted, did)
        case Stored():
            return _after_stored(mirror, wanted, answer)
        case _:
            assert_never(answer)


def _after_missing(mirror: Mirror, wanted: Wanted, did: Doing) -> tuple[Mirror, Step]:
    if isinstance(did, Search):
        return _after_search(mirror, wanted, did)
    if isinstance(did, Fetch) and did.checked:
        return mirror, Search(uid=mirror.uid)
    return mirror, Check()


def _after_search(mirror: Mirror, wanted: Wanted, did: Search) -> tuple[Mirror, Step]:
    """It stands there under no name."""
    if wanted.facts is None:
        return _removed(mirror, wanted.revision), Settled()
    if did.first:
        return mirror, _create(mirror, wanted.facts)
    return _next_generation(_noting_removal(mirror, wanted.facts), wanted.facts)


def _after_stored(mirror: Mirror, wanted: Wanted, stored: Stored) -> tuple[Mirror, Step]:
    try:
        found = read_event(stored.ics)
    except Unreadable as error:
        return mirror, Held(failure=Garbage(reason=str(error)))
    if found.uid != mirror.uid:
        return mirror, Search(uid=mirror.uid)
    if wanted.facts is None:
        return mirror, _with_tag(stored, lambda tag: Remove(href=mirror.href, etag=tag))
    return _after_own(mirror, wanted, wanted.facts, stored, found)


def _after_own(
    mirror: Mirror, wanted: Wanted, facts: EventFacts, stored: Stored, found: FoundEvent
) -> tuple[Mirror, Step]:
    """Our event stands there: as it should, or with what somebody wants, or older."""
    ours = _ours(wanted.revision, facts)
    said = watching.said_by(stored.ics, zone=facts.zone)
    news = watching.look(mirror.base, ours, said) if said else None
    if isinstance(news, Wish):
        mirror = replace(mirror, wish=news)
    if (found.revision or 0) < wanted.revision:
        return mirror, _update(mirror, facts, stored, found)
    renamed = mirror.put_back and title_of(found) != facts.summary
    if not renamed and (said is None or watching.says_ours(ours, said)):
        return _written(mirror, wanted, stored.etag), Settled()
    if mirror.put_back:
        return mirror, _update(mirror, facts, stored, found)
    return _as_a_person_left_it(mirror, ours, stored.etag), Settled()


def _update(mirror: Mirror, facts: EventFacts, stored: Stored, found: FoundEvent) -> Step:
    ics = merge_event(found, replace(facts, uid=mirror.uid))
    return _with_tag(stored, lambda tag: Update(href=mirror.href, ics=ics, etag=tag))


def _with_tag(stored: Stored, step: Callable[[str], Step]) -> Step:
    if stored.etag is None:
        return Held(failure=Garbage(reason="the calendar gives no ETag, so nothing can be guarded"))
    return step(stored.etag)


def _create(mirror: Mirror, facts: EventFacts) -> Create:
    return Create(href=mirror.href, ics=build_event(replace(facts, uid=mirror.uid)))


def _written(mirror: Mirror, wanted: Wanted, etag: str | None) -> Mirror:
    """It says what is wanted: that is agreed now."""
    declined = mirror.base is not None and mirror.base.declined
    base = None
    if wanted.facts is not None:
        ours = wanted.facts
        base = Agreed(
            revision=wanted.revision,
            starts_at=ours.starts_at,
            ends_at=ours.ends_at,
            declined=declined,
            named=ours.named,
        )
    return _present(replace(mirror, base=base), wanted.revision, etag)


def _as_a_person_left_it(mirror: Mirror, ours: Ours, etag: str | None) -> Mirror:
    """It is the newest of ours, and somebody changed it: that waits for an answer."""
    seen = mirror.wish.digest if mirror.wish else (mirror.base.seen if mirror.base else "")
    named = mirror.base is None or mirror.base.named  # what is not known may be
    base = Agreed(
        revision=ours.revision,
        starts_at=ours.starts_at,
        ends_at=ours.ends_at,
        seen=seen,
        named=named,
    )
    return _present(replace(mirror, base=base), ours.revision, etag)


def _noting_removal(mirror: Mirror, facts: EventFacts) -> Mirror:
    """Somebody took away what stood there, while we changed it."""
    if mirror.state is not MirrorState.PRESENT:
        return mirror
    news = watching.look(mirror.base, _ours(facts.revision, facts), None)
    return replace(mirror, wish=news) if isinstance(news, Wish) else mirror


def _ours(revision: int, facts: EventFacts) -> Ours:
    return Ours(revision=revision, starts_at=facts.starts_at, ends_at=facts.ends_at)


def _present(mirror: Mirror, revision: int, etag: str | None) -> Mirror:
    return replace(mirror, state=MirrorState.PRESENT, synced_revision=revision, etag=etag)


def _removed(mirror: Mirror, revision: int) -> Mirror:
    return replace(
        mirror, state=MirrorState.REMOVED, synced_revision=revision, etag=None, base=None
    )


def _next_generation(mirror: Mirror, facts: EventFacts) -> tuple[Mirror, Step]:
    fresh = _of_generation(mirror.meeting, mirror.domain, mirror.generation + 1)
    fresh = replace(fresh, wish=mirror.wish)
    return fresh, _create(fresh, facts)


def _of_generation(meeting: str, domain: str, generation: int) -> Mirror:
    uid = f"{meeting}-{generation}@{domain}"
    return Mirror(
        meeting=meeting,
        domain=domain,
        generation=generation,
        uid=uid,
        href=f"{uid}.ics",
        etag=None,
        synced_revision=0,
        state=MirrorState.ABSENT,
    )
