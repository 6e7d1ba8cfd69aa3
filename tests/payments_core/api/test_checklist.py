"""Tests for each of the 21 lines of the wire contract's compatibility checklist (stancer-api.md 0.1), named after the line.

Line 1 (HTTPS) is the edge's: tests/e2e/test_stancer_clients.py has it, with unmodified clients for all the others at once.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from flask import Flask

from payments_core import refunds
from tests.payments_core.api.busy_account import LISTS, BusyAccount
from tests.payments_core.api.test_isolation import rules, view_of
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.public_door import API, CARD, CUSTOMER, DEVICE, PAGE, Caller, account

PATHS = {1: "/v1/checkout", 2: "/v2/payments"}
# Where objects are read, by the prefix of their ids.
READ_AT = {
    "paym": ("/v1/checkout", "/v2/payments", "/v2/checkout"),
    "cust": ("/v1/customers", "/v2/customers"),
    "card": ("/v1/cards", "/v2/cards"),
    "sepa": ("/v1/sepa", "/v2/sepa"),
    "refd": ("/v1/refunds", "/v2/refunds"),
    "dspt": ("/v1/disputes", "/v2/disputes"),
    "pout": ("/v1/payouts", "/v2/payouts"),
    "addr": ("/v1/addresses", "/v2/addresses"),
    "pi": ("/v2/payment_intents",),
    "mndt": ("/v2/mandates",),
    "chck": ("/v2/sepa/check",),
    "sub": ("/v2/subscriptions",),
    "we": ("/v2/webhooks",),
    "plnk": ("/v2/payment_links",),
    "evt": ("/v2/events",),
    "dlvr": (),  # ours, and read in its list only
}
ID = re.compile("[a-z]{2,4}_[A-Za-z0-9]{24}")
UNKNOWN = "hT4kQ9sLw2VbXz7RcJm0NdEy"


@pytest.fixture
def busy(public_app: Flask, api: Caller, clock: FrozenClock) -> BusyAccount:
    """Has several objects of every kind."""
    return BusyAccount(public_app, api, clock)


def ids_in(answer: Any) -> set[str]:
    """Every id anywhere in an answer."""
    if isinstance(answer, dict):
        return ids_in(list(answer.values()))
    if isinstance(answer, list):
        return {one for value in answer for one in ids_in(value)}
    return {answer} if isinstance(answer, str) and ID.fullmatch(answer) else set()


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


def test_line_7_every_id_of_an_answer_can_be_read(api: Caller, busy: BusyAccount) -> None:
    """From the lists on, wherever an answer leads to, in both versions: clients fetch whatever they know the id of."""
    left = ids_in([busy.items(path, key) for number in (1, 2) for path, key in busy.lists(number)])
    left |= ids_in(busy.answers)
    seen: set[str] = set()
    while left:
        one = left.pop()
        seen.add(one)
        for path in READ_AT[one.partition("_")[0]]:
            answer = api.get(f"{path}/{one}")
            assert (answer.status_code, answer.get_json().get("id")) == (200, one), path
            left |= ids_in(answer.get_json()) - seen
    assert {one.partition("_")[0] for one in seen} == READ_AT.keys()


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


@pytest.mark.parametrize("number", [1, 2])
def test_line_13_a_list_holds_one_array_beside_range_and_live_mode(api: Caller, busy: BusyAccount, number: int) -> None:
    for path, key in busy.lists(number):
        held = busy.items(path, key)
        assert held, f"{path} is empty"
        for start, limit in ((0, 10), (0, 1), (len(held) - 1, 1), (len(held), 3)):
            answer = api.get(path if limit == 10 else f"{path}?start={start}&limit={limit}").get_json()
            shown = held[start : start + limit]
            extent: dict[str, Any] = {"start": start, "end": start + max(len(shown) - 1, 0), "limit": limit}
            extent["has_more"] = len(held) > start + limit
            if number == 2:
                extent["count"] = len(held)
            elif path == "/v1/payouts":  # contract 2.8
                extent |= dict.fromkeys(("created", "order_id", "unique_id"))
            expected = {key: shown, "range": extent, **({"live_mode": False} if number == 1 else {})}
            assert answer == expected, (path, start, limit)


def test_line_13_walks_every_list(public_app: Flask) -> None:
    """Whatever else is read is one object, a document, or PHP's plain array (contract 2.2)."""
    addresses = public_app.url_map.bind("api.localhost")
    walked = {
        addresses.match(re.sub(r"{\w+}", "some_id", path), method="GET", return_rule=True)[0].rule
        for path in (*LISTS[1], *LISTS[2])
    }
    others = {view_of(rule) for method, rule in rules(public_app) if method == "GET" and rule.rule not in walked}
    no_lists = {"ping", "no_such_list", "mandate_pdf", "link_qr_code", "refunds_of_payment", "disputes_of_payment"}
    assert {view for view in others if not view.startswith("read_")} == no_lists


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/v1/checkout/paym_", "No such payment {}"),
        ("/v1/cards/card_", "No such card {}"),
        ("/v1/customers/cust_", "No such customer {}"),
        ("/v1/sepa/sepa_", "No such sepa {}"),
        ("/v1/refunds/refd_", "No such refund {}"),
        ("/v1/disputes/dspt_", "No such dispute {}"),
        ("/v1/addresses/addr_", "No such address {}"),
        ("/v2/payments/paym_", "Payment `{}` not found"),
        ("/v2/checkout/paym_", "Payment `{}` not found"),
        ("/v2/cards/card_", "Card `{}` not found"),
        ("/v2/customers/cust_", "Customer `{}` not found"),
        ("/v2/sepa/sepa_", "SEPA `{}` not found"),
        ("/v2/addresses/addr_", "Address `{}` not found"),
        ("/v2/payment_intents/pi_", "Payment intent `{}` not found"),
        # Of these the contract has no sample; they are made by the same patterns.
        ("/v1/payouts/pout_", "No such payout {}"),
        ("/v2/refunds/refd_", "Refund `{}` not found"),
        ("/v2/disputes/dspt_", "Dispute `{}` not found"),
        ("/v2/payouts/pout_", "Payout `{}` not found"),
        ("/v2/mandates/mndt_", "Mandate `{}` not found"),
        ("/v2/webhooks/we_", "Webhook endpoint `{}` not found"),
        ("/v2/events/evt_", "Event `{}` not found"),
        ("/v2/payment_links/plnk_", "Payment link `{}` not found"),
        ("/v2/subscriptions/sub_", "Subscription `{}` not found"),
    ],
)
def test_line_14_unknown_ids_are_404_with_the_exact_text(api: Caller, path: str, text: str) -> None:
    """Whatever their form: well-formed, too short or too long."""
    for key in (UNKNOWN, "1", f"{UNKNOWN}Z"):
        expected: Any = text.format(path.rpartition("/")[2] + key)
        if path.startswith("/v1"):
            expected = {"type": "invalid_request_error", "message": expected}
        answer = api.get(path + key)
        assert (answer.status_code, answer.get_json()) == (404, {"error": expected})


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("cards/card_", "No such card {}", "Card `{}` not found"),
        ("customers/cust_", "No such customer {}", "Customer `{}` not found"),
        ("sepa/sepa_", "No such sepa {}", "SEPA `{}` not found"),
    ],
)
def test_line_14_changes_of_unknown_ids_get_the_same_texts(
    api: Caller, method: str, path: str, old: str, new: str
) -> None:
    unknown = path.rpartition("/")[2] + UNKNOWN
    answers = [api.call(method, f"/v{number}/{path.partition('/')[0]}/{unknown}", {}) for number in (1, 2)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].get_json()["error"]["message"] == old.format(unknown)
    assert answers[1].get_json()["error"] == new.format(unknown)


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
