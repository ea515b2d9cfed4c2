from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_sync import multistatus
from calendar_sync.multistatus import NoMultistatus, name_in, parse_multistatus, root_of

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


@pytest.mark.parametrize(
    "inside",
    [
        b"<a/>" * 60_000,
        b"<response>" + b"<a/>" * 60_000 + b"</response>",
        b"<!---->" * 60_000,
        b"<a" + b"".join(b" a%d = '>'" % number for number in range(30_000)) + b"/>",
    ],
    ids=["beside", "in one response", "comments", "attributes"],
)
def test_an_answer_of_millions_of_elements_is_given_up_early(inside: bytes) -> None:
    body = b'<multistatus xmlns="DAV:">' + inside + b"</multistatus>"

    with pytest.raises(NoMultistatus, match="too long"):
        parse_multistatus(body)
    with pytest.raises(NoMultistatus, match="too long"):
        root_of(body)


def test_an_answer_has_a_bounded_number_of_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multistatus, "MAX_ENTRIES", 3)
    one = b"<response><href>/cal/x</href></response>"

    assert len(parse_multistatus(b'<multistatus xmlns="DAV:">%b</multistatus>' % (one * 3)).entries)
    with pytest.raises(NoMultistatus, match="too long"):
        parse_multistatus(b'<multistatus xmlns="DAV:">%b</multistatus>' % (one * 4))


def test_only_responses_and_the_token_directly_in_the_answer_count() -> None:
    inner = "<response><href>/cal/inner.ics</href></response>"
    body = (
        f'<multistatus xmlns="DAV:"><sync-token>first</sync-token><response><href>/cal/a.ics</href>'
        f"{inner}<propstat><prop><sync-token>of the object</sync-token></prop>"
        f"<status>HTTP/1.1 200 OK</status></propstat></response><x>{inner}</x>"
        "<response><href>/cal/b.ics</href></response></multistatus>"
    )

    read = parse_multistatus(body.encode())

    assert [one.href for one in read.entries] == ["/cal/a.ics", "/cal/b.ics"]
    assert (read.token, read.entries[0].token) == ("first", "of the object")


@pytest.mark.parametrize("head", ["", "<!-- <multistatus> -->", "<?xml version='1.0'?>\n<?x y?>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_wherever_it_stands(head: str, encoding: str) -> None:
    plain = f'{head}<multistatus xmlns="DAV:"><sync-token>t</sync-token></multistatus>'
    typed = plain.replace("<multistatus xmlns", "<!DOCTYPE multistatus []><multistatus xmlns")

    assert parse_multistatus(plain.encode(encoding)).token == "t"
    for read in (parse_multistatus, root_of):
        with pytest.raises(NoMultistatus, match="document type"):
            read(typed.encode(encoding))


def test_a_root_with_long_names_and_what_stands_behind_a_long_comment_are_read() -> None:
    """Expat 2.6 and later wait for more before they look at something long again."""
    spaces = " ".join(f'xmlns:n{number}="urn:{number:030}"' for number in range(22))
    root = f'<multistatus xmlns="DAV:" {spaces}>'
    end = "<response><href>/a</href></response><sync-token>t</sync-token></multistatus>"
    short = f"{root}{end}".encode()
    head = root.ljust(multistatus._AT_ONCE - 900)
    long = f"{head}<!--{'c' * 1200}-->{end}".encode()

    assert multistatus._HEAD_AT_ONCE < len(short) < 2 * multistatus._HEAD_AT_ONCE
    for body in (short, long):
        read = parse_multistatus(body)
        assert ([one.href for one in read.entries], read.token) == (["/a"], "t")
    assert root_of(short) is not None


def test_text_that_looks_like_a_document_type_is_text() -> None:
    data = '<c:calendar-data xmlns:c="urn:ietf:params:xml:ns:caldav"><![CDATA[<!DOCTYPE html>]]>'
    body = (
        f'<multistatus xmlns="DAV:"><response><href>/a</href><propstat><prop>{data}'
        "</c:calendar-data></prop></propstat></response></multistatus>"
    )

    assert parse_multistatus(body.encode()).entries[0].data == b"<!DOCTYPE html>"


def test_foreign_names_never_reach_a_parser_that_keeps_them() -> None:
    """What a million of them leave behind is measured by `python -m benchmarks.new_names`."""
    files = sorted((Path(__file__).parents[3] / "calendar_sync").glob("*.py"))

    assert Path(multistatus.__file__) in files
    assert [one.name for one in files if "lxml" in one.read_text(encoding="utf-8")] == []
