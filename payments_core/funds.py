"""A captured payment's money on its way: pending → held → available, and the debits that are covered by all three.

A debit is drawn from available funds alone, which go below zero while pending or held money covers it: the hold forbids payouts,
not debits, and what is missing is made up by the next release. What refunds.py lets be uncovered (commissions) is owed.
Money of another currency than the euro is received in euros and in euros from then on (exchange.py); what takes it back costs euros.
Everything here runs within the caller's transaction, with the payment or refund and the balance locked.
"""

from __future__ import annotations

from payments_core import exchange, ledger
from payments_core.business_days import at_hour, end_of_period
from payments_core.ledger import Balances
from payments_core.models import Balance, Dispute, Payment, Refund
from payments_core.money import SETTLED_IN, converted
from payments_core.policy import policy_at
from payments_core.scope import Scope


def captured(scope: Scope, balance: Balance, payment: Payment) -> None:
    """Amount and commission of a payment that became captured; its money is due on `date_bank`."""
    ledger.post(balance, scope.now, payment.id, ("capture", payment.amount), ("fee", payment.fee))
    payment.funds = "pending"
    assert payment.date_bank is not None
    # A collection is booked the day before its statement is read.
    payment.due_at = max(at_hour(payment.date_bank, policy_at(scope.now).settlement_hour), scope.now)


def received(scope: Scope, balances: Balances, payment: Payment) -> None:
    """The acquirer paid: pending → held, for the days of the hold. Raises AcquirerUnavailable without the day's rate."""
    if payment.currency == SETTLED_IN:
        lines = (("settlement", payment.amount), ("hold", net(payment)))
        ledger.post(balances[SETTLED_IN], scope.now, payment.id, *lines)
    else:
        _received_in_euros(scope, balances, payment)
    payment.funds = "held"
    assert payment.date_bank is not None
    payment.due_at = end_of_period(payment.date_bank, policy_at(scope.now).hold_days)


def _received_in_euros(scope: Scope, balances: Balances, payment: Payment) -> None:
    worth = exchange.settled(scope, payment.amount, payment.currency)
    lines = (("exchange_receivable", payment.amount), ("exchange_pending", net(payment)), ("exchange_fee", payment.fee))
    ledger.post(balances[payment.currency], scope.now, payment.id, *lines)
    payment.exchange_rate, payment.settled_amount = worth.rate, worth.amount
    payment.settled_fee = converted(payment.fee, payment.currency, worth.rate)
    lines = (
        ("settlement_exchanged", worth.amount),
        ("hold_exchanged", net(payment)),
        ("fee_exchanged", payment.settled_fee),
    )
    ledger.post(balances[SETTLED_IN], scope.now, payment.id, *lines)


def released(scope: Scope, balances: Balances, payment: Payment) -> Balance:
    """The hold is over: held → available, on the balance it gives back."""
    balance = balances[payment.currency if payment.exchange_rate is None else SETTLED_IN]
    ledger.post(balance, scope.now, payment.id, ("release", net(payment)))
    payment.funds, payment.due_at = "available", None
    return balance


def net(payment: Payment) -> int:
    """What the merchant is owed for a captured payment: in minor units, in euro cents once it is received in euros."""
    if payment.settled_amount is not None and payment.settled_fee is not None:
        return payment.settled_amount - payment.settled_fee
    return payment.amount - payment.fee


def cover(balance: Balance) -> int:
    """What refunds may use: available + held + pending, in minor units."""
    return balance.available + balance.held + balance.pending


def draw(scope: Scope, balances: Balances, refund: Refund) -> None:
    """Takes the refund's amount. The caller checked the cover."""
    _post_return(scope, balances, refund, "refund", "refund", 1)


def give_back(scope: Scope, balances: Balances, refund: Refund) -> None:
    """Undoes `draw`."""
    _post_return(scope, balances, refund, "refund_back", "refund", -1)


def paid_back(scope: Scope, balances: Balances, refund: Refund) -> None:
    """The refund reached the payer."""
    paid = refund.amount if refund.settled_amount is None else refund.settled_amount
    ledger.post(balances[SETTLED_IN], scope.now, refund.id, ("refund_paid", paid))


def take(scope: Scope, balances: Balances, dispute: Dispute) -> Balance:
    """The scheme took a disputed amount, and there is a fee; gives back the balance both came from."""
    _post_return(scope, balances, dispute, "dispute", "dispute", 1)
    ledger.post(balances[SETTLED_IN], scope.now, dispute.id, ("dispute_fee", dispute.fee))
    return balances[SETTLED_IN]


def won_back(scope: Scope, balances: Balances, dispute: Dispute) -> Balance:
    """Undoes `take`."""
    _post_return(scope, balances, dispute, "dispute_won", "dispute", -1)
    ledger.post(balances[SETTLED_IN], scope.now, dispute.id, ("dispute_fee_back", dispute.fee))
    return balances[SETTLED_IN]


def exchanged(scope: Scope, row: Refund | Dispute, payment: Payment) -> None:
    """Fixes what a new refund or dispute costs in euros. Raises AcquirerUnavailable without the day's rate."""
    if row.currency != SETTLED_IN:
        worth = exchange.settled(scope, row.amount, row.currency, since=payment.exchange_rate)
        row.exchange_rate, row.settled_amount, row.exchange_difference = worth.rate, worth.amount, worth.difference


def _post_return(scope: Scope, balances: Balances, row: Refund | Dispute, code: str, name: str, direction: int) -> None:
    """The amount at the payment's rate, and what the rate of the row's own day adds (`direction` 1) or takes off."""
    difference = row.exchange_difference or 0
    whole = row.amount if row.settled_amount is None else row.settled_amount
    dearer = difference * direction
    lines = (
        (code, whole - difference),
        (f"{name}_exchange_loss", max(dearer, 0)),
        (f"{name}_exchange_gain", max(-dearer, 0)),
    )
    ledger.post(balances[SETTLED_IN], scope.now, row.id, *lines)
