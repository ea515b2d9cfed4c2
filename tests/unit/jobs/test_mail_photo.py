"""The coach's face in the invitation: it travels with the mail, and changes nothing else in it."""

import re
from dataclasses import replace
from email.message import EmailMessage

import pytest

from calendar_sync.invitation_format import Method
from server.jobs.mail import MailFacts, Template, compose
from server.portraits import LARGEST_IN_MAIL
from tests.unit.jobs.test_mail import FACTS, calendar_of, sent

pytestmark = pytest.mark.unit

PHOTO = bytes(range(256)) * (LARGEST_IN_MAIL // 256)
WITH_PHOTO = replace(FACTS, photo=PHOTO)


def kinds(message: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_photo_stands_beside_the_html_with_text_first_and_calendar_last() -> None:
    message = sent(WITH_PHOTO)
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert message.get_content_type() == "multipart/alternative"
    assert parts == ["text/plain", "multipart/related", "text/calendar"]
    related = list(message.iter_parts())[1]
    assert [part.get_content_type() for part in related.iter_parts()] == ["text/html", "image/jpeg"]
    assert related.get_param("type") == "text/html"


def test_photo_is_shown_from_the_mail_itself_and_nothing_is_loaded() -> None:
    message = sent(WITH_PHOTO)
    html = html_of(message)
    (image,) = [part for part in message.walk() if part.get_content_maintype() == "image"]
    assert re.findall(r'<img src="([^"]*)"', html) == ["cid:photo.row@tweespraak.example"]
    assert image["Content-ID"] == "<photo.row@tweespraak.example>"
    assert image.get_content_disposition() == "inline"
    assert image.get_content() == PHOTO
    assert 'alt="Foto van Anna de Vries"' in html
    assert "url(" not in html


def test_photo_leaves_text_and_calendar_as_they_were() -> None:
    plain, pictured = sent(FACTS), sent(WITH_PHOTO)
    assert calendar_of(pictured) == calendar_of(plain)
    assert calendar_of(pictured)[0] == str(Method.REQUEST)
    (one,), (other,) = (
        [part for part in message.walk() if part.get_content_subtype() == "calendar"]
        for message in (plain, pictured)
    )
    assert one.items() == other.items()
    for body in (plain, pictured):
        text = body.get_body(("plain",))
        assert text is not None
        assert text.get_content() == sent(FACTS).get_body(("plain",)).get_content()  # type: ignore[union-attr]  # asserted above


def test_photo_of_the_largest_size_costs_at_most_forty_kilobytes() -> None:
    more = len(compose(WITH_PHOTO).as_bytes()) - len(compose(FACTS).as_bytes())
    assert more <= 40_000


@pytest.mark.parametrize(
    "facts",
    [FACTS, *(replace(WITH_PHOTO, template=one) for one in Template if one != "invitation")],
)
def test_mail_without_photo_or_that_invites_nobody_has_no_picture(facts: MailFacts) -> None:
    message = sent(facts)
    assert kinds(message) == [
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert "<img" not in html_of(message)


def test_hostile_name_in_the_words_for_the_photo_stays_words() -> None:
    html = html_of(sent(replace(WITH_PHOTO, coach_name='"><script>alert(1)</script>')))
    assert "<script" not in html
    assert html.count("<img") == 1
