"""Periods of reports: inclusive days of Europe/Paris in the merchant's own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from merchant_portal.formats import PARIS

LONGEST_DAYS = 366
CHOICES = (7, 30, 90)


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1)]


def today(now: datetime) -> date:
    """The day in Paris."""
    return now.astimezone(PARIS).date()


def last_days(count: int, now: datetime) -> Period:
    """The last `count` days, today included."""
    end = today(now)
    return Period(end - timedelta(days=count - 1), end)


def read(first: str | None, last: str | None, default: Period) -> Period:
    """A period from an address; what is no date, turned round or too long falls back to the default."""
    try:
        period = Period(date.fromisoformat(first or ""), date.fromisoformat(last or ""))
    except ValueError:
        return default
    return period if 0 <= (period.last - period.first).days < LONGEST_DAYS else default


def per_day(period: Period, rows: list[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """The core's days of one currency, with the days without sales filled in."""
    known = {row["date"][:10]: row for row in rows if row["currency"] == currency}
    empty = {"count": 0, "amount": 0, "currency": currency}
    return [{**empty, **known.get(day.isoformat(), {}), "date": day} for day in period.days]


def currencies(*lists: list[dict[str, Any]]) -> list[str]:
    """Every currency met, euros first; euros when there is none."""
    found = {row["currency"] for rows in lists for row in rows} or {"eur"}
    return sorted(found, key=lambda currency: (currency != "eur", currency))
