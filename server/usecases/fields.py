"""What a person typed, checked and tidied: names, addresses, numbers. Pure."""

import re
import unicodedata
from email.errors import HeaderParseError
from email.headerregistry import Address

import phonenumbers

from coaching.errors import BadInput

_NAME_LENGTH = 200
_EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&*+/=?^_{|}~'-]{1,64}")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
# Control, format (right-to-left marks), surrogate, private use, unassigned, line, paragraph.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters by their class, and blank on the screen.
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"


def clean_text(text: str, *, field: str, most: int, code: str) -> str:
    """One line that a person can read: 1 to `most` characters, not all blank, none invisible.

    Raises:
        BadInput: `code`.
    """
    tidy = unicodedata.normalize("NFC", text.strip(" "))
    blank = not "".join(tidy.split()).strip(_FILLERS)
    if blank or len(tidy) > most or any(unicodedata.category(c) in _UNSEEN for c in tidy):
        raise BadInput(code, field=field)
    return tidy


def clean_name(name: str, *, field: str = "name") -> str:
    """A name of 1 to 200 characters, without control characters, direction marks or line breaks.

    Raises:
        BadInput: `name_bad`.
    """
    return clean_text(name, field=field, most=_NAME_LENGTH, code="name_bad")


def clean_email(email: str, *, field: str = "email") -> str:
    """One e-mail address, in lower case.

    Stricter than RFC 5322: no quotes, comma, space or control character, because a mail library
    may read those as two addresses (security handbook 2.10).

    Raises:
        BadInput: `email_bad`.
    """
    local, at, domain = email.strip(" ").rpartition("@")
    domain = domain.lower()
    whole = f"{local}@{domain}"
    if not at or len(whole) > _EMAIL_LENGTH or not _LOCAL.fullmatch(local):
        raise BadInput("email_bad", field=field)
    if not _DOMAIN.fullmatch(domain) or not _is_one_address(whole):
        raise BadInput("email_bad", field=field)
    return whole.lower()


def clean_phone(phone: str, *, field: str = "phone") -> str:
    """A telephone number in the form +31612345678; without a country it is a Dutch one.

    Raises:
        BadInput: `phone_bad`.
    """
    try:
        number = phonenumbers.parse(phone, "NL")
    except phonenumbers.NumberParseException:
        raise BadInput("phone_bad", field=field) from None
    if not phonenumbers.is_possible_number(number):
        raise BadInput("phone_bad", field=field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def between(value: int, least: int, most: int, *, field: str, code: str) -> int:
    """`value`, when it lies in the range.

    Raises:
        BadInput: `code`, with the range.
    """
    if not least <= value <= most:
        raise BadInput(code, field=field, least=least, most=most)
    return value


def _is_one_address(whole: str) -> bool:
    try:
        return Address(addr_spec=whole).addr_spec == whole
    except (HeaderParseError, ValueError, IndexError):
        return False
