"""Payments in other currencies are received, held and paid out in euros, at the acquirer's rate of the day (domain.md 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from sqlalchemy import select

from payments_core import disputes, exchange, ledger, payout_lines, refunds, simulated_rates, sweep
from payments_core.acquirer_simulator import AcquirerSimulator
from payments_core.business_days import paris_day
from payments_core.db import db
from payments_core.ledger import Balances
from payments_core.models import Balance, ExchangeRate, LedgerEntry, Payment
from payments_core.money import CURRENCIES, converted
from tests.payments_core.conftest import VISA_US, FrozenClock, Shop
from tests.payments_core.exchange_steps import (
    AFTER_HOLD,
    AT_ONCE,
    BUCKETS,
    Rates,
    balanced,
    buckets,
    lines_of,
    the_payouts,
)


def test_dollars_are_received_held_and_paid_out_in_euros(shop: Shop, rates: Rates) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    assert (payment.status, payment.fee) == ("captured", 85)
    assert (buckets(shop, "usd"), buckets(shop, "eur")) == ((9915, 0, 0, 0), (0, 0, 0, 0))
    assert rates.asked == []
    shop.advance(days=1)
    assert (payment.exchange_rate, payment.settled_amount, payment.settled_fee) == (Decimal("0.9"), 9000, 77)
    assert (buckets(shop, "usd"), buckets(shop, "eur")) == ((0, 0, 0, 0), (0, 8923, 0, 0))
    assert rates.asked == [("usd", date(2026, 9, 16), False)]
    assert balanced()
    shop.advance_to(AFTER_HOLD)
    (payout,) = the_payouts(shop)
    assert (payout.currency, payout.amount, payout.status) == ("eur", 8923, "sent")
    assert lines_of(payout) == [("payment", 9000, 77, 8923, (10_000, "usd"), "0.9")]
    sums = payout_lines.sums(payout)
    assert sums.payments == {"count": 1, "amount": 9000, "fees": -77}
    assert (buckets(shop, "usd"), buckets(shop, "eur")) == ((0, 0, 0, 0), (0, 0, 0, 8923))
    assert balanced()


def test_our_own_accounts_hold_euros_alone_after_it_too(shop: Shop, rates: Rates) -> None:
    """Nothing is left in dollars on any account, and the bridge is empty on both sides."""
    shop.pay(10_000, AT_ONCE, currency="usd")
    shop.advance(days=1)
    sums: dict[tuple[str, str], int] = {}
    for entry in db.session.scalars(select(LedgerEntry)):
        for account, amount in ((entry.debit, entry.amount), (entry.credit, -entry.amount)):
            sums[entry.currency, account] = sums.get((entry.currency, account), 0) + amount
    assert {key: amount for key, amount in sums.items() if amount} == {
        ("eur", "bank"): 9000,
        ("eur", "merchant_held"): -8923,
        ("eur", "fee_income"): -77,
    }


def test_without_a_rate_the_money_waits_and_comes_later(shop: Shop, rates: Rates) -> None:
    dollars, euros = shop.pay(10_000, AT_ONCE, currency="usd"), shop.pay(20_000, AT_ONCE)
    rates.rate = None
    shop.advance(days=2)
    assert (dollars.funds, dollars.settled_amount) == ("pending", None)
    rates.rate = "0.91"
    sweep.sweep()  # the clock goes on where it waited
    assert (dollars.funds, dollars.settled_amount) == ("held", 9100)
    assert euros.funds == "held"
    assert balanced()


def test_in_real_time_the_others_do_not_wait_for_it(shop: Shop, rates: Rates) -> None:
    dollars, euros = shop.pay(10_000, AT_ONCE, currency="usd"), shop.pay(20_000, AT_ONCE)
    rates.rate = None
    shop.clock.tick(days=1)
    sweep.sweep()
    assert (dollars.funds, euros.funds) == ("pending", "held")
    assert dollars.due_at is not None
    assert dollars.due_at > shop.clock.now
    rates.rate = "0.91"
    shop.clock.tick(minutes=2)
    sweep.sweep()
    assert (dollars.funds, dollars.settled_amount) == ("held", 9100)
    assert balanced()


def test_a_rate_is_asked_once_a_day_and_mode(shop: Shop, rates: Rates) -> None:
    first, second = shop.pay(10_000, AT_ONCE, currency="usd"), shop.pay(10_000, AT_ONCE, currency="usd")
    shop.advance(days=1)
    shop.advance(hours=1)
    rates.rate = "0.50"  # a rate that is known does not change any more
    refund = refunds.create(shop.scope, first.id, 1000)
    assert (refund.settled_amount, second.settled_amount) == (900, 9000)
    assert len(rates.asked) == 1
    assert exchange.learn(replace(shop.scope, live=True), "usd", "eur")
    assert rates.asked[1:] == [("usd", paris_day(shop.scope.now), True)]
    assert {(row.live, row.rate) for row in db.session.scalars(select(ExchangeRate))} == {
        (False, Decimal("0.9")),
        (True, Decimal("0.5")),
    }


def test_the_rate_is_that_of_the_day_of_settlement_however_late_it_is_seen(shop: Shop, rates: Rates) -> None:
    payment = shop.pay(10_000, AT_ONCE, currency="usd")
    shop.clock.tick(days=5)
    sweep.sweep()
    assert payment.date_bank == date(2026, 9, 16)
    assert rates.asked == [("usd", date(2026, 9, 16), False)]
    assert payment.funds == "held"


def test_a_currency_without_a_rate_does_not_stop_another(shop: Shop, rates: Rates) -> None:
    first, second = (shop.pay(10_000, AT_ONCE, currency=currency) for currency in ("aud", "usd"))
    rates.without = {"aud"}
    shop.clock.tick(days=1)
    sweep.sweep()
    assert (first.funds, second.funds) == ("pending", "held")


def test_yen_have_no_decimals_and_halves_are_rounded_up(shop: Shop, rates: Rates) -> None:
    rates.rate = "0.0065"
    payment = shop.pay(1000, AT_ONCE, currency="jpy")
    shop.advance(days=1)
    assert (payment.settled_amount, payment.fee, payment.settled_fee) == (650, 22, 14)
    assert converted(1, "jpy", Decimal("0.005")) == 1
    assert converted(1, "usd", Decimal("0.4999")) == 0
    assert converted(-1, "usd", Decimal("0.5")) == -1
    assert balanced()


def test_the_balance_in_euros_is_locked_before_any_other(shop: Shop) -> None:
    balances = Balances(shop.scope)
    assert cast(Balance, balances["aud"]).currency == "aud"
    assert list(balances._locked) == ["eur", "aud"]
    db.session.rollback()


def test_the_simulator_has_a_rate_of_every_day_for_every_currency() -> None:
    simulator, first = AcquirerSimulator(FrozenClock()), date(2026, 9, 15)
    assert {*simulated_rates.AROUND, "eur"} == set(CURRENCIES)
    for currency, around in simulated_rates.AROUND.items():
        days = [simulator.exchange_rate(currency, first + timedelta(days=number), False) for number in range(100)]
        assert all(abs(rate / around - 1) <= Decimal("0.01") for rate in days)
        assert len(set(days)) > 30
        assert days[0] == simulator.exchange_rate(currency, first, True)


def test_many_payments_in_many_currencies_reconcile(shop: Shop) -> None:
    """At the simulator's own rates, with returns before and after the settlement."""
    made: list[Payment] = []
    for number, currency in enumerate(CURRENCIES):
        made.append(shop.pay(100_000, AT_ONCE, currency=currency))
        made.append(shop.pay(50_000 + number, VISA_US, currency=currency))
    for payment in made[::4]:
        refunds.create(shop.scope, payment.id, 333)
    shop.advance(days=3)
    for payment in made[1::3]:
        refunds.create(shop.scope, payment.id, 777)
        disputes.open_dispute(shop.scope, payment.id, "ref", "4853", amount=999)
    shop.advance(days=20)
    assert balanced()
    assert all(row.currency == "eur" or sum(getattr(row, name) for name in BUCKETS) == 0 for row in _rows(shop))
    assert all(payment.funds == "available" for payment in made)
    for payout in the_payouts(shop):
        assert payout.currency == "eur"
        assert sum(line[3] for line in lines_of(payout)) == payout.amount


def _rows(shop: Shop) -> list[Balance]:
    return ledger.balances(shop.merchant.id, False)
