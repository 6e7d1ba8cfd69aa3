"""A captured payment's money on its way: pending → held → available, and the debits that are covered by all three.

A debit is drawn from available funds alone, which go below zero while pending or held money covers it: the hold forbids payouts,
not debits, and what is missing is made up by the next release. What refund_cover.py lets be uncovered (commissions) is owed.
Money of another currency than the euro is received in euros and in euros from then on (exchange.py); what takes it back costs euros.
Everything here runs within the caller's transaction, with the payment or refund and the balance locked.
"""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from payments_core import exchange, ledger
from payments_core.business_days import at_hour, end_of_period
from payments_core.db import db
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


def received(scope: Scope, balances: Balances, payment: Payment) -> bool:
    """The acquirer paid: pending → held, for the days of the hold. False while the rate of that day is not known."""
    if payment.currency == SETTLED_IN:
        lines = (("settlement", payment.amount), ("hold", net(payment)))
        ledger.post(balances[SETTLED_IN], scope.now, payment.id, *lines)
    else:
        rate = exchange.known(scope, payment.currency, payment.date_bank)
        if rate is None:
            return False
        _received_in_euros(scope, balances, payment, rate)
    payment.funds = "held"
    assert payment.date_bank is not None
    payment.due_at = end_of_period(payment.date_bank, policy_at(scope.now).hold_days)
    return True


def _received_in_euros(scope: Scope, balances: Balances, payment: Payment, rate: Decimal) -> None:
    lines = (("exchange_receivable", payment.amount), ("exchange_pending", net(payment)), ("exchange_fee", payment.fee))
    ledger.post(balances[payment.currency], scope.now, payment.id, *lines)
    payment.exchange_rate = rate
    payment.settled_amount = converted(payment.amount, payment.currency, rate)
    payment.settled_fee = converted(payment.fee, payment.currency, rate)
    lines = (
        ("settlement_exchanged", payment.settled_amount),
        ("hold_exchanged", net(payment)),
        ("fee_exchanged", payment.settled_fee),
    )
    ledger.post(balances[SETTLED_IN], scope.now, payment.id, *lines)


def released(scope: Scope, balances: Balances, payment: Payment) -> Balance:
    """The hold is over: held → available, on the balance it gives back."""
    balance = balances[payment.currency if kept_in_own_currency(payment) else SETTLED_IN]
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


def kept_in_own_currency(payment: Payment) -> bool:
    """Whether its money came in another currency and stayed in it, as it did before money was received in euros."""
    return payment.currency != SETTLED_IN and payment.exchange_rate is None and payment.funds in ("held", "available")


def set_cost(scope: Scope, row: Refund | Dispute, payment: Payment) -> None:
    """Fixes what a new refund or dispute costs in euros. Raises AcquirerUnavailable without the day's rate."""
    if row.currency == SETTLED_IN or kept_in_own_currency(payment):
        return
    cost = exchange.cost(scope, row.amount, row.currency, payment.exchange_rate, _returns(payment, row))
    row.exchange_rate, row.settled_amount, row.exchange_difference = cost.rate, cost.amount, cost.difference


def _returns(payment: Payment, besides: Refund | Dispute) -> list[exchange.Return]:
    """What is taken back of a payment already."""
    found: list[exchange.Return] = []
    for model, gone in ((Refund, ("failed", "not_honored", "payment_canceled")), (Dispute, ("won",))):
        rows = select(model.amount, model.exchange_rate).where(
            model.payment_id == payment.id,
            model.id != besides.id,
            model.status.not_in(gone),
            model.exchange_rate.is_not(None),
        )
        found += [exchange.Return(amount, rate) for amount, rate in db.session.execute(rows) if rate is not None]
    return found


def draw(scope: Scope, balances: Balances, refund: Refund) -> None:
    """Takes the refund's amount. The caller checked the cover."""
    _post_return(scope, balances, refund, "refund", "refund")


def give_back(scope: Scope, balances: Balances, refund: Refund) -> Balance:
    """Undoes `draw`, on the balance it gives back."""
    return _post_return(scope, balances, refund, "refund", "refund_back", undone=True)


def paid_back(scope: Scope, balances: Balances, refund: Refund) -> None:
    """The refund reached the payer."""
    paid = refund.amount if refund.settled_amount is None else refund.settled_amount
    ledger.post(_balance_of(balances, refund), scope.now, refund.id, ("refund_paid", paid))


def take(scope: Scope, balances: Balances, dispute: Dispute, coming: int) -> tuple[int, Balance]:
    """The scheme took a disputed amount, and there is a fee. What available and held funds, and what is `coming` to them, lacked of
    both, in minor units of the balance: what was missing before is not this dispute's."""
    short_before = _short(_balance_of(balances, dispute), coming)
    balance = _post_return(scope, balances, dispute, "dispute", "dispute")
    ledger.post(balance, scope.now, dispute.id, ("dispute_fee", dispute.fee))
    return _short(balance, coming) - short_before, balance


def _short(balance: Balance, coming: int) -> int:
    coming = coming if balance.currency == SETTLED_IN else 0
    return max(0, -(balance.available + balance.held + coming))


def won_back(scope: Scope, balances: Balances, dispute: Dispute) -> Balance:
    """Undoes `take`."""
    balance = _post_return(scope, balances, dispute, "dispute", "dispute_won", undone=True)
    ledger.post(balance, scope.now, dispute.id, ("dispute_fee_back", dispute.fee))
    return balance


def _balance_of(balances: Balances, row: Refund | Dispute) -> Balance:
    return balances[row.currency if row.settled_amount is None else SETTLED_IN]


def _post_return(
    scope: Scope, balances: Balances, row: Refund | Dispute, noun: str, code: str, *, undone: bool = False
) -> Balance:
    """The amount at the payment's rate under `code`, and what the rate of the row's own day adds to it or takes off."""
    difference = row.exchange_difference or 0
    whole = row.amount if row.settled_amount is None else row.settled_amount
    dearer = -difference if undone else difference
    lines = (
        (code, whole - difference),
        (f"{noun}_exchange_loss", max(dearer, 0)),
        (f"{noun}_exchange_gain", max(-dearer, 0)),
    )
    balance = _balance_of(balances, row)
    ledger.post(balance, scope.now, row.id, *lines)
    return balance
