"""Sales per day and the rate of acceptance, over a period that is bounded so that no request reads a whole history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, cast, func, select

from payments_core.db import db
from payments_core.errors import InvalidRequest
from payments_core.models import Attempt, Payment
from payments_core.scope import Scope

LONGEST = timedelta(days=400)
SOLD = ("authorized", "to_capture", "capture_sent", "captured", "disputed")
REJECTED = ("refused", "failed")


def dashboard(scope: Scope, since: datetime, until: datetime) -> dict[str, Any]:
    """Days with their number of sales and amount per currency; accepted against rejected, and why.

    Raises InvalidRequest for a period above 400 days.
    """
    if not timedelta(0) <= until - since <= LONGEST:
        raise InvalidRequest("from", "The period is at most 400 days", code="bad_period")
    return {"days": _days(scope, since, until), "efficiency": _efficiency(scope, since, until)}


def _days(scope: Scope, since: datetime, until: datetime) -> list[dict[str, Any]]:
    day = cast(func.timezone("Europe/Paris", Payment.created_at), Date).label("day")
    statement = (
        select(day, Payment.currency, func.count(), func.sum(Payment.amount))
        .where(*_within(scope, Payment, since, until), Payment.status.in_(SOLD))
        .group_by(day, Payment.currency)
        .order_by(day, Payment.currency)
    )
    return [
        {"date": date.isoformat(), "count": count, "amount": int(amount), "currency": currency}
        for date, currency, count, amount in db.session.execute(statement)
    ]


def _efficiency(scope: Scope, since: datetime, until: datetime) -> dict[str, Any]:
    statement = (
        select(Payment.status, func.count())
        .where(*_within(scope, Payment, since, until), Payment.status.in_(SOLD + REJECTED))
        .group_by(Payment.status)
    )
    counts = {str(status): int(count) for status, count in db.session.execute(statement)}
    declines = (
        select(Attempt.response, func.count())
        .where(*_within(scope, Attempt, since, until), Attempt.result.in_(("declined", "failed", "reversed")))
        .group_by(Attempt.response)
        .order_by(func.count().desc(), Attempt.response)
    )
    return {
        "accepted": sum(counts.get(status, 0) for status in SOLD),
        "failed": sum(counts.get(status, 0) for status in REJECTED),
        "by_response": [{"response": code, "count": count} for code, count in db.session.execute(declines)],
    }


def _within(scope: Scope, model: Any, since: datetime, until: datetime) -> tuple[Any, ...]:
    return (
        model.merchant_id == scope.merchant_id,
        model.live.is_(scope.live),
        model.created_at >= since,
        model.created_at < until,
    )
