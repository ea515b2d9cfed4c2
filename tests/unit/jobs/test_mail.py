"""The mail: plain words, one button, and whatever a name holds, exactly what was meant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import getaddresses
from html.parser import HTMLParser

import pytest
import vobject
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from calendar_sync.plain_text import harmless
from coaching.words import Change, Language, Mode
from server.jobs.mail import (
    BadAddress,
    MailFacts,
    Template,
    compose,
    for_address,
    recipient,
    when_in_words,
)

pytestmark = pytest.mark.unit

FACTS = MailFacts(
    template=Template.INVITATION,
    language=Language.NL,
    uid="3f0c.mark@tweespraak.example",
    revision=1,
    mode=Mode.VIDEO,
    starts_at=datetime(2027, 3, 2, 13, tzinfo=UTC),
    ends_at=datetime(2027, 3, 2, 13, 45, tzinfo=UTC),
    zone="Europe/Amsterdam",
    candidate_name="Fatima Yılmaz",
    candidate_email="fatima@example.org",
    coach_name="Anna de Vries",
    phone="06 12 34 56 78",
    place_name="Werkplein",
    place_address="Stationsplein 1, Utrecht",
    place_route="Vijf minuten lopen vanaf het station.",
    link="https://tweespraak.example/j/abc",
    organisation="Werkplein Midden",
    sender="planning@tweespraak.example",
    domain="tweespraak.example",
    message_key="row",
    stamp=datetime(2027, 3, 1, 8, tzinfo=UTC),
)

PRACTICE = replace(FACTS, practice=True)

HOSTILE = st.one_of(
    st.text(),
    st.text(
        alphabet="\r\n\t\0\x0b\x1b\u200e\u200f\u202e\u2066\u2028\ufeff:;,\"'<>@=?\\{}%^ BEGIND"
    ),
    st.sampled_from(
        [
            "Jan\r\nBcc: evil@example.org",
            "Jan\nATTENDEE:mailto:evil@example.org",
            'Jan" <evil@example.org>, "X',
            "=?utf-8?q?a=40b=2C_evil=40c?=",
            "END:VEVENT\r\nBEGIN:VEVENT",
            "\u202egnp.exe",
            "{coach.__class__}",
            "<script>alert(1)</script>",
            "ü" * 10_000,
            "\ud800",
        ]
    ),
)


def sent(facts: MailFacts) -> EmailMessage:
    """The mail as its receiver reads it, from the bytes."""
    message = BytesParser(policy=policy.default).parsebytes(compose(facts).as_bytes())
    assert isinstance(message, EmailMessage)
    return message


def text_of(facts: MailFacts, kind: str = "plain") -> str:
    body = sent(facts).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def calendar_of(message: EmailMessage) -> tuple[str | None, str]:
    (part,) = [part for part in message.iter_parts() if part.get_content_subtype() == "calendar"]
    return part.get_param("method"), part.get_content()


def people(raw_mail: bytes, header: str) -> list[tuple[str, str]]:
    """Names and addresses, by the older of the two parsers of the standard library.

    The newer one leaves a blank between two encoded words, against RFC 2047 6.2.
    """
    raw = BytesHeaderParser(policy=policy.compat32).parsebytes(raw_mail)
    found = getaddresses([raw[header]])
    return [(str(make_header(decode_header(name))), address) for name, address in found]


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self.lang: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag == "html":
            self.lang = dict(attrs)["lang"]


def test_invitation_says_who_when_how_long_and_whom_to_call() -> None:
    text = text_of(FACTS)
    for part in (
        "Anna de Vries",
        "dinsdag 2 maart 2027, 14.00 uur",
        "45 minuten",
        "06 12 34 56 78",
    ):
        assert part in text
    assert text.count(FACTS.link) == 1


def test_html_has_one_button_its_language_and_nothing_from_elsewhere() -> None:
    page = Links()
    page.feed(text_of(FACTS, "html"))
    assert page.links == [FACTS.link]
    assert page.lang == "nl"
    assert not {"img", "script", "link", "iframe", "style"} & set(page.tags)
    assert "<strong>dinsdag 2 maart 2027, 14.00 uur</strong>" in text_of(FACTS, "html")


def test_a_video_talk_announces_camera_and_microphone_and_whom_to_call_instead() -> None:
    for kind in ("plain", "html"):
        words = text_of(FACTS, kind)
        assert "met camera en microfoon" in words
        assert "Is dat lastig voor u? Bel dan even." in words
        assert "camera" not in text_of(replace(FACTS, mode=Mode.PHONE), kind)


def test_english_candidate_reads_english() -> None:
    text = text_of(replace(FACTS, language=Language.EN))
    assert "Tuesday 2 March 2027, 14:00" in text
    assert "Take part" in text


def test_meeting_at_a_location_says_place_and_route() -> None:
    text = text_of(replace(FACTS, mode=Mode.OFFLINE))
    assert "Werkplein, Stationsplein 1, Utrecht" in text
    assert "Vijf minuten lopen" in text
    assert "reizen" not in text


def test_parts_stand_in_the_order_that_outlook_reads() -> None:
    message = sent(FACTS)
    assert message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("mode", Mode)
def test_every_sentence_is_short_and_free_of_duty(
    language: Language, template: Template, mode: Mode
) -> None:
    facts = replace(FACTS, language=language, template=template, mode=mode, link="LINK")
    text = text_of(facts)
    lines = [s for line in text.splitlines() for s in line.replace("?", ".").split(". ")]
    assert max(len(sentence.split()) for sentence in lines) <= 15
    for word in ("verplicht", "maatregel", "korten", "oproep", "moet ", "sanctie", "must"):
        assert word not in text.lower()


def test_move_keeps_uid_and_cancel_withdraws() -> None:
    asked, first = calendar_of(sent(FACTS))
    _, second = calendar_of(sent(replace(FACTS, template=Template.MOVED, revision=2)))
    cancelling, third = calendar_of(sent(replace(FACTS, template=Template.CANCELLED, revision=3)))
    events = [vobject.readOne(ics) for ics in (first, second, third)]
    assert len({calendar.vevent.uid.value for calendar in events}) == 1
    assert [calendar.vevent.sequence.value for calendar in events] == ["1", "2", "3"]
    assert (asked, cancelling) == ("REQUEST", "CANCEL")
    assert events[2].method.value == "CANCEL"
    assert events[2].vevent.status.value == "CANCELLED"
    assert {c.vevent.organizer.value for c in events} == {"mailto:planning@tweespraak.example"}


def test_cancelled_mail_has_no_link() -> None:
    facts = replace(FACTS, template=Template.CANCELLED)
    assert FACTS.link not in compose(facts).as_string()


PLAIN = sent(replace(FACTS, mode=Mode.OFFLINE))


@settings(max_examples=80, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(candidate=HOSTILE, coach=HOSTILE, organisation=HOSTILE, route=HOSTILE)
def test_hostile_names_come_out_as_exactly_what_was_meant(
    candidate: str, coach: str, organisation: str, route: str
) -> None:
    facts = replace(
        FACTS,
        candidate_name=candidate,
        coach_name=coach,
        organisation=organisation,
        place_route=route,
        mode=Mode.OFFLINE,
    )
    raw = compose(facts).as_bytes()
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    assert sorted(message.keys()) == sorted(PLAIN.keys())
    assert [a.addr_spec for a in message["To"].addresses] == ["fatima@example.org"]
    assert people(raw, "To") == [(for_address(candidate), "fatima@example.org")]
    assert people(raw, "From") == [(for_address(organisation), "planning@tweespraak.example")]
    assert [a.addr_spec for a in message["From"].addresses] == ["planning@tweespraak.example"]
    page = Links()
    html = message.get_body(("html",))
    assert html is not None
    page.feed(html.get_content())
    assert page.links == [FACTS.link]
    assert "script" not in page.tags
    _, ics = calendar_of(message)
    calendar = vobject.readOne(ics)
    plain = vobject.readOne(calendar_of(PLAIN)[1])
    assert set(calendar.vevent.contents) == set(plain.vevent.contents)
    assert len(calendar.contents["vevent"]) == 1
    (attendee,) = calendar.vevent.contents["attendee"]
    assert attendee.value == "mailto:fatima@example.org"
    assert calendar.vevent.organizer.value == "mailto:planning@tweespraak.example"
    assert calendar.vevent.summary.value == harmless(f"Gesprek met {harmless(coach)}")
    assert all(len(line) <= 998 for line in raw.splitlines())


@pytest.mark.parametrize(
    "address",
    [
        "", "x", "@", "a@", "@b", "a@b, evil@c", "a@b\r\nRCPT TO:<evil@c>", "a b@c", "a@b c",
        '"a\r\nRSET"@b', "a@b@c", "a@-b", "a@b..c", ".a@b", "a@b\x00", "<a@b>", "a@b;c@d",
        "a" * 250 + "@example.org", "a@[127.0.0.1]",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        recipient("Jan", address)


def test_address_with_a_foreign_domain_is_written_for_the_wire() -> None:
    assert recipient("Jan", "jan@bücher.example").addr_spec == "jan@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "zondag 28 maart 2027, 01.59 uur"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "zondag 28 maart 2027, 03.00 uur"),
        (datetime(2027, 12, 31, 23, 30, tzinfo=UTC), "zaterdag 1 januari 2028, 00.30 uur"),
    ],
)
def test_day_and_time_are_those_of_the_clock_on_the_wall(moment: datetime, words: str) -> None:
    assert when_in_words(moment, "Europe/Amsterdam", Language.NL) == words


@given(text=HOSTILE, limit=st.integers(2, 200))
def test_harmless_is_one_short_line_and_stays_so(text: str, limit: int) -> None:
    plain = harmless(text, limit=limit)
    assert len(plain) <= limit
    assert plain == harmless(plain, limit=limit)
    assert plain.isprintable()


def test_length_is_counted_over_the_clock_change() -> None:
    start = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    facts = replace(FACTS, starts_at=start, ends_at=start + timedelta(minutes=60))
    assert "60 minuten" in text_of(facts)


def test_e18_an_invitation_tells_both_times_to_somebody_abroad() -> None:
    text = text_of(replace(FACTS, own_zone="Africa/Casablanca"))

    assert "dinsdag 2 maart 2027, 14.00 uur" in text
    assert "Bij u is het dan dinsdag 2 maart 2027, 13.00 uur." in text
    assert "Bij u" not in text_of(replace(FACTS, own_zone="Europe/Amsterdam"))


def test_a_practice_is_invited_to_in_its_own_words() -> None:
    message = compose(PRACTICE)
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()

    when = "dinsdag 2 maart 2027, 14.00 uur"
    assert message["Subject"] == f"Oefenen: er kan niets misgaan ({when})"
    assert "Begin met oefenen" in text
    assert "samen met Anna de Vries" in text
    assert "Doe mee" not in text
    moved = compose(replace(PRACTICE, template=Template.MOVED))
    assert "oefening met Anna de Vries" in moved["Subject"]


@pytest.mark.parametrize("language", Language)
def test_a_mail_of_a_change_says_first_what_is_new(language: Language) -> None:
    moved = replace(FACTS, template=Template.MOVED, language=language)
    stands = replace(moved, own_coach="Bea Bos")

    def subject(facts: MailFacts, change: Change) -> str:
        return str(sent(replace(facts, change=change))["Subject"])

    subjects = [subject(one, change) for one in (moved, stands) for change in Change]
    word = {Language.NL: "Nieuwe tijd", Language.EN: "New time"}[language]
    assert [word in one for one in subjects] == [True, False, False] * 2
    assert all("Anna de Vries" in one for one in subjects)
    whole = text_of(replace(stands, change=Change.TIME))
    assert "Bea Bos" in whole
    assert {Language.NL: "Deze keer", Language.EN: "This time"}[language] in whole
    for facts in (moved, stands):
        for change in Change:
            text = text_of(replace(facts, change=change, link="LINK"))
            lines = [s for line in text.splitlines() for s in line.replace("?", ".").split(". ")]
            assert max(len(sentence.split()) for sentence in lines) <= 15
