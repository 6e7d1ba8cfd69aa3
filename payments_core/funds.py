"""A captured payment's money on its way: pending → held → available, and the debits that are covered by all three.

A debit is drawn from available funds alone, which go below zero while pending or held money covers it: the hold forbids payouts,
not debits, and what is missing is made up by the next release. What refunds.py lets be uncovered (commissions) is owed.
Everything here runs within the caller's transaction, with the payment or refund and the balance locked.
"""

from __future__ import annotations

from payments_core import ledger
from payments_core.business_days import at_hour, end_of_period
from payments_core.models import Balance, Payment, Refund
from payments_core.policy import policy_at
from payments_core.scope import Scope


def captured(scope: Scope, balance: Balance, payment: Payment) -> None:
    """Amount and commission of a payment that became captured; its money is due on `date_bank`."""
    ledger.post(balance, scope.now, payment.id, ("capture", payment.amount), ("fee", payment.fee))
    payment.funds = "pending"
    assert payment.date_bank is not None
    # A collection is booked the day before its statement is read.
    payment.due_at = max(at_hour(payment.date_bank, policy_at(scope.now).settlement_hour), scope.now)


def received(scope: Scope, balance: Balance, payment: Payment) -> None:
    """The acquirer paid: pending → held, for the days of the hold."""
    ledger.post(balance, scope.now, payment.id, ("settlement", payment.amount), ("hold", net(payment)))
    payment.funds = "held"
    assert payment.date_bank is not None
    payment.due_at = end_of_period(payment.date_bank, policy_at(scope.now).hold_days)


def released(scope: Scope, balance: Balance, payment: Payment) -> None:
    """The hold is over: held → available."""
    ledger.post(balance, scope.now, payment.id, ("release", net(payment)))
    payment.funds, payment.due_at = "available", None


def net(payment: Payment) -> int:
    """What the merchant is owed for a captured payment, in minor units."""
    return payment.amount - payment.fee


def cover(balance: Balance) -> int:
    """What refunds may use: available + held + pending, in minor units."""
    return balance.available + balance.held + balance.pending


def draw(scope: Scope, balance: Balance, refund: Refund) -> None:
    """Takes the refund's amount. The caller checked the cover."""
    ledger.post(balance, scope.now, refund.id, ("refund", refund.amount))


def give_back(scope: Scope, balance: Balance, refund: Refund) -> None:
    """Undoes `draw`."""
    ledger.post(balance, scope.now, refund.id, ("refund_back", refund.amount))


def paid_back(scope: Scope, balance: Balance, refund: Refund) -> None:
    """The refund reached the payer."""
    ledger.post(balance, scope.now, refund.id, ("refund_paid", refund.amount))
