"""The days of a direct debit: when it is collected, when its file leaves, until when it may come back.

The payer is told amount and day beforehand (pre-notification): 14 days, or the shorter notice the merchant agreed with the payer,
which is what a wished day stands for. The file leaves at the cut-off of the TARGET day before the collection.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from payments_core import statements
from payments_core.business_days import at_hour, is_target_day, next_target_day, paris_day, previous_target_day
from payments_core.db import first
from payments_core.errors import InvalidRequest
from payments_core.events import emit
from payments_core.models import DirectDebit, Payment
from payments_core.policy import policy_at
from payments_core.runtime import runtime
from payments_core.scope import Scope


def schedule(scope: Scope, payment: Payment) -> None:
    """Fixes the collection day and when the file leaves, for a payment that became `to_capture`. Raises InvalidRequest."""
    payment.date_settlement = collection_day(scope.now, payment.date_settlement)
    payment.due_at = file_leaves_at(payment.date_settlement, scope.now)


def announce(scope: Scope, payment: Payment) -> None:
    """Says what the payer is to be told beforehand, within the caller's transaction."""
    assert payment.date_settlement is not None
    emit(
        scope,
        "payment.collection_scheduled",
        payment,
        amount=payment.amount,
        collection_on=payment.date_settlement.isoformat(),
        mandate=payment.mandate.rum if payment.mandate else None,
        creditor=runtime().config.sepa_creditor_id,
    )


def collection_day(now: datetime, wished: date | None) -> date:
    """The first TARGET day that gives the payer the notice agreed: at the earliest the wished day, else after 14 days.

    Raises InvalidRequest for a wish more than a year ahead.
    """
    policy, today = policy_at(now), paris_day(now)
    if wished is not None and wished > today + timedelta(days=policy.sepa_horizon_days):
        message = f"A collection is asked for at most {policy.sepa_horizon_days} days ahead"
        raise InvalidRequest("date_settlement", message, code="date_too_far", days=policy.sepa_horizon_days)
    day = max(wished or today + timedelta(days=policy.sepa_prenotification_days), next_target_day(today))
    while not is_target_day(day) or file_leaves_at(day, now) <= now:
        day += timedelta(days=1)
    return day


def file_leaves_at(day: date, now: datetime) -> datetime:
    """The cut-off of the TARGET day before a collection."""
    return at_hour(previous_target_day(day), policy_at(now).cut_off_hour)


def too_late(day: date, now: datetime) -> bool:
    """Whether a file that leaves now can no longer ask for a collection on that day."""
    return paris_day(now) > previous_target_day(day)


def first_possible(now: datetime) -> date:
    """The first collection day a file that leaves now may ask for."""
    today = paris_day(now)
    return next_target_day(today if is_target_day(today) else next_target_day(today))


def last_return_day(collected_on: date, now: datetime) -> date:
    """Until then the payer's bank may return a collection (SEPA Core rulebook 4.3.2)."""
    day = collected_on
    for _ in range(policy_at(now).sepa_return_days):
        day = next_target_day(day)
    return day


def of_payment(payment_id: str) -> DirectDebit | None:
    """The collection of a payment, once its file was due."""
    return first(DirectDebit, DirectDebit.payment_id == payment_id)


def may_come_back(scope: Scope, payment: Payment) -> bool:
    """Whether the payer's bank may still return the collection, or a statement that might say so is not read yet."""
    debit = of_payment(payment.id)
    if debit is None or debit.status != "collected":
        return False
    last = last_return_day(payment.date_bank or debit.collection_on, scope.now)
    asked = debit.statements_until is not None and debit.statements_until >= last
    return not asked or statements.unread(scope, last)


def next_question(scope: Scope, day: date, yesterday: date, *, booked: bool) -> datetime | None:
    """When the bank is to be asked again about a collection of a day, of which everything up to yesterday was asked.

    Every morning until it is booked and can no longer be returned, weekly while it may be claimed back without a reason, then monthly;
    None after 13 months.
    """
    policy = policy_at(scope.now)
    claims_until = day + relativedelta(months=policy.sepa_unauthorised_months)
    if not booked or yesterday < last_return_day(day, scope.now):
        return statements.next_morning(scope)
    if yesterday < day + timedelta(days=policy.sepa_refund_days):
        return statements.morning_after(scope, yesterday + timedelta(days=7))
    if yesterday < claims_until:
        return statements.morning_after(scope, min(yesterday + timedelta(days=30), claims_until))
    return None
