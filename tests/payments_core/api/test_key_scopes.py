"""What a restricted key may ask: one scope per address, and nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from payments_core import keys
from payments_core.api.permissions import NEEDED
from payments_core.key_scopes import SCOPES
from tests.payments_core.api.test_isolation import rules, view_of
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.public_door import CARD, Caller


@pytest.fixture
def restricted(public_app: Flask, clock: FrozenClock, api: Caller) -> Callable[..., Caller]:
    """The merchant's API with a new key of these scopes."""

    def caller(*scopes: str) -> Caller:
        with public_app.app_context():
            secret = keys.create_pair(api.merchant_id, False, "Site", None, clock(), scopes)[1]
        return replace(api, secret=secret)

    return caller


def test_every_address_has_its_scope(public_app: Flask) -> None:
    assert {view_of(rule) for _, rule in rules(public_app)} == NEEDED.keys()
    assert {scope for scope in NEEDED.values() if scope} == SCOPES.keys()


def test_every_address_opens_to_its_scope_only(public_app: Flask, restricted: Callable[..., Caller]) -> None:
    only = {scope: restricted(scope) for scope in SCOPES}
    without = {scope: restricted(*(SCOPES.keys() - {scope})) for scope in SCOPES}
    for method, rule in rules(public_app):
        scope = NEEDED[view_of(rule)]
        path = re.sub(r"<\w+>", "none_1", rule.rule)
        body = None if method in ("GET", "DELETE") else {}
        if scope is None:
            assert only["payouts:read"].call(method, path, body).headers.get("Error-Code") != "missing_scope"
            continue
        assert only[scope].call(method, path, body).headers.get("Error-Code") != "missing_scope", (method, rule)
        refused = without[scope].call(method, path, body)
        assert (refused.status_code, refused.headers["Error-Code"]) == (403, "missing_scope"), (method, rule)
        assert scope in refused.get_data(as_text=True)


def test_a_missing_scope_is_named_in_the_words_of_the_version(restricted: Callable[..., Caller]) -> None:
    reader = restricted("payments:read")
    text = "This key needs the scope payments:write"
    old = reader.post("/v1/checkout", {"amount": 500, "currency": "eur"})
    new = reader.post("/v2/payments", {"amount": 500})
    assert old.get_json() == {"error": {"type": "invalid_request_error", "message": text}}
    assert new.get_json() == {"error": text}
    assert reader.get("/v2/payments").get_json()["payments"] == []


def test_a_key_that_may_take_payments_may_not_give_them_back(restricted: Callable[..., Caller]) -> None:
    till = restricted("payments:read", "payments:write")
    payment = till.made("/v2/payments", {"amount": 500, "card": CARD})
    assert till.get(f"/v2/payments/{payment['id']}/refunds").get_json() == []
    assert till.post(f"/v2/payments/{payment['id']}/refund", {}).status_code == 403
    assert till.post("/v1/refunds", {"payment": payment["id"]}).status_code == 403
    office = restricted("refunds:write")
    assert office.post("/v1/refunds", {"payment": payment["id"]}).status_code == 200


def test_a_refused_request_does_not_take_its_idempotency_key(restricted: Callable[..., Caller]) -> None:
    body = {"amount": 500, "card": CARD}
    refused = restricted("payments:read").post("/v2/payments", body, headers={"Idempotency-Key": "k-1"})
    made = restricted("payments:write").post("/v2/payments", body, headers={"Idempotency-Key": "k-1"})
    assert (refused.status_code, made.status_code) == (403, 200)
    assert "Idempotent-Replayed" not in made.headers
