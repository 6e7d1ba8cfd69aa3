"""Subscriptions: the timetable, rejected instalments, pauses, the end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from payments_core import cards, customers, sepa_accounts, subscriptions, sweep
from payments_core.customers import CustomerInput
from payments_core.db import db
from payments_core.errors import Conflict, IllegalTransition, InvalidRequest
from payments_core.models import Customer, Event, Payment, Subscription
from payments_core.sepa_accounts import SepaAccountInput
from payments_core.subscriptions import NewSubscription
from payments_core.timetable import day_of, next_on
from tests.payments_core.conftest import VISA_FR, Shop, card

NO_MONEY = "4000000000009995"
STOLEN = "4000000000009979"
NO_FUNDS = "FR3630004008310000000AM0461"
IBAN = "FR1420041010050500013M02606"


def payer(shop: Shop) -> Customer:
    return customers.create(shop.scope, CustomerInput(name="Ada Martin", email="ada@example.com"))


def by_card(shop: Shop, number: str = VISA_FR, **more: Any) -> Subscription:
    stored, _ = cards.create(shop.scope, card(number))
    wanted: dict[str, Any] = {"amount": 900, "interval": "month", **more}
    return subscriptions.create(shop.scope, NewSubscription(customer_id=payer(shop).id, card_id=stored.id, **wanted))


def payments_of(subscription: Subscription) -> list[Payment]:
    db.session.expire_all()
    return db.session.query(Payment).filter_by(parent_id=subscription.id).order_by(Payment.created_at).all()


def run_clock(shop: Shop, days: int) -> None:
    shop.advance(days=days)
    db.session.expire_all()


def test_the_first_instalment_is_charged_today_and_the_next_a_month_later(shop: Shop) -> None:
    subscription = by_card(shop)
    assert subscription.status == "incomplete"
    run_clock(shop, 1)
    assert subscription.status == "active"
    run_clock(shop, 31)
    paid = payments_of(subscription)
    assert [payment.status for payment in paid] == ["captured", "captured"]
    assert {(payment.amount, payment.source) for payment in paid} == {(900, "subscription")}
    assert (subscription.made, subscription.instalment_on) == (2, date(2026, 10, 15))


def test_months_clamp_to_their_end_and_come_back(shop: Shop) -> None:
    subscription = by_card(shop, start_on=date(2026, 10, 31))
    days = [day_of(subscription, number) for number in range(5)]
    assert days == [
        date(2026, 10, 31),
        date(2026, 11, 30),
        date(2026, 12, 31),
        date(2027, 1, 31),
        date(2027, 2, 28),
    ]


def test_it_ends_by_itself_after_the_last_instalment(shop: Shop) -> None:
    subscription = by_card(shop, interval="week", instalments=2)
    run_clock(shop, 10)
    assert (subscription.status, subscription.made) == ("canceled", 2)
    run_clock(shop, 30)
    assert len(payments_of(subscription)) == 2


def test_no_instalment_on_or_after_the_day_it_ends(shop: Shop) -> None:
    subscription = by_card(shop, interval="day", cancel_on=date(2026, 9, 17))
    run_clock(shop, 6)
    assert len(payments_of(subscription)) == 2


def test_a_rejected_instalment_waits_for_the_merchant_who_renews_it(shop: Shop) -> None:
    subscription = by_card(shop, NO_MONEY)
    run_clock(shop, 1)
    assert subscription.status == "past_due"
    with pytest.raises(Conflict):
        subscriptions.renew(shop.scope, by_card(shop, start_on=date(2026, 12, 1)).id)
    good, _ = cards.create(shop.scope, card(VISA_FR))
    subscriptions.update(shop.scope, subscription.id, {"card_id": good.id})
    renewed = subscriptions.renew(shop.scope, subscription.id)
    assert renewed.status == "active"
    assert [payment.status for payment in payments_of(subscription)] == ["refused", "to_capture"]
    with pytest.raises(Conflict):
        subscriptions.renew(shop.scope, subscription.id)


def test_an_instalment_left_unpaid_makes_the_subscription_unpaid(shop: Shop) -> None:
    subscription = by_card(shop, NO_MONEY, interval="week")
    run_clock(shop, 8)
    assert subscription.status == "unpaid"
    assert [payment.status for payment in payments_of(subscription)] == ["refused", "refused"]


def test_a_soft_rejection_is_retried_twice_at_most_when_wished(shop: Shop) -> None:
    subscription = by_card(shop, NO_MONEY, interval="year", retry=True)
    run_clock(shop, 60)
    assert len(payments_of(subscription)) == 3
    assert subscription.retries == 2
    assert next_on(subscription) == date(2027, 9, 15)


def test_a_stolen_card_is_never_retried(shop: Shop) -> None:
    subscription = by_card(shop, STOLEN, interval="year", retry=True)
    run_clock(shop, 60)
    assert len(payments_of(subscription)) == 1


def test_days_of_a_pause_are_left_out(shop: Shop) -> None:
    subscription = by_card(shop, interval="week")
    run_clock(shop, 1)
    subscriptions.pause(shop.scope, subscription.id)
    run_clock(shop, 20)
    assert len(payments_of(subscription)) == 1
    resumed = subscriptions.resume(shop.scope, subscription.id)
    assert next_on(resumed) == date(2026, 10, 6)
    run_clock(shop, 1)
    assert len(payments_of(subscription)) == 2


def test_what_is_rejected_while_it_pauses_waits_for_the_merchant_when_it_goes_on(shop: Shop) -> None:
    account = sepa_accounts.create(shop.scope, SepaAccountInput(iban=NO_FUNDS, name="Ada Martin"))
    wanted = NewSubscription(
        customer_id=payer(shop).id,
        sepa_account_id=account.id,
        amount=900,
        interval="month",
        start_on=date(2026, 10, 15),
    )
    subscription = subscriptions.create(shop.scope, wanted)
    run_clock(shop, 20)  # told to the payer, not yet collected
    assert (subscription.status, payments_of(subscription)[0].status) == ("active", "to_capture")
    subscriptions.pause(shop.scope, subscription.id)
    run_clock(shop, 20)
    assert (subscription.status, payments_of(subscription)[0].status) == ("paused", "failed")
    assert subscriptions.resume(shop.scope, subscription.id).status == "past_due"
    told = db.session.query(Event.type).filter_by(object_id=subscription.id).order_by(Event.version).all()
    assert [row.type.partition(".")[2] for row in told] == ["created", "active", "paused", "active", "past_due"]
    assert subscriptions.renew(shop.scope, subscription.id).status == "active"


def test_a_cancelled_one_does_nothing_more(shop: Shop) -> None:
    subscription = by_card(shop)
    subscriptions.cancel(shop.scope, subscription.id)
    run_clock(shop, 40)
    assert payments_of(subscription) == []
    with pytest.raises(IllegalTransition):
        subscriptions.cancel(shop.scope, subscription.id)
    with pytest.raises(Conflict):
        subscriptions.update(shop.scope, subscription.id, {"amount": 1000})


def test_a_deleted_card_is_a_rejection(shop: Shop) -> None:
    subscription = by_card(shop)
    assert subscription.card_id is not None
    cards.delete(shop.scope, subscription.card_id)
    run_clock(shop, 1)
    assert [(one.status, one.response) for one in payments_of(subscription)] == [("refused", "54")]
    assert subscription.status == "past_due"


def test_by_mandate_the_payer_is_told_before_the_day_and_debited_on_it(shop: Shop) -> None:
    account = sepa_accounts.create(shop.scope, SepaAccountInput(iban=IBAN, name="Ada Martin"))
    first_day = shop.scope.now.date() + timedelta(days=28)
    subscription = subscriptions.create(
        shop.scope,
        NewSubscription(
            customer_id=payer(shop).id,
            sepa_account_id=account.id,
            amount=900,
            interval="month",
            start_on=first_day,
        ),
    )
    run_clock(shop, 13)
    assert payments_of(subscription) == []
    run_clock(shop, 2)
    (payment,) = payments_of(subscription)
    assert (payment.status, payment.date_settlement) == ("to_capture", first_day)
    assert subscription.status == "active"
    run_clock(shop, 16)
    assert payments_of(subscription)[0].status == "captured"


def test_the_clock_charges_once_however_often_it_is_swept(shop: Shop) -> None:
    subscription = by_card(shop)
    shop.clock.tick(minutes=1)
    for _ in range(3):
        sweep.sweep()
    assert len(payments_of(subscription)) == 1
    assert db.session.query(Event).filter_by(object_id=subscription.id, type="subscription.active").count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": 10}, "amount"),
        ({"start_on": date(2020, 1, 1)}, "start_at"),
        ({"cancel_on": date(2026, 9, 15)}, "cancel_at"),
        ({"currency": "xyz"}, "currency"),
    ],
)
def test_wrong_wishes_are_refused(shop: Shop, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        by_card(shop, **wrong)
    assert refused.value.params["field"] == field
