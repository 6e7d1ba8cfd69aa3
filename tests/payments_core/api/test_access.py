"""Keys, isolation between merchants, headers of every answer."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from flask import Flask

from tests.payments_core.api.test_isolation import KINDS, World, path_of, rules, view_of
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.public_door import API, CARD, CUSTOMER, Caller

TEXT = "You are not authorized to access that resource"


def header(user: str, password: str = "") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_a_bearer_token_opens_too(api: Caller) -> None:
    answer = api.client.get("/v2/ping", base_url=API, headers={"Authorization": f"Bearer {api.secret}"})
    assert (answer.status_code, answer.get_json()) == (200, {"ping": "pong"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic"},
        {"Authorization": "Basic ????"},
        {"Authorization": "Bearer "},
        {"Authorization": "Digest x"},
        header("stest_hT4kQ9sLw2VbXz7RcJm0NdEy"),
        header(""),
        header("\u0000"),
    ],
)
def test_without_a_good_key_the_answer_is_401(api: Caller, headers: dict[str, str]) -> None:
    old = api.client.get("/v1/checkout", base_url=API, headers=headers)
    new = api.client.post("/v2/payments", base_url=API, headers=headers, json={})
    assert (old.status_code, new.status_code) == (401, 401)
    assert old.get_json() == {"error": {"type": "invalid_request_error", "message": TEXT}}
    assert new.get_json() == {"error": TEXT}
    assert old.headers["WWW-Authenticate"].startswith("Basic")


def test_a_public_key_does_not_open_the_api(api: Caller) -> None:
    assert api.client.get("/v2/ping", base_url=API, headers=header(api.public)).status_code == 401


def test_a_merchant_never_sees_anothers_objects(api: Caller, other: Caller) -> None:
    payment = api.made("/v2/payments", {"amount": 500, "card": CARD, "customer": CUSTOMER, "unique_id": "u-1"})
    refund = api.made("/v2/refunds", {"payment": payment["id"]})
    hook = api.made("/v2/webhooks", {"url": "https://shop.example/hook"})
    card, customer = payment["card"]["id"], payment["customer"]["id"]
    attempts: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/checkout/{payment['id']}", None),
        ("PATCH", f"/v1/checkout/{payment['id']}", {"description": "mine"}),
        ("GET", f"/v2/payments/{payment['id']}", None),
        ("PATCH", f"/v2/payments/{payment['id']}", {"description": "mine"}),
        ("POST", f"/v2/payments/{payment['id']}/capture", {}),
        ("POST", f"/v2/payments/{payment['id']}/refund", {}),
        ("GET", f"/v2/payments/{payment['id']}/refunds", None),
        ("GET", f"/v2/payments/{payment['id']}/disputes", None),
        ("POST", "/v2/refunds", {"payment": payment["id"]}),
        ("GET", f"/v1/refunds/{refund['id']}", None),
        ("GET", f"/v2/refunds/{refund['id']}", None),
        ("GET", f"/v2/webhooks/{hook['id']}", None),
        ("PATCH", f"/v2/webhooks/{hook['id']}", {"enabled": False}),
        ("DELETE", f"/v2/webhooks/{hook['id']}", None),
        ("POST", "/v2/payments", {"amount": 500, "card": card}),
        ("POST", "/v2/payments", {"amount": 500, "customer": customer}),
        *[
            (method, f"/v{number}/{kind}/{key}", {} if method == "PATCH" else None)
            for method in ("GET", "PATCH", "DELETE")
            for number in (1, 2)
            for kind, key in (("cards", card), ("customers", customer))
        ],
    ]
    for method, path, body in attempts:
        assert other.call(method, path, body).status_code == 404, (method, path)
    for path in ("/v1/checkout", "/v2/payments", "/v2/customers", "/v2/cards", "/v2/refunds", "/v2/webhooks"):
        answer = other.get(path).get_json()
        assert [value for value in answer.values() if isinstance(value, list)] == [[]], path
    assert other.post("/v2/payments", {"amount": 500, "unique_id": "u-1"}).status_code == 200


def test_every_answer_carries_a_request_id_and_is_not_cached(api: Caller) -> None:
    for answer in (api.get("/v2/ping"), api.get("/nothing"), api.post("/v1/checkout", {})):
        assert answer.headers["Request-Id"].startswith("req_")
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_error_carries_its_stable_code(api: Caller) -> None:
    payment = api.made("/v1/checkout", {"amount": 2590, "currency": "eur", "card": CARD})
    answer = api.post("/v1/refunds", {"payment": payment["id"], "amount": 100})
    assert (answer.status_code, answer.headers["Error-Code"]) == (409, "partial_before_capture")


@pytest.mark.parametrize("key", ["paym_%00", "paym_x'--", "x" * 300, "paym_%F0%9F%98%80"])
def test_ids_of_a_strange_form_are_just_unknown(api: Caller, key: str) -> None:
    for path in (f"/v1/checkout/{key}", f"/v2/cards/{key}", f"/v2/refunds/{key}"):
        assert api.get(path).status_code == 404


LARGE = b'{"description": "' + b"x" * 256 * 1024 + b'"}'


@pytest.mark.parametrize("path", ["/v1/checkout", "/v2/payments", "/v2/nothing"])
def test_a_body_that_is_too_large_is_413_in_json(api: Caller, path: str) -> None:
    answer = api.post(path, data=LARGE, content_type="application/json")
    text = "The request body is too large"
    said = {"error": {"type": "invalid_request_error", "message": text}} if "/v1/" in path else {"error": text}
    assert (answer.status_code, answer.get_json()) == (413, said)
    assert answer.headers["Error-Code"] == "body_too_large"


def test_a_body_of_unknown_length_is_measured_while_it_is_read(api: Caller) -> None:
    unmeasured = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    answer = api.post("/v2/payments", input_stream=io.BytesIO(LARGE), environ_overrides=unmeasured)
    assert (answer.status_code, answer.headers["Error-Code"]) == (413, "body_too_large")
    small = api.post("/v2/payments", input_stream=io.BytesIO(b'{"amount": 500}'), environ_overrides=unmeasured)
    assert small.status_code == 200


# One answers 403 to everything, the other's body is the file itself.
WITHOUT_FIELDS = {"create_payout", "add_evidence_file"}


def test_v2_refuses_unknown_fields_by_name_at_every_address(public_app: Flask, clock: FrozenClock, api: Caller) -> None:
    world = World(public_app, clock, api)
    ids = {name: make(world) for name, make in KINDS.items()}
    asked = 0
    for method, rule in rules(public_app):
        if method in ("GET", "DELETE") or not rule.rule.startswith("/v2/") or view_of(rule) in WITHOUT_FIELDS:
            continue
        answer = api.call(method, path_of(rule, ids), {"colour": "red"})
        problems = {tuple(one["loc"]): one["type"] for one in (answer.get_json() or {}).get("detail", ())}
        assert answer.status_code == 422, (method, rule, answer.get_data(as_text=True))
        assert problems[("body", "colour")] == "value_error.extra", (method, rule)
        asked += 1
    assert asked > 25


def test_v1_ignores_unknown_fields(api: Caller) -> None:
    assert api.post("/v1/checkout", {"amount": 500, "currency": "eur", "colour": "red"}).status_code == 200
