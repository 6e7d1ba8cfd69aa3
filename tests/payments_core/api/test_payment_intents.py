"""Payment intents on the wire (stancer-api.md 2.11)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from payments_core import clocks, intents, merchants, page_payments
from payments_core.card_rules import CardInput
from payments_core.db import db
from payments_core.models import Merchant, PaymentIntent
from payments_core.scope import Scope, scope_of
from tests.payments_core.conftest import VISA_FR, FrozenClock
from tests.payments_core.public_door import CARD, CUSTOMER, Caller

PATH = "/v2/payment_intents"
IBAN = "FR1420041010050500013M02606"


def intent(api: Caller, **more: Any) -> dict[str, Any]:
    return api.made(PATH, {"amount": 2590, **more})


def card(api: Caller, **more: Any) -> str:
    return str(api.made("/v2/cards", {**CARD, **more})["id"])


def sepa(api: Caller) -> str:
    return str(api.made("/v2/sepa", {"iban": IBAN, "name": "Ada Martin"})["id"])


def payer(merchant: Merchant, clock: FrozenClock) -> Scope:
    return scope_of(merchants.get(merchant.id), False, clock(), "payer", "page")


def pay_on_page(merchant: Merchant, clock: FrozenClock, intent_id: str, number: str = VISA_FR) -> str | None:
    """What the page does with a typed card; returns the payment's status."""
    scope = payer(merchant, clock)
    payment = intents.page_payment(scope, intents.find(intent_id))
    typed = CardInput(number=number, exp_month=12, exp_year=2030, cvc="123")
    outcome = page_payments.pay(scope, payment.id, typed, device=None, page_url="https://payment.localhost:8443/x")
    return outcome.payment.status


def test_a_new_intent_has_every_field_of_the_contract(api: Caller) -> None:
    customer = api.made("/v2/customers", CUSTOMER)
    made = intent(
        api,
        currency="eur",
        customer=customer["id"],
        methods_allowed=["card"],
        return_url="https://shop.example/return/1047",
        order_id="1047",
        metadata={"cart": 1047},
    )
    assert made == {
        "id": made["id"],
        "amount": 2590,
        "currency": "eur",
        "capture": True,
        "card": None,
        "sepa": None,
        "customer": customer["id"],
        "payment": None,
        "description": None,
        "metadata": {"cart": 1047},
        "methods_allowed": ["card"],
        "order_id": "1047",
        "unique_id": None,
        "return_url": "https://shop.example/return/1047",
        "threeds": "required",
        "status": "require_payment_method",
        "url": f"https://payment.localhost:8443/test_{made['id']}",
        "date_settlement": None,
        "billing_address": None,
        "shipping_address": None,
        "origin": 1,
        "created_at": made["created_at"],
    }
    assert len(made["id"]) == 27
    assert api.get(f"{PATH}/{made['id']}").get_json() == made


@pytest.mark.parametrize("threeds", ["required", "none"])
def test_a_card_leads_to_authentication_whatever_threeds_says(api: Caller, threeds: str) -> None:
    at_once = intent(api, card=card(api), threeds=threeds)
    later = intent(api, threeds=threeds)
    changed = api.patch(f"{PATH}/{later['id']}", {"card": at_once["card"]}).get_json()
    for shown in (at_once, changed):
        assert (shown["status"], shown["threeds"]) == ("require_authentication", threeds)
        refused = api.post(f"{PATH}/{shown['id']}/capture", {"id": shown["id"]})
        assert refused.status_code == 409
        assert "require_authentication" in refused.get_json()["error"]
        assert "captured" in refused.get_json()["error"]


def test_an_account_given_with_the_intent_is_processing(api: Caller) -> None:
    made = intent(api, methods_allowed=["sepa"], sepa=sepa(api))
    assert made["status"] == "processing"
    assert api.get(f"/v2/payments/{made['payment']}").get_json()["status"] == "to_capture"


def test_an_account_given_later_is_authorized_and_replaces_a_card(api: Caller) -> None:
    made = intent(api, card=card(api), threeds="none")
    changed = api.patch(f"{PATH}/{made['id']}", {"sepa": sepa(api)}).get_json()
    assert (changed["status"], changed["threeds"], changed["card"]) == ("authorized", "none", None)
    payment = api.get(f"/v2/payments/{changed['payment']}").get_json()
    assert (payment["method"], payment["payment_intent"]) == ("sepa", made["id"])
    captured = api.post(f"{PATH}/{made['id']}/capture", made["id"]).get_json()
    assert captured["status"] == "captured"


def test_the_page_pays_and_the_intent_is_captured(
    public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock
) -> None:
    made = intent(api, order_id="o-7")
    with public_app.app_context():
        assert pay_on_page(merchant, clock, made["id"]) == "to_capture"
    shown = api.get(f"{PATH}/{made['id']}").get_json()
    assert shown["status"] == "captured"
    payment = api.get(f"/v2/payments/{shown['payment']}").get_json()
    assert (payment["amount"], payment["order_id"], payment["payment_intent"]) == (2590, "o-7", made["id"])
    assert payment["auth"]["status"] == "success"
    assert "payment_intent" not in api.get(f"/v1/checkout/{shown['payment']}").get_json()


def test_an_intent_without_capture_is_authorized_then_captured_by_call(
    public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock
) -> None:
    made = intent(api, capture=False)
    with public_app.app_context():
        assert pay_on_page(merchant, clock, made["id"]) == "authorized"
    assert api.get(f"{PATH}/{made['id']}").get_json()["status"] == "authorized"
    captured = api.post(f"{PATH}/{made['id']}/capture", {"id": made["id"], "amount": 1000}).get_json()
    assert captured["status"] == "captured"
    assert api.get(f"/v2/payments/{captured['payment']}").get_json()["amount"] == 1000


def test_two_visits_at_the_page_make_one_payment(
    public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock
) -> None:
    made = intent(api)
    with public_app.app_context():
        first = intents.page_payment(payer(merchant, clock), intents.find(made["id"]))
        second = intents.page_payment(payer(merchant, clock), intents.find(made["id"]))
        assert first.id == second.id


def test_a_change_reaches_the_payment_that_waits_on_the_page(
    public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock
) -> None:
    made = intent(api)
    with public_app.app_context():
        payment_id = intents.page_payment(payer(merchant, clock), intents.find(made["id"])).id
    api.patch(f"{PATH}/{made['id']}", {"amount": 990, "description": "Less"})
    payment = api.get(f"/v2/payments/{payment_id}").get_json()
    assert (payment["amount"], payment["description"]) == (990, "Less")


def test_a_paid_intent_keeps_its_amount_but_takes_labels(
    public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock
) -> None:
    made = intent(api)
    with public_app.app_context():
        pay_on_page(merchant, clock, made["id"])
    assert api.patch(f"{PATH}/{made['id']}", {"amount": 1000}).status_code == 409
    assert api.patch(f"{PATH}/{made['id']}", {"order_id": "late"}).get_json()["order_id"] == "late"


def test_refused_for_good_leaves_the_intent_unpaid(
    public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock
) -> None:
    made = intent(api)
    with public_app.app_context():
        for _ in range(5):
            status = pay_on_page(merchant, clock, made["id"], "4000000000000002")
        assert status == "refused"
    assert api.get(f"{PATH}/{made['id']}").get_json()["status"] == "unpaid"


def test_nobody_comes_and_the_intent_is_unpaid_after_a_day(
    public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock
) -> None:
    made = intent(api)
    with public_app.app_context():
        clocks.ask_advance(merchant.id, clock(), days=2)
        clocks.advance(merchant.id)
    assert api.get(f"{PATH}/{made['id']}").get_json()["status"] == "unpaid"


def test_cancel_closes_an_open_intent_and_undoes_an_accepted_one(
    public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock
) -> None:
    opened, accepted = intent(api), intent(api, methods_allowed=["sepa"], sepa=sepa(api))
    for made in (opened, accepted):
        assert api.delete(f"{PATH}/{made['id']}").get_json()["status"] == "canceled"
        assert api.delete(f"{PATH}/{made['id']}").get_json()["status"] == "canceled"
        assert api.patch(f"{PATH}/{made['id']}", {"amount": 900}).status_code == 409
    assert api.get(f"/v2/payments/{accepted['payment']}").get_json()["status"] == "canceled"
    with public_app.app_context(), pytest.raises(Exception, match="canceled cannot be paid"):
        intents.page_payment(payer(merchant, clock), intents.find(opened["id"]))


def test_refund_of_a_captured_intent(public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock) -> None:
    made = intent(api)
    assert api.post(f"{PATH}/{made['id']}/refund", {}).status_code == 409
    with public_app.app_context():
        pay_on_page(merchant, clock, made["id"], "4000000000000077")
    refund = api.post(f"{PATH}/{made['id']}/refund", {"amount": 90}).get_json()
    assert (refund["amount"], refund["payment_intent"]) == (90, made["id"])
    for part, count in (("payments", 1), ("refunds", 1), ("disputes", 0)):
        body = api.get(f"{PATH}/{made['id']}/{part}").get_json()
        assert (len(body[part]), body["range"]["count"]) == (count, count)


def test_lists_filter_and_order(api: Caller, clock: FrozenClock) -> None:
    customer = api.made("/v2/customers", CUSTOMER)["id"]
    first = intent(api, order_id="a", customer=customer)
    clock.tick(seconds=2)
    second = intent(api, order_id="b", card=card(api))

    def listed(query: str) -> list[str]:
        return [item["id"] for item in api.get(f"{PATH}{query}").get_json()["payment_intents"]]

    assert listed("") == [second["id"], first["id"]]
    assert listed("/?order=asc") == [first["id"], second["id"]]
    assert listed("?order_id=a") == [first["id"]]
    assert listed(f"?card={second['card']}") == [second["id"]]
    assert listed(f"?created={second['created_at']}") == [second["id"]]
    theirs = api.get(f"/v2/customers/{customer}/payment_intents").get_json()
    assert [item["id"] for item in theirs["payment_intents"]] == [first["id"]]


def test_a_unique_id_names_one_intent(api: Caller) -> None:
    made = intent(api, unique_id="u-1")
    again = api.post(PATH, {"amount": 900, "unique_id": "u-1"})
    assert again.status_code == 409
    assert again.get_json() == {"error": f"Payment intent already exists, duplicate unique_id ({made['id']})"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": 2590, "auth": True}, "auth"),
        ({"amount": 2590, "card": {"number": "4242424242424242"}}, "card"),
        ({"amount": 49}, "amount"),
        ({"amount": 2590, "currency": "usd", "methods_allowed": ["sepa"]}, "methods_allowed"),
        ({"amount": 2590, "threeds": "maybe"}, "threeds"),
        ({}, "amount"),
    ],
)
def test_wrong_bodies_are_refused_by_name(api: Caller, body: dict[str, Any], field: str) -> None:
    answer = api.post(PATH, body)
    assert answer.status_code == 422
    assert field in answer.get_json()["detail"][0]["loc"]


def test_sepa_is_not_listed_outside_the_euro(api: Caller) -> None:
    assert intent(api, currency="usd")["methods_allowed"] == ["card"]
    made = intent(api)
    assert made["methods_allowed"] == ["card", "sepa"]
    assert api.patch(f"{PATH}/{made['id']}", {"currency": "gbp"}).get_json()["methods_allowed"] == ["card"]


def test_an_unknown_intent_is_named_in_the_contracts_words(api: Caller) -> None:
    unknown = "pi_Gs6pLd3YxQm8WkTv1HzNb5Rc"
    assert api.get(f"{PATH}/{unknown}").get_json() == {"error": f"Payment intent `{unknown}` not found"}


def test_one_idempotency_key_makes_one_intent(public_app: Flask, api: Caller) -> None:
    header = {"Idempotency-Key": "k-1"}
    first = api.post(PATH, {"amount": 800}, headers=header).get_json()
    second = api.post(PATH, {"amount": 800}, headers=header).get_json()
    assert first == second
    with public_app.app_context():
        assert db.session.query(PaymentIntent).count() == 1
