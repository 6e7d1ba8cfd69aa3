"""Direct debits: a SEPA payment's collection on its way through the bank (SEPA Core Direct Debit rulebook).

The file leaves at the cut-off of the TARGET day before the collection. A reject comes back at once, a return within 5 TARGET days
of the settlement; the payer may claim the money back for 8 weeks without a reason (MD06) and for 13 months when there was no
mandate (MD01), which are disputes. So the bank's statements are read every morning while the money can still be returned, then
weekly, then monthly.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from payments_core import disputes, funds, ledger, statements
from payments_core.business_days import at_hour, is_target_day, next_target_day, paris_day, previous_target_day
from payments_core.db import db, locked, new_id
from payments_core.errors import Conflict
from payments_core.events import emit
from payments_core.ledger import Balances
from payments_core.models import DirectDebit, Mandate, Payment
from payments_core.policy import policy_at
from payments_core.scope import Scope
from payments_core.states import next_status
from payments_core.step import Step

# ISO 20022 external return reasons that are the payer's own claim: reason → contestable.
CLAIMS = {"MD06": False, "MD01": True}
NO_MANDATE = "MD01"


def schedule(scope: Scope, payment: Payment) -> None:
    """Fixes the collection day and when the file leaves, for a payment that became `to_capture`."""
    payment.date_settlement = collection_day(scope.now, payment.date_settlement)
    payment.due_at = file_leaves_at(payment.date_settlement, scope.now)


def collection_day(now: datetime, wished: date | None) -> date:
    """The first TARGET day that gives the payer the notice agreed: the wished day is one, else 14 days' notice."""
    wanted = wished or paris_day(now) + timedelta(days=policy_at(now).sepa_prenotification_days)
    day = max(wanted, next_target_day(paris_day(now)))
    while not is_target_day(day) or file_leaves_at(day, now) <= now:
        day += timedelta(days=1)
    return day


def file_leaves_at(day: date, now: datetime) -> datetime:
    """The cut-off of the TARGET day before a collection."""
    return at_hour(previous_target_day(day), policy_at(now).cut_off_hour)


def send(step: Step, payment: Payment) -> None:
    """The cut-off of a locked payment: its collection joins the next file, within the caller's transaction."""
    scope = step.scope
    mandate = locked(Mandate, payment.mandate_id)
    assert mandate is not None
    assert payment.date_settlement is not None
    payment.status, payment.due_at = next_status("payment", payment.status, "cut_off"), None
    emit(scope, "payment.capture_sent", payment)
    if mandate.revoked_at is not None:  # since it was accepted: nothing may be collected any more
        _fail(scope, payment, "reject", NO_MANDATE)
        return
    db.session.add(
        DirectDebit(
            id=new_id("ddbt"),
            payment_id=payment.id,
            merchant_id=payment.merchant_id,
            live=payment.live,
            mandate_id=mandate.id,
            amount=payment.amount,
            sequence="OOFF" if not mandate.recurrent else "RCUR" if mandate.last_used_at else "FRST",
            collection_on=payment.date_settlement,
            status=next_status("direct_debit", None, "send"),
            created_at=scope.now,
            due_at=statements.morning_after(scope, payment.date_settlement),
        )
    )
    mandate.last_used_at = scope.now


def on_due(step: Step, debit: DirectDebit) -> None:
    """Asks the bank what became of it, and says when to ask again; its payment is locked."""
    scope, policy = step.scope, policy_at(step.scope.now)
    yesterday = paris_day(scope.now) - timedelta(days=1)
    statements.ask(scope, debit.statements_until + timedelta(days=1) if debit.statements_until else debit.collection_on)
    debit.statements_until = yesterday
    claims_until = debit.collection_on + relativedelta(months=policy.sepa_unauthorised_months)
    if debit.status == "sent" or yesterday < _last_return_day(debit, policy.sepa_return_days):
        debit.due_at = statements.next_morning(scope)
    elif yesterday < debit.collection_on + timedelta(days=policy.sepa_refund_days):
        debit.due_at = statements.morning_after(scope, yesterday + timedelta(days=7))
    elif yesterday < claims_until:
        debit.due_at = statements.morning_after(scope, min(yesterday + timedelta(days=30), claims_until))
    else:
        debit.due_at = None


def rejected(scope: Scope, debit: DirectDebit, reason: str) -> None:
    """The bank refused it before settlement: no money moved, within the caller's transaction."""
    debit.status, debit.reason, debit.due_at = next_status("direct_debit", debit.status, "reject"), reason, None
    _fail(scope, _payment(debit), "reject", reason)


def collected(scope: Scope, debit: DirectDebit, day: date) -> None:
    """Our bank booked it: the payment is captured, within the caller's transaction."""
    payment = _payment(debit)
    debit.status = next_status("direct_debit", debit.status, "collect")
    payment.status = next_status("payment", payment.status, "settle")
    payment.captured_at, payment.date_bank = scope.now, day
    funds.captured(scope, Balances(scope)[payment.currency], payment)
    emit(scope, "payment.captured", payment, amount=payment.amount, fee=payment.fee)


def came_back(scope: Scope, debit: DirectDebit, reason: str) -> None:
    """The payer's bank took it back: a return, or the payer's claim, within the caller's transaction."""
    payment = _payment(debit)
    debit.reason, debit.due_at = reason, None
    if reason in CLAIMS:
        debit.status = next_status("direct_debit", debit.status, "claim")
        _open_dispute(scope, payment, debit, reason)
        return
    debit.status = next_status("direct_debit", debit.status, "return")
    debit.return_fee = policy_at(scope.now).sepa_return_fee
    lines = (("return", debit.amount), ("return_fee", debit.return_fee))
    ledger.post(Balances(scope)[payment.currency], scope.now, debit.id, *lines)
    _fail(scope, payment, "return", reason)


def of_payment(payment_id: str) -> DirectDebit | None:
    """The collection of a payment, once its file left."""
    return db.session.scalars(db.select(DirectDebit).where(DirectDebit.payment_id == payment_id)).first()


def _open_dispute(scope: Scope, payment: Payment, debit: DirectDebit, reason: str) -> None:
    try:
        disputes.open_locked(scope, payment, f"sdd-{debit.id}", reason, None, CLAIMS[reason])
    except Conflict as error:  # the bank has the money: who is to bear it must be looked at by a person
        emit(scope, "payment.claim_refused", payment, reason=reason, why=error.code)


def _fail(scope: Scope, payment: Payment, event: str, reason: str) -> None:
    payment.status, payment.response = next_status("payment", payment.status, event), reason
    emit(scope, "payment.failed", payment, reason=reason)


def _payment(debit: DirectDebit) -> Payment:
    """Locked already by who applies the bank's answer."""
    payment = locked(Payment, debit.payment_id)
    assert payment is not None
    return payment


def _last_return_day(debit: DirectDebit, days: int) -> date:
    day = debit.collection_on
    for _ in range(days):
        day = next_target_day(day)
    return day
