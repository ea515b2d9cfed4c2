"""Repeated times by `recurring_ical_events`: the only place that knows it, loaded when needed.

Loading takes a quarter of a second, and most objects need none of it.
"""

import warnings
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice

from icalendar import Calendar
from recurring_ical_events import (  # type: ignore[import-untyped]  # it has no types
    EventAdapter,
    Occurrence,
    Series,
)

from calendar_sync.hostile import NotBelieved, Reason

NUMBER = "X-NUMBER"
_ERRORS = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)


class _Numbered(EventAdapter):  # type: ignore[misc]  # the library has no types
    @property
    def number(self) -> int:
        return int(self._component[NUMBER])


class _Time(Occurrence):  # type: ignore[misc]  # the library has no types
    @property
    def number(self) -> int:
        return int(self._adapter.number)


class _Times(Series):  # type: ignore[misc]  # the library has no types
    def occurrence(
        self,
        adapter: _Numbered,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
    ) -> _Time:
        """Times only: copies of whole events would take half of the time."""
        return _Time(adapter, start, end)


def repeated_times(
    text: str, starts_at: datetime, ends_at: datetime, *, most: int
) -> Iterator[tuple[date | datetime, int]]:
    """The starts between two moments of all events of `text`, each with its event's X-NUMBER.

    All events are of one series.

    Raises:
        NotBelieved: there are more than `most`, or the library cannot work with the rules.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a rule with both an end and a number
            events = [_Numbered(event) for event in Calendar.from_ical(text).walk("VEVENT")]
            found = list(islice(_Times(events).between(starts_at, ends_at), most + 1))
    except _ERRORS as error:
        raise NotBelieved(Reason.RULE_BROKEN) from error
    if len(found) > most:
        raise NotBelieved(Reason.TOO_MANY_OCCURRENCES)
    for occurrence in found:
        yield occurrence.start, occurrence.number
