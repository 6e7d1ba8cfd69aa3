"""Disputes: who may open one, what it costs, proof and its limits, the decision, and the money to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from payments_core import disputes, evidence, ledger, ledger_check, orders, payout_lines, refunds
from payments_core.business_days import PARIS
from payments_core.db import db
from payments_core.errors import Conflict, IllegalTransition, InvalidRequest, NotFound
from payments_core.models import AcquirerOrder, Dispute, Event, EvidenceFile, Payment, Payout, SimulatorRecord
from tests.payments_core.conftest import Shop
from tests.payments_core.test_concurrency import together

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\xff\xd9"


def contest(shop: Shop, payment: Payment, amount: int | None = None, reference: str = "case-1", **more: Any) -> Dispute:
    return disputes.open_dispute(shop.scope, payment.id, reference, "4853", amount=amount, **more)


def balance(shop: Shop) -> tuple[int, int, int]:
    (row,) = ledger.balances(shop.merchant.id, False)
    return row.pending, row.held, row.available


def events_of(dispute: Dispute) -> list[str]:
    statement = select(Event.type).where(Event.object_id == dispute.id).order_by(Event.version)
    return list(db.session.scalars(statement))


def test_opening_takes_amount_and_fee_and_says_what_is_missing(shop: Shop) -> None:
    payment = shop.captured(2590)
    dispute = contest(shop, payment)
    assert (dispute.status, dispute.amount, dispute.fee, payment.status) == ("open", 2590, 1500, "disputed")
    assert balance(shop) == (0, 2557, -4090)
    assert dispute.shortfall == 4090 - 2557
    assert disputes.days_left(dispute, shop.scope.now) == 30
    assert contest(shop, payment).id == dispute.id
    assert db.session.scalar(select(func.count()).select_from(Dispute)) == 1
    assert refunds.refundable(payment) == 0
    assert ledger_check.check().differences == []


def test_a_second_dispute_is_short_of_its_own_sum_only(shop: Shop) -> None:
    first, second, third = (shop.captured(amount) for amount in (2590, 1000, 1000))
    had = sum(balance(shop)[1:])
    assert contest(shop, first).shortfall == max(0, 4090 - had)
    assert contest(shop, second).shortfall == 4090 + 2500 - had - max(0, 4090 - had)
    assert contest(shop, third).shortfall == 2500


@pytest.mark.parametrize(("text", "won"), [("Le client a signé. winning_evidence", True), ("losing_evidence", False)])
def test_proof_is_sent_verified_and_decided(shop: Shop, text: str, won: bool) -> None:
    payment = shop.captured(2590)
    dispute = contest(shop, payment)
    evidence.write(shop.scope, dispute.id, text)
    evidence.add_file(shop.scope, dispute.id, "../facture n°1.pdf", "receipt", PDF)
    evidence.send(shop.scope, dispute.id)
    assert evidence.send(shop.scope, dispute.id).status == "evidence_pending"
    shop.advance(minutes=5)
    assert dispute.status == "evidence_sent"
    shop.advance(days=2)
    assert dispute.status == "evidence_verification"
    assert disputes.days_left(dispute, shop.scope.now) is None
    shop.advance(days=31)
    assert (dispute.status, payment.status) == (("won", "captured") if won else ("lost", "disputed"))
    assert payment.disputed_amount == (0 if won else 2590)
    (row,) = ledger.balances(shop.merchant.id, False)
    collected = dispute.shortfall  # from the merchant's account
    assert row.available + shop.paid_out() - collected == (2557 if won else 2557 - 2590 - 1500)
    assert events_of(dispute)[-1] == ("dispute.won" if won else "dispute.lost")
    kinds = sorted(
        db.session.scalars(select(SimulatorRecord.kind).where(SimulatorRecord.kind.in_(("evidence", "decision"))))
    )
    assert kinds == ["decision", "evidence"]
    assert ledger_check.check().differences == []
    with pytest.raises(IllegalTransition):
        disputes.accept(shop.scope, dispute.id)


def test_a_won_dispute_and_its_fee_are_lines_of_a_payout(shop: Shop) -> None:
    dispute = contest(shop, shop.captured(2590))
    shop.captured(10_000)
    evidence.write(shop.scope, dispute.id, "Livré contre signature.")
    evidence.send(shop.scope, dispute.id)
    shop.advance(days=50)
    paid = db.session.scalars(select(Payout).where(Payout.status == "paid").order_by(Payout.created_at)).all()
    kinds = [[line.kind for line in payout_lines.page(payout)[0]] for payout in paid]
    assert kinds == [
        ["dispute", "dispute_fee", "merchant_debit", "payment", "payment"],
        ["dispute_won", "dispute_fee_back"],
    ]
    for payout in paid:
        assert (
            sum(line.net for line in payout_lines.page(payout)[0]) == payout.amount == payout_lines.sums(payout).total
        )
    assert payout_lines.sums(paid[0]).disputes == {"count": 1, "amount": -2590, "fees": -1500}
    assert all(line.payment == dispute.payment_id for line in payout_lines.page(paid[1])[0])


def test_a_draft_stops_nothing_and_after_thirty_days_it_is_over(shop: Shop) -> None:
    dispute = contest(shop, shop.captured(1000))
    evidence.write(shop.scope, dispute.id, "Un brouillon.")
    shop.advance(days=29)
    assert (dispute.status, disputes.days_left(dispute, shop.scope.now)) == ("open", 1)
    assert events_of(dispute).count("dispute.days_left") == 3
    shop.advance(days=2)
    assert dispute.status == "out_of_time"
    with pytest.raises(IllegalTransition, match="out_of_time"):
        evidence.send(shop.scope, dispute.id)
    with pytest.raises(Conflict) as refused:
        evidence.add_file(shop.scope, dispute.id, "x.pdf", "receipt", PDF)
    assert refused.value.code == "not_open"


def test_the_thirty_days_end_at_their_moment_not_when_the_clock_writes_it_down(shop: Shop) -> None:
    dispute = contest(shop, shop.captured(1000))
    evidence.write(shop.scope, dispute.id, "Un brouillon.")
    late = replace(shop.scope, now=dispute.deadline_at)
    for act in (
        lambda: evidence.send(late, dispute.id),
        lambda: evidence.write(late, dispute.id, "Trop tard."),
        lambda: disputes.accept(late, dispute.id),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "out_of_time"
    in_time = replace(shop.scope, now=dispute.deadline_at - timedelta(microseconds=1))
    assert evidence.send(in_time, dispute.id).status == "evidence_pending"


def test_notices_count_whole_days_across_a_change_of_clocks(shop: Shop) -> None:
    payment = shop.captured(1000)
    shop.advance_to(datetime(2027, 3, 5, 12, tzinfo=UTC))  # the night of 28 March has an hour less
    dispute = contest(shop, payment)
    shop.advance(days=32)
    statement = select(Event).where(Event.type == "dispute.days_left").order_by(Event.version)
    notices = [(event.created_at.astimezone(PARIS), event.data["days"]) for event in db.session.scalars(statement)]
    assert [(moment.day, moment.hour, days) for moment, days in notices] == [(25, 0, 10), (1, 0, 3), (3, 0, 1)]
    assert dispute.status == "out_of_time"


def test_what_cannot_be_contested_is_accepted_by_itself(shop: Shop) -> None:
    dispute = contest(shop, shop.captured(1000), contestable=False)
    assert dispute.status == "not_contestable"
    with pytest.raises(IllegalTransition):
        evidence.send(shop.scope, dispute.id)
    shop.advance(days=31)
    assert dispute.status == "accepted"


def test_the_merchant_may_accept_once(shop: Shop) -> None:
    dispute = contest(shop, shop.captured(1000))
    assert disputes.accept(shop.scope, dispute.id).status == "accepted"
    with pytest.raises(IllegalTransition):
        disputes.accept(shop.scope, dispute.id)
    assert ledger_check.check().differences == []


def test_parts_may_be_disputed_up_to_the_whole(shop: Shop) -> None:
    payment = shop.captured(1000)
    first = contest(shop, payment, 400, "case-1")
    with pytest.raises(Conflict) as refused:
        contest(shop, payment, 601, "case-2")
    assert (refused.value.code, refused.value.params) == ("dispute_too_high", {"left": 600})
    contest(shop, payment, 600, "case-2")
    evidence.write(shop.scope, first.id, "Reçu signé.")
    evidence.send(shop.scope, first.id)
    shop.advance(days=50)
    assert (first.status, payment.status, payment.disputed_amount) == ("won", "disputed", 600)
    assert ledger_check.check().differences == []


@pytest.mark.parametrize("prepare", ["new", "refused", "canceled"])
def test_only_captured_payments_are_disputed(shop: Shop, prepare: str) -> None:
    payment = shop.pay(1000, "4000000000000002" if prepare == "refused" else "4000002500000003")
    if prepare == "canceled":
        refunds.create(shop.scope, payment.id)
    with pytest.raises(Conflict) as refused:
        contest(shop, payment)
    assert refused.value.code == "not_disputable"
    assert db.session.scalar(select(func.count()).select_from(Dispute)) == 0


def test_thirteen_months_and_not_a_day_more(shop: Shop) -> None:
    payment = shop.captured(1000)  # 15 September 2026
    late = shop.captured(1000)
    shop.advance_to(payment.created_at.replace(year=2027, month=10, day=15))
    contest(shop, payment)
    shop.advance(days=2)
    with pytest.raises(Conflict) as refused:
        contest(shop, late)
    assert refused.value.code == "dispute_too_late"


def test_refunds_before_are_no_bar_and_those_on_their_way_stop(shop: Shop) -> None:
    payment = shop.captured(5000)
    sent = refunds.create(shop.scope, payment.id, 1000)
    shop.advance(days=3)
    assert sent.status == "refunded"
    waiting = refunds.create(shop.scope, payment.id, 500)
    contest(shop, payment)
    db.session.refresh(waiting)
    assert (waiting.status, waiting.reason) == ("not_honored", "payment_disputed")
    assert payment.refunded_amount == 1000
    assert ledger_check.check().differences == []


@pytest.mark.parametrize("number", ["4000000000000259", "4000000000001976", "4000000000005423"])
def test_dispute_cards_are_disputed_at_once(shop: Shop, number: str) -> None:
    payment = shop.pay(1000, number)
    (dispute,) = disputes.of_payment(payment.id)
    assert (payment.status, dispute.status, dispute.amount) == ("disputed", "open", 1000)
    assert dispute.created_at >= payment.created_at
    assert ledger_check.check().differences == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"MZ\x90\x00 an executable", "file_type"),
        (b"<html><script>alert(1)</script></html>", "file_type"),
        (b"%PDF-1.7 cut short", "file_type"),
        (PNG[:-4], "file_type"),
        (JPEG[:-2], "file_type"),
        (b"GIF89a" + bytes(20), "file_type"),
        (PDF[:-6] + bytes(10 * 1024 * 1024) + b"%%EOF\n", "file_too_large"),
    ],
)
def test_a_file_of_the_wrong_kind_is_refused(shop: Shop, content: bytes, code: str) -> None:
    dispute = contest(shop, shop.captured(1000))
    with pytest.raises(InvalidRequest) as refused:
        evidence.add_file(shop.scope, dispute.id, "facture.pdf", "receipt", content)
    assert refused.value.code == code
    assert evidence.files(dispute) == []


def test_ten_files_fit_and_names_are_harmless(shop: Shop) -> None:
    dispute = contest(shop, shop.captured(1000))
    names = ["../../etc/passwd", "C:\\x\\reçu.pdf", 'a"b;c.png', "\x00\n", "x" * 300 + ".jpg", *"12345"]
    contents = [PDF, PNG, JPEG] * 4
    for name, content in zip(names, contents, strict=False):
        evidence.add_file(shop.scope, dispute.id, name, "other", content)
    kept = evidence.files(dispute)
    assert [file.name for file in kept[:4]] == ["passwd", "reçu.pdf", "abc.png", "preuve"]
    assert len(kept[4].name) == 120
    assert [file.type for file in kept[:3]] == ["application/pdf", "image/png", "image/jpeg"]
    with pytest.raises(InvalidRequest) as refused:
        evidence.add_file(shop.scope, dispute.id, "x.pdf", "other", PDF)
    assert refused.value.code == "too_many_files"
    for _ in range(2):
        evidence.remove_file(shop.scope, dispute.id, kept[0].id)
    assert len(evidence.files(dispute)) == 9
    with pytest.raises(InvalidRequest, match="kind"):
        evidence.add_file(shop.scope, dispute.id, "x.pdf", "malware", PDF)


def test_nothing_is_not_sent(shop: Shop) -> None:
    dispute = contest(shop, shop.captured(1000))
    with pytest.raises(InvalidRequest) as refused:
        evidence.send(shop.scope, dispute.id)
    assert refused.value.code == "nothing_to_send"
    assert dispute.status == "open"


def test_another_merchants_dispute_is_not_there(shop: Shop, new_shop: Any) -> None:
    dispute, other = contest(shop, shop.captured(1000)), new_shop("account-2")
    for call in (disputes.get, disputes.accept, evidence.send):
        with pytest.raises(NotFound):
            call(other.scope, dispute.id)


def test_concurrent_disputes_and_refunds_never_exceed_the_payment(core: Flask, shop: Shop) -> None:
    payment = shop.captured(1000)
    shop.captured(50_000)
    scope = shop.scope
    db.session.commit()

    def act(number: int) -> Any:
        if number % 2:
            return refunds.create(scope, payment.id, 300)
        return disputes.open_dispute(scope, payment.id, f"case-{number}", "4853", amount=300)

    outcomes = together(core, act)
    assert all(not isinstance(one, Exception) or isinstance(one, Conflict) for one in outcomes)
    db.session.refresh(payment)
    assert payment.disputed_amount <= payment.amount
    assert payment.refunded_amount <= payment.amount
    assert ledger_check.check().differences == []


def test_proof_that_was_lost_on_its_way_is_sent_again_once(shop: Shop) -> None:
    dispute = contest(shop, shop.captured(1000))
    evidence.write(shop.scope, dispute.id, "Livré.")
    evidence.send(shop.scope, dispute.id)
    orders.send_unanswered(shop.clock())  # the acquirer has it …
    order = db.session.get(AcquirerOrder, orders.order_id("evidence", dispute.id))
    assert order is not None
    order.answered_at = order.response = None  # … and the process died before it wrote that down
    db.session.commit()
    shop.advance(days=1)
    assert dispute.status in ("evidence_sent", "evidence_verification")
    record = db.session.get(SimulatorRecord, order.id, populate_existing=True)
    assert record is not None
    assert record.asked == 2


def test_the_kit_knows_what_the_payment_knows(shop: Shop) -> None:
    payment = shop.captured(1000, order_id="CMD-7", description="Deux livres")
    facts = {fact["code"]: fact["value"] for fact in evidence.kit(contest(shop, payment))}
    assert (facts["order_id"], facts["description"]) == ("CMD-7", "Deux livres")
    assert "paid_at" in facts
    assert "refunds" not in facts


def test_deadlines_end_with_the_day(shop: Shop) -> None:
    dispute = contest(shop, shop.captured(1000))
    opened = dispute.created_at
    assert dispute.deadline_at - opened > timedelta(days=30)
    assert dispute.deadline_at - opened < timedelta(days=31)
    assert db.session.scalar(select(func.count()).select_from(EvidenceFile)) == 0
