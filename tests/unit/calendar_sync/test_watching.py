"""What a mirror says against what was agreed: the table of `calendar_sync.watching`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_sync.event_format import EventFacts, build_event, merge_event, read_event
from calendar_sync.events import OwnEvent
from calendar_sync.mirror import (
    Fetch,
    Mirror,
    MirrorState,
    Settled,
    Update,
    Wanted,
    begin,
    decide,
    new_mirror,
)
from calendar_sync.target import Alive, Missing, Stored, Written
from calendar_sync.watching import (
    Agreed,
    Odd,
    Ours,
    Unchanged,
    Wish,
    WishKind,
    from_record,
    look,
    said_by,
    says_ours,
    to_record,
)

pytestmark = pytest.mark.unit

START = datetime(2027, 3, 3, 13, tzinfo=UTC)
LASTS = timedelta(minutes=45)
DAY = timedelta(days=1)
AGREED = Agreed(revision=1, starts_at=START, ends_at=START + LASTS)
OURS = Ours(revision=1, starts_at=START, ends_at=START + LASTS)
MOVED_HERE = Ours(revision=2, starts_at=START + DAY, ends_at=START + DAY + LASTS)


def said(starts: datetime = START, **other: object) -> OwnEvent:
    given_ = {
        "meeting": "m",
        "uid": "m-1@x",
        "revision": 1,
        "starts_at": starts,
        "ends_at": starts + LASTS,
        "cancelled": False,
        "all_day": False,
        "recurring": False,
    }
    return OwnEvent(**{**given_, **other})  # type: ignore[arg-type]  # fields by name


LATER = said(START + 2 * DAY)


@pytest.mark.parametrize(
    ("agreed", "ours", "event", "expected"),
    [
        (AGREED, OURS, said(), Unchanged.NOTHING),
        (AGREED, OURS, LATER, (WishKind.MOVED, None)),
        (AGREED, MOVED_HERE, LATER, (WishKind.MOVED, None)),
        (AGREED, MOVED_HERE, said(START + DAY), Unchanged.NOTHING),
        (AGREED, MOVED_HERE, said(), Unchanged.NOTHING),
        (AGREED, OURS, None, (WishKind.REMOVED, None)),
        (AGREED, OURS, said(cancelled=True), (WishKind.REMOVED, Odd.CANCELLED_THERE)),
        (AGREED, OURS, said(declined=True), (WishKind.DECLINED, None)),
        (replace(AGREED, declined=True), OURS, said(declined=True), Unchanged.NOTHING),
        (AGREED, OURS, said(all_day=True), (WishKind.MOVED, Odd.ALL_DAY)),
        (AGREED, OURS, said(recurring=True), (WishKind.MOVED, Odd.REPEATS)),
        (AGREED, OURS, said(starts_at=None), (WishKind.MOVED, Odd.TIME_UNKNOWN)),
        (AGREED, OURS, said(ends_at=START), (WishKind.MOVED, Odd.LENGTH)),
        (AGREED, OURS, said(ends_at=START + DAY), (WishKind.MOVED, Odd.LENGTH)),
        # An older copy that a program brought back, or an event that lost our mark of revision.
        (replace(AGREED, revision=2), MOVED_HERE, LATER, (WishKind.MOVED, Odd.OLDER_COPY)),
        (AGREED, OURS, said(START + DAY, revision=None), (WishKind.MOVED, None)),
        # A write of ours whose answer was lost is no wish of anybody.
        (AGREED, replace(MOVED_HERE, revision=3), said(START + DAY, revision=2), Unchanged.NOTHING),
        (AGREED, MOVED_HERE, said(START + DAY, revision=2), Unchanged.NOTHING),
        (AGREED, MOVED_HERE, said(START + 2 * DAY, revision=2), (WishKind.MOVED, None)),
        (None, OURS, said(), Unchanged.NOTHING),
        (None, OURS, LATER, (WishKind.MOVED, None)),
        (None, MOVED_HERE, LATER, Unchanged.NOTHING),
        (None, OURS, None, (WishKind.REMOVED, None)),
    ],
)
def test_what_the_calendar_says_is_a_wish_or_nothing(
    agreed: Agreed | None,
    ours: Ours,
    event: OwnEvent | None,
    expected: Unchanged | tuple[WishKind, Odd | None],
) -> None:
    found = look(agreed, ours, event)
    assert (found if isinstance(found, Unchanged) else (found.kind, found.odd)) == expected


def test_what_was_seen_is_no_news_and_going_back_takes_it_back() -> None:
    wish = look(AGREED, OURS, LATER)
    assert isinstance(wish, Wish)
    seen = replace(AGREED, seen=wish.digest)

    assert look(seen, OURS, LATER) is Unchanged.NOTHING
    assert look(seen, OURS, said()) is Unchanged.TAKEN_BACK
    assert isinstance(look(seen, OURS, said(START + 3 * DAY)), Wish)


def test_what_is_kept_comes_back_from_its_record() -> None:
    full = replace(AGREED, declined=True, seen="x")
    assert from_record(to_record(full)) == full
    assert from_record(None) is None


def facts(revision: int, start: datetime = START) -> EventFacts:
    return EventFacts(
        uid="",
        meeting="m",
        revision=revision,
        summary="Gesprek (T-1)",
        description="https://x.example/meetings/m",
        starts_at=start,
        ends_at=start + LASTS,
        zone="Europe/Amsterdam",
        stamp=START,
    )


def standing(revision: int = 1) -> Mirror:
    return replace(
        new_mirror(meeting="m", domain="x"),
        state=MirrorState.PRESENT,
        synced_revision=revision,
        etag='"1"',
        base=replace(AGREED, revision=revision),
    )


def stored(mirror: Mirror, revision: int, start: datetime) -> Stored:
    return Stored(ics=build_event(replace(facts(revision, start), uid=mirror.uid)), etag='"7"')


def test_both_moved_ours_is_written_and_theirs_is_remembered() -> None:
    mirror, wanted = standing(), Wanted(revision=2, facts=facts(2, START + DAY))
    mirror, step = begin(mirror, wanted)
    assert step == Fetch(href=mirror.href)
    mirror, step = decide(mirror, wanted, step, stored(mirror, 1, START + 2 * DAY))
    assert isinstance(step, Update)
    ours = Ours(revision=2, starts_at=START + DAY, ends_at=START + DAY + LASTS)
    event = said_by(step.ics, zone="Europe/Amsterdam")
    assert event is not None
    assert says_ours(ours, event)

    mirror, step = decide(mirror, wanted, step, Written(etag='"8"'))
    assert step == Settled()
    assert mirror.wish is not None
    assert mirror.wish.starts_at == START + 2 * DAY
    assert mirror.base == Agreed(revision=2, starts_at=START + DAY, ends_at=START + DAY + LASTS)


def test_changed_there_alone_it_is_left_and_remembered() -> None:
    """The answer to our create was lost, and somebody moved the event meanwhile."""
    fresh = new_mirror(meeting="m", domain="x")
    wanted = Wanted(revision=1, facts=facts(1))
    mirror, step = decide(fresh, wanted, Fetch(href=fresh.href), stored(fresh, 1, START + 2 * DAY))
    assert step == Settled()
    assert mirror.wish is not None
    assert mirror.base is not None
    assert mirror.base.seen == mirror.wish.digest


def test_to_be_put_back_the_same_revision_is_written_once_more() -> None:
    wish = look(AGREED, OURS, said(START + 2 * DAY))
    assert isinstance(wish, Wish)
    mirror = replace(standing(), synced_revision=0, base=replace(AGREED, seen=wish.digest))
    wanted = Wanted(revision=1, facts=facts(1))
    mirror, step = begin(mirror, wanted)
    mirror, step = decide(mirror, wanted, Fetch(href="h"), stored(mirror, 1, START + 2 * DAY))
    assert isinstance(step, Update)
    assert mirror.wish is None  # it was noted before
    mirror, _ = decide(mirror, wanted, step, Written(etag='"8"'))
    assert (mirror.base, mirror.synced_revision) == (AGREED, 1)


def test_removed_while_we_changed_it_stands_again_and_is_remembered() -> None:
    wanted = Wanted(revision=2, facts=facts(2, START + DAY))
    mirror, step = decide(standing(), wanted, Fetch(href="h"), Missing())
    mirror, step = decide(mirror, wanted, step, Alive())  # type: ignore[arg-type]  # it is a check
    mirror, step = decide(mirror, wanted, step, Missing())  # type: ignore[arg-type]  # a fetch
    mirror, step = decide(mirror, wanted, step, Missing())  # type: ignore[arg-type]  # a search
    assert mirror.generation == 2
    assert mirror.wish is not None
    assert mirror.wish.kind is WishKind.REMOVED


def test_putting_back_leaves_no_series_and_no_day_and_keeps_what_people_added() -> None:
    mirror = standing()
    ics = stored(mirror, 1, START).ics.replace(
        b"SUMMARY:",
        b"RRULE:FREQ=WEEKLY;COUNT=3\r\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\nCOLOR:red\r\nSUMMARY:",
    )
    second = (
        f"BEGIN:VEVENT\r\nUID:{mirror.uid}\r\nRECURRENCE-ID:20270310T130000Z\r\n"
        "DTSTART:20270311T130000Z\r\nEND:VEVENT\r\nEND:VCALENDAR"
    ).encode()
    ics = ics.replace(b"END:VCALENDAR", second)
    merged = merge_event(read_event(ics), replace(facts(1), uid=mirror.uid))

    event = said_by(merged, zone="Europe/Amsterdam")
    assert event is not None
    assert says_ours(OURS, event)
    assert b"COLOR:red" in merged


@given(
    st.lists(
        st.tuples(st.sampled_from(("here", "there")), st.integers(0, 3)), min_size=1, max_size=20
    )
)
def test_whoever_moves_what_the_calendar_ends_with_ours_or_a_wish_that_was_noted(
    moves: list[tuple[str, int]],
) -> None:
    """Two people move one meeting, each on their side, writing after each move of ours."""
    mirror, revision, here = standing(), 1, START
    there = (1, START)  # revision and start that stand in the calendar
    noted: set[datetime] = set()
    for side, days in moves:
        start = START + days * DAY
        if side == "there":
            there = (there[0], start)
            continue
        revision, here = revision + 1, start
        wanted = Wanted(revision=revision, facts=facts(revision, here))
        mirror, step = begin(mirror, wanted)
        lost = there[1]
        agreed = mirror.base
        mirror, step = decide(mirror, wanted, step, stored(mirror, *there))  # type: ignore[arg-type]  # a fetch
        if isinstance(step, Update):
            mirror, step = decide(mirror, wanted, step, Written(etag='"9"'))
            there = (revision, here)
        assert step == Settled()
        if mirror.wish and mirror.wish.starts_at:
            noted.add(mirror.wish.starts_at)
        assert there == (revision, here)
        assert agreed is not None
        assert lost in (agreed.starts_at, here) or lost in noted
