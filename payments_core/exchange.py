"""Payments in other currencies than the euro: what they and their returns are worth in euros, at the acquirer's rate of a day.

The acquirer pays in euros what was captured in another currency, at its rate of the day of settlement: from then on the money is in
euros, held, available and paid out. A refund or dispute costs the rate of its own day; against a payment that is settled
it is split in what the payment's rate gives and the difference, which is a line of its own (domain.md 5).

Rates are asked of the acquirer before anything is locked (`learn`), kept for good, and read from there (`settled`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from payments_core.business_days import paris_day
from payments_core.db import commit_and_release, db
from payments_core.errors import AcquirerUnavailable
from payments_core.models import ExchangeRate, Payment
from payments_core.money import SETTLED_IN, converted
from payments_core.payment_rows import locked_payment
from payments_core.runtime import runtime
from payments_core.scope import Scope


@dataclass(frozen=True)
class Settled:
    """What an amount in another currency is in euro cents: at the rate of its day, and the part of it that is due to the
    change of the rate since the payment was settled (above zero: it costs more)."""

    amount: int
    rate: Decimal
    difference: int = 0

    @property
    def before(self) -> int:
        """The amount at the payment's own rate, in cents."""
        return self.amount - self.difference


def learn(scope: Scope, *currencies: str) -> bool:
    """Asks the acquirer for the day's rates that are not known yet, and says whether there were any.

    What has begun is committed before: nothing is locked while it is asked.

    Raises AcquirerUnavailable.
    """
    day, asked = paris_day(scope.now), False
    for currency in sorted({*currencies} - {SETTLED_IN}):
        if _known(scope.live, currency, day) is None:
            commit_and_release()
            rate = runtime().acquirer.exchange_rate(currency, day, scope.live)
            values = {"live": scope.live, "currency": currency, "day": day, "rate": rate, "asked_at": scope.real_now}
            db.session.execute(insert(ExchangeRate).values(**values).on_conflict_do_nothing())
            db.session.commit()
            asked = True
    return asked


def learn_due(scope: Scope) -> bool:
    """The same for the merchant's payments that are due to be settled. Raises AcquirerUnavailable."""
    waiting = select(Payment.currency).where(
        Payment.merchant_id == scope.merchant_id,
        Payment.live.is_(scope.live),
        Payment.due_at <= scope.now,
        Payment.funds == "pending",
        Payment.currency != SETTLED_IN,
    )
    return learn(scope, *db.session.scalars(waiting.distinct()).all())


def with_rate(scope: Scope, payment: Payment) -> Payment:
    """A locked payment as it is when the day's rate for it is known: it is let go while that has to be asked for.

    Raises AcquirerUnavailable.
    """
    return locked_payment(scope, payment.id) if learn(scope, payment.currency) else payment


def is_known(scope: Scope, currency: str) -> bool:
    """Whether `settled` has the day's rate."""
    return currency == SETTLED_IN or _known(scope.live, currency, paris_day(scope.now)) is not None


def settled(scope: Scope, amount: int, currency: str, since: Decimal | None = None) -> Settled:
    """`amount` (minor units) in euro cents at the day's rate; `since` is the rate of the payment it takes back.

    Within the caller's transaction. Raises AcquirerUnavailable for a rate that was not learned.
    """
    rate = _known(scope.live, currency, paris_day(scope.now))
    if rate is None:
        raise AcquirerUnavailable(
            f"The acquirer's rate for {currency.upper()} of {paris_day(scope.now)} is not known yet"
        )
    today = converted(amount, currency, rate)
    before = converted(amount, currency, since) if since is not None else today
    return Settled(today, rate, today - before)


def _known(live: bool, currency: str, day: date) -> Decimal | None:
    found = select(ExchangeRate.rate).where(
        ExchangeRate.live.is_(live), ExchangeRate.currency == currency, ExchangeRate.day == day
    )
    return db.session.scalar(found)
