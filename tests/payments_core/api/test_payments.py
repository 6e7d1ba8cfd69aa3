"""Payments through the wire API: creation, changes, capture, cancellation and refunds, duplicates, wrong input."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from payments_core import authentication, merchants
from payments_core.scope import scope_of
from tests.payments_core.public_door import CARD, CUSTOMER, DEVICE, Caller

PATHS = {1: "/v1/checkout", 2: "/v2/payments"}
BOTH = pytest.mark.parametrize("number", [1, 2])
CAPTURED_AT_ONCE = {**CARD, "number": "4000000000000077"}


def create(api: Caller, number: int, **fields: Any) -> dict[str, Any]:
    return api.made(PATHS[number], {"amount": 2590, "currency": "eur", **fields})


@BOTH
def test_without_a_method_a_payment_waits(api: Caller, number: int) -> None:
    payment = create(api, number, return_url="https://shop.example/r")
    assert (payment["status"], payment["method"], payment["response"], payment["card"]) == (None, None, None, None)


@BOTH
@pytest.mark.parametrize(("capture", "status"), [(True, "to_capture"), (False, "authorized")])
def test_a_card_is_charged_at_once(api: Caller, number: int, capture: bool, status: str) -> None:
    payment = create(api, number, card=CARD, capture=capture)
    assert (payment["status"], payment["response"], payment["method"]) == (status, "00", "card")
    assert "number" not in payment["card"]
    assert "cvc" not in payment["card"]


@BOTH
def test_a_refused_card_is_answered_with_200(api: Caller, number: int) -> None:
    payment = create(api, number, card={**CARD, "number": "4000000000009995"})
    assert (payment["status"], payment["response"]) == ("refused", "51")


@BOTH
def test_a_card_verification_of_zero_needs_capture_false(api: Caller, number: int) -> None:
    assert api.post(PATHS[number], {"amount": 0, "currency": "eur"}).status_code >= 400
    assert create(api, number, amount=0, capture=False, card=CARD)["status"] == "authorized"


def test_v2_processes_a_card_given_later_at_once_and_v1_waits_for_a_status(api: Caller) -> None:
    new = create(api, 2, capture=False)
    assert api.patch(f"/v2/payments/{new['id']}", {"card": CARD}).get_json()["status"] == "authorized"
    old = create(api, 1)
    assert api.patch(f"/v1/checkout/{old['id']}", {"card": CARD}).get_json()["status"] is None
    assert api.patch(f"/v1/checkout/{old['id']}", {"status": "capture"}).get_json()["status"] == "to_capture"


def test_a_status_without_a_card_is_a_conflict(api: Caller) -> None:
    payment = create(api, 1)
    answer = api.patch(f"/v1/checkout/{payment['id']}", {"status": "authorize"})
    assert answer.status_code == 409
    assert answer.get_json()["error"]["message"] == f"Card payment {payment['id']} is not ready for authorization"


@BOTH
def test_only_the_two_request_values_of_status_may_be_written(api: Caller, number: int) -> None:
    payment = create(api, number, card=CARD, capture=False)
    answer = api.patch(f"{PATHS[number]}/{payment['id']}", {"status": "captured"})
    assert answer.status_code == (400 if number == 1 else 422)


@BOTH
def test_a_refused_change_changes_nothing(api: Caller, number: int) -> None:
    payment = create(api, number)
    wrong = {"description": "changed", "card": {**CARD, "number": "4242424242424241"}}
    answer = api.patch(f"{PATHS[number]}/{payment['id']}", wrong)
    assert answer.status_code == (400 if number == 1 else 422)
    assert api.get(f"{PATHS[number]}/{payment['id']}").get_json() == payment


@BOTH
def test_a_final_payment_cannot_be_changed(api: Caller, number: int) -> None:
    payment = create(api, number, card=CARD)
    api.made(f"/v{number}/refunds", {"payment": payment["id"]})
    answer = api.patch(f"{PATHS[number]}/{payment['id']}", {"description": "too late"})
    assert (answer.status_code, "canceled" in answer.get_data(as_text=True)) == (409, True)


def test_the_order_reference_may_change_after_payment(api: Caller) -> None:
    payment = create(api, 2, card=CARD, order_id="cart-7")
    assert api.patch(f"/v2/payments/{payment['id']}", {"order_id": "XKBKNABJK"}).get_json()["order_id"] == "XKBKNABJK"


@BOTH
def test_unknown_fields_are_named_in_v2_and_ignored_in_v1(api: Caller, number: int) -> None:
    body = {
        "amount": 500,
        "currency": "eur",
        "colour": "red",
        "device": {**DEVICE, "shoe": 1},
        "card": {**CARD, "pin": "1234"},
    }
    answer = api.post(PATHS[number], body)
    if number == 1:
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    extras = {tuple(item["loc"]) for item in answer.get_json()["detail"]}
    assert extras == {("body", "colour"), ("body", "device", "shoe"), ("body", "card", "pin")}
    assert {(item["msg"], item["type"]) for item in answer.get_json()["detail"]} == {
        ("extra fields not permitted", "value_error.extra")
    }


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"nope", b'{"amount":NaN}', b"\xff\xfe", b"[" * 100_000])
@BOTH
def test_a_body_that_is_no_json_object_is_refused(api: Caller, number: int, body: bytes) -> None:
    answer = api.post(PATHS[number], data=body, content_type="application/json")
    assert answer.status_code == (400 if number == 1 else 422)
    assert ("error" if number == 1 else "detail") in answer.get_json()


@BOTH
def test_a_used_unique_id_is_a_conflict_that_names_the_payment(api: Caller, number: int) -> None:
    payment = create(api, number, unique_id="u-1")
    answer = api.post(PATHS[number], {"amount": 900, "currency": "eur", "unique_id": "u-1"})
    assert answer.status_code == 409
    text = "Payment already exists, duplicate unique_id"
    expected: Any = f"{text} ({payment['id']})"
    if number == 1:
        expected = {"type": "invalid_request_error", "message": {"id": payment["id"], "error": text}}
    assert answer.get_json() == {"error": expected}
    found = api.get(f"{PATHS[number]}?unique_id=u-1").get_json()["payments"]
    assert [item["id"] for item in found] == [payment["id"]]


def test_unique_id_cannot_be_changed(api: Caller) -> None:
    payment = create(api, 2)
    assert api.patch(f"/v2/payments/{payment['id']}", {"unique_id": "u-2"}).status_code == 422
    api.patch(f"/v1/checkout/{payment['id']}", {"unique_id": "u-2"})
    assert api.get(f"/v2/payments/{payment['id']}").get_json()["unique_id"] is None


def test_v1_reuses_an_identical_customer_and_card_inside_a_payment(api: Caller) -> None:
    first, second = (create(api, 1, card=CARD, customer=CUSTOMER) for _ in range(2))
    assert first["customer"]["id"] == second["customer"]["id"]
    assert first["card"]["id"] == second["card"]["id"]


def test_v1_changes_a_known_card_and_customer_inside_a_payment(api: Caller) -> None:
    first = create(api, 1, card=CARD, customer=CUSTOMER)
    card = {"id": first["card"]["id"], "name": "Ada Lovelace"}
    customer = {"id": first["customer"]["id"], "mobile": "+33698765432"}
    second = create(api, 1, card=card, customer=customer)
    assert (second["card"]["id"], second["card"]["name"]) == (card["id"], "Ada Lovelace")
    assert (second["customer"]["id"], second["customer"]["mobile"]) == (customer["id"], "+33698765432")


@BOTH
def test_3_d_secure_server_to_server_needs_the_payers_address(api: Caller, number: int) -> None:
    answer = api.post(PATHS[number], {"amount": 500, "currency": "eur", "card": CARD, "auth": True})
    assert answer.status_code == (400 if number == 1 else 422)
    assert "field required" in answer.get_data(as_text=True)


@BOTH
def test_after_authentication_the_merchant_captures(public_app: Flask, api: Caller, clock: Any, number: int) -> None:
    auth = {"return_url": "https://shop.example/3ds"}
    payment = create(api, number, card=CARD, device=DEVICE, auth=auth)
    path = f"{PATHS[number]}/{payment['id']}"
    assert payment["auth"]["return_url"] == auth["return_url"]
    assert api.patch(path, {"status": "capture"}).status_code == 409
    with public_app.app_context():
        scope = scope_of(merchants.get(api.merchant_id), False, clock(), "payer")
        authentication.start(scope, payment["auth"]["redirect_url"].rsplit("_", 1)[1])
    again = api.get(path).get_json()
    assert (again["status"], again["auth"]["status"]) == (None, "success")
    assert api.patch(path, {"status": "capture"}).get_json()["status"] == "to_capture"


def test_auth_false_is_no_wish_in_v1_and_an_error_in_v2(api: Caller) -> None:
    assert create(api, 1, auth=False)["auth"] is None
    assert api.post("/v2/payments", {"amount": 500, "auth": False}).status_code == 422


def test_a_part_may_be_captured(api: Caller) -> None:
    payment = create(api, 2, card=CARD, capture=False)
    too_much = api.post(f"/v2/payments/{payment['id']}/capture", {"amount": 9999})
    assert too_much.status_code == 422
    part = api.made(f"/v2/payments/{payment['id']}/capture", {"amount": 1000})
    assert (part["amount"], part["status"]) == (1000, "to_capture")
    assert api.post(f"/v2/payments/{payment['id']}/capture").status_code == 409


@BOTH
def test_a_full_refund_before_capture_cancels(api: Caller, number: int) -> None:
    payment = create(api, number, card=CARD)
    refund = api.made(f"/v{number}/refunds", {"payment": payment["id"]})
    assert (refund["status"], refund["amount"], refund["currency"]) == ("payment_canceled", 2590, "eur")
    assert api.get(f"{PATHS[number]}/{payment['id']}").get_json()["status"] == "canceled"


@BOTH
def test_a_partial_refund_before_capture_is_refused_with_the_exact_text(api: Caller, number: int) -> None:
    payment = create(api, number, card=CARD)
    answer = api.post(f"/v{number}/refunds", {"payment": payment["id"], "amount": 100})
    text = "Payment cannot be partially refunded before it has been captured"
    assert answer.status_code == 409
    error = answer.get_json()["error"]
    assert (error["message"] if number == 1 else error) == text


@BOTH
def test_refunds_of_a_captured_payment_add_up(api: Caller, number: int) -> None:
    payment = create(api, number, card=CAPTURED_AT_ONCE)
    assert payment["status"] == "captured"
    amounts = [
        api.made(f"/v{number}/refunds", {"payment": payment["id"], **({"amount": amount} if amount else {})})["amount"]
        for amount in (500, 700, None)
    ]
    assert amounts == [500, 700, 1390]
    over = api.post(f"/v{number}/refunds", {"payment": payment["id"], "amount": 50})
    assert over.status_code == 409
    listed = api.get("/v1/refunds").get_json()["refunds"]
    assert [item["amount"] for item in listed] == amounts
    assert [item["amount"] for item in api.get("/v2/refunds").get_json()["refunds"]] == amounts[::-1]
    nested = api.get(f"/v1/checkout/{payment['id']}").get_json()["refunds"]
    assert [item["amount"] for item in nested] == amounts
    assert [item["id"] for item in api.get(f"/v2/payments/{payment['id']}/refunds").get_json()] == [
        item["id"] for item in listed
    ]


def test_the_v2_shortcut_refunds(api: Caller) -> None:
    payment = create(api, 2, card=CAPTURED_AT_ONCE)
    assert api.made(f"/v2/payments/{payment['id']}/refund", {"amount": 90})["amount"] == 90
    assert api.post(f"/v2/payments/{payment['id']}/refund").get_json()["amount"] == 2500


def test_an_address_that_does_not_exist_is_refused(api: Caller) -> None:
    address = {"amount": 500, "billing_address": "addr_hT4kQ9sLw2VbXz7RcJm0NdEy"}
    assert api.post("/v2/payments", address).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "start=-1", "created=-1", "created=1e9", "order_id=", f"unique_id={'x' * 37}"],
)
@BOTH
def test_lists_refuse_values_out_of_bounds(api: Caller, number: int, query: str) -> None:
    answer = api.get(f"{PATHS[number]}?{query}")
    assert answer.status_code == (400 if number == 1 else 422)


def test_lists_filter_and_page(api: Caller) -> None:
    payments = [create(api, 2, card=CARD, order_id=f"o-{index % 2}") for index in range(5)]
    card = payments[0]["card"]["id"]

    def ids(query: str) -> list[str]:
        return [item["id"] for item in api.get(f"/v2/payments?order=asc&{query}").get_json()["payments"]]

    every = [payment["id"] for payment in payments]
    assert ids("order_id=o-1") == every[1::2]
    assert ids(f"card={card}") == every
    assert ids("created=0&limit=2&start=1") == every[1:3]
    assert ids("created=99999999999") == []
    assert ids("paid=0") == every
    assert ids("payout=pout_hT4kQ9sLw2VbXz7RcJm0NdEy") == []
    assert ids("start=100") == []


def test_v2_lists_may_be_ordered_by_processing_time(api: Caller) -> None:
    waiting = create(api, 2)
    done = create(api, 2, card=CARD)
    late = api.patch(f"/v2/payments/{waiting['id']}", {"card": CARD}).get_json()
    never = create(api, 2)

    def ids(query: str) -> list[str]:
        return [item["id"] for item in api.get(f"/v2/payments?field=paid&{query}").get_json()["payments"]]

    assert ids("order=asc") == [done["id"], late["id"], never["id"]]
    assert ids("") == [late["id"], done["id"], never["id"]]
    assert api.get("/v2/payments?field=colour").status_code == 422


def test_jpy_and_upper_case_currencies_come_back_in_lower_case(api: Caller) -> None:
    assert create(api, 1, currency="JPY", card=CARD)["currency"] == "jpy"


def test_a_payment_is_found_under_its_older_name_in_v2(api: Caller) -> None:
    payment = create(api, 2)
    assert api.get(f"/v2/checkout/{payment['id']}").get_json() == payment


def test_a_body_with_ten_thousand_faults_is_refused_in_a_few_words(api: Caller) -> None:
    long = api.post("/v2/payments", {"amount": 1000, "methods_allowed": [0] * 10_000})
    many = api.post("/v2/payments", {f"field_{number}": number for number in range(10_000)})
    assert (long.status_code, many.status_code) == (422, 422)
    assert "at most 100 elements" in long.get_data(as_text=True)
    assert max(len(long.get_data()), len(many.get_data())) < 10_000


AUTHENTICATED: dict[str, Any] = {"return_url": "https://shop.example/3ds"}


@pytest.mark.parametrize("wish", [{}, {"auth": AUTHENTICATED}])
def test_a_card_to_authenticate_needs_the_payers_device_also_later(api: Caller, wish: dict[str, Any]) -> None:
    """Asked for at once or together with the card; the device may be known from before."""
    made = api.made("/v2/payments", {"amount": 900, **({} if wish else {"auth": AUTHENTICATED})})
    path = f"/v2/payments/{made['id']}"
    refused = api.patch(path, {"card": CARD, **wish})
    assert refused.status_code == 422
    assert '["body","device","ip"]' in refused.get_data(as_text=True).replace(" ", "").replace("\n", "")
    assert api.get(path).get_json()["card"] is None
    assert api.patch(path, {"card": CARD, **wish, "device": DEVICE}).get_json()["auth"]["status"] == "available"


def test_what_is_over_is_a_conflict_whether_or_not_a_device_was_given(api: Caller) -> None:
    paid = api.made("/v2/payments", {"amount": 900, "card": CARD})
    assert api.patch(f"/v2/payments/{paid['id']}", {"card": CARD, "auth": AUTHENTICATED}).status_code == 409
