"""Tests for each of the 21 lines of the wire contract's compatibility checklist (stancer-api.md 0.1), named after the line.

Line 1 (HTTPS) is the edge's: tests/e2e/test_stancer_clients.py has it, with unmodified clients for all the others at once.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask

from payments_core import refunds
from tests.payments_core.public_door import API, CARD, CUSTOMER, DEVICE, PAGE, Caller, account

PATHS = {1: "/v1/checkout", 2: "/v2/payments"}


def paid(api: Caller, number: int = 1, **more: Any) -> dict[str, Any]:
    return api.made(PATHS[number], {"amount": 2590, "currency": "eur", "card": CARD, **more})


@pytest.mark.parametrize("path", ["/v1/checkout", "/v1/checkout/", "/v2/payments", "/v2/payments/", "/v2/checkout/"])
def test_line_2_both_spellings_of_an_address_are_answered_without_a_redirect(api: Caller, path: str) -> None:
    assert api.post(path, {"amount": 500, "currency": "eur"}).status_code == 200
    assert api.get(path).status_code == 200
    assert api.get(path + "?limit=1").status_code == 200


@pytest.mark.parametrize("number", [1, 2])
def test_line_3_bodies_of_get_and_delete_are_never_read_nor_logged(
    api: Caller, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    payment = paid(api, number)
    stale = b'{"card":{"number":"4242424242424242","cvc":"842"'
    read = api.get(f"{PATHS[number]}/{payment['id']}", data=stale, content_type="application/json")
    gone = api.delete(f"/v{number}/cards/{payment['card']['id']}", data=stale, content_type="application/json")
    assert (read.status_code, gone.status_code) == (200, 204 if number == 1 else 200)
    assert "4242424242424242" not in caplog.text


def test_line_4_a_v1_patch_answers_with_the_whole_payment(api: Caller) -> None:
    payment = api.made("/v1/checkout", {"amount": 2590, "currency": "eur", "customer": CUSTOMER})
    changed = api.patch(f"/v1/checkout/{payment['id']}", {"card": CARD}).get_json()
    assert changed["card"]["id"].startswith("card_")
    assert (changed["customer"]["id"], changed["method"], changed["status"]) == (
        payment["customer"]["id"],
        "card",
        None,
    )
    authorized = api.patch(f"/v1/checkout/{payment['id']}", {"status": "authorize"}).get_json()
    assert (authorized["status"], authorized["capture"]) == ("authorized", False)
    assert api.patch(f"/v1/checkout/{payment['id']}", {"status": "capture"}).get_json()["status"] == "to_capture"


@pytest.mark.parametrize(("path", "body"), [("/v1/cards", CARD), ("/v1/customers", CUSTOMER)])
def test_line_5_a_v1_delete_has_no_body(api: Caller, path: str, body: dict[str, Any]) -> None:
    made = api.made(path, body)
    answer = api.delete(f"{path}/{made['id']}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert api.get(f"{path}/{made['id']}").status_code == 404
    assert api.patch(f"{path}/{made['id']}", {}).status_code == 404


@pytest.mark.parametrize(("path", "body", "read_again"), [("/v2/cards", CARD, 200), ("/v2/customers", CUSTOMER, 404)])
def test_line_6_a_v2_delete_answers_with_the_deleted_object(
    api: Caller, path: str, body: dict[str, Any], read_again: int
) -> None:
    made = api.made(path, body)
    answer = api.delete(f"{path}/{made['id']}")
    assert (answer.status_code, answer.get_json()) == (200, {**made, "deleted": True})
    assert api.get(f"{path}/{made['id']}").status_code == read_again
    assert api.patch(f"{path}/{made['id']}", {}).status_code == 404


def test_line_7_every_id_of_an_answer_can_be_read(api: Caller) -> None:
    payment = paid(api, 1, customer=CUSTOMER)
    refund = api.made("/v1/refunds", {"payment": payment["id"]})
    for number in (1, 2):
        for path in (
            f"{PATHS[number]}/{payment['id']}",
            f"/v{number}/cards/{payment['card']['id']}",
            f"/v{number}/customers/{payment['customer']['id']}",
            f"/v{number}/refunds/{refund['id']}",
        ):
            assert api.get(path).get_json()["id"] == path.rsplit("/", 1)[1]


def test_line_8_both_versions_serve_the_same_payment_each_in_its_own_form(api: Caller) -> None:
    payment = paid(api, 2, customer=CUSTOMER)
    old = api.get(f"/v1/checkout/{payment['id']}").get_json()
    new = api.get(f"/v2/payments/{payment['id']}").get_json()
    assert new == payment
    assert (old["id"], old["amount"], old["status"]) == (new["id"], new["amount"], new["status"])
    assert (old["card"]["nature"], new["card"]["nature"]) == ("personnal", "personal")
    assert (old["live_mode"], old["refunds"], "live_mode" in new, "refunds" in new) == (False, [], False, False)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "ab"),
        ("description", "x" * 65),
        ("order_id", ""),
        ("order_id", "x" * 37),
        ("unique_id", "x" * 37),
        ("return_url", "http://shop.example/"),
        ("return_url", "https://shop.example/" + "x" * 2048),
        ("amount", 49),
        ("amount", 2**32),
        ("currency", "xyz"),
        ("methods_allowed", []),
        ("methods_allowed", ["card", "card"]),
        ("methods_allowed", ["cash"]),
        ("customer", {"name": "Al", "email": "a@b.fr"}),
        ("card", {**CARD, "zip_code": "123456789"}),
        ("description", "nul \u0000 inside"),
    ],
)
def test_line_9_values_that_clients_could_not_read_back_are_refused(
    api: Caller, number: int, field: str, value: Any
) -> None:
    answer = api.post(PATHS[number], {"amount": 500, "currency": "eur", field: value})
    assert answer.status_code == (400 if number == 1 else 422)
    assert api.get(PATHS[number]).get_json()[("payments")] == []


@pytest.mark.parametrize("wish", [True, {}, {"return_url": "https://shop.example/3ds"}])
@pytest.mark.parametrize("number", [1, 2])
def test_line_10_auth_is_never_answered_with_true(api: Caller, number: int, wish: Any) -> None:
    payment = api.made(PATHS[number], {"amount": 500, "currency": "eur", "auth": wish})
    assert payment["auth"]["status"] == "requested"
    assert payment["auth"]["redirect_url"] is None


@pytest.mark.parametrize("number", [1, 2])
def test_line_11_sepa_is_not_listed_for_a_payment_in_another_currency(api: Caller, number: int) -> None:
    body = {"amount": 500, "currency": "usd", "methods_allowed": ["card", "sepa"]}
    assert api.post(PATHS[number], body).status_code == (400 if number == 1 else 422)
    euros = api.made(PATHS[number], {**body, "currency": "eur"})
    assert euros["methods_allowed"] == ["card", "sepa"]
    to_dollars = api.patch(f"{PATHS[number]}/{euros['id']}", {"currency": "usd"})
    assert to_dollars.status_code == (400 if number == 1 else 422)


def test_line_12_v1_lists_begin_with_the_oldest_and_v2_lists_with_the_newest(api: Caller) -> None:
    ids = [paid(api, 1, order_id="same")["id"] for _ in range(3)]

    def listed(path: str) -> list[str]:
        return [item["id"] for item in api.get(path).get_json()["payments"]]

    assert listed("/v1/checkout?order_id=same") == ids
    assert listed("/v2/payments?order_id=same") == ids[::-1]
    assert listed("/v2/payments/?order=asc") == ids


def test_line_13_a_list_holds_one_array_beside_range_and_live_mode(api: Caller) -> None:
    for _ in range(3):
        paid(api)
    old = api.get("/v1/checkout?limit=2").get_json()
    assert set(old) == {"payments", "range", "live_mode"}
    assert old["range"] == {"start": 0, "end": 1, "limit": 2, "has_more": True}
    new = api.get("/v2/payments?limit=2&start=2").get_json()
    assert set(new) == {"payments", "range"}
    assert new["range"] == {"start": 2, "end": 2, "limit": 2, "count": 3, "has_more": False}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("payments/paym_", "No such payment {}", "Payment `{}` not found"),
        ("cards/card_", "No such card {}", "Card `{}` not found"),
        ("customers/cust_", "No such customer {}", "Customer `{}` not found"),
        ("refunds/refd_", "No such refund {}", "Refund `{}` not found"),
        ("disputes/dspt_", "No such dispute {}", "Dispute `{}` not found"),
        ("payouts/pout_", "No such payout {}", "Payout `{}` not found"),
    ],
)
def test_line_14_unknown_ids_are_404_with_the_exact_text(api: Caller, path: str, old: str, new: str) -> None:
    path += "hT4kQ9sLw2VbXz7RcJm0NdEy"
    key = path.rsplit("/", 1)[1]
    first = api.get("/v1/" + path.replace("payments", "checkout"))
    second = api.get("/v2/" + path)
    assert (first.status_code, second.status_code) == (404, 404)
    assert first.get_json() == {"error": {"type": "invalid_request_error", "message": old.format(key)}}
    assert second.get_json() == {"error": new.format(key)}


def test_line_14_php_asks_for_the_refunds_first_and_gets_the_same_text(api: Caller) -> None:
    key = "paym_hT4kQ9sLw2VbXz7RcJm0NdEy"
    for part in ("refunds", "disputes"):
        answer = api.get(f"/v2/payments/{key}/{part}")
        assert (answer.status_code, answer.get_json()) == (404, {"error": f"Payment `{key}` not found"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v2/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/v1/customers", 404),
        ("GET", "/v1/cards/", 404),
        ("DELETE", "/v1/checkout/paym_hT4kQ9sLw2VbXz7RcJm0NdEy", 405),
        ("PUT", "/v2/payments", 405),
        ("POST", "/v1/disputes", 405),
        ("POST", "/v2/disputes/", 405),
        ("POST", "/v1/payouts", 405),
        ("BREW", "/v2/payments", 405),
        ("GET", "/v1/redirect/test_x", 404),
    ],
)
def test_line_15_every_error_is_json(api: Caller, method: str, path: str, status: int) -> None:
    answer = api.call(method, path)
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    assert "error" in answer.get_json()


def test_line_15_a_defect_of_ours_and_an_oversized_body_are_json_too(
    public_app: Flask, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = api.post("/v2/payments", data=b"x" * (2 * 1024 * 1024), content_type="application/json")
    assert (big.status_code, big.get_json()) == (413, {"error": "The request body is too large"})
    monkeypatch.setattr(refunds, "get", lambda *_: 1 / 0)
    answer = api.get("/v1/refunds/refd_hT4kQ9sLw2VbXz7RcJm0NdEy")
    assert (answer.status_code, answer.get_json()["error"]["type"]) == (500, "api_error")


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("form", ["string", "object", "nothing"])
def test_line_16_a_capture_takes_the_id_as_text_or_object(api: Caller, number: int, form: str) -> None:
    payment = paid(api, number, capture=False)
    body = {"string": f'"{payment["id"]}"', "object": f'{{"id":"{payment["id"]}"}}', "nothing": ""}[form]
    answer = api.post(f"{PATHS[number]}/{payment['id']}/capture", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "to_capture")


@pytest.mark.parametrize("number", [1, 2])
def test_line_17_integral_floats_upper_case_currencies_and_numeric_card_numbers_are_taken(
    api: Caller, number: int
) -> None:
    card = {**CARD, "number": 4242424242424242, "cvc": 842, "exp_year": 2031.0}
    payment = api.made(PATHS[number], {"amount": 1990.0, "currency": "EUR", "card": card})
    assert (payment["amount"], payment["currency"], payment["card"]["last4"]) == (1990, "eur", "4242")


def test_line_18_escaped_slashes_and_letters_are_read(api: Caller) -> None:
    body = rb'{"amount":500,"currency":"eur","description":"\u00c9t\u00e9","return_url":"https:\/\/shop.example\/r\/1"}'
    payment = api.post("/v1/checkout/", data=body, content_type="text/plain").get_json()
    assert (payment["description"], payment["return_url"]) == ("Été", "https://shop.example/r/1")


@pytest.mark.parametrize("live", [False, True])
def test_line_19_an_intents_page_is_on_the_payment_host_at_the_same_port(
    public_app: Flask, api: Caller, clock: Any, live: bool
) -> None:
    caller = account(public_app, clock, "account-1", live=True) if live else api
    intent = caller.made("/v2/payment_intents/", {"amount": 2590, "currency": "eur"})
    assert intent["url"] == f"{API.replace('api.', 'payment.')}/{'' if live else 'test_'}{intent['id']}"
    page = caller.client.get(intent["url"].removeprefix(PAGE), base_url=PAGE)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert caller.get(f"/v2/payment_intents/{intent['id']}").get_json()["url"] == intent["url"]


def test_line_20_the_challenge_address_starts_with_the_3ds_host(api: Caller) -> None:
    payment = paid(api, 2, auth=True, device=DEVICE, return_url="https://shop.example/back")
    assert payment["auth"]["redirect_url"].startswith("https://3ds.")
    assert API.startswith("https://api.")
    assert (payment["status"], payment["auth"]["status"]) == (None, "available")


def test_line_21_a_method_in_lower_case_is_answered(api: Caller) -> None:
    assert api.call("get", "/v1/disputes").status_code == 200


def test_a_live_key_sees_nothing_of_test_mode(public_app: Flask, api: Caller, clock: Any) -> None:
    payment = paid(api, customer=CUSTOMER)
    live = account(public_app, clock, "account-1", live=True)
    for path in (f"/v1/checkout/{payment['id']}", f"/v2/cards/{payment['card']['id']}"):
        assert live.get(path).status_code == 404
    assert live.get("/v1/checkout").get_json() == {
        "payments": [],
        "live_mode": True,
        "range": {"start": 0, "end": 0, "limit": 10, "has_more": False},
    }
