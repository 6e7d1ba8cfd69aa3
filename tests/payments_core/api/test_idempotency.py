"""Idempotency-Key: the same request gets the same answer, whatever became of the first one."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from payments_core import clocks, idempotency, payments, sweep
from payments_core.db import db
from payments_core.models import Attempt, Payment, Refund
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.public_door import CARD, CUSTOMER, Caller

KEY = {"Idempotency-Key": "order-1047"}
BODY: dict[str, Any] = {"amount": 2590, "currency": "eur", "card": CARD}


@pytest.mark.parametrize("path", ["/v1/checkout", "/v2/payments"])
def test_the_same_request_is_answered_from_memory(public_app: Flask, api: Caller, path: str) -> None:
    first = api.post(path, BODY, headers=KEY)
    second = api.post(path + "/", BODY, headers=KEY)
    assert (first.status_code, first.get_json()) == (200, second.get_json())
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    with public_app.app_context():
        assert db.session.query(Payment).count() == db.session.query(Attempt).count() == 1


def test_another_body_under_the_same_key_is_a_conflict(api: Caller) -> None:
    api.post("/v2/payments", BODY, headers=KEY)
    answer = api.post("/v2/payments", {**BODY, "amount": 2591}, headers=KEY)
    assert (answer.status_code, answer.headers["Error-Code"]) == (409, "idempotency_mismatch")


def acts(app: Flask) -> tuple[int, ...]:
    """How often anything was done."""
    with app.app_context():
        return tuple(db.session.query(model).count() for model in (Payment, Attempt, Refund))


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "not swept yet"])
@pytest.mark.parametrize("path", ["/v1/checkout", "/v2/payments", "/v1/refunds", "/v2/refunds"])
def test_an_answer_is_kept_for_a_whole_day(
    public_app: Flask, api: Caller, clock: FrozenClock, path: str, swept: bool
) -> None:
    """A shop that was cut off asks again when it is back, be it on the next morning: it must not pay or refund twice."""
    body = BODY
    if path.endswith("refunds"):
        captured = api.made("/v2/payments", {**BODY, "card": {**CARD, "number": "4000000000000077"}})
        body = {"payment": captured["id"], "amount": 500}
    first = api.post(path, body, headers=KEY)
    assert first.status_code == 200
    before = acts(public_app)
    clock.tick(hours=23, minutes=59)
    if swept:
        with public_app.app_context():
            sweep.sweep()
    again = api.post(path, body, headers=KEY)
    assert (again.status_code, again.get_json(), acts(public_app)) == (200, first.get_json(), before)
    assert again.headers["Idempotent-Replayed"] == "true"
    another = api.post(path, {**body, "amount": 600}, headers=KEY)
    assert (another.status_code, another.headers["Error-Code"]) == (409, "idempotency_mismatch")
    assert acts(public_app) == before


def test_the_test_clock_makes_no_answer_older(public_app: Flask, api: Caller, clock: FrozenClock) -> None:
    """The day is one of real time: a merchant who tries out a month in a minute still sends the same request twice."""
    first = api.post("/v2/payments", BODY, headers=KEY)
    with public_app.app_context():
        clocks.ask_advance(api.merchant_id, clock(), days=30)
        sweep.sweep()
    assert api.get(f"/v2/payments/{first.get_json()['id']}").get_json()["status"] == "captured"
    again = api.post("/v2/payments", BODY, headers=KEY)
    assert (again.get_json(), acts(public_app)) == (first.get_json(), (1, 1, 0))


def test_errors_are_answered_from_memory_too(api: Caller) -> None:
    first = api.post("/v2/payments", {"amount": 1}, headers=KEY)
    second = api.post("/v2/payments", {"amount": 1}, headers=KEY)
    assert (first.status_code, first.get_json()) == (422, second.get_json())
    assert second.status_code == 422


def test_keys_of_two_merchants_never_meet(api: Caller, other: Caller) -> None:
    first = api.post("/v2/payments", BODY, headers=KEY).get_json()
    assert other.post("/v2/payments", BODY, headers=KEY).get_json()["id"] != first["id"]


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_a_strange_form_is_refused(api: Caller, key: str) -> None:
    assert api.post("/v2/payments", BODY, headers={"Idempotency-Key": key}).status_code == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/checkout", BODY),
        ("/v2/payments", BODY),
        ("/v1/cards", CARD),
        ("/v2/cards", CARD),
        ("/v1/customers", CUSTOMER),
        ("/v2/customers", CUSTOMER),
        ("/v2/webhooks", {"url": "https://shop.example/hook"}),
    ],
)
def test_a_request_that_died_before_its_answer_was_kept_is_finished_not_repeated(
    api: Caller, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any]
) -> None:
    """The process dies after the work and before the answer is stored; the same request, sent again, finds its own object."""
    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "finish", lambda *_: None)
        first = api.post(path, body, headers=KEY)
    assert api.post(path, body, headers=KEY).status_code == 409  # the first might still be at it
    clock.tick(minutes=1)
    second = api.post(path, body, headers=KEY)
    assert (second.status_code, second.get_json()["id"]) == (200, first.get_json()["id"])


def test_a_refund_is_not_repeated_either(api: Caller, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = api.made("/v2/payments", {**BODY, "card": {**CARD, "number": "4000000000000077"}})
    body = {"payment": payment["id"], "amount": 500}
    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "finish", lambda *_: None)
        first = api.post("/v2/refunds", body, headers=KEY)
    clock.tick(minutes=1)
    assert api.post("/v2/refunds", body, headers=KEY).get_json()["id"] == first.get_json()["id"]
    assert len(api.get(f"/v2/payments/{payment['id']}/refunds").get_json()) == 1


def test_a_defect_of_ours_is_not_remembered(public_app: Flask, api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(payments, "create", lambda *_args, **_kw: 1 / 0)
        assert api.post("/v2/payments", BODY, headers=KEY).status_code == 500
    assert api.post("/v2/payments", BODY, headers=KEY).status_code == 200


def test_keys_on_other_methods_are_ignored(api: Caller) -> None:
    payment = api.post("/v2/payments", BODY, headers=KEY).get_json()
    for text in ("first", "second"):
        answer = api.patch(f"/v2/payments/{payment['id']}", {"description": text}, headers=KEY)
        assert answer.get_json()["description"] == text


@pytest.mark.parametrize("path", ["/v1/checkout", "/v2/payments"])
def test_a_body_that_broke_off_takes_no_key(public_app: Flask, api: Caller, path: str) -> None:
    whole = json.dumps(BODY).encode()
    # As the server says it, which does not tell the end of a body from a break.
    environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": str(len(whole))}
    body: dict[str, Any] = {"input_stream": BytesIO(whole[:20]), "content_type": "application/json"}
    broken = api.call("POST", path, headers=KEY, environ_overrides=environ, **body)
    assert (broken.status_code, broken.content_type) == (400, "application/json")
    assert api.post(path, BODY, headers=KEY).status_code == 200
    with public_app.app_context():
        assert db.session.query(Payment).count() == 1
