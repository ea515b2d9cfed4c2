import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_sync.comparing import (
    MANY_GONE,
    Known,
    Stock,
    in_parts,
    look_at_changes,
    look_at_listing,
    too_many_gone,
)
from calendar_sync.reading import Changes, Listing

pytestmark = pytest.mark.unit
NAMES = st.sampled_from([f"{letter}.ics" for letter in "abcdef"])
TAGS = st.none() | st.sampled_from(['"1"', '"2"', 'W/"3"'])


def changes(changed: dict[str, str | None] | None = None, removed: tuple[str, ...] = ()) -> Changes:
    return Changes(token="t", changed=changed or {}, removed=frozenset(removed))


def test_what_changed_is_fetched_and_what_did_not_is_left() -> None:
    known = {"a": Known(etag="1"), "b": Known(etag="1")}
    look = look_at_changes(changes({"a": "2", "b": "1", "new": "1"}), known, {})
    assert dict(look.fetch) == {"a": "2", "new": "1"}
    assert look.gone == frozenset()


def test_our_own_write_is_an_echo_only_with_the_very_tag_that_it_was_given() -> None:
    told = changes({"ours": "5", "theirs": "6", "untagged": None})
    look = look_at_changes(told, {}, {"ours": "5", "theirs": "5", "untagged": None})
    assert dict(look.echoes) == {"ours": "5"}
    assert set(look.fetch) == {"theirs", "untagged"}


def test_what_is_told_as_removed_is_looked_at_when_it_is_known() -> None:
    look = look_at_changes(
        changes(removed=("a", "mirror", "stranger")), {"a": Known(etag="1")}, {"mirror": "1"}
    )
    assert set(look.fetch) == {"a", "mirror"}
    assert look.gone == frozenset()


def test_what_we_wrote_and_is_not_told_is_unseen_until_it_is_told_or_not_ours_any_more() -> None:
    known = {name: Known(etag=None, promised=True) for name in ("silent", "told", "old")}
    look = look_at_changes(changes({"told": "2"}), known, {"silent": "1", "told": "1"})
    assert look.unseen == {"silent"}
    assert set(look.fetch) == {"told"}


@pytest.mark.parametrize(("same", "everything"), [(0, False), (2, False), (3, True)])
def test_a_list_of_changes_with_much_unchanged_is_none(same: int, *, everything: bool) -> None:
    known = {str(n): Known(etag="1") for n in range(same)}
    told = changes({"new": "1", **{str(n): "1" for n in range(same)}})
    assert look_at_changes(told, known, {}).tells_everything is everything


def test_what_others_changed_of_what_is_known_is_counted_without_our_echo() -> None:
    known = {name: Known(etag="1") for name in ("a", "b", "ours")}
    told = changes({"a": "2", "b": "1", "new": "1", "ours": "7"})
    assert look_at_changes(told, known, {"ours": "7"}).changed == 1


def test_a_listing_tells_new_changed_untagged_and_gone() -> None:
    known = {"a": Known(etag="1"), "b": Known(etag="1"), "c": Known(etag=None)}
    look = look_at_listing(Listing(tags={"a": "1", "c": None, "d": "1"}), known, {})
    assert set(look.fetch) == {"c", "d"}
    assert look.gone == {"b"}


def test_a_mirror_that_a_listing_lacks_is_asked_for_by_name() -> None:
    look = look_at_listing(Listing(tags={}), {"m": Known(etag="1")}, {"m": "1", "n": "1"})
    assert set(look.fetch) == {"m", "n"}
    assert look.gone == frozenset()


@given(
    known=st.dictionaries(NAMES, TAGS),
    tags=st.dictionaries(NAMES, TAGS),
    written=st.dictionaries(NAMES, TAGS),
)
def test_after_a_listing_nothing_is_overlooked(
    known: dict[str, str | None], tags: dict[str, str | None], written: dict[str, str | None]
) -> None:
    stock = {href: Known(etag=tag) for href, tag in known.items()}
    look = look_at_listing(Listing(tags=tags), stock, written)
    for href, tag in tags.items():
        same = tag is not None and known.get(href) == tag
        assert same or href in look.fetch or look.echoes.get(href) == written[href] == tag
    for href in {*known, *written} - tags.keys():
        assert (href in look.gone) != (href in look.fetch)
    assert not look.gone & tags.keys()


@pytest.mark.parametrize(
    ("stock", "gone", "came", "stops"),
    [
        ((1, 0, 1), (1, 0, 1), 0, False),  # the only event was removed
        ((2, 0, 2), (2, 0, 2), 0, True),  # everything at once
        ((2, 0, 2), (2, 0, 2), 1, False),  # and something new
        ((40, 10, 20), (5, 5, 0), 0, False),  # five may always go
        ((40, 10, 20), (6, 6, 0), 0, True),
        ((90, 40, 20), (8, 8, 0), 0, False),  # a fifth
        ((90, 40, 20), (9, 9, 0), 0, True),
        ((40, 0, 12), (6, 0, 6), 0, False),  # half
        ((40, 0, 12), (7, 0, 7), 0, True),
        ((20_000, 0, 10), (19_000, 0, 0), 0, False),  # an archive was cleaned
    ],
)
def test_how_much_may_vanish_at_once(
    stock: tuple[int, int, int], gone: tuple[int, int, int], came: int, *, stops: bool
) -> None:
    before, lost = (Stock(objects=one[0], mirrors=one[1], busy=one[2]) for one in (stock, gone))
    assert too_many_gone(before, lost, came=came) is stops
    assert MANY_GONE == 5


@given(st.sets(st.text(), max_size=30), st.integers(1, 7))
def test_parts_are_whole_and_small(names: set[str], size: int) -> None:
    parts = in_parts(names, size)
    assert sorted(names) == [name for part in parts for name in part]
    assert all(0 < len(part) <= size for part in parts)
