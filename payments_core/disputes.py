"""Disputes (Mes Contestations): opened by the payer's bank, accepted or contested with proof, decided by the scheme.

Opening takes amount and fee from the merchant at once; winning gives both back. A draft of proof stops nothing: only sending it
within 30 days does, after that nothing more can be done. Proof leaves through an order to the acquirer and the outcome comes back
through another, so a crash in between asks again and gets the same answer.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from sqlalchemy import select

from payments_core import exchange, funds, merchant_debits, orders, payout_lines, payouts, refunds
from payments_core.business_days import at_hour, end_of_period, next_target_day, paris_day
from payments_core.db import db, first, locked, new_id
from payments_core.errors import Conflict, NotFound, WrongState
from payments_core.events import emit
from payments_core.models import AcquirerOrder, Dispute, Payment, Payout
from payments_core.money import SETTLED_IN
from payments_core.paging import Page, by_position
from payments_core.payment_rows import locked_payment
from payments_core.policy import policy_at
from payments_core.scope import Scope
from payments_core.states import next_status
from payments_core.step import Step

DISPUTABLE = frozenset({"captured", "disputed"})
WAITING = frozenset({"open", "not_contestable"})
NOTICES = (10, 3, 1)  # days left


def open_dispute(
    scope: Scope,
    payment_id: str,
    scheme_reference: str,
    response: str,
    *,
    amount: int | None = None,
    contestable: bool = True,
) -> Dispute:
    """Takes in what the payer's bank contests; the same scheme reference again gives the same dispute.

    `amount` in minor units, by default all that is not disputed yet. Raises NotFound, and Conflict not_disputable,
    dispute_too_high (params left), dispute_too_late (after 13 months); AcquirerUnavailable without the day's exchange rate.
    """
    payment = locked_payment(scope, payment_id)
    known = first(Dispute, Dispute.payment_id == payment.id, Dispute.scheme_reference == scheme_reference)
    if known is not None:
        db.session.commit()
        return known
    if exchange.learn(scope, payment.currency):  # it was not locked meanwhile
        return open_dispute(scope, payment_id, scheme_reference, response, amount=amount, contestable=contestable)
    dispute = open_locked(scope, payment, scheme_reference, response, amount, contestable)
    db.session.commit()
    return dispute


def open_locked(
    scope: Scope,
    payment: Payment,
    scheme_reference: str,
    response: str,
    amount: int | None,
    contestable: bool,
    claimed_on: date | None = None,
) -> Dispute:
    """The same for a payment that is new or locked and whose day's exchange rate was learned, within the caller's transaction.

    `claimed_on` is the day of the payer's claim, when it is heard of later.
    """
    left = _check(scope, payment, amount, claimed_on or paris_day(scope.now))
    policy = policy_at(scope.now)
    today = paris_day(scope.now)
    event = "open" if contestable else "open_not_contestable"
    dispute = Dispute(
        id=new_id("dspt"),
        payment=payment,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        live=payment.live,
        scheme_reference=scheme_reference,
        amount=amount or left,
        currency=payment.currency,
        fee=policy.dispute_fee,
        policy_version=policy.version,
        status=next_status("dispute", None, event),
        response=response,
        contestable=contestable,
        evidence_text="",
        created_at=scope.now,
        deadline_at=end_of_period(today, policy.evidence_days),
        date_bank=today,
        version=0,
    )
    db.session.add(dispute)
    if payment.status != "disputed":
        payment.status = next_status("payment", payment.status, "dispute")
    payment.disputed_amount += dispute.amount
    _take(Step(scope), payment, dispute)
    dispute.due_at = _next_notice(dispute, scope.now)
    emit(scope, "payment.disputed", payment, dispute=dispute.id, amount=dispute.amount)
    emit(scope, "dispute.opened", dispute, amount=dispute.amount, fee=dispute.fee, payment=payment.id)
    return dispute


def get(scope: Scope, dispute_id: str) -> Dispute:
    """Raises NotFound."""
    return _own(scope, db.session.get(Dispute, dispute_id), dispute_id)


def locked_dispute(scope: Scope, dispute_id: str) -> Dispute:
    """Under lock until the end of the transaction. Raises NotFound."""
    return _own(scope, locked(Dispute, dispute_id), dispute_id)


def page(
    scope: Scope,
    *,
    created: datetime | None = None,
    start: int,
    limit: int,
    newest_first: bool = True,
    count: bool = False,
    payout: Payout | None = None,
) -> Page[Dispute]:
    """A page of the merchant's disputes, or of those in a payout whose lines are closed."""
    return by_position(
        payout_lines.listed(Dispute, scope, payout),
        select(Dispute),
        since=created,
        start=start,
        limit=limit,
        newest_first=newest_first,
        count=count,
    )


def of_payment(payment_id: str) -> list[Dispute]:
    """In the order they were opened."""
    statement = select(Dispute).where(Dispute.payment_id == payment_id).order_by(Dispute.created_at, Dispute.id)
    return list(db.session.scalars(statement))


def days_left(dispute: Dispute, now: datetime) -> int | None:
    """Whole days in which something can still be done, today included as 0; None when nothing runs."""
    if dispute.status not in WAITING:
        return None
    return max(0, (_last_day(dispute) - paris_day(now)).days)


def accept(scope: Scope, dispute_id: str) -> Dispute:
    """The merchant gives in. Raises NotFound, IllegalTransition, Conflict `out_of_time`."""
    dispute = locked_dispute(scope, dispute_id)
    check_in_time(scope, dispute)
    _conclude(scope, dispute, "accept")
    db.session.commit()
    return dispute


def check_in_time(scope: Scope, dispute: Dispute) -> None:
    """The 30 days end at their moment, not when the clock has written it down. Raises Conflict `out_of_time`."""
    if dispute.status in WAITING and scope.now >= dispute.deadline_at:
        db.session.rollback()
        raise Conflict("The time for answering this dispute is over", code="out_of_time")


def send_evidence(scope: Scope, dispute: Dispute) -> None:
    """`evidence_pending` for a locked dispute, with the order that carries the proof, within the caller's transaction."""
    dispute.status = next_status("dispute", dispute.status, "send_evidence")
    dispute.sent_at = dispute.due_at = scope.now
    orders.place(scope, "evidence", dispute.payment, dispute)
    emit(scope, "dispute.evidence_pending", dispute, payment=dispute.payment_id)


def on_due(step: Step, dispute: Dispute) -> None:
    """The clock's next step for a dispute, within the caller's transaction; its payment is locked."""
    scope = step.scope
    if dispute.status in WAITING:
        _notice_or_deadline(scope, dispute)
    elif dispute.status == "evidence_pending":
        if orders.outcome("evidence", dispute.id) is None:
            dispute.due_at = scope.now + orders.LATER
            return
        dispute.status = next_status("dispute", dispute.status, "evidence_delivered")
        dispute.due_at = at_hour(next_target_day(paris_day(scope.now)), policy_at(scope.now).settlement_hour)
        emit(scope, "dispute.evidence_sent", dispute, payment=dispute.payment_id)
    elif dispute.status == "evidence_sent":
        dispute.status = next_status("dispute", dispute.status, "verify")
        dispute.due_at = end_of_period(paris_day(scope.now), policy_at(scope.now).verification_days)
        emit(scope, "dispute.evidence_verification", dispute, payment=dispute.payment_id)
    elif dispute.status == "evidence_verification":
        _ask_or_decide(step, dispute)
    else:
        dispute.due_at = None


def _check(scope: Scope, payment: Payment, amount: int | None, claimed_on: date) -> int:
    """What may still be disputed, in minor units."""
    if payment.status not in DISPUTABLE:
        raise WrongState("not_disputable", "payment", payment.status, "be disputed", DISPUTABLE)
    purchase = paris_day(payment.paid_at or payment.created_at)
    since = payment.date_bank or purchase if payment.method == "sepa" else purchase  # SEPA counts from the collection
    if claimed_on > since + relativedelta(months=policy_at(scope.now).dispute_months):
        raise Conflict("The time for disputing this payment is over", code="dispute_too_late")
    left = payment.amount - payment.disputed_amount
    if not 0 < (left if amount is None else amount) <= left:
        raise Conflict(f"At most {left} can be disputed on this payment", code="dispute_too_high", left=left)
    return left


def _take(step: Step, payment: Payment, dispute: Dispute) -> None:
    """Refunds on their way do not leave any more; then amount and fee."""
    refunds.stop_waiting(step, payment, "dispute", "payment_disputed")
    funds.set_cost(step.scope, dispute, payment)
    _ = step.balances[SETTLED_IN]  # locked before what is on its way to it is read
    coming = merchant_debits.in_flight(step.scope)
    dispute.shortfall, balance = funds.take(step.scope, step.balances, dispute, coming)
    if dispute.shortfall and balance.currency == SETTLED_IN:
        db.session.flush()  # the debit names the dispute
        merchant_debits.ask(step.scope, dispute, dispute.shortfall)


def _own(scope: Scope, dispute: Dispute | None, dispute_id: str) -> Dispute:
    if dispute is None or dispute.merchant_id != scope.merchant_id or dispute.live != scope.live:
        raise NotFound("dispute", dispute_id)
    return dispute


def _last_day(dispute: Dispute) -> date:
    """The last day on which something can be done."""
    return paris_day(dispute.deadline_at - timedelta(seconds=1))


def _next_notice(dispute: Dispute, now: datetime) -> datetime:
    """The next of the notices still to come, else the deadline."""
    last = _last_day(dispute)
    moments = [at_hour(last - timedelta(days=days), 0) for days in NOTICES]  # Paris days: clocks may change in between
    return min((moment for moment in moments if moment > now), default=dispute.deadline_at)


def _notice_or_deadline(scope: Scope, dispute: Dispute) -> None:
    if scope.now >= dispute.deadline_at:
        _conclude(scope, dispute, "deadline")
        return
    left = days_left(dispute, scope.now)
    dispute.due_at = _next_notice(dispute, scope.now)
    emit(scope, "dispute.days_left", dispute, days=left, payment=dispute.payment_id)


def _conclude(scope: Scope, dispute: Dispute, event: str) -> None:
    """An end without more money moving: accepted, out of time or lost."""
    dispute.status = next_status("dispute", dispute.status, event)
    dispute.decided_at, dispute.due_at = scope.now, None
    emit(scope, f"dispute.{dispute.status}", dispute, amount=dispute.amount, payment=dispute.payment_id)


def _ask_or_decide(step: Step, dispute: Dispute) -> None:
    """The scheme's decision: asked for once, read when it is there."""
    if db.session.get(AcquirerOrder, orders.order_id("decision", dispute.id)) is None:
        orders.place(step.scope, "decision", dispute.payment, dispute)
    won = orders.outcome("decision", dispute.id)
    if won is None:
        dispute.due_at = step.scope.now + orders.LATER
    elif won:
        _win(step, dispute)
    else:
        _conclude(step.scope, dispute, "lose")


def _win(step: Step, dispute: Dispute) -> None:
    """Amount and fee come back to available funds without a new hold."""
    payment = locked(Payment, dispute.payment_id)
    assert payment is not None
    payment.disputed_amount -= dispute.amount
    payouts.expect(step.scope, funds.won_back(step.scope, step.balances, dispute))
    _conclude(step.scope, dispute, "win")
    if payment.disputed_amount == 0:
        payment.status = next_status("payment", payment.status, "win_dispute")
        emit(step.scope, "payment.captured", payment, dispute=dispute.id)
