"""Days as the domain names them, stated once more for the model of histories and on purpose without the product's code.

Zone Europe/Paris. TARGET closes on 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December (European Central Bank);
metropolitan France's public holidays are those of the labour code, article L3133-1.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.easter import easter

PARIS = ZoneInfo("Europe/Paris")
_TARGET_CLOSES = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})
_TARGET_CLOSES_AFTER_EASTER = frozenset({-2, 1})
_FRENCH = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})
_FRENCH_AFTER_EASTER = frozenset({1, 39, 50})  # Easter Monday, Ascension, Whit Monday


def target(day: date) -> bool:
    """Whether banks settle."""
    after_easter = (day - easter(day.year)).days
    closed = (day.month, day.day) in _TARGET_CLOSES or after_easter in _TARGET_CLOSES_AFTER_EASTER
    return day.weekday() < 5 and not closed


def business(day: date) -> bool:
    """Whether payouts leave."""
    after_easter = (day - easter(day.year)).days
    return target(day) and (day.month, day.day) not in _FRENCH and after_easter not in _FRENCH_AFTER_EASTER


def after(day: date, times: int = 1, kind: Callable[[date], bool] = target) -> date:
    """The day of that kind so many times after a day."""
    for _ in range(times):
        day += timedelta(days=1)
        while not kind(day):
            day += timedelta(days=1)
    return day


def before(day: date) -> date:
    """The TARGET day before a day."""
    day -= timedelta(days=1)
    while not target(day):
        day -= timedelta(days=1)
    return day


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a Paris day, in UTC: moments of one zone are compared and subtracted by the hands of its clock."""
    return datetime.combine(day, time(hour, minute), PARIS).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """The day it is in Paris."""
    return moment.astimezone(PARIS).date()
