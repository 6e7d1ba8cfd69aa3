"""The platform API: who may come in, every route, its answers and its errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from payments_core import clocks, customers, payments
from payments_core.customers import CustomerInput
from payments_core.db import db
from payments_core.models import AuditEntry
from payments_core.payments import NewPayment
from payments_core.scope import scope_of
from tests.payments_core.conftest import TOKENS, VISA_FR, FrozenClock, Shop, card

ACCOUNT = {
    "reference": "account-1",
    "name": "Librairie Martin",
    "email": "martin@exemple.fr",
    "siren": "732 829 320",
    "iban": "FR14 2004 1010 0505 0001 3M02 606",
    "country": "FR",
    "language": "fr",
}


class Caller:
    """A service calling for a person."""

    def __init__(self, client: FlaskClient, service: str = "portal") -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {TOKENS[service]}", "Comptoir-Acting-Person": "ada@exemple.fr"}

    def __call__(self, method: str, path: str, json: Any = None, **headers: str) -> TestResponse:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self._client.open(f"/platform/v1{path}", method=method, json=json, headers=sent)


@pytest.fixture
def client(core_app: Flask) -> FlaskClient:
    return core_app.test_client()


@pytest.fixture
def call(client: FlaskClient) -> Caller:
    return Caller(client)


@pytest.fixture
def merchant(call: Caller) -> str:
    return str(call("POST", "/merchants", ACCOUNT).json["id"])  # type: ignore[index]


@pytest.fixture
def shop_of(core_app: Flask, clock: FrozenClock) -> Callable[[str], Shop]:
    """The shop behind a merchant id; to be used inside an application context."""
    from payments_core import merchants

    return lambda merchant_id: Shop(merchants.get(merchant_id), clock)


def error(response: TestResponse) -> tuple[int, str]:
    assert response.json is not None
    assert set(response.json["error"]) == {"code", "message", "params"}
    return response.status_code, response.json["error"]["code"]


def test_health_needs_no_token(client: FlaskClient) -> None:
    assert client.get("/health").status_code == 200


def test_without_a_token_of_ours_nothing_is_answered(client: FlaskClient, call: Caller) -> None:
    for authorization in ("", "Bearer ", "Bearer nobody", f"Basic {TOKENS['portal']}", TOKENS["portal"]):
        call.headers["Authorization"] = authorization
        assert error(call("GET", "/ledger/check")) == (401, "unauthorized")


def test_the_provisioner_may_use_only_what_it_needs(client: FlaskClient, merchant: str) -> None:
    call = Caller(client, "provisioner")
    assert call("GET", f"/merchants/{merchant}").status_code == 200
    assert call("GET", f"/merchants/{merchant}/keys").status_code == 200
    assert call("POST", f"/merchants/{merchant}/keys", {"name": "x"}).status_code == 201
    url = {"url": "https://atelier.localhost/module/comptoir/webhook"}
    assert call("PUT", f"/merchants/{merchant}/webhook_endpoints/btq_1", url).status_code == 200
    for method, path in [
        ("POST", "/merchants"),
        ("GET", f"/merchants/{merchant}/payments"),
        ("GET", f"/merchants/{merchant}/balance"),
        ("POST", f"/merchants/{merchant}/clock"),
        ("GET", "/ledger/check"),
    ]:
        assert error(call(method, path, {} if method == "POST" else None)) == (403, "forbidden")


def test_a_change_names_the_acting_person_and_is_audited(core_app: Flask, call: Caller, merchant: str) -> None:
    del call.headers["Comptoir-Acting-Person"]
    assert error(call("POST", f"/merchants/{merchant}/keys", {"name": "x"})) == (422, "acting_person_missing")
    assert call("GET", f"/merchants/{merchant}").status_code == 200
    with core_app.app_context():
        entries = db.session.scalars(select(AuditEntry)).all()
        assert [(one.service, one.person, one.action) for one in entries] == [
            ("portal", "ada@exemple.fr", "create_merchant")
        ]


def test_a_merchant_is_created_once_per_reference(call: Caller, merchant: str) -> None:
    again = call("POST", "/merchants", {**ACCOUNT, "name": "Other"})
    assert (again.status_code, again.json and again.json["id"]) == (200, merchant)
    found = call("GET", f"/merchants/{merchant}").json
    assert found is not None
    assert {name: found[name] for name in ("name", "siren", "iban_masked", "status", "language")} == {
        "name": "Librairie Martin",
        "siren": "732829320",
        "iban_masked": "FR14 … 2606",
        "status": "test_only",
        "language": "fr",
    }
    assert found["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"siren": "123456789"}, "bad_siren"),
        ({"iban": "FR1420041010050500013M02607"}, "bad_iban"),
        ({"email": "nobody"}, "invalid_request"),
        ({"country": "France"}, "invalid_request"),
        ({"surprise": 1}, "invalid_request"),
        ({"reference": None}, "invalid_request"),
    ],
)
def test_a_wrong_account_is_refused(call: Caller, changes: dict[str, Any], code: str) -> None:
    assert error(call("POST", "/merchants", {**ACCOUNT, **changes})) == (422, code)


def test_unknown_things_are_404_everywhere(call: Caller, merchant: str) -> None:
    nobody = "/merchants/mrch_" + "x" * 24
    for method, path in [
        ("GET", nobody),
        ("PATCH", nobody),
        ("GET", f"{nobody}/keys"),
        ("POST", f"{nobody}/keys"),
        ("POST", f"{nobody}/keys/key_1/rotate"),
        ("DELETE", f"{nobody}/keys/key_1"),
        ("DELETE", f"{nobody}/keys?label=x"),
        ("PUT", f"{nobody}/webhook_endpoints/x"),
        ("DELETE", f"{nobody}/webhook_endpoints/x"),
        ("GET", f"{nobody}/payments"),
        ("GET", f"{nobody}/payments/paym_1"),
        ("POST", f"{nobody}/payments/paym_1/refunds"),
        ("POST", f"{nobody}/payments/paym_1/capture"),
        ("GET", f"{nobody}/refunds"),
        ("GET", f"{nobody}/balance"),
        ("GET", f"{nobody}/dashboard"),
        ("GET", f"{nobody}/clock"),
        ("POST", f"{nobody}/clock"),
    ]:
        sent = {"name": "x"} if path.endswith("/keys") else {"days": 1} if path.endswith("clock") else None
        sent = {"url": "https://x.localhost/"} if method == "PUT" else sent
        sent = {"preferred_network": "brand"} if method == "PATCH" else sent
        assert error(call(method, path, sent)) == (404, "not_found"), path
    assert error(call("GET", f"/merchants/{merchant}/payments/paym_1")) == (404, "not_found")
    assert error(call("DELETE", f"/merchants/{merchant}/keys/key_1")) == (404, "not_found")
    assert call("GET", "/nothing").status_code == 404
    assert call("DELETE", f"/merchants/{merchant}").status_code == 405


def test_the_network_a_merchant_prefers_is_changed(call: Caller, merchant: str) -> None:
    path = f"/merchants/{merchant}"
    assert call("GET", path).json["preferred_network"] == "national"  # type: ignore[index]
    assert call("PATCH", path, {"preferred_network": "brand"}).json["preferred_network"] == "brand"  # type: ignore[index]
    for wrong in ({"preferred_network": "visa"}, {"preferred_network": None}, {}, {"name": "Other"}):
        assert error(call("PATCH", path, wrong)) == (422, "invalid_request")
    assert call("GET", path).json["preferred_network"] == "brand"  # type: ignore[index]


def test_keys_are_shown_once_listed_without_secrets_and_revoked(call: Caller, merchant: str) -> None:
    made = call("POST", f"/merchants/{merchant}/keys", {"name": "Caisse", "label": "btq_1"}).json
    assert made is not None
    assert made["secret"]["value"].startswith("stest_")
    assert made["public"]["value"].startswith("ptest_")
    again = call("POST", f"/merchants/{merchant}/keys", {"name": "Caisse", "label": "btq_1"}).json
    listed = call("GET", f"/merchants/{merchant}/keys").json
    assert again is not None
    assert listed is not None
    assert len(listed["keys"]) == 4
    assert {key["value"] for key in listed["keys"] if key["kind"] == "secret"} == {None}
    assert sum(key["revoked_at"] is None for key in listed["keys"]) == 2
    assert call("GET", f"/merchants/{merchant}/keys?live=true").json == {"keys": []}
    live = call("POST", f"/merchants/{merchant}/keys", {"name": "Live", "live": True}).json
    assert live is not None
    assert live["secret"]["value"].startswith("sprod_")
    assert call("DELETE", f"/merchants/{merchant}/keys/{live['secret']['id']}").status_code == 200
    assert call("DELETE", f"/merchants/{merchant}/keys?label=btq_1").json == {"revoked": 2}
    assert error(call("DELETE", f"/merchants/{merchant}/keys")) == (422, "invalid_request")


def test_a_key_is_restricted_and_replaced(call: Caller, merchant: str) -> None:
    path = f"/merchants/{merchant}/keys"
    assert error(call("POST", path, {"name": "x", "scopes": ["payments:sing"]})) == (422, "unknown_scope")
    made = call("POST", path, {"name": "Site", "scopes": ["refunds:write", "payments:read"]}).json
    assert made is not None
    assert (made["secret"]["scopes"], made["public"]["scopes"]) == (["payments:read", "refunds:write"], None)
    address = f"{path}/{made['secret']['id']}/rotate"
    assert error(call("POST", address, {"overlap_hours": 721})) == (422, "bad_overlap")
    assert error(call("POST", address, {"overlap_hours": "24"})) == (422, "invalid_request")
    first = call("POST", address, {"overlap_hours": 48}, Idempotency_Key="k-1")
    again = call("POST", address, {"overlap_hours": 48}, Idempotency_Key="k-1")
    assert (first.status_code, first.json) == (201, again.json)
    assert error(call("POST", address)) == (409, "key_replaced")
    listed = {key["id"]: key for key in call("GET", path).json["keys"]}  # type: ignore[index]
    assert len(listed) == 4
    assert listed[made["public"]["id"]]["expires_at"] == "2026-09-17T08:00:00.000Z"
    replaced, successor = listed[made["secret"]["id"]], first.json["secret"]  # type: ignore[index]
    assert replaced["expires_at"] == "2026-09-17T08:00:00.000Z"
    assert (successor["name"], successor["scopes"], successor["expires_at"]) == ("Site", replaced["scopes"], None)
    assert successor["value"].startswith("stest_")
    assert error(call("POST", f"{path}/key_1/rotate")) == (404, "not_found")


def test_unknown_fields_are_refused_by_name(core_app: Flask, call: Caller, merchant: str) -> None:
    """Every address of the platform API that takes a body, proof itself excepted: its body is the file."""
    arguments = {"merchant_id": merchant}
    asked = []
    for rule in core_app.url_map.iter_rules():
        for method in rule.methods & {"POST", "PUT", "PATCH"}:  # type: ignore[operator]
            if not rule.endpoint.startswith("platform.") or rule.endpoint == "platform.add_evidence_file":
                continue
            path = re.sub(r"<(\w+)>", lambda found: arguments.get(found[1], "none_1"), rule.rule)
            answer = call(method, path.removeprefix("/platform/v1"), {"colour": "red"})
            if answer.status_code == 404:  # what it is about is looked for first
                continue
            asked.append(rule.endpoint)
            assert error(answer) == (422, "invalid_request"), rule
            assert "colour" in answer.json["error"]["params"]["fields"], rule  # type: ignore[index]
    assert len(asked) > 6


def test_a_body_is_as_large_as_its_route_allows(call: Caller, merchant: str) -> None:
    path = f"/merchants/{merchant}/keys"
    assert error(call("POST", path, {"name": "x" * 256 * 1024}))[0] == 413
    assert error(call("PUT", f"/merchants/{merchant}/disputes/dspt_1/evidence", {"text": "x" * 256 * 1024}))[0] == 404


def test_a_webhook_endpoint_is_put_and_deleted_by_label(call: Caller, merchant: str) -> None:
    path = f"/merchants/{merchant}/webhook_endpoints/btq_1"
    first = call("PUT", path, {"url": "https://a.localhost/hook"}).json
    second = call("PUT", path, {"url": "https://b.localhost/hook"}).json
    assert first is not None
    assert second is not None
    assert (first["id"], first["secret"]) == (second["id"], second["secret"])
    assert len(bytes.fromhex(first["secret"])) == 32
    assert call("DELETE", path).json == {"deleted": True}
    assert call("DELETE", path).json == {"deleted": False}
    assert error(call("PUT", path, {"url": "http://a.example/"})) == (422, "bad_url")


def test_an_idempotency_key_answers_the_same_and_creates_once(call: Caller, merchant: str) -> None:
    path, wanted = f"/merchants/{merchant}/keys", {"name": "Caisse"}
    first = call("POST", path, wanted, Idempotency_Key="k-1")
    again = call("POST", path, wanted, Idempotency_Key="k-1")
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert len(call("GET", path).json["keys"]) == 2  # type: ignore[index]
    assert error(call("POST", path, {"name": "Other"}, Idempotency_Key="k-1")) == (409, "idempotency_mismatch")
    wrong = call("POST", path, {}, Idempotency_Key="k-2")
    assert error(wrong) == (422, "invalid_request")
    assert error(call("POST", path, {}, Idempotency_Key="k-2")) == (422, "invalid_request")


def test_a_body_that_is_no_json_object_is_told_so(client: FlaskClient, call: Caller, merchant: str) -> None:
    path = f"/platform/v1/merchants/{merchant}/keys"
    broken = client.post(path, data="{", headers={**call.headers, "Content-Type": "application/json"})
    assert error(broken) == (400, "bad_request")
    assert error(call("POST", f"/merchants/{merchant}/keys", ["name"])) == (422, "bad_json")


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
