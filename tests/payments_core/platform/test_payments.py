"""Payments, refunds, balances and the dashboard at the platform door."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from payments_core import clocks, customers, payments
from payments_core.customers import CustomerInput
from payments_core.payments import NewPayment
from payments_core.scope import scope_of
from tests.payments_core.conftest import VISA_FR, FrozenClock, Shop, card
from tests.payments_core.platform.steps import ACCOUNT, Caller, error


def test_payments_are_found_by_everything_a_merchant_knows(
    core_app: Flask, call: Caller, merchant: str, shop_of: Callable[[str], Shop]
) -> None:
    with core_app.app_context():
        shop = shop_of(merchant)
        elodie = CustomerInput(name="Élodie Martin", email="elodie.martin@exemple.fr")
        first = shop.pay(2590, order_id="XKBKNABJK", unique_id="u-17", customer=elodie).id
        second = shop.pay(4000, "4242424242424242", order_id="cart-12", description="Panier").id
        third = shop.pay(700, "4000000000000002").id
    wanted = {
        "": [third, second, first],
        f"?q={first}": [first],
        "?q=xkbk": [first],
        "?q=u-17": [first],
        "?q=elodie+mart": [first],
        "?q=MARTIN+ELODIE": [first],
        "?q=elodie.martin@exemple.fr": [first],
        "?q=25,90": [first],
        "?q=40": [second],
        "?q=4242": [second],
        "?q=0003": [first],
        "?q=100%25": [],
        "?status=refused,failed": [third],
        "?status=null": [],
        "?from=2026-09-15&to=2026-09-15": [third, second, first],
        "?to=2026-09-14": [],
        "?live=true": [],
    }
    for query, ids in wanted.items():
        answer = call("GET", f"/merchants/{merchant}/payments{query}")
        assert answer.json is not None
        assert [one["id"] for one in answer.json["payments"]] == ids, query
    page = call("GET", f"/merchants/{merchant}/payments?limit=2").json
    assert page is not None
    rest = call("GET", f"/merchants/{merchant}/payments?limit=2&cursor={page['next']}").json
    assert rest is not None
    assert [one["id"] for one in page["payments"] + rest["payments"]] == [third, second, first]
    assert rest["next"] is None
    for query in ("limit=0", "limit=101", "limit=x", "cursor=zzz", "live=maybe", "from=yesterday"):
        assert call("GET", f"/merchants/{merchant}/payments?{query}").status_code == 422, query


def test_a_payment_is_shown_with_its_whole_story(
    core_app: Flask, call: Caller, merchant: str, shop_of: Callable[[str], Shop]
) -> None:
    call("POST", f"/merchants/{merchant}/keys", {"name": "Clé"})
    with core_app.app_context():
        shop = shop_of(merchant)
        customer = customers.create(shop.scope, CustomerInput(name="Ada", email="ada@exemple.fr"))
        open_one = payments.create(shop.scope, NewPayment(amount=1000, customer=customer.id)).id
        paid = shop.pay(2590).id
    waiting = call("GET", f"/merchants/{merchant}/payments/{open_one}").json
    assert waiting is not None
    assert waiting["checkout_url"].startswith("https://payment.localhost:8443/ptest_")
    assert waiting["checkout_url"].endswith(f"/{open_one}")
    assert waiting["customer"]["email"] == "ada@exemple.fr"
    shown = call("GET", f"/merchants/{merchant}/payments/{paid}").json
    assert shown is not None
    assert shown["checkout_url"] is None
    assert shown["settlement_expected_on"] == "2026-09-16"
    assert shown["refund_rule"] == {"code": "full_only_before_capture", "params": {"from": "2026-09-16T05:00:00Z"}}
    assert (shown["refundable"], shown["fee"], shown["card"]) == (2590, 33, {"brand": "visa", "last4": VISA_FR[-4:]})
    assert shown["attempts"][0]["meaning"] == "Paiement accepté"
    english = call("GET", f"/merchants/{merchant}/payments/{paid}", Accept_Language="en").json
    assert english is not None
    assert english["attempts"][0]["meaning"] == "Approved"
    assert [event["type"] for event in shown["timeline"]] == ["payment.created", "payment.to_capture"]


def test_capture_clock_refund_and_balance(
    core_app: Flask, call: Caller, merchant: str, shop_of: Callable[[str], Shop]
) -> None:
    with core_app.app_context():
        payment = shop_of(merchant).pay(5000, capture=False).id
    path = f"/merchants/{merchant}/payments/{payment}"
    assert error(call("POST", f"{path}/capture", {"amount": 6000})) == (422, "capture_too_high")
    assert call("POST", f"{path}/capture").json["status"] == "to_capture"  # type: ignore[index]
    assert error(call("POST", f"{path}/capture")) == (409, "illegal_transition")
    assert error(call("POST", f"{path}/refunds", {"amount": 100})) == (409, "partial_before_capture")
    asked = call("POST", f"/merchants/{merchant}/clock", {"days": 1})
    assert asked.status_code == 202
    assert asked.json is not None
    assert asked.json["advancing_to"] is not None
    with core_app.app_context():
        clocks.advance(merchant)
    reading = call("GET", f"/merchants/{merchant}/clock").json
    assert reading is not None
    assert (reading["offset_seconds"], reading["advancing_to"]) == (86400, None)
    assert error(call("POST", f"/merchants/{merchant}/clock", {"to": "2020-01-01T00:00:00Z"})) == (
        409,
        "clock_forward_only",
    )
    assert error(call("POST", f"/merchants/{merchant}/clock", {"to": "2030-01-01"})) == (422, "invalid_request")
    first = call("POST", f"{path}/refunds", {"amount": 1500}, Idempotency_Key="slip-1")
    again = call("POST", f"{path}/refunds", {"amount": 1500}, Idempotency_Key="slip-1")
    assert (first.status_code, first.json) == (201, again.json)
    assert error(call("POST", f"{path}/refunds", {"amount": 4000})) == (409, "refund_too_high")
    assert error(call("POST", f"{path}/refunds", {"amount": 0})) == (422, "invalid_request")
    stale = call("POST", f"{path}/refunds", {"amount": 1500, "seen": 5000}, Idempotency_Key="slip-2")
    assert error(stale) == (409, "changed_meanwhile")
    assert stale.json is not None
    assert stale.json["error"]["params"] == {"refundable": 3500}
    repeated = call("POST", f"{path}/refunds", {"amount": 1500}, Idempotency_Key="slip-1")
    assert repeated.json == first.json
    listed = call("GET", f"/merchants/{merchant}/refunds").json
    assert listed is not None
    assert [one["amount"] for one in listed["refunds"]] == [1500]
    shown = call("GET", path).json
    assert shown is not None
    assert (shown["refunded"], shown["refundable"], shown["refund_rule"]) == (1500, 3500, None)
    assert [entry["code"] for entry in shown["ledger"]] == ["capture", "fee", "settlement", "hold", "refund"]
    balances = call("GET", f"/merchants/{merchant}/balance").json
    assert balances == {
        "balances": [
            {
                "currency": "eur",
                "pending": 0,
                "held": 4950,
                "available": -1500,
                "in_transit": 0,
                "payouts_stopped": None,
            }
        ]
    }
    assert call("GET", f"/merchants/{merchant}/balance?live=true").json["balances"][0]["held"] == 0  # type: ignore[index]
    assert call("GET", "/ledger/check").json == {"balanced": True, "entries": 5, "differences": []}


def test_the_dashboard_counts_sales_and_reasons(
    core_app: Flask, call: Caller, merchant: str, shop_of: Callable[[str], Shop]
) -> None:
    with core_app.app_context():
        shop = shop_of(merchant)
        shop.pay(1000)
        shop.pay(2000)
        shop.pay(3000, "4000000000009995")
        shop.advance(days=1)
        shop.pay(500)
    figures = call("GET", f"/merchants/{merchant}/dashboard").json
    assert figures == {
        "days": [
            {"date": "2026-09-15", "count": 2, "amount": 3000, "currency": "eur"},
            {"date": "2026-09-16", "count": 1, "amount": 500, "currency": "eur"},
        ],
        "efficiency": {"accepted": 3, "failed": 1, "by_response": [{"response": "51", "count": 1}]},
    }
    assert error(call("GET", f"/merchants/{merchant}/dashboard?from=2020-01-01&to=2026-01-01")) == (422, "bad_period")


def test_another_merchants_payment_is_not_there(
    core_app: Flask, call: Caller, merchant: str, shop_of: Callable[[str], Shop], clock: FrozenClock
) -> None:
    other = call("POST", "/merchants", {**ACCOUNT, "reference": "account-2"}).json
    assert other is not None
    with core_app.app_context():
        payment = shop_of(merchant).pay(1000).id
        found = payments.get(scope_of(shop_of(merchant).merchant, False, clock(), "x"), payment)
        assert found.id == payment
        assert card().number == VISA_FR
    assert error(call("GET", f"/merchants/{other['id']}/payments/{payment}")) == (404, "not_found")
    assert error(call("POST", f"/merchants/{other['id']}/payments/{payment}/refunds")) == (404, "not_found")
