"""Working days: Monday to Friday without Dutch public holidays (5.2)."""

from datetime import date, timedelta
from functools import cache

_SATURDAY = 5
_KINGS_DAY = (4, 27)


def is_working_day(day: date) -> bool:
    """Whether `day` is a working day in the Netherlands."""
    return day.weekday() < _SATURDAY and day not in public_holidays(day.year)


def working_days_before(day: date, count: int) -> date:
    """Give the `count`-th working day before `day`."""
    return _walk(day, count, timedelta(days=-1))


def working_days_after(day: date, count: int) -> date:
    """Give the `count`-th working day after `day`."""
    return _walk(day, count, timedelta(days=1))


@cache
def public_holidays(year: int) -> frozenset[date]:
    """Give the Dutch public holidays of `year`; Liberation Day once in five years."""
    easter = easter_sunday(year)
    kings_day = date(year, *_KINGS_DAY)
    if kings_day.isoweekday() == 7:  # noqa: PLR2004 -- Sunday: kept on the Saturday before
        kings_day -= timedelta(days=1)
    days = {date(year, 1, 1), kings_day, date(year, 12, 25), date(year, 12, 26)}
    days |= {easter + timedelta(days=offset) for offset in (0, 1, 39, 49, 50)}
    if year % 5 == 0:
        days.add(date(year, 5, 5))
    return frozenset(days)


def easter_sunday(year: int) -> date:
    """Give Easter Sunday of the Gregorian calendar (Butcher's rule, after Meeus chapter 8)."""
    golden, century, rest = year % 19, year // 100, year % 100
    shift = century - (century + 8) // 25 + 1
    epact = (19 * golden + century - century // 4 - shift // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _walk(day: date, count: int, step: timedelta) -> date:
    while count > 0:
        day += step
        count -= is_working_day(day)
    return day
