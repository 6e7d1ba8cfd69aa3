"""Payments in other currencies than the euro: what they and their returns are worth in euros, at the acquirer's rate of a day.

The acquirer pays in euros what was captured in another currency, at its rate of the day of settlement: from then on the money is in
euros, held, available and paid out. A refund or dispute costs the rate of its own day; against a payment that is settled
it is split in what the payment's rate gives and the difference, which is a line of its own (domain.md 5).

Rates are asked of the acquirer before anything is decided (`learn`), kept for good, and read from there (`known`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from payments_core.business_days import paris_day
from payments_core.db import commit_and_release, db
from payments_core.errors import AcquirerUnavailable
from payments_core.models import ExchangeRate, Payment
from payments_core.money import SETTLED_IN, converted
from payments_core.runtime import runtime
from payments_core.scope import Scope


class Return(NamedTuple):
    """What was taken back of a payment: minor units, and the rate of its day."""

    amount: int
    rate: Decimal


@dataclass(frozen=True)
class Cost:
    """What a return costs in euro cents by the rate of its day, and the part of it that is due to the change of the rate since the
    payment was settled (above zero: it costs more)."""

    amount: int
    rate: Decimal
    difference: int = 0


def learn(scope: Scope, *currencies: str, day: date | None = None) -> bool:
    """Asks the acquirer for the rates of a day, by default today, that are not known yet, and says whether it gave any.

    Nothing is locked while it is asked: what has begun is committed before, so whatever was looked at has to be looked at again.
    Raises AcquirerUnavailable when one is still missing.
    """
    day, learned, missing = day or paris_day(scope.now), False, None
    for currency in sorted({*currencies} - {SETTLED_IN}):
        if known(scope, currency, day) is None:
            commit_and_release()
            try:
                rate = runtime().acquirer.exchange_rate(currency, day, scope.live)
            except AcquirerUnavailable as error:
                missing = error
                continue
            values = {"live": scope.live, "currency": currency, "day": day, "rate": rate, "asked_at": scope.real_now}
            db.session.execute(insert(ExchangeRate).values(**values).on_conflict_do_nothing())
            db.session.commit()
            learned = True
    if missing is not None:
        raise missing
    return learned


def learn_due(scope: Scope) -> bool:
    """The same for the merchant's payments that are due to be settled, each for the day of its settlement."""
    waiting = select(Payment.date_bank, Payment.currency).where(
        Payment.merchant_id == scope.merchant_id,
        Payment.live.is_(scope.live),
        Payment.due_at <= scope.now,
        Payment.funds == "pending",
        Payment.currency != SETTLED_IN,
    )
    by_day: dict[date | None, list[str]] = {}
    for day, currency in db.session.execute(waiting.distinct()).all():
        by_day.setdefault(day, []).append(currency)
    learned = [learn(scope, *currencies, day=day) for day, currencies in by_day.items()]
    return any(learned)


def known(scope: Scope, currency: str, day: date | None = None) -> Decimal | None:
    """Euros for one unit on a day, by default today; None before it was learned."""
    return db.session.scalar(
        select(ExchangeRate.rate).where(
            ExchangeRate.live.is_(scope.live),
            ExchangeRate.currency == currency,
            ExchangeRate.day == (day or paris_day(scope.now)),
        )
    )


def cost(scope: Scope, amount: int, currency: str, since: Decimal | None, earlier: Sequence[Return]) -> Cost:
    """What it costs to take back `amount` (minor units) today of a payment that was settled at the rate `since`, if it was.

    Cents are rounded over all returns of the payment together, `earlier` being those in force: many small ones cost what one of
    their sum does. Within the caller's transaction. Raises AcquirerUnavailable for a rate that was not learned.
    """
    rate = known(scope, currency)
    if rate is None:
        raise AcquirerUnavailable(f"The rate for {currency.upper()} of {paris_day(scope.now)} is not known yet")
    present = Return(amount, rate)
    today = _cents(currency, [*earlier, present]) - _cents(currency, earlier)
    if since is None:
        return Cost(today, rate)
    at_since = [Return(one.amount, since) for one in earlier]
    before = _cents(currency, [*at_since, Return(amount, since)]) - _cents(currency, at_since)
    return Cost(today, rate, today - before)


def _cents(currency: str, returns: Sequence[Return]) -> int:
    """Together, rounded once."""
    return converted(1, currency, sum((one.amount * one.rate for one in returns), Decimal(0)))
