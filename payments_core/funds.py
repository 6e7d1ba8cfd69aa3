"""A captured payment's money on its way: pending → held → available, and what refunds draw from it.

A refund takes available funds first, then held, then pending ones. What it takes from held or pending is remembered in
`*_drawn`: the next payments leaving that bucket make up for it, so neither is emptied twice nor goes below zero. What refunds.py
lets be missing (commissions) is owed: available funds go below zero by it.
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
    payment.funds_amount = payment.amount - payment.fee
    assert payment.date_bank is not None
    payment.due_at = at_hour(payment.date_bank, policy_at(scope.now).settlement_hour)


def received(scope: Scope, balance: Balance, payment: Payment) -> None:
    """The acquirer paid: pending → held, for the days of the hold."""
    moved = payment.funds_amount - _absorb(balance, "pending_drawn", payment.funds_amount)
    ledger.post(balance, scope.now, payment.id, ("settlement", payment.amount), ("hold", moved))
    payment.funds, payment.funds_amount = "held", moved
    assert payment.date_bank is not None
    payment.due_at = end_of_period(payment.date_bank, policy_at(scope.now).hold_days)


def released(scope: Scope, balance: Balance, payment: Payment) -> None:
    """The hold is over: held → available."""
    moved = payment.funds_amount - _absorb(balance, "held_drawn", payment.funds_amount)
    ledger.post(balance, scope.now, payment.id, ("release", moved))
    payment.funds, payment.funds_amount, payment.due_at = "available", moved, None


def cover(balance: Balance) -> int:
    """What refunds may use: available + held + pending, in minor units."""
    return balance.available + balance.held + balance.pending


def draw(scope: Scope, balance: Balance, refund: Refund) -> None:
    """Takes the refund's amount from the buckets in order; what is missing is owed. The caller checked the cover."""
    left = refund.amount
    for bucket in ("available", "held", "pending"):
        taken = min(left, max(0, getattr(balance, bucket)))
        setattr(refund, f"drawn_{bucket}", taken)
        left -= taken
    refund.drawn_available += left
    balance.held_drawn += refund.drawn_held
    balance.pending_drawn += refund.drawn_pending
    ledger.post(
        balance,
        scope.now,
        refund.id,
        ("refund_available", refund.drawn_available),
        ("refund_held", refund.drawn_held),
        ("refund_pending", refund.drawn_pending),
    )


def give_back(scope: Scope, balance: Balance, refund: Refund) -> None:
    """Undoes `draw`: back where it came from as far as that bucket still lacks it, the rest to available."""
    held = _absorb(balance, "held_drawn", refund.drawn_held)
    pending = _absorb(balance, "pending_drawn", refund.drawn_pending)
    ledger.post(
        balance,
        scope.now,
        refund.id,
        ("refund_back_held", held),
        ("refund_back_pending", pending),
        ("refund_back_available", refund.amount - held - pending),
    )


def paid_back(scope: Scope, balance: Balance, refund: Refund) -> None:
    """The refund reached the payer."""
    ledger.post(balance, scope.now, refund.id, ("refund_paid", refund.amount))


def _absorb(balance: Balance, column: str, amount: int) -> int:
    """Lowers a `*_drawn` counter by as much of `amount` as it holds, and returns that."""
    absorbed = int(min(amount, getattr(balance, column)))
    setattr(balance, column, getattr(balance, column) - absorbed)
    return absorbed
