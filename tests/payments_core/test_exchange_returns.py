"""What takes back payments in other currencies: refunds and disputes at the rate of their day, and what covers them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from payments_core import disputes, ledger, ledger_check, merchant_debits, payout_lines, refunds, sweep
from payments_core.db import db
from payments_core.errors import AcquirerUnavailable, RefundRefused
from payments_core.ledger import Balances
from payments_core.money import converted
from tests.payments_core.conftest import Shop
from tests.payments_core.exchange_steps import (
    AFTER_HOLD,
    AT_ONCE,
    DISPUTED,
    Rates,
    balanced,
    buckets,
    lines_of,
    the_payouts,
)


@pytest.mark.parametrize(
    ("rate", "difference", "kind"),
    [("0.93", 120, "refund_exchange"), ("0.88", -80, "refund_exchange"), ("0.90", 0, "")],
)
def test_a_refund_uses_the_rate_of_its_day_and_the_difference_is_a_line(
    shop: Shop, rates: Rates, rate: str, difference: int, kind: str
) -> None:
    payment, other = shop.pay(10_000, AT_ONCE, currency="usd"), shop.pay(20_000, AT_ONCE)
    shop.advance(days=2)
    rates.rate = rate
    refund = refunds.create(shop.scope, payment.id, 4000)
    assert (refund.settled_amount, refund.exchange_difference) == (3600 + difference, difference)
    assert buckets(shop, "usd") == (0, 0, 0, 0)
    assert buckets(shop, "eur")[2] == -(3600 + difference)
    assert balanced()
    shop.advance_to(AFTER_HOLD)
    assert refund.status == "refunded"
    (payout,) = the_payouts(shop)
    expected = [
        ("refund", -3600, 0, -3600, (4000, "usd"), "0.9"),
        *([(kind, -difference, 0, -difference, (4000, "usd"), rate)] if difference else []),
        ("payment", 9000, 77, 8923, (10_000, "usd"), "0.9"),
        ("payment", 20_000, 155, 19_845, None, None),
    ]
    assert sorted(lines_of(payout), key=str) == sorted(expected, key=str)
    assert payout_lines.sums(payout).refunds == {"count": 1, "amount": -(3600 + difference)}
    assert payout.amount == 8923 + 19_845 - 3600 - difference
    assert balanced()
    assert other.exchange_rate is None


@pytest.mark.parametrize("rate", ["0.93", "0.88"])
def test_a_refund_that_comes_back_brings_the_difference_too(shop: Shop, rates: Rates, rate: str) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.pay(20_000, AT_ONCE)
    shop.advance(days=2)
    before, rates.rate = buckets(shop, "eur"), rate
    refund = refunds.create(shop.scope, payment.id, 4000)
    assert buckets(shop, "eur") != before
    disputes.open_dispute(
        shop.scope, payment.id, "ref-1", "4853", amount=1
    )  # what waits to leave does not leave any more
    assert refund.status == "not_honored"
    disputed = converted(1, "usd", Decimal(rate)) + 1500
    assert buckets(shop, "eur")[2] == before[2] - disputed
    assert payment.refunded_amount == 0
    assert balanced()


@pytest.mark.parametrize(("rate", "difference"), [("0.93", 300), ("0.88", -200), ("0.90", 0)])
@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_uses_the_rate_of_its_day(shop: Shop, rates: Rates, rate: str, difference: int, won: bool) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.pay(20_000, AT_ONCE)
    shop.advance(days=2)
    rates.rate = rate
    dispute = disputes.open_dispute(shop.scope, payment.id, "ref-1", "4853")
    assert (dispute.settled_amount, dispute.exchange_difference, dispute.fee) == (9000 + difference, difference, 1500)
    assert buckets(shop, "eur")[2] == -(9000 + difference + 1500)
    assert balanced()
    if won:
        dispute.evidence_text = "Livré."
        disputes.send_evidence(shop.scope, dispute)
        db.session.commit()
    rates.rate = "0.70"  # of later days: what was taken is what comes back
    shop.advance(days=60)
    assert dispute.status == ("won" if won else "out_of_time")
    taken = 0 if won else 9000 + difference + 1500
    assert shop.paid_out() + sum(buckets(shop, "eur")) == 8923 + 19_845 - taken
    assert balanced()
    kinds = [(line[0], line[3]) for payout in the_payouts(shop) for line in lines_of(payout) if "dispute" in line[0]]
    if difference:
        assert ("dispute_exchange", -difference) in kinds
        assert (("dispute_exchange", difference) in kinds) == won
    else:
        assert "dispute_exchange" not in dict(kinds)


def test_what_is_not_settled_yet_has_no_rate_to_differ_from(shop: Shop, rates: Rates) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.pay(20_000, AT_ONCE)
    refund = refunds.create(shop.scope, payment.id, 4000)
    assert (refund.settled_amount, refund.exchange_difference) == (3600, 0)
    assert (buckets(shop, "usd"), buckets(shop, "eur")) == ((9915, 0, 0, 0), (19_845, 0, -3600, 0))
    rates.rate = "0.95"
    shop.advance_to(AFTER_HOLD)
    (payout,) = the_payouts(shop)
    assert [line for line in lines_of(payout) if line[4]] == [
        ("refund", -3600, 0, -3600, (4000, "usd"), "0.9"),
        ("payment", 9500, 81, 9419, (10_000, "usd"), "0.95"),
    ]
    assert balanced()


def test_a_card_that_is_disputed_at_once_is_so_in_any_currency(shop: Shop, rates: Rates) -> None:
    payment = shop.pay(10_000, DISPUTED, currency="gbp")
    assert payment.status == "disputed"
    (dispute,) = disputes.of_payment(payment.id)
    assert (dispute.currency, dispute.settled_amount, dispute.exchange_difference) == ("gbp", 9000, 0)
    assert buckets(shop, "eur") == (0, 0, -10_500, 0)
    assert balanced()


def test_pending_money_of_the_same_currency_covers_a_refund(shop: Shop, rates: Rates) -> None:
    """And the commissions may be missing, as in euros."""
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    refund = refunds.create(shop.scope, payment.id)
    assert refund.settled_amount == 9000
    assert (buckets(shop, "usd"), buckets(shop, "eur")) == ((9915, 0, 0, 0), (0, 0, -9000, 0))
    assert balanced()


def test_what_lacks_is_said_in_euros(shop: Shop, rates: Rates) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.advance(days=1)
    rates.rate = "0.95"
    shop.advance(days=1)
    with pytest.raises(RefundRefused) as refused:
        refunds.create(shop.scope, payment.id)
    assert (refused.value.code, refused.value.params) == (
        "insufficient_funds",
        {"shortfall": 9500 - 8923, "currency": "eur"},
    )
    db.session.rollback()
    assert (payment.refunded_amount, buckets(shop, "eur")) == (0, (0, 8923, 0, 0))
    assert balanced()


@pytest.mark.parametrize("returned", ["refund", "dispute"])
def test_without_a_rate_nothing_is_taken_back(shop: Shop, rates: Rates, returned: str) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.advance(days=2)
    before, rates.rate = buckets(shop, "eur"), None
    take_back = {
        "refund": lambda: refunds.create(shop.scope, payment.id, 4000),
        "dispute": lambda: disputes.open_dispute(shop.scope, payment.id, "ref-1", "4853"),
    }
    with pytest.raises(AcquirerUnavailable):
        take_back[returned]()
    db.session.rollback()
    db.session.refresh(payment)
    assert (payment.status, payment.refunded_amount, payment.disputed_amount) == ("captured", 0, 0)
    assert buckets(shop, "eur") == before
    assert (refunds.of_payment(payment.id), disputes.of_payment(payment.id)) == ([], [])


def test_a_disputed_card_waits_for_the_rate_with_its_attempt_open(shop: Shop, rates: Rates) -> None:
    rates.rate = None
    payment = shop.pay(10_000, DISPUTED, currency="gbp")
    assert (payment.status, payment.open_attempt is not None) == (None, True)
    rates.rate = "1.10"
    shop.clock.tick(minutes=1)
    sweep.sweep()
    db.session.refresh(payment)
    assert payment.status == "disputed"
    assert disputes.of_payment(payment.id)[0].settled_amount == 11_000
    assert balanced()


def test_many_small_refunds_cost_what_one_of_their_sum_does(shop: Shop, rates: Rates) -> None:
    """A part of a cent is nobody's to gain."""
    rates.rate = "0.085"
    payment = shop.pay(10_000, AT_ONCE, currency="nok")
    shop.pay(20_000, AT_ONCE)
    shop.advance(days=2)
    parts = [refunds.create(shop.scope, payment.id, 5).settled_amount for _ in range(40)]
    assert set(parts) == {0, 1}
    assert sum(part or 0 for part in parts) == 17
    thirds = shop.pay(10_000, AT_ONCE, currency="usd")
    rates.rate = "0.90"
    shop.advance(days=2)
    costs = [refunds.create(shop.scope, thirds.id, amount).settled_amount for amount in (3333, 3333, 3334)]
    assert sum(cost or 0 for cost in costs) == thirds.settled_amount == 9000
    assert balanced()


def test_what_comes_back_is_not_rounded_with_any_more(shop: Shop, rates: Rates) -> None:
    rates.rate = "0.005"
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.pay(20_000, AT_ONCE)
    shop.advance(days=2)
    costs = []
    for amount in (60, 80):  # 0.3 and 0.4 cents
        refund = refunds.create(shop.scope, payment.id, amount)
        costs.append(refund.settled_amount)
    assert costs == [0, 1]
    dispute = disputes.open_dispute(shop.scope, payment.id, "ref-1", "4853", amount=60)  # both refunds come to nothing
    assert dispute.settled_amount == 0
    assert balanced()


def test_pending_money_of_any_currency_covers_a_refund(shop: Shop, rates: Rates) -> None:
    dollars, pounds = (shop.pay(10_000, AT_ONCE, currency=currency) for currency in ("usd", "gbp"))
    euros = shop.pay(5000, AT_ONCE)
    for payment in (dollars, euros, pounds):
        assert refunds.create(shop.scope, payment.id).status == "to_refund"
    assert balanced()
    shop.advance(days=3)
    assert balanced()


def test_what_is_pending_at_an_unknown_rate_covers_nothing(shop: Shop, rates: Rates) -> None:
    shop.pay(10_000, AT_ONCE, currency="gbp")
    dollars, euros = shop.pay(10_000, AT_ONCE, currency="usd"), shop.pay(5000, AT_ONCE)
    debit = merchant_debits.of_dispute(disputes.open_dispute(shop.scope, dollars.id, "ref-1", "4853"))
    assert debit is not None
    merchant_debits.rejected(shop.scope, debit, "AC04")  # nothing comes from the merchant's own account
    db.session.commit()
    rates.without = {"gbp"}
    with pytest.raises(RefundRefused) as refused:
        refunds.create(shop.scope, euros.id)
    assert refused.value.code == "insufficient_funds"
    db.session.rollback()
    rates.without = set()
    assert refunds.create(shop.scope, euros.id).status == "to_refund"
    assert balanced()


def test_a_refund_repeated_while_the_rate_is_asked_is_one(shop: Shop, rates: Rates) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.pay(20_000, AT_ONCE)
    shop.advance(days=2)
    scope, suffix = shop.scope, "A" * 24
    rates.meanwhile = lambda: refunds.create(scope, payment.id, suffix=suffix)
    refund = refunds.create(scope, payment.id, suffix=suffix)
    assert [one.id for one in refunds.of_payment(payment.id)] == [refund.id]
    assert balanced()


def test_a_dispute_repeated_while_the_rate_is_asked_is_one_and_needs_none_later(shop: Shop, rates: Rates) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.advance(days=2)
    scope = shop.scope
    rates.meanwhile = lambda: disputes.open_dispute(scope, payment.id, "ref-1", "4853")
    dispute = disputes.open_dispute(scope, payment.id, "ref-1", "4853")
    assert [one.id for one in disputes.of_payment(payment.id)] == [dispute.id]
    shop.advance(days=1)
    rates.rate = None
    assert disputes.open_dispute(shop.scope, payment.id, "ref-1", "4853").id == dispute.id
    assert balanced()


@pytest.mark.parametrize("ends", ["refunded", "not_honored", "won", "lost"])
def test_what_was_received_in_another_currency_before_stays_in_it(shop: Shop, rates: Rates, ends: str) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.clock.tick(days=1)
    before = Balances(shop.scope)["usd"]
    ledger.post(before, shop.clock.now, payment.id, ("settlement", 10_000), ("hold", 9915))
    payment.funds, payment.due_at = "held", shop.clock.now + timedelta(days=7)
    db.session.commit()
    if ends in ("refunded", "not_honored"):
        refund = refunds.create(shop.scope, payment.id, 4000)
        assert refund.settled_amount is None
        assert buckets(shop, "usd") == (0, 9915, -4000, 0)
        if ends == "not_honored":
            disputes.open_dispute(shop.scope, payment.id, "ref-1", "4853", amount=1)
            assert buckets(shop, "usd") == (0, 9915, -1501, 0)
        shop.advance(days=20)
        assert (refund.status, sum(buckets(shop, "usd"))) == (ends, 5915 if ends == "refunded" else 9915 - 1501)
    else:
        dispute = disputes.open_dispute(shop.scope, payment.id, "ref-1", "4853")
        assert buckets(shop, "usd") == (0, 9915, -11_500, 0)
        dispute.evidence_text = "Livré." if ends == "won" else "losing_evidence"
        disputes.send_evidence(shop.scope, dispute)
        db.session.commit()
        shop.advance(days=60)
        assert (dispute.status, buckets(shop, "usd")) == (ends, (0, 0, 9915 if ends == "won" else -1585, 0))
    assert buckets(shop, "eur") == (0, 0, 0, 0)
    assert balanced()


def test_a_fee_that_comes_back_is_about_no_other_currency(shop: Shop, rates: Rates) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.pay(40_000, AT_ONCE)
    shop.advance(days=2)
    dispute = disputes.open_dispute(shop.scope, payment.id, "ref-1", "4853")
    dispute.evidence_text = "Livré."
    disputes.send_evidence(shop.scope, dispute)
    db.session.commit()
    shop.advance(days=60)
    lines = [line for payout in the_payouts(shop) for line in lines_of(payout)]
    assert {(kind, original, rate) for kind, *_, original, rate in lines if "fee" in kind} == {
        ("dispute_fee", None, None),
        ("dispute_fee_back", None, None),
    }


def test_the_check_sees_an_entry_in_the_wrong_currency(shop: Shop, rates: Rates) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.pay(20_000, AT_ONCE)
    shop.advance(days=2)
    refund = refunds.create(shop.scope, payment.id, 4000)
    assert balanced()
    refund.settled_amount = refund.exchange_difference = refund.exchange_rate = None
    refund.amount = 3600  # as if it had been drawn in dollars
    payment.refunded_amount = 3600
    db.session.commit()
    assert {one["rule"] for one in ledger_check.check().differences} == {"refund"}
