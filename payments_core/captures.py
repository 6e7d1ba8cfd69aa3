"""Capture, and what the clock does with a payment: expiry, cut-off, settlement, funds received and released."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from payments_core import debit_days, direct_debits, funds, orders, payouts
from payments_core.authorizations import set_fee
from payments_core.business_days import at_hour, next_cut_off, next_target_day, paris_day
from payments_core.db import db, new_id
from payments_core.errors import Conflict, InvalidRequest
from payments_core.events import emit
from payments_core.models import CaptureBatch, Payment
from payments_core.payment_rows import locked_payment
from payments_core.payment_rules import MINIMUM_AMOUNT
from payments_core.policy import policy_at
from payments_core.scope import Scope
from payments_core.states import next_status
from payments_core.step import Step


def capture(scope: Scope, payment_id: str, amount: int | None = None) -> Payment:
    """Takes an authorized payment to `to_capture`; a smaller amount releases the rest at once.

    Raises NotFound, IllegalTransition unless authorized, InvalidRequest for an amount above the authorized one or below
    what a payment must have (50), Conflict for a verification of zero.
    """
    payment = locked_payment(scope, payment_id)
    status = next_status("payment", payment.status, "capture")
    if payment.amount == 0:
        raise Conflict("A card verification has no amount to capture", code="nothing_to_capture")
    if amount is not None and not MINIMUM_AMOUNT <= amount <= payment.amount:
        message = f"Amount must be between {MINIMUM_AMOUNT} and {payment.amount}"
        code = "capture_too_high" if amount > payment.amount else "bad_amount"
        raise InvalidRequest("amount", message, code=code, minimum=MINIMUM_AMOUNT, maximum=payment.amount)
    payment.status, payment.amount = status, amount or payment.amount
    set_fee(scope, payment)
    if payment.method == "sepa":
        debit_days.schedule(scope, payment)
    else:
        payment.due_at = next_cut_off(scope.now, policy_at(scope.now).cut_off_hour)
    emit(scope, "payment.to_capture", payment, amount=payment.amount)
    if payment.method == "sepa":
        debit_days.announce(scope, payment)
    db.session.commit()
    return payment


def collect(step: Step, payment: Payment) -> None:
    """Sends a locked payment of an agreed telecollection to the acquirer at once, within the caller's transaction."""
    event = "collect_late" if payment.status == "expired" else "collect"
    payment.status = next_status("payment", payment.status, event)
    set_fee(step.scope, payment)
    _send(step, payment)


def on_due(step: Step, payment: Payment) -> None:
    """The clock's next step for a payment, within the caller's transaction."""
    if payment.status is None:
        _close_page(step.scope, payment)
    elif payment.status == "authorized":
        _expire(step.scope, payment)
    elif payment.status == "to_capture" and payment.method == "sepa":
        direct_debits.send(step, payment)
    elif payment.status == "to_capture":
        _cut_off(step, payment)
    elif payment.status == "capture_sent":
        _settle(step, payment)
    elif payment.funds == "pending":
        if not funds.received(step.scope, step.balances, payment):
            payment.due_at = step.scope.now + orders.LATER
    elif payment.funds == "held":
        payouts.expect(step.scope, funds.released(step.scope, step.balances, payment))
    else:
        payment.due_at = None


def settlement_expected_on(payment: Payment) -> date | None:
    """The day the merchant's funds are expected to be received, or None when nothing is to come."""
    if payment.method == "sepa" and payment.status in ("to_capture", "capture_sent"):
        return payment.date_settlement
    if payment.status == "to_capture" and payment.due_at is not None:
        return next_target_day(paris_day(payment.due_at))
    if payment.status == "capture_sent" and payment.due_at is not None:
        return paris_day(payment.due_at)
    return payment.date_bank


def _close_page(scope: Scope, payment: Payment) -> None:
    if payment.open_attempt is not None:
        payment.due_at = scope.now + orders.LATER  # what the acquirer says about it decides first
        return
    payment.status, payment.due_at = next_status("payment", payment.status, "expire"), None
    emit(scope, "payment.expired", payment)


def _expire(scope: Scope, payment: Payment) -> None:
    payment.status, payment.due_at = next_status("payment", payment.status, "expire"), None
    if payment.method == "card":
        orders.place(scope, "reverse", payment, payment)
    emit(scope, "payment.expired", payment)


def _cut_off(step: Step, payment: Payment) -> None:
    payment.status = next_status("payment", payment.status, "cut_off")
    _send(step, payment)


def _send(step: Step, payment: Payment) -> None:
    batch = step.capture_batch = step.capture_batch or _batch(step.scope)
    payment.capture_batch_id = batch.id
    payment.due_at = at_hour(batch.settles_on, policy_at(step.scope.now).settlement_hour)
    orders.place(step.scope, "capture", payment, payment)
    emit(step.scope, "payment.capture_sent", payment)


def _settle(step: Step, payment: Payment) -> None:
    """The acquirer's settlement file of the day: what it carried out is captured, what it refused failed."""
    done = orders.outcome("capture", payment.id)
    if done is None:
        payment.due_at = step.scope.now + orders.LATER
        return
    if not done:
        payment.status, payment.due_at = next_status("payment", payment.status, "reject"), None
        payment.fee = 0  # charged at capture, of which there was none
        emit(step.scope, "payment.failed", payment)
        return
    payment.status = next_status("payment", payment.status, "settle")
    payment.captured_at, payment.date_bank = step.scope.now, paris_day(step.scope.now)
    funds.captured(step.scope, step.balances[payment.currency], payment)
    emit(step.scope, "payment.captured", payment, amount=payment.amount, fee=payment.fee)


def _batch(scope: Scope) -> CaptureBatch:
    """The batch of this merchant, mode and Paris day."""
    day = paris_day(scope.now)
    same = {"merchant_id": scope.merchant_id, "live": scope.live, "cut_off_on": day}
    values = {"id": new_id("btch"), "settles_on": next_target_day(day), "sent_at": scope.now}
    db.session.execute(insert(CaptureBatch).values(**same, **values).on_conflict_do_nothing())
    return db.session.scalars(select(CaptureBatch).filter_by(**same)).one()
