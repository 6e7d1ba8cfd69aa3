"""Days of banks: TARGET days, French business days, the cut-off, the end of a period. Zone Europe/Paris.

TARGET closing days are the European Central Bank's calendar, French public holidays those of metropolitan France, both from the
holidays library. A period counts from its first event as day 0, in calendar days, to the end of the day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

PARIS = ZoneInfo("Europe/Paris")
_ONE_DAY = timedelta(days=1)


@cache
def _closed(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("ECB", years=year))


@cache
def _french(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))


def is_target_day(day: date) -> bool:
    """Monday to Friday minus TARGET closing days."""
    return day.weekday() < 5 and day not in _closed(day.year)


def is_business_day(day: date) -> bool:
    """A TARGET day that is no French public holiday."""
    return is_target_day(day) and day not in _french(day.year)


def next_target_day(day: date) -> date:
    """The first TARGET day after `day`."""
    day += _ONE_DAY
    while not is_target_day(day):
        day += _ONE_DAY
    return day


def previous_target_day(day: date) -> date:
    """The last TARGET day before `day`."""
    day -= _ONE_DAY
    while not is_target_day(day):
        day -= _ONE_DAY
    return day


def next_business_day(day: date) -> date:
    """The first business day after `day`."""
    day += _ONE_DAY
    while not is_business_day(day):
        day += _ONE_DAY
    return day


def paris_day(moment: datetime) -> date:
    """The day it is in Paris."""
    return moment.astimezone(PARIS).date()


def at_hour(day: date, hour: int) -> datetime:
    """The moment of a day at a full hour in Paris, in UTC."""
    return datetime.combine(day, time(hour), PARIS).astimezone(UTC)


def next_cut_off(moment: datetime, hour: int) -> datetime:
    """The first cut-off strictly after `moment`."""
    day = paris_day(moment)
    cut_off = at_hour(day, hour)
    return cut_off if cut_off > moment else at_hour(day + _ONE_DAY, hour)


def end_of_period(first: date, days: int) -> datetime:
    """The end of the last day of a period: midnight in Paris after day number `days`."""
    return datetime.combine(first + timedelta(days=days + 1), time(0), PARIS).astimezone(UTC)
