"""The ledger: append-only, and after any history equal to what payments and refunds say."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from payments_core import captures, funds, ledger, ledger_check, refunds, simulated_rates
from payments_core.db import db
from payments_core.errors import Conflict, PaymentsError
from payments_core.ledger import RULES, Balances, post
from payments_core.models import AcquirerOrder, LedgerEntry, Payment, Payout, Refund
from payments_core.money import converted
from payments_core.orders import order_id
from tests.payments_core.conftest import VISA_FR, VISA_US, Shop

numbers = count()

OPERATION = st.one_of(
    st.tuples(
        st.just("pay"),
        st.integers(50, 100_000),
        st.sampled_from([VISA_FR, VISA_US, "4000000000000077", "4000000000000002"]),
        st.booleans(),
        st.sampled_from(["eur", "usd"]),
    ),
    st.tuples(st.just("capture"), st.integers(0, 5), st.integers(1, 100_000)),
    st.tuples(st.just("refund"), st.integers(0, 5), st.one_of(st.none(), st.integers(1, 60_000))),
    st.tuples(st.just("refuse_refund"), st.integers(0, 5)),
    st.tuples(st.just("advance"), st.integers(1, 240)),
)


def perform(shop: Shop, made: list[Payment], operation: tuple[object, ...]) -> None:
    """One thing that happens; what the rules refuse simply does not happen."""
    name, *rest = operation
    if name == "pay":
        amount, number, capture, currency = rest
        made.append(shop.pay(amount, number, capture=capture, currency=currency))  # type: ignore[arg-type]
    elif name == "advance":
        shop.advance(hours=rest[0])  # type: ignore[arg-type]
    elif made:
        payment = made[rest[0] % len(made)]  # type: ignore[operator]
        try:
            if name == "capture":
                captures.capture(shop.scope, payment.id, rest[1])  # type: ignore[arg-type]
            elif name == "refund":
                refunds.create(shop.scope, payment.id, rest[1])  # type: ignore[arg-type]
            else:
                _refuse_refunds(payment)
        except PaymentsError:
            db.session.rollback()


def _refuse_refunds(payment: Payment) -> None:
    """The payer's bank refuses what was sent to it."""
    for refund in refunds.of_payment(payment.id):
        order = db.session.get(AcquirerOrder, order_id("refund", refund.id))
        if order is not None and refund.status == "refund_sent":
            order.response = "57"
    db.session.commit()


def sums(shop: Shop, currency: str) -> int:
    """What the merchant is owed according to the records alone: in another currency what is not received yet, the rest in euros."""
    captured = select(Payment).where(Payment.merchant_id == shop.merchant.id, Payment.captured_at.is_not(None))
    owed = 0
    for payment in db.session.scalars(captured):
        if payment.settled_amount is not None and payment.settled_fee is not None:
            owed += payment.settled_amount - payment.settled_fee if currency == "eur" else 0
        elif payment.currency == currency:
            owed += payment.amount - payment.fee
    gone = ("to_refund", "refund_sent", "refunded")
    returned = select(func.sum(func.coalesce(Refund.settled_amount, Refund.amount))).where(
        Refund.merchant_id == shop.merchant.id, Refund.status.in_(gone)
    )
    return owed - (int(db.session.scalar(returned) or 0) if currency == "eur" else 0)


def lacking(shop: Shop) -> Decimal:
    """Cents of refunds that nothing covers: neither funds in any currency nor commissions.

    What is in other currencies was counted at other days' rates, each within one percent of the one used here, and rounded.
    """
    costs = select(func.coalesce(func.sum(Refund.settled_amount), 0)).where(Refund.merchant_id == shop.merchant.id)
    has, exchanged = Decimal(0), Decimal(db.session.scalar(costs) or 0)
    for balance in ledger.balances(shop.merchant.id, False):
        own = funds.cover(balance) + balance.refunded_fees
        if balance.currency != "eur":
            own = converted(own, balance.currency, simulated_rates.AROUND[balance.currency])
            exchanged += own + 50  # a cent and more
        has += own
    return -has - exchanged * Decimal("0.03")


def paid(shop: Shop, currency: str) -> int:
    """What payouts took to the merchant's bank for good."""
    booked = select(func.sum(Payout.amount)).where(
        Payout.merchant_id == shop.merchant.id, Payout.currency == currency, Payout.status == "paid"
    )
    return int(db.session.scalar(booked) or 0)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(OPERATION, min_size=4, max_size=14))
def test_after_any_history_balances_are_the_sums_of_the_records(
    new_shop: Callable[[str], Shop], history: list[tuple[object, ...]]
) -> None:
    shop, made = new_shop(f"account-{next(numbers)}"), list[Payment]()
    for operation in history:
        perform(shop, made, operation)
    report = ledger_check.check()
    assert report.differences == []
    balances = ledger.balances(shop.merchant.id, False)
    for balance in balances:
        owed = balance.pending + balance.held + balance.available + balance.in_transit
        assert owed == sums(shop, balance.currency) - paid(shop, balance.currency)
        assert min(balance.pending, balance.held) >= 0
    assert lacking(shop) <= 0
    shop.advance(days=40)
    assert ledger_check.check().differences == []
    for balance in ledger.balances(shop.merchant.id, False):
        assert (balance.pending, balance.held) == (0, 0)
        assert balance.available + shop.paid_out(balance.currency) == sums(shop, balance.currency)


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_entries SET amount = 1", "DELETE FROM ledger_entries", "TRUNCATE ledger_entries"]
)
def test_entries_are_never_changed(shop: Shop, statement: str) -> None:
    shop.captured(1000)
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()


def test_an_entry_has_a_positive_amount_and_two_accounts(shop: Shop) -> None:
    balance = Balances(shop.scope)["eur"]
    post(balance, shop.scope.now, "paym_x", ("settlement", -5))
    with pytest.raises(IntegrityError, match="amount_positive"):
        db.session.flush()
    db.session.rollback()
    assert all(rule.debit != rule.credit for rule in RULES.values())


def test_the_check_lists_what_differs(shop: Shop) -> None:
    payment = shop.captured(1000)
    balance = Balances(shop.scope)["eur"]
    balance.held += 7
    payment.refunded_amount = 5
    post(balance, shop.scope.now, payment.id, ("capture", 3))
    db.session.commit()
    report = ledger_check.check()
    assert not report.balanced
    assert {difference["rule"] for difference in report.differences} == {
        "balance_held",
        "payment_capture",
        "payment_refunded_amount",
        "refunded_fees",
    }
    capture = next(one for one in report.differences if one["rule"] == "payment_capture")
    assert (capture["id"], capture["recorded"], capture["posted"]) == (payment.id, 1000, 1003)


def test_a_capture_posts_capture_and_fee_and_settlement_moves_received_funds(shop: Shop) -> None:
    payment = shop.captured(2590)
    rows = [(row.code, row.debit, row.credit, row.amount) for row in ledger.entries_of([payment.id])]
    assert rows == [
        ("capture", "acquirer_receivable", "merchant_pending", 2590),
        ("fee", "merchant_pending", "fee_income", 33),
        ("settlement", "bank", "acquirer_receivable", 2590),
        ("hold", "merchant_pending", "merchant_held", 2557),
    ]
    assert db.session.scalar(select(func.count()).select_from(LedgerEntry)) == 4


def test_a_refund_is_drawn_from_available_and_covered_by_all_funds(shop: Shop) -> None:
    shop.captured(1000)
    payment = shop.pay(3000, "4000000000000077")
    refunds.create(shop.scope, payment.id, 2500)
    with pytest.raises(Conflict):
        refunds.create(shop.scope, payment.id, 501)
    (balance,) = ledger.balances(shop.merchant.id, False)
    assert (balance.pending, balance.held, balance.available) == (2964, 978, -2500)
