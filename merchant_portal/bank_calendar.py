"""When the next cut-off and the next settlement are, to offer them as stops of the test clock.

The core alone decides what happens when; these are only moments worth going to.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays

from merchant_portal.formats import PARIS

CUT_OFF_HOUR = 23  # domain: cut-off, Europe/Paris
SETTLEMENT_HOUR = 7  # the acquirer's file of a TARGET day has been read by then
HOLD_DAYS = 7  # captured money is kept that long before it can be paid out


@lru_cache(maxsize=8)
def _target_closings(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("ECB", years=year))


def is_target_day(day: date) -> bool:
    """Monday to Friday but TARGET closing days."""
    return day.weekday() < 5 and day not in _target_closings(day.year)


def next_cut_off(now: datetime) -> datetime:
    """The first 23:00 in Paris after `now`."""
    return _first(now, CUT_OFF_HOUR, target_only=False)


def next_settlement(now: datetime) -> datetime:
    """The first 07:00 in Paris of a TARGET day after `now`."""
    return _first(now, SETTLEMENT_HOUR, target_only=True)


def _first(now: datetime, hour: int, target_only: bool) -> datetime:
    day = now.astimezone(PARIS).date()
    while True:
        at = datetime.combine(day, time(hour), PARIS).astimezone(UTC)
        if at > now and (not target_only or is_target_day(day)):
            return at
        day += timedelta(days=1)
