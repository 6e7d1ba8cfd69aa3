"""Direct debits: a SEPA payment's collection on its way through the bank (SEPA Core Direct Debit rulebook).

A reject comes back at once, a return within 5 TARGET days of the settlement; the payer may claim the money back for 8 weeks without
a reason (MD06) and for 13 months when there was no mandate (MD01), which are disputes. So the bank's statements are read every
morning while the money can still be returned, then weekly, then monthly. Which day is which: debit_days.py.
"""

from __future__ import annotations

from datetime import date, timedelta

from payments_core import debit_days, disputes, funds, ledger, mandates, refunds, statements
from payments_core.business_days import next_target_day, paris_day
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
WITHOUT_REASON = "MD06"
NO_MANDATE = "MD01"


def send(step: Step, payment: Payment) -> None:
    """The cut-off of a locked payment: its collection joins the next file, within the caller's transaction."""
    scope = step.scope
    mandate = locked(Mandate, payment.mandate_id)
    assert mandate is not None
    assert payment.date_settlement is not None
    payment.status, payment.due_at = next_status("payment", payment.status, "cut_off"), None
    emit(scope, "payment.capture_sent", payment)
    if (
        mandates.why_unusable(mandate, scope.now) is not None
    ):  # since it was accepted: nothing may be collected any more
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


def before_file(scope: Scope, debit: DirectDebit) -> None:
    """A file made too late for the day asks for the first one still possible, within the caller's transaction."""
    if not debit_days.too_late(debit.collection_on, scope.now):
        return
    payment = _payment(debit)
    debit.collection_on = payment.date_settlement = debit_days.first_possible(scope.now)
    debit.due_at = statements.morning_after(scope, debit.collection_on)
    debit_days.announce(scope, payment)


def on_due(step: Step, debit: DirectDebit) -> None:
    """Asks the bank what became of it, and says when to ask again; its payment is locked."""
    scope = step.scope
    yesterday = paris_day(scope.now) - timedelta(days=1)
    # A file that reached the bank late is booked on a day already asked about, so until then the whole time is asked about.
    done = debit.statements_until if debit.status != "sent" else None
    statements.ask(scope, done + timedelta(days=1) if done else debit.collection_on)
    debit.statements_until = yesterday
    day = _payment(debit).date_bank or debit.collection_on
    debit.due_at = debit_days.next_question(scope, day, yesterday, booked=debit.status != "sent")


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


def came_back(scope: Scope, debit: DirectDebit, reason: str, day: date) -> None:
    """The payer's bank took it back, booked on a day: a return, or the payer's claim, within the caller's transaction.

    What is disputed already was taken from the merchant then: only the rest is taken now.
    """
    if debit.status == "sent":  # the statement that books it is read later: it cannot have come back otherwise
        collected(scope, debit, debit.collection_on)
    payment = _payment(debit)
    debit.reason, debit.due_at = reason, None
    if reason in CLAIMS or payment.status == "disputed":
        debit.status = next_status("direct_debit", debit.status, "claim")
        _open_dispute(scope, payment, debit, reason, day)
        return
    step = Step(scope)
    debit.status = next_status("direct_debit", debit.status, "return")
    debit.return_fee = policy_at(scope.now).sepa_return_fee
    refunds.stop_waiting(step, payment, "fail", "payment_returned")
    lines = (("return", debit.amount), ("return_fee", debit.return_fee))
    ledger.post(step.balances[payment.currency], scope.now, debit.id, *lines)
    _fail(scope, payment, "return", reason)


def _open_dispute(scope: Scope, payment: Payment, debit: DirectDebit, reason: str, claimed_on: date) -> None:
    contestable = CLAIMS.get(reason, False)
    try:
        _check_claim_in_time(scope, payment, debit, reason, claimed_on)
        disputes.open_locked(scope, payment, f"sdd-{debit.id}", reason, None, contestable, claimed_on)
    except Conflict as error:  # the bank has the money: who is to bear it must be looked at by a person
        emit(scope, "payment.claim_refused", payment, reason=reason, why=error.code)


def _check_claim_in_time(scope: Scope, payment: Payment, debit: DirectDebit, reason: str, claimed_on: date) -> None:
    """Without a reason the payer has eight weeks (Directive 2015/2366, 77), and the banks two TARGET days more to book it.

    Raises Conflict `dispute_too_late`.
    """
    last = (payment.date_bank or debit.collection_on) + timedelta(days=policy_at(scope.now).sepa_refund_days)
    if reason == WITHOUT_REASON and claimed_on > next_target_day(next_target_day(last)):
        raise Conflict("The time for claiming this direct debit back is over", code="dispute_too_late")


def _fail(scope: Scope, payment: Payment, event: str, reason: str) -> None:
    payment.status, payment.response = next_status("payment", payment.status, event), reason
    if payment.captured_at is None:
        payment.fee = 0  # charged at capture, of which there was none
    emit(scope, "payment.failed", payment, reason=reason)


def _payment(debit: DirectDebit) -> Payment:
    """Locked already by who applies the bank's answer."""
    payment = locked(Payment, debit.payment_id)
    assert payment is not None
    return payment
