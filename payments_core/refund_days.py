"""When a refund becomes possible, when it leaves and, for a transfer, when it is executed and final."""

from __future__ import annotations

from datetime import date, datetime

from payments_core import debit_days, statements
from payments_core.business_days import at_hour, next_cut_off, next_target_day, paris_day
from payments_core.models import Payment, Refund
from payments_core.policy import policy_at
from payments_core.scope import Scope


def leaves_at(scope: Scope, payment: Payment) -> datetime:
    """The next cut-off; for a direct debit once the payer's bank can no longer return it, lest they are paid twice.

    The statement of the last day on which it may be returned is read on the morning after.
    """
    hour = policy_at(scope.now).cut_off_hour
    if payment.method != "sepa":
        return next_cut_off(scope.now, hour)
    last = debit_days.last_return_day(payment.date_bank or paris_day(scope.now), scope.now)
    return max(next_cut_off(scope.now, hour), at_hour(next_target_day(last), hour))


def captured_from(payment: Payment) -> datetime | None:
    """When a partial refund becomes possible: the settlement after the cut-off, unknown before capture is asked."""
    if payment.status != "to_capture" or payment.due_at is None:
        return None
    if payment.method == "sepa":
        return settled_from(payment)
    return at_hour(next_target_day(paris_day(payment.due_at)), policy_at(payment.due_at).settlement_hour)


def settled_from(payment: Payment) -> datetime | None:
    """When a capture on its way is settled: a collection is read on the morning after its day."""
    if payment.method != "sepa" or payment.date_settlement is None:
        return payment.due_at
    hour = policy_at(payment.paid_at or payment.created_at).settlement_hour
    return at_hour(next_target_day(payment.date_settlement), hour)


def transfer_day(refund: Refund) -> date:
    """The day the transfer of a refund that left is executed."""
    assert refund.sent_at is not None
    return next_target_day(paris_day(refund.sent_at))


def transfer_final(scope: Scope, refund: Refund) -> bool:
    """Whether a transfer was booked and the statements of all the days on which it may come back were read."""
    day = refund.date_bank
    if day is None:
        return False
    for _ in range(policy_at(scope.now).payout_return_days):
        day = next_target_day(day)
    return statements.read(scope, transfer_day(refund), day)
