"""Customers and cards through the wire API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.payments_core.public_door import CARD, CUSTOMER, Caller

BOTH = pytest.mark.parametrize("number", [1, 2])


def test_v1_refuses_an_identical_customer_and_names_it(api: Caller) -> None:
    first = api.made("/v1/customers", CUSTOMER)
    answer = api.post("/v1/customers", CUSTOMER)
    text = "Customer already exists, you may want to update it instead creating a new one"
    assert (answer.status_code, answer.get_json()["error"]["message"]) == (409, {"id": first["id"], "error": text})
    assert api.post("/v1/customers", {**CUSTOMER, "external_id": "crm-88"}).status_code == 200


def test_v2_makes_a_new_customer_every_time(api: Caller) -> None:
    assert api.made("/v2/customers", CUSTOMER)["id"] != api.made("/v2/customers", CUSTOMER)["id"]


@BOTH
def test_an_external_id_may_serve_twice(api: Caller, number: int) -> None:
    for name in ("Ada Martin", "Grace Durand"):
        body = {"name": name, "email": f"{name[:3]}@example.com", "external_id": "crm-1"}
        assert api.post(f"/v{number}/customers", body).status_code == 200


@BOTH
def test_a_customer_needs_an_email_or_a_mobile(api: Caller, number: int) -> None:
    answer = api.post(f"/v{number}/customers", {"name": "Ada Martin"})
    assert answer.status_code == (400 if number == 1 else 422)
    assert "You must provide an email or a phone number to create a customer" in answer.get_data(as_text=True)
    for way in ({"email": "ada@example.com"}, {"mobile": "+33612345678"}):
        assert api.post(f"/v{number}/customers", way).status_code == 200


def test_v2_checks_mobile_numbers_against_numbering_plans(api: Caller) -> None:
    assert api.post("/v2/customers", {"mobile": "+33000000000"}).status_code == 422
    assert api.post("/v1/customers", {"mobile": "+33000000000"}).status_code == 200


@BOTH
def test_a_customer_is_changed_and_keeps_what_was_not_named(api: Caller, number: int) -> None:
    made = api.made(f"/v{number}/customers", CUSTOMER)
    changed = api.patch(f"/v{number}/customers/{made['id']}", {"name": "Ada Lovelace", "date_birth": "1985-12-10"})
    assert changed.get_json() == {**made, "name": "Ada Lovelace", "date_birth": "1985-12-10"}
    left = api.patch(f"/v{number}/customers/{made['id']}", {"email": None, "mobile": None})
    assert left.status_code == (400 if number == 1 else 422)


def test_v2_lists_customers_newest_first_with_filters(api: Caller) -> None:
    first = api.made("/v2/customers", {**CUSTOMER, "external_id": "a", "country": "fr"})
    second = api.made("/v2/customers", {**CUSTOMER, "external_id": "b"})
    assert first["country"] == "FR"
    assert [item["id"] for item in api.get("/v2/customers/").get_json()["customers"]] == [second["id"], first["id"]]
    found = api.get("/v2/customers?external_id=a&created=0").get_json()
    assert ([item["id"] for item in found["customers"]], found["range"]["count"]) == ([first["id"]], 1)


def test_v1_refuses_a_card_it_knows_and_v2_gives_it_back(api: Caller) -> None:
    first = api.made("/v1/cards", CARD)
    answer = api.post("/v1/cards", CARD)
    text = "Card already exists, you may want to update it instead creating a new one"
    assert (answer.status_code, answer.get_json()["error"]["message"]) == (409, {"id": first["id"], "error": text})
    assert api.made("/v2/cards", CARD)["id"] == first["id"]


@BOTH
def test_a_deleted_card_can_be_stored_again(api: Caller, number: int) -> None:
    first = api.made(f"/v{number}/cards", CARD)
    api.delete(f"/v{number}/cards/{first['id']}")
    assert api.made(f"/v{number}/cards", CARD)["id"] != first["id"]


def test_the_card_of_the_contract_looks_as_in_the_contract(api: Caller) -> None:
    body = {"number": "4000002500000003", "exp_month": 9, "exp_year": 2030, "cvc": "311"}
    made = api.made("/v2/cards/", body)
    assert {**made, "id": None, "created": None} == {
        "id": None,
        "brand": "visa",
        "country": "FR",
        "created": None,
        "customer": None,
        "deleted": False,
        "exp_month": 9,
        "exp_year": 2030,
        "external_id": None,
        "funding": "credit",
        "last4": "0003",
        "name": None,
        "nature": "personal",
        "network": "national",
        "preferred_network": "national",
        "zip_code": None,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "4242424242424241"},
        {"number": "4242"},
        {"number": None},
        {"number": [4242]},
        {"exp_month": 13},
        {"exp_year": 2020},
        {"exp_year": "2030x"},
        {"cvc": "12"},
        {"cvc": "1234"},
        {"cvc": "abc"},
        {"preferred_network": "diners"},
        {"name": "Al"},
    ],
)
@BOTH
def test_wrong_cards_are_refused(api: Caller, number: int, wrong: dict[str, Any]) -> None:
    answer = api.post(f"/v{number}/cards", {**CARD, **wrong})
    assert answer.status_code == (400 if number == 1 else 422)
    assert "4242424242424241" not in answer.get_data(as_text=True)


def test_v2_patches_four_fields_of_a_card_and_v1_the_name_too(api: Caller) -> None:
    made = api.made("/v1/cards", CARD)
    path = f"cards/{made['id']}"
    assert api.patch(f"/v1/{path}", {"name": "Ada Lovelace"}).get_json()["name"] == "Ada Lovelace"
    assert api.patch(f"/v2/{path}", {"name": "Ada"}).status_code == 422
    changed = api.patch(f"/v2/{path}", {"exp_year": 2033, "exp_month": 1, "zip_code": "75002", "external_id": "c-1"})
    assert (changed.get_json()["exp_year"], changed.get_json()["zip_code"]) == (2033, "75002")


def test_v2_cards_belong_to_customers_and_are_listed_by_them(api: Caller) -> None:
    customer = api.made("/v2/customers", CUSTOMER)
    card = api.made("/v2/cards", {**CARD, "customer": customer["id"]})
    api.made("/v2/cards", {**CARD, "number": "5555555555554444"})
    listed = api.get(f"/v2/cards?customer={customer['id']}").get_json()
    assert ([item["id"] for item in listed["cards"]], card["customer"]) == ([card["id"]], customer["id"])
    unknown = {**CARD, "number": "5105105105105100", "customer": "cust_hT4kQ9sLw2VbXz7RcJm0NdEy"}
    assert api.post("/v2/cards", unknown).status_code == 404
