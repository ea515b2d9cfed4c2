from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.errors import BadInput
from server.usecases.fields import clean_email, clean_name, clean_phone

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Fatima el Idrissi ", "Fatima el Idrissi"),
        ("Zoë van 't Hoff-Šimić", "Zoë van 't Hoff-Šimić"),
        ("Zoe\u0308", "Zoë"),
        ("李小龍", "李小龍"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_name_is_kept_as_typed(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "\u00a0\u2003",
        "\u3164\u2800",
        "a\nb",
        "a\r\nBcc: x@y.nl",
        "a\tb",
        "a\x00b",
        "a\u202eb",
        "a\u200fb",
        "a\u2066b",
        "a\u2028b",
        "a\ud800b",
        "x" * 201,
        "x" * 10_000,
    ],
)
def test_a_name_with_what_nobody_can_see_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        clean_name(typed)
    assert (refused.value.code, refused.value.field) == ("name_bad", "name")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Jan@Example.ORG", "jan@example.org"),
        (" jan.de-vries+werk@mail.example.nl ", "jan.de-vries+werk@mail.example.nl"),
        ("planning@localhost", "planning@localhost"),
    ],
)
def test_an_address_is_kept_in_lower_case(typed: str, kept: str) -> None:
    assert clean_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "jan",
        "@example.org",
        "jan@",
        "jan@@example.org",
        "a@b.nl, evil@c.nl",
        "a@b.nl,evil@c.nl",
        "a@b.nl;evil@c.nl",
        "a@b.nl\r\nBcc: evil@c.nl",
        "a@b.nl\n",
        "a b@c.nl",
        '"a\r\nRSET"@b.nl',
        '"a b"@c.nl',
        "Jan <a@b.nl>",
        "a..b@c.nl",
        ".a@c.nl",
        "a@-b.nl",
        "a@b..nl",
        "a@b_c.nl",
        "jän@example.org",
        "a@exämple.org",
        "a\u202e@b.nl",
        "x" * 65 + "@b.nl",
        "x@" + "y" * 64 + ".nl",
        "x@" + ".".join(["y" * 60] * 5),
    ],
)
def test_an_address_that_might_be_two_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        clean_email(typed)
    assert refused.value.code == "email_bad"


@given(st.text(max_size=60) | st.from_regex(r"[a-z,;<>\"\r\n @.]{1,30}@[a-z.\r\n,-]{1,20}"))
def test_whatever_is_accepted_is_one_address_for_a_mail_program(typed: str) -> None:
    try:
        kept = clean_email(typed)
    except BadInput:
        return
    message = EmailMessage()
    message["To"] = kept

    assert [one.addr_spec for one in message["To"].addresses] == [kept]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06 12 34 56 78", "+31612345678"),
        ("020-1234567", "+31201234567"),
        ("+32 2 555 12 12", "+3225551212"),
        ("0031612345678", "+31612345678"),
    ],
)
def test_a_number_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert clean_phone(typed) == kept


@pytest.mark.parametrize("typed", ["", "abc", "12", "06", "+999 1234567", "0" * 400, "06\u202e12"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        clean_phone(typed)
    assert refused.value.code == "phone_bad"
