"""Refunds: before the cut-off a full one cancels the payment, after capture any amount goes back while there is cover.

Refundable = captured − refunds (but failed, not honoured, cancelling ones) − disputes in any state but won. The payment's row is
locked while a refund is decided, so concurrent refunds never exceed it; the balance is locked while its cover is checked
(refund_cover.py).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from payments_core import debit_days, funds, orders, payout_lines, payouts, refund_cover, refund_days, statements
from payments_core.business_days import at_hour, next_target_day, paris_day
from payments_core.db import db, lock_rows, locked, new_id
from payments_core.errors import NotFound, RefundRefused, WrongState
from payments_core.events import emit
from payments_core.ledger import Balances
from payments_core.models import Payment, Payout, Refund
from payments_core.paging import Page, by_position
from payments_core.payment_rows import locked_payment
from payments_core.policy import policy_at
from payments_core.refund_days import captured_from, settled_from
from payments_core.scope import Scope
from payments_core.states import next_status
from payments_core.step import Step

PARTIAL_TOO_EARLY = "Payment cannot be partially refunded before it has been captured"
BEFORE_CAPTURE = frozenset({"authorized", "to_capture"})
AFTER_CAPTURE = frozenset({"captured", "disputed"})


def refundable(payment: Payment) -> int:
    """What may still be given back, in minor units; before capture the whole amount, which cancels."""
    if payment.status in BEFORE_CAPTURE:
        return payment.amount
    if payment.status in AFTER_CAPTURE:
        return max(0, payment.amount - payment.refunded_amount - payment.disputed_amount)
    return 0


def rule(payment: Payment) -> dict[str, Any] | None:
    """Why a refund is not possible now, as {code, params}; None when one is. `from` says when it will be."""
    if payment.status in BEFORE_CAPTURE:
        return {"code": "full_only_before_capture", "params": {"from": _iso(captured_from(payment))}}
    if payment.status == "capture_sent":
        return {"code": "capture_in_progress", "params": {"from": _iso(settled_from(payment))}}
    if payment.status not in AFTER_CAPTURE:
        return {"code": "not_refundable", "params": {"status": payment.status}}
    return None if refundable(payment) > 0 else {"code": "nothing_left", "params": {}}


def create(
    scope: Scope, payment_id: str, amount: int | None = None, *, suffix: str | None = None, seen: int | None = None
) -> Refund:
    """Refunds `amount`, or all that remains. With `suffix` (an idempotency slot's) a repetition gives the same refund.

    `seen` is what the person who asks was shown as refundable: where it no longer is, nothing is refunded, as somebody else, or
    the same person without an answer, has been faster.

    Raises NotFound and RefundRefused: partial_before_capture, capture_in_progress, not_refundable, changed_meanwhile (params
    refundable), nothing_left, refund_too_high, insufficient_funds (params shortfall, currency); AcquirerUnavailable without the
    day's exchange rate.
    """
    for asked in (False, True):
        payment = locked_payment(scope, payment_id)
        if suffix is not None and (known := db.session.get(Refund, new_id("refd", suffix))) is not None:
            db.session.commit()
            return known
        if asked or payment.status not in AFTER_CAPTURE or not refund_cover.ask_for_rates(scope, payment):
            break  # else it was not locked meanwhile
    _as_seen(payment, seen)
    if payment.status in BEFORE_CAPTURE:
        refund = _cancel(scope, payment, amount, suffix)
    elif payment.status in AFTER_CAPTURE:
        refund = _give_back(scope, payment, amount, suffix)
    else:
        raise _refusal(payment)
    db.session.commit()
    return refund


def get(scope: Scope, refund_id: str) -> Refund:
    """Raises NotFound."""
    refund = db.session.get(Refund, refund_id)
    if refund is None or refund.merchant_id != scope.merchant_id or refund.live != scope.live:
        raise NotFound("refund", refund_id)
    return refund


def page(
    scope: Scope,
    *,
    created: datetime | None = None,
    start: int,
    limit: int,
    newest_first: bool = True,
    count: bool = False,
    payout: Payout | None = None,
) -> Page[Refund]:
    """A page of the merchant's refunds, or of those in a payout whose lines are closed."""
    return by_position(
        payout_lines.listed(Refund, scope, payout),
        select(Refund).options(joinedload(Refund.payment)),
        since=created,
        start=start,
        limit=limit,
        newest_first=newest_first,
        count=count,
    )


def of_payment(payment_id: str) -> list[Refund]:
    """In the order they were created."""
    statement = select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.created_at, Refund.id)
    return list(db.session.scalars(statement))


def of_payments(payment_ids: list[str]) -> dict[str, list[Refund]]:
    """The refunds of many payments in one statement, each in creation order."""
    found: dict[str, list[Refund]] = {payment_id: [] for payment_id in payment_ids}
    statement = select(Refund).where(Refund.payment_id.in_(payment_ids)).order_by(Refund.created_at, Refund.id)
    for refund in db.session.scalars(statement):
        found[refund.payment_id].append(refund)
    return found


def on_due(step: Step, refund: Refund) -> None:
    """The clock's next step for a refund, within the caller's transaction."""
    if refund.status == "to_refund":
        _send(step, refund)
    elif refund.status == "refund_sent":
        _conclude(step, refund)
    else:
        refund.due_at = None


def transfer_booked(_scope: Scope, refund: Refund, day: date) -> None:
    """Our bank booked the transfer; it may still come back. Within the caller's transaction."""
    refund.date_bank = day


def transfer_refused(scope: Scope, refund: Refund, reason: str) -> None:
    """The transfer never left our bank, within the caller's transaction."""
    did_not_arrive(Step(scope), refund, "fail", reason)


def transfer_came_back(scope: Scope, refund: Refund, reason: str, _day: date) -> None:
    """The payer's bank sent the transfer back, within the caller's transaction."""
    did_not_arrive(Step(scope), refund, "dishonor", reason)


def stop_waiting(step: Step, payment: Payment, event: str, reason: str) -> None:
    """Refunds of a locked payment that did not leave yet do not leave any more, within the caller's transaction."""
    db.session.flush()
    waiting = select(Refund).where(Refund.payment_id == payment.id, Refund.status == "to_refund").order_by(Refund.id)
    for refund in lock_rows(waiting):
        did_not_arrive(step, refund, event, reason)


def did_not_arrive(step: Step, refund: Refund, event: str, reason: str) -> None:
    """`fail`, `dishonor` or `dispute`: money and refundable amount come back, within the caller's transaction."""
    payment = locked(Payment, refund.payment_id)
    assert payment is not None
    refund.status = next_status("refund", refund.status, event)
    refund.reason, refund.due_at = reason, None
    payment.refunded_amount -= refund.amount
    step.balances[refund.currency].refunded_fees -= payment.fee if payment.refunded_amount == 0 else 0
    payouts.expect(step.scope, funds.give_back(step.scope, step.balances, refund))
    emit(step.scope, f"refund.{refund.status}", refund, amount=refund.amount, reason=reason, payment=payment.id)


def _cancel(scope: Scope, payment: Payment, amount: int | None, suffix: str | None) -> Refund:
    if amount is not None and amount < payment.amount:
        raise RefundRefused("partial_before_capture", PARTIAL_TOO_EARLY, **{"from": _iso(captured_from(payment))})
    if amount is not None and amount > payment.amount:
        raise _too_high(payment.amount)
    payment.status, payment.due_at = next_status("payment", payment.status, "cancel"), None
    payment.fee = 0
    if payment.method == "card":
        orders.place(scope, "reverse", payment, payment)
    refund = _new(scope, payment, payment.amount, "cancel_payment", suffix)
    db.session.add(refund)
    emit(scope, "payment.canceled", payment, refund=refund.id)
    emit(scope, "refund.payment_canceled", refund, amount=refund.amount, payment=payment.id)
    return refund


def _as_seen(payment: Payment, seen: int | None) -> None:
    left = refundable(payment)
    if seen is not None and payment.status in AFTER_CAPTURE and left != seen:
        raise RefundRefused("changed_meanwhile", f"By now {left} can be refunded on this payment", refundable=left)


def _give_back(scope: Scope, payment: Payment, amount: int | None, suffix: str | None) -> Refund:
    left = refundable(payment)
    if left == 0:
        raise RefundRefused("nothing_left", "Nothing is left to refund on this payment")
    if amount is not None and amount > left:
        raise _too_high(left)
    refund = _new(scope, payment, amount or left, "request", suffix)
    funds.set_cost(scope, refund, payment)
    balances = Balances(scope)
    refund_cover.check(scope, balances, refund, payment)
    balances[payment.currency].refunded_fees += payment.fee if payment.refunded_amount == 0 else 0
    db.session.add(refund)
    payment.refunded_amount += refund.amount
    funds.draw(scope, balances, refund)
    refund.due_at = refund_days.leaves_at(scope, payment)
    emit(scope, "refund.created", refund, amount=refund.amount, payment=payment.id)
    return refund


def _send(step: Step, refund: Refund) -> None:
    payment = db.session.get(Payment, refund.payment_id)
    assert payment is not None
    if refund.by_transfer and debit_days.may_come_back(step.scope, payment):  # the bank's statements are late
        refund.due_at = statements.next_morning(step.scope)
        return
    refund.status = next_status("refund", refund.status, "send")
    refund.sent_at = step.scope.now
    emit(step.scope, "refund.refund_sent", refund, amount=refund.amount, payment=payment.id)
    if refund.by_transfer:
        refund.due_at = statements.morning_after(step.scope, refund_days.transfer_day(refund))
        return
    day = next_target_day(paris_day(step.scope.now))
    refund.due_at = at_hour(day, policy_at(step.scope.now).settlement_hour)
    orders.place(step.scope, "refund", payment, refund)


def _conclude(step: Step, refund: Refund) -> None:
    """The acquirer's settlement file of the day says whether the payer's bank took the money."""
    if refund.by_transfer:
        _follow_transfer(step, refund)
        return
    done = orders.outcome("refund", refund.id)
    if done is None:
        refund.due_at = step.scope.now + orders.LATER
    elif done:
        refund.date_bank = paris_day(step.scope.now)
        _execute(step, refund)
    else:
        did_not_arrive(step, refund, "dishonor", "refused_by_bank")


def _execute(step: Step, refund: Refund) -> None:
    refund.status = next_status("refund", refund.status, "execute")
    refund.refunded_at, refund.due_at = step.scope.now, None
    funds.paid_back(step.scope, step.balances, refund)
    emit(step.scope, "refund.refunded", refund, amount=refund.amount, payment=refund.payment_id)


def _follow_transfer(step: Step, refund: Refund) -> None:
    """Asks for the statement until the transfer is booked and can no longer come back."""
    if refund_days.transfer_final(step.scope, refund):
        _execute(step, refund)
        return
    _ = step.balances[refund.currency]  # locked before the question, as everywhere
    statements.ask(step.scope, refund_days.transfer_day(refund))
    refund.due_at = statements.next_morning(step.scope)


def _new(scope: Scope, payment: Payment, amount: int, event: str, suffix: str | None) -> Refund:
    return Refund(
        id=new_id("refd", suffix),
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        live=payment.live,
        amount=amount,
        currency=payment.currency,
        status=next_status("refund", None, event),
        source=scope.source,
        by_transfer=payment.method == "sepa",
        created_at=scope.now,
        version=0,
    )


def _refusal(payment: Payment) -> WrongState:
    if payment.status == "capture_sent":
        again = {"from": _iso(settled_from(payment))}
        return WrongState("capture_in_progress", "payment", payment.status, "be refunded", AFTER_CAPTURE, **again)
    return WrongState("not_refundable", "payment", payment.status, "be refunded", BEFORE_CAPTURE | AFTER_CAPTURE)


def _too_high(left: int) -> RefundRefused:
    return RefundRefused("refund_too_high", f"At most {left} can be refunded on this payment", refundable=left)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
