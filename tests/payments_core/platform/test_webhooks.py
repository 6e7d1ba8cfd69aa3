"""What the portal asks about webhooks: the merchant's own endpoints and those of boutiques, deliveries, events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import responses
from flask import Flask

from payments_core import deliveries, merchants, webhooks
from payments_core.merchants import MerchantInput
from tests.payments_core.conftest import TOKENS, FrozenClock, Shop

URL = "https://atelier.localhost:8443/hook"
Call = Callable[..., Any]


@pytest.fixture
def merchant_id(core_app: Flask, clock: FrozenClock) -> str:
    wanted = MerchantInput(
        "account-1", "Librairie Martin", "martin@exemple.fr", "732829320", "FR1420041010050500013M02606"
    )
    with core_app.app_context():
        return merchants.create(wanted, clock())[0].id


@pytest.fixture
def call(core_app: Flask, merchant_id: str) -> Call:
    """Asks the platform API about the merchant; fails the test unless the answer has the wanted status."""

    def ask(method: str, path: str, body: Any = None, *, key: str | None = None, status: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {TOKENS['portal']}", "Comptoir-Acting-Person": "marie@example.com"}
        if key:
            headers["Idempotency-Key"] = key
        answer = core_app.test_client().open(
            f"/platform/v1/merchants/{merchant_id}/{path}", method=method, json=body, headers=headers
        )
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    return ask


def test_an_endpoint_is_made_once_and_its_secret_is_in_that_answer_only(call: Call) -> None:
    body = {"url": URL, "events": ["payment.*"]}
    made = call("POST", "webhooks", body, key="k1", status=201)
    assert call("POST", "webhooks", body, key="k1", status=201) == made
    assert (len(made["secret"]), made["standard_secret"][:6], made["managed"]) == (64, "whsec_", False)
    listed = call("GET", "webhooks")
    assert [item["id"] for item in listed["webhooks"]] == [made["id"]]
    assert "secret" not in listed["webhooks"][0]
    assert "payment.captured" in listed["types"]["payment"]
    path = f"webhooks/{made['id']}"
    changed = call("PATCH", path, {"enabled": False, "events": None})
    assert (changed["enabled"], changed["events"]) == (False, None)
    assert call("PATCH", path, {"events": ["nothing.*"]}, status=422)["error"]["code"] == "unknown_event_type"
    rotated = call("POST", f"{path}/rotate", {"expires_in": 3600}, key="k2")
    assert call("POST", f"{path}/rotate", {"expires_in": 3600}, key="k2") == rotated
    assert rotated["secret"] != made["secret"]
    assert call("GET", path)["previous_expires_at"] == rotated["previous_expires_at"]
    assert call("POST", f"{path}/rotate", {"expires_in": 604_801}, key="k3", status=422)
    assert call("DELETE", path) == {"deleted": True}
    call("GET", path, status=404)


def test_a_boutiques_endpoint_is_shown_and_tried_but_not_changed(
    call: Call, core_app: Flask, merchant_id: str, clock: FrozenClock
) -> None:
    with core_app.app_context():
        boutique = webhooks.put_endpoint(Shop(merchants.get(merchant_id), clock).scope, "btq_1", URL)
    (shown,) = call("GET", "webhooks")["webhooks"]
    assert shown["managed"] is True
    path = f"webhooks/{boutique.id}"
    with responses.RequestsMock() as web:
        web.post(URL, status=200)
        tried = call("POST", f"{path}/test", {}, key="k1")
    assert (tried["accepted"], tried["status"], tried["problem"], tried["detail"]) == (True, 200, None, None)
    call("PATCH", path, {"enabled": False}, status=404)
    call("POST", f"{path}/rotate", {}, key="k2", status=404)
    call("DELETE", path, status=404)


def test_deliveries_come_page_by_page_and_an_event_is_sent_again(
    call: Call, core_app: Flask, merchant_id: str, clock: FrozenClock
) -> None:
    with core_app.app_context(), responses.RequestsMock() as web:
        shop = Shop(merchants.get(merchant_id), clock)
        endpoint = webhooks.put_endpoint(shop.scope, "api:a", URL, ["payment.*"])
        shop.pay(1000)
        clock.tick(seconds=1)
        shop.pay(2000)
        web.post(URL, status=200)
        while claimed := deliveries.claim(clock(), 10):
            for delivery_id, _ in claimed:
                deliveries.deliver(delivery_id, clock())
    path = f"webhooks/{endpoint.id}/deliveries"
    first = call("GET", f"{path}?limit=3")
    rest = call("GET", f"{path}?limit=3&cursor={first['next']}")
    found = first["deliveries"] + rest["deliveries"]
    assert (len(found), len({item["id"] for item in found}), rest["next"]) == (4, 4, None)
    assert {(item["state"], item["status"]) for item in found} == {("delivered", 200)}
    event = found[-1]["event"]
    assert call("GET", f"events/{event}")["data"]["amount"] == 1000
    again = call("POST", f"events/{event}/redeliver", {"webhook": endpoint.id}, key="k1")
    assert call("POST", f"events/{event}/redeliver", {"webhook": endpoint.id}, key="k1") == again
    assert [item["id"] for item in call("GET", f"{path}?state=pending")["deliveries"]] == [again["id"]]
    call("GET", f"{path}?state=lost", status=422)
