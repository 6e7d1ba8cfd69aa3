"""What time does to the model of a merchant's history: cut-offs, settlements, bank statements, holds, deadlines, payouts.

A day has four moments: midnight (holds, deadlines), 7:00 (what acquirer and bank settled, on TARGET days), 9:00 (payouts, on
business days) and 23:00 (the cut-off). A bank's statement of a day is read at 7:00 of the next TARGET day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from tests.payments_core.histories.days import after, at, before, business, day_of, target
from tests.payments_core.histories.model import DISPUTE_FEE, RETURN_FEE, Model
from tests.payments_core.histories.records import Debit, Dispute, Payment, Payout, Refund

HOLD, EVIDENCE, VERIFICATION = 7, 30, 30  # days; a period ends with its last day
NOTICES = (10, 3, 1)  # days left
SMALLEST_PAYOUT = 100
LATEST = {"MD06": timedelta(days=7 + 6), "MD01": timedelta(days=30 + 6)}  # statements are read weekly, then monthly
LOSING = "losing_evidence"


def pass_time(model: Model, goal: datetime, claims: Mapping[str, datetime]) -> None:
    """Moves the model to the goal. `claims` says when payers' claims (by payment id) were read from a statement.

    How often statements are read for claims is no rule of the domain, so the model takes it as it was, within bounds.
    """
    for dispute in model.disputes:
        if dispute.status == "evidence_pending":
            dispute.becomes("evidence_sent")
            dispute.due_on = after(dispute.due_on)
    _answer_debits(model)
    start, day = model.now, model.today
    while at(day, 0) <= goal:
        for hour, happening in ((0, _midnight), (7, _morning), (9, _payouts), (23, _cut_off)):
            if start < at(day, hour) <= goal:
                model.now = at(day, hour)
                happening(model, day)
                _answer_debits(model)
                if hour == 7:
                    _claims(model, day, claims)
                    _answer_debits(model)
        day += timedelta(days=1)
    model.now = goal
    for payment in model.payments:
        if payment.status is None and payment.lapses_at is not None and payment.lapses_at <= goal:
            payment.becomes("expired")


def _midnight(model: Model, day: date) -> None:
    for payment in model.payments:
        if payment.status == "authorized" and payment.lapses_at is not None and payment.lapses_at <= model.now:
            payment.becomes("expired")
        if payment.funds == "held" and payment.date_bank is not None and day > payment.date_bank + timedelta(days=HOLD):
            payment.funds = "available"
            model.held -= payment.worth - payment.worth_fee
            model.post("release", payment, payment.worth, payment.worth_fee)
    for dispute in model.disputes:
        _deadlines(model, dispute, day)


def _deadlines(model: Model, dispute: Dispute, day: date) -> None:
    if dispute.status in ("open", "not_contestable"):
        left = EVIDENCE - (day - dispute.opened_on).days
        if left in NOTICES:
            dispute.happens("days_left")
        elif left < 0:
            dispute.becomes("out_of_time" if dispute.status == "open" else "accepted")
    elif dispute.status == "evidence_verification" and day > dispute.due_on + timedelta(days=VERIFICATION):
        if LOSING in dispute.words:
            dispute.becomes("lost")
            return
        dispute.becomes("won")
        model.post_return("dispute_won", "dispute", dispute, 1, -DISPUTE_FEE)
        if dispute.payment.disputed == 0:
            dispute.payment.becomes("captured")


def _morning(model: Model, day: date) -> None:
    if not target(day):
        return
    for payment in model.payments:
        if payment.status == "capture_sent" and payment.settles_on == day:
            _settle(model, payment)
        elif payment.debit == "collected" and payment.method is not None and payment.method.returned is not None:
            assert payment.date_bank is not None
            if day == after(payment.date_bank, 2):  # returned on the next TARGET day, read on the one after
                _return(model, payment)
        if payment.funds == "pending" and payment.date_bank is not None and payment.date_bank <= day:
            model.receive(payment)
    for refund in model.refunds:
        if refund.status == "refund_sent":
            _follow_refund(model, refund, day)
    for dispute in model.disputes:
        if dispute.status == "evidence_sent" and dispute.due_on == day:
            dispute.becomes("evidence_verification")
    for payout in model.payouts:
        _follow_payout(model, payout, day)
    for debit in model.debits:
        _follow_debit(model, debit, day)


def _answer_debits(model: Model) -> None:
    """The merchant's bank rejects the file of a debit as it rejects transfers; payouts stop as after those."""
    for debit in model.debits:
        if debit.status == "sent" and model.bank == "rejected":
            debit.status, model.stopped = "rejected", True


def _follow_debit(model: Model, debit: Debit, day: date) -> None:
    if debit.status == "sent" and day == after(debit.day):
        debit.status = "collected"
        model.post("merchant_debit", debit, debit.amount)
    elif debit.status == "collected" and model.bank == "returned" and day == after(debit.day, 2):
        debit.status, model.stopped = "returned", True
        model.post("merchant_debit_back", debit, -debit.amount)


def _settle(model: Model, payment: Payment) -> None:
    assert payment.settles_on is not None
    if payment.refused:
        payment.fee = 0
        payment.becomes("failed")
        return
    payment.becomes("captured")
    if payment.debit is not None:
        payment.debit = "collected"
    model.take(payment, payment.collected_on or payment.settles_on)


def _return(model: Model, payment: Payment) -> None:
    """The payer's bank took the collection back; what is disputed already was taken then."""
    assert payment.method is not None
    assert payment.method.returned is not None
    if payment.status == "disputed":
        claim(model, payment, payment.method.returned, contestable=False)
        return
    payment.debit = "returned"
    for refund in payment.refunds:
        if refund.status == "to_refund":
            model.come_to_nothing(refund, "failed")
    model.post("return", payment, -payment.amount, RETURN_FEE)
    payment.response = payment.method.returned
    payment.becomes("failed")


def claim(model: Model, payment: Payment, reason: str, *, contestable: bool) -> None:
    """A dispute about what is not disputed yet, if anything."""
    payment.debit = "claimed"
    if payment.amount == payment.disputed:
        payment.happens("claim_refused")
    else:
        model.dispute(payment, None, reason, contestable=contestable)


def _claims(model: Model, day: date, claims: Mapping[str, datetime]) -> None:
    for payment in model.payments:
        method = payment.method
        if payment.debit != "collected" or method is None or method.claimed is None:
            continue
        assert payment.date_bank is not None
        back_on = after(payment.date_bank + timedelta(days=method.after_days))
        seen_on = day_of(claims[payment.id]) if payment.id in claims else None
        if seen_on == day:
            assert day > back_on, f"{payment.id} claimed before the bank had it"
            claim(model, payment, method.claimed, contestable=method.claimed == "MD01")
        assert seen_on is not None or day <= back_on + LATEST[method.claimed], f"no claim on {payment.id}"


def _follow_refund(model: Model, refund: Refund, day: date) -> None:
    method = refund.payment.method
    assert method is not None
    executed_on = after(refund.left_on)
    if not method.sepa:
        if day == executed_on and refund.refused:
            model.come_to_nothing(refund)
        elif day == executed_on:
            refund.date_bank = day
            refund.becomes("refunded")
        return
    if day == after(executed_on):
        refund.date_bank = executed_on
    if method.transfer == "returned" and day == after(executed_on, 2):
        model.come_to_nothing(refund)
    elif day == after(executed_on, 5):  # 3 TARGET days in which it may come back, the statement, and a look at it
        refund.becomes("refunded")


def _follow_payout(model: Model, payout: Payout, day: date) -> None:
    if payout.status == "sent" and day == after(payout.closed_on):
        payout.date_bank = payout.closed_on
        model.in_transit -= payout.amount
        payout.becomes("paid")
    elif payout.status == "paid" and model.bank == "returned" and day == after(payout.closed_on, 2):
        _payout_failed(model, payout)


def _payouts(model: Model, day: date) -> None:
    if not business(day) or model.stopped or model.available < SMALLEST_PAYOUT:
        return
    payout = Payout(model.available, model.lines, day)
    model.payouts.append(payout)
    model.lines, model.available = [], 0
    for line in payout.lines:
        if line.kind in ("release", "refund", "dispute"):
            line.thing.payout = payout
    for status in ("pending", "to_pay"):
        payout.becomes(status)
    model.in_transit += payout.amount
    if model.bank == "rejected":
        model.in_transit -= payout.amount
        _payout_failed(model, payout)
    else:
        payout.becomes("sent")


def _payout_failed(model: Model, payout: Payout) -> None:
    """The money is available again, and nothing leaves until the owner confirmed the account."""
    payout.becomes("failed")
    model.stopped = True
    model.post("payout_back", payout, payout.amount)


def _cut_off(model: Model, day: date) -> None:
    for payment in model.payments:
        if payment.status != "to_capture":
            continue
        if payment.collected_on is None:
            payment.settles_on = after(day)
            payment.becomes("capture_sent")
        elif day == before(payment.collected_on):
            _collect(payment)
    for refund in model.refunds:
        if refund.status == "to_refund" and refund.leaves_on <= day:
            refund.left_on = day
            refund.becomes("refund_sent")
            method = refund.payment.method
            if method is not None and method.transfer == "rejected":
                model.come_to_nothing(refund, "failed")


def _collect(payment: Payment) -> None:
    """The file leaves, unless the mandate is gone by now; the bank may reject it at once."""
    assert payment.method is not None
    assert payment.collected_on is not None
    payment.becomes("capture_sent")
    gone = payment.saved is not None and payment.saved.deleted
    reason = "MD01" if gone else payment.method.rejected
    if reason is None:
        payment.debit, payment.settles_on = "sent", after(payment.collected_on)
        return
    payment.fee, payment.response = 0, reason
    payment.becomes("failed")
