"""What people read, in their language: one gettext catalogue a language, keyed by stable names.

The catalogues stand in `web/locale/<language>.po`; the same file serves Python, templates and, by
the keys that start with `call.`, TypeScript.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from string import Formatter
from types import MappingProxyType
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po

from coaching.verdict import Alternative
from coaching.words import Language
from server.webfiles import web_root

_OF_ONE = ".one"


def places_of(text: str) -> frozenset[str]:
    """The names of the `{name}` places that `text` leaves open."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


class Catalogue:
    """The texts of one language.

    A text with a number may have a second one under its key and `.one`, which leaves the place of
    that number out: it is said when the number is 1 ("1 gesprek", and not "1 gesprekken").
    """

    def __init__(self, language: Language, texts: dict[str, str]) -> None:
        """Hold `texts`, by key, with `{name}` places to fill."""
        self.language = language
        self._texts = MappingProxyType(texts)
        self._counts = {
            key.removesuffix(_OF_ONE): places_of(texts[key.removesuffix(_OF_ONE)]) - places_of(text)
            for key, text in texts.items()
            if key.endswith(_OF_ONE)
        }

    def say(self, key: str, /, **params: object) -> str:
        """The text of `key` with its places filled.

        Raises:
            KeyError: there is no such text; `tests/house` finds that before a person does.
        """
        counted = self._counts.get(key)
        if counted and all(str(params.get(name)) == "1" for name in counted):
            key += _OF_ONE
        return self._texts[key].format(**params)

    def has(self, key: str) -> bool:
        """Whether there is a text for `key`."""
        return key in self._texts

    def starting_with(self, prefix: str) -> dict[str, str]:
        """All texts whose key starts with `prefix`, unfilled."""
        return {key: text for key, text in self._texts.items() if key.startswith(prefix)}


@cache
def catalogue(language: Language) -> Catalogue:
    """The catalogue of `language`, read once."""
    with (web_root() / "locale" / f"{language}.po").open("rb") as file:
        entries = read_po(file, locale=str(language))
    texts = {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}
    return Catalogue(language, texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Texts, dates and times for one reader: a catalogue and the organisation's zone."""

    texts: Catalogue
    zone: ZoneInfo

    def say(self, key: str, /, **params: object) -> str:
        """The text of `key`, as `Catalogue.say`."""
        return self.texts.say(key, **params)

    def day(self, moment: datetime) -> str:
        """The day in full: "dinsdag 3 maart" (domain rule W14)."""
        return self._format(moment, "EEEE d MMMM")

    def short_day(self, moment: datetime) -> str:
        """The day for a narrow column: "di 3 mrt" with its year: "di 3 mrt 2027"."""
        return self._format(moment, "EEE d MMM y").replace(".", "")

    def date(self, day: date, pattern: str) -> str:
        """A calendar day in the given pattern of Unicode LDML."""
        return format_date(day, pattern, locale=str(self.texts.language))

    def clock(self, moment: datetime) -> str:
        """The time in full: "14.00 uur", in English "14:00" (domain rule W14)."""
        dutch = self.texts.language is Language.NL
        return self._format(moment, "HH.mm\u00a0'uur'" if dutch else "HH:mm")

    def short_clock(self, moment: datetime) -> str:
        """The time for a table: "14:00"."""
        return self._format(moment, "HH:mm")

    def alternative(self, one: Alternative) -> str:
        """What else is possible, with the day and time that it is about."""
        label = one.label.to(self.texts.language)
        if one.starts_at is None:
            return label
        return f"{label}: {self.day(one.starts_at)}, {self.clock(one.starts_at)}"

    def _format(self, moment: datetime, pattern: str) -> str:
        return format_datetime(moment, pattern, tzinfo=self.zone, locale=str(self.texts.language))


def words_for(language: Language, zone: ZoneInfo) -> Words:
    """Words for a reader of `language`."""
    return Words(texts=catalogue(language), zone=zone)


def written_phone(number: str) -> str:
    """A number as people in the Netherlands write it; anything else as it is."""
    try:
        parsed = phonenumbers.parse(number, "NL")
    except phonenumbers.NumberParseException:
        return number
    dutch = parsed.country_code == phonenumbers.country_code_for_region("NL")
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, form.NATIONAL if dutch else form.INTERNATIONAL)
