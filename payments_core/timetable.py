"""The days of a subscription's instalments: plain functions of its row."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta

from payments_core.models import Subscription

INTERVALS = ("day", "week", "month", "year")


def day_of(subscription: Subscription, number: int) -> date | None:
    """The day of an instalment, counted from 0; None when the timetable is over by then.

    Counted from the first day each time, so a 31st that became a 28th becomes a 31st again.
    """
    if subscription.instalments is not None and number >= subscription.instalments:
        return None
    distance = subscription.interval_count * number
    day: date = subscription.start_on + relativedelta(**{f"{subscription.interval}s": distance})
    return None if subscription.cancel_on is not None and day >= subscription.cancel_on else day


def next_on(subscription: Subscription) -> date | None:
    """The day of the next instalment; None when there is none to come."""
    return None if subscription.status in ("canceled", "paused") else day_of(subscription, subscription.made)
