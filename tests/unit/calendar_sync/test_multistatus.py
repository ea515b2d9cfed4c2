from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_sync.multistatus import NoMultistatus, name_in, parse_multistatus

pytestmark = pytest.mark.unit
BASE = "https://cal.example/dav/anna%40x/diary/"


@given(st.text(min_size=1, max_size=40))
def test_a_name_is_found_again_or_not_believed(name: str) -> None:
    try:
        found = name_in(BASE, f"/dav/anna@x/diary/{quote(name, safe='')}")
    except UnicodeEncodeError:
        return  # half a character cannot be sent
    plain = name.isprintable() and "/" not in name and name.strip(".")
    assert found == (name if plain else None)


@given(st.text(max_size=60))
def test_no_address_raises_or_leads_out_of_the_calendar(href: str) -> None:
    found = name_in(BASE, href)
    assert found is None or ("/" not in found and found not in (".", ".."))


@pytest.mark.parametrize(
    "href",
    ["/dav/anna@x/diary/", "/dav/anna%40x/diary", "https://cal.example/dav/anna%40x/diary/"],
)
def test_the_calendar_itself_has_the_empty_name(href: str) -> None:
    assert name_in(BASE, href) == ""


@pytest.mark.parametrize(
    "href", ["/dav/anna@x/diary2/a.ics", "/dav/anna@x/", "http://[broken/", "", "a.ics"]
)
def test_other_places_have_no_name(href: str) -> None:
    assert name_in(BASE, href) is None


@given(st.binary(max_size=200))
def test_bytes_are_an_answer_or_are_not(body: bytes) -> None:
    with suppress(NoMultistatus):  # and nothing else is raised
        parse_multistatus(body)


def test_an_entity_is_not_replaced_by_anything_of_ours() -> None:
    body = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        b'<d:multistatus xmlns:d="DAV:"><d:sync-token>&f;</d:sync-token></d:multistatus>'
    )
    with pytest.raises(NoMultistatus):
        parse_multistatus(body)
