"""From what somebody typed to values: one field, one type, one clear refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from coaching.errors import BadInput

Choice = TypeVar("Choice", bound=StrEnum)
_MAX_FIELDS = 1500  # a plan of 200 talks; the size of a body is bounded before


def parse_form(body: bytes) -> dict[str, str]:
    """Read an urlencoded body; of a field that comes twice the last counts.

    Raises:
        BadInput: `form_bad`, not UTF-8, more than 1,500 fields, or a NUL, which no database keeps.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=_MAX_FIELDS,
            encoding="utf-8",
            errors="strict",
        )
    except ValueError:
        raise BadInput("form_bad", field="") from None
    if any("\x00" in text for pair in pairs for text in pair):
        raise BadInput("form_bad", field="")
    return dict(pairs)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one form, read by type."""

    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        """The field as typed, or an empty string."""
        return self.fields.get(name, "")

    def given(self, name: str) -> str:
        """The field without blanks around it.

        Raises:
            BadInput: `field_missing`.
        """
        value = self.text(name).strip()
        if not value:
            raise BadInput("field_missing", field=name)
        return value

    def whole(self, name: str) -> int:
        """A whole number of at most six digits.

        Raises:
            BadInput: `field_missing`, `number_bad`.
        """
        value = self.given(name)
        if not (value.isascii() and value.isdigit() and len(value) <= 6):  # noqa: PLR2004 -- far above any limit of ours
            raise BadInput("number_bad", field=name)
        return int(value)

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        """One of a closed set.

        Raises:
            BadInput: `field_missing`, `choice_bad`.
        """
        value = self.given(name)
        try:
            return choices(value)
        except ValueError:
            raise BadInput("choice_bad", field=name) from None

    def day(self, name: str) -> date:
        """A day as browsers send it: 2027-03-03.

        Raises:
            BadInput: `field_missing`, `day_bad`.
        """
        value = self.given(name)
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise BadInput("day_bad", field=name) from None

    def clock(self, name: str) -> time:
        """A wall time as browsers send it: 14:00.

        Raises:
            BadInput: `field_missing`, `time_bad`.
        """
        value = self.given(name)
        try:
            found = time.fromisoformat(value)
        except ValueError:
            raise BadInput("time_bad", field=name) from None
        if found.tzinfo is not None:
            raise BadInput("time_bad", field=name)
        return found.replace(second=0, microsecond=0)

    def wall_time(self, day: str, clock: str) -> datetime:
        """Day and time together, without zone.

        Raises:
            BadInput: as `day` and `clock`.
        """
        return datetime.combine(self.day(day), self.clock(clock))

    def reference(self, name: str) -> UUID:
        """The id of something that the page offered.

        Raises:
            BadInput: `field_missing`, `choice_bad`.
        """
        found = to_uuid(self.given(name))
        if found is None:
            raise BadInput("choice_bad", field=name)
        return found

    def optional_reference(self, name: str) -> UUID | None:
        """The id of something that may be left open.

        Raises:
            BadInput: `choice_bad`.
        """
        return self.reference(name) if self.text(name).strip() else None


def to_uuid(text: str) -> UUID | None:
    """An id out of an address or a field, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def path_of(address: str) -> str:
    """The path of an address that a browser told; empty when it is none."""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def own_path(path: str, otherwise: str = "/") -> str:
    """`path` when it surely leads to a page of ours, so that no form can send people elsewhere."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    if not plain or not path.startswith("/") or path.startswith("//"):
        return otherwise
    parts = urlsplit(path)
    return otherwise if parts.scheme or parts.netloc else path
