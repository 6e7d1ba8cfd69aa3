"""The thread of a payment: created, authorized, cut off, settled, held, released, refunded; the ledger agrees throughout."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from payments_core import captures, ledger, ledger_check, merchants, payments, refunds
from payments_core.acquirer import Answer, OrderRequest
from payments_core.db import db
from payments_core.errors import IllegalTransition, InvalidRequest, RefundRefused, WrongState
from payments_core.payments import NewPayment
from payments_core.runtime import runtime
from tests.payments_core.conftest import VISA_US, Shop, card, own


def balance(shop: Shop) -> tuple[int, int, int]:
    rows = ledger.balances(shop.merchant.id, False)
    return (rows[0].pending, rows[0].held, rows[0].available) if rows else (0, 0, 0)


def test_a_card_payment_lives_from_authorization_to_available_funds(shop: Shop) -> None:
    payment = shop.pay(2590)
    assert (payment.status, payment.response, payment.method) == ("to_capture", "00", "card")
    assert payment.fee == 33  # 0.70 % of 25.90 + 0.15 = 0.3313
    assert balance(shop) == (0, 0, 0)

    shop.advance_to(datetime(2026, 9, 15, 21, 0, tzinfo=UTC))  # 23:00 in Paris
    assert payment.status == "capture_sent"
    shop.advance_to(datetime(2026, 9, 16, 4, 59, tzinfo=UTC))
    assert payment.status == "capture_sent"
    shop.advance_to(datetime(2026, 9, 16, 5, 0, tzinfo=UTC))  # 07:00 of the next TARGET day
    assert payment.status == "captured"
    assert payment.date_bank == date(2026, 9, 16)
    assert balance(shop) == (0, 2557, 0)

    shop.advance_to(datetime(2026, 9, 23, 21, 59, tzinfo=UTC))
    assert balance(shop) == (0, 2557, 0)
    shop.advance_to(datetime(2026, 9, 23, 22, 0, tzinfo=UTC))  # the end of day 7 in Paris
    assert balance(shop) == (0, 0, 2557)
    assert ledger_check.check().balanced


def test_an_authorization_expires_at_the_end_of_its_seventh_day(shop: Shop) -> None:
    payment = shop.pay(1000, capture=False)
    assert payment.status == "authorized"
    shop.advance_to(datetime(2026, 9, 22, 21, 59, tzinfo=UTC))
    assert payment.status == "authorized"
    shop.advance_to(datetime(2026, 9, 22, 22, 0, tzinfo=UTC))
    assert payment.status == "expired"
    with pytest.raises(IllegalTransition, match="expired cannot become to_capture"):
        captures.capture(shop.scope, payment.id)


def test_a_partial_capture_changes_the_amount_and_keeps_the_authorized_one(shop: Shop) -> None:
    payment = shop.pay(1000, capture=False)
    captures.capture(shop.scope, payment.id, 600)
    assert (payment.status, payment.amount, payment.authorized_amount, payment.fee) == ("to_capture", 600, 1000, 19)
    shop.advance(days=2)
    assert payment.status == "captured"
    assert balance(shop) == (0, 581, 0)


@pytest.mark.parametrize(
    ("amount", "code"), [(1001, "capture_too_high"), (49, "bad_amount"), (0, "bad_amount"), (-5, "bad_amount")]
)
def test_a_capture_stays_within_what_was_authorized(shop: Shop, amount: int, code: str) -> None:
    payment = shop.pay(1000, capture=False)
    with pytest.raises(InvalidRequest) as refused:
        captures.capture(shop.scope, payment.id, amount)
    assert refused.value.code == code
    assert payment.status == "authorized"


def test_a_payment_after_the_cut_off_waits_for_the_next_one(shop: Shop) -> None:
    shop.advance_to(datetime(2026, 9, 15, 21, 30, tzinfo=UTC))
    payment = shop.pay()
    shop.advance_to(datetime(2026, 9, 16, 20, 59, tzinfo=UTC))
    assert payment.status == "to_capture"
    shop.advance_to(datetime(2026, 9, 16, 21, 0, tzinfo=UTC))
    assert payment.status == "capture_sent"


def test_friday_evenings_captures_are_settled_on_monday(shop: Shop) -> None:
    shop.advance_to(datetime(2026, 9, 18, 12, 0, tzinfo=UTC))
    payment = shop.pay()
    shop.advance_to(datetime(2026, 9, 20, 23, 0, tzinfo=UTC))
    assert payment.status == "capture_sent"
    shop.advance_to(datetime(2026, 9, 21, 5, 0, tzinfo=UTC))
    assert (payment.status, payment.date_bank) == ("captured", date(2026, 9, 21))


def test_the_card_captured_at_once_can_be_refunded_in_part_at_once(shop: Shop) -> None:
    payment = shop.pay(1000, "4000000000000077")
    assert (payment.status, payment.date_bank) == ("captured", date(2026, 9, 16))
    assert balance(shop) == (978, 0, 0)
    refund = refunds.create(shop.scope, payment.id, 300)
    assert refund.status == "to_refund"
    assert balance(shop) == (978, 0, -300)
    shop.advance(days=30)
    assert refund.status == "refunded"
    assert (balance(shop), shop.paid_out()) == ((0, 0, 0), 678)
    assert ledger_check.check().differences == []


def test_a_full_refund_before_the_cut_off_cancels_and_moves_no_money(shop: Shop) -> None:
    payment = shop.pay(1000)
    refund = refunds.create(shop.scope, payment.id)
    assert (payment.status, refund.status, refund.amount) == ("canceled", "payment_canceled", 1000)
    shop.advance(days=3)
    assert payment.status == "canceled"
    assert ledger_check.check().entries == 0


def test_the_acquirer_is_told_what_the_payers_statement_is_to_show(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str | None]] = []
    door = runtime().acquirer.order

    def noting(request: OrderRequest) -> Answer:
        seen.append((request.kind, request.statement_label))
        return door(request)

    monkeypatch.setattr(runtime().acquirer, "order", noting)
    payment = shop.captured(1000)
    merchants.change(shop.merchant.id, {"statement_label": "LEA*LIVRES"})
    refunds.create(shop.scope, payment.id, 400)
    shop.advance(days=1)
    assert seen == [("capture", "LIBRAIRIE MARTIN"), ("refund", "LEA*LIVRES")]


def test_refunds_wait_for_the_end_of_the_capture(shop: Shop) -> None:
    payment = shop.pay(1000)
    with pytest.raises(RefundRefused, match="cannot be partially refunded before it has been captured"):
        refunds.create(shop.scope, payment.id, 400)
    shop.advance_to(datetime(2026, 9, 15, 21, 0, tzinfo=UTC))
    for amount in (None, 400, 1000):
        with pytest.raises(
            WrongState, match=r"in status capture_sent .* only one in status captured or disputed"
        ) as early:
            refunds.create(shop.scope, payment.id, amount)
        assert early.value.code == "capture_in_progress"
        assert early.value.params["from"] == "2026-09-16T05:00:00Z"


def test_three_refunds_add_up_exactly_and_a_fourth_is_refused(shop: Shop) -> None:
    payment = shop.captured(1000)
    first, second = (refunds.create(shop.scope, payment.id, amount) for amount in (250, 400))
    third = refunds.create(shop.scope, payment.id)
    assert (first.amount, second.amount, third.amount) == (250, 400, 350)
    with pytest.raises(RefundRefused) as refused:
        refunds.create(shop.scope, payment.id, 50)
    assert refused.value.code == "nothing_left"
    shop.advance(days=20)
    assert {refund.status for refund in refunds.of_payment(payment.id)} == {"refunded"}
    assert ledger_check.check().differences == []


def test_the_first_sale_can_be_refunded_whole_and_the_commission_is_owed(shop: Shop) -> None:
    payment = shop.captured(1000)
    refunds.create(shop.scope, payment.id)
    assert balance(shop) == (0, 978, -1000)
    shop.advance(days=20)
    assert balance(shop) == (0, 0, -22)
    shop.captured(1000)
    shop.advance(days=20)
    assert (balance(shop), shop.paid_out()) == ((0, 0, 0), 956)
    assert ledger_check.check().differences == []


def funds_of(amount: int) -> int:
    """What a payment of that amount by a French card leaves to the merchant: 0.70 % + 15 c are kept."""
    return amount - (amount * 70 + 5000) // 10_000 - 15


def test_a_refund_without_cover_names_the_shortfall(shop: Shop) -> None:
    payment = shop.captured(1000)
    shop.advance(days=20)  # paid out
    shop.captured(500)
    with pytest.raises(RefundRefused) as refused:
        refunds.create(shop.scope, payment.id, 1000)
    assert refused.value.code == "insufficient_funds"
    assert refused.value.params == {"shortfall": 1000 - funds_of(500), "currency": "eur"}
    db.session.rollback()
    assert refunds.create(shop.scope, payment.id, funds_of(500)).status == "to_refund"


@pytest.mark.parametrize(
    ("number", "status", "response"),
    [
        ("4000000000000002", "refused", "05"),
        ("4000000000009995", "refused", "51"),
        ("4000000000009979", "refused", "43"),
        ("4000000000000119", "failed", "96"),
        ("4000000000003220", "refused", "A1"),
    ],
)
def test_a_server_to_server_decline_is_final(shop: Shop, number: str, status: str, response: str) -> None:
    payment = shop.pay(1000, number)
    assert (payment.status, payment.response) == (status, response)
    assert payment.fee == 0


def test_a_card_from_outside_the_eea_costs_more(shop: Shop) -> None:
    assert shop.pay(10000, VISA_US).fee == 205


def test_a_payment_nobody_pays_expires_with_its_page(shop: Shop) -> None:
    payment = payments.create(shop.scope, NewPayment(amount=1000))
    shop.advance(hours=23)
    assert payment.status is None
    shop.advance(hours=1)
    assert payment.status == "expired"


def test_a_verification_of_zero_is_authorized_and_cancelled_without_money(shop: Shop) -> None:
    payment = own(payments.create(shop.scope, NewPayment(amount=0, capture=False, card=card())))
    assert payment.status == "authorized"
    refunds.create(shop.scope, payment.id)
    assert payment.status == "canceled"
