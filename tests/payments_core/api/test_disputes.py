"""Disputes on the wire (contract 2.7) and at the platform door."""

from __future__ import annotations

from typing import Any

import pytest

from tests.payments_core.platform.steps import Caller as PlatformCaller
from tests.payments_core.public_door import CARD, Caller
from tests.payments_core.test_disputes import PDF

DISPUTED = {**CARD, "number": "4000000000000259"}


@pytest.fixture
def payment(api: Caller) -> dict[str, Any]:
    return api.made("/v1/checkout", {"amount": 2590, "currency": "eur", "order_id": "o-9", "card": DISPUTED})


def test_a_dispute_is_listed_and_read_in_both_versions(api: Caller, payment: dict[str, Any]) -> None:
    (old,) = api.get(f"/v1/disputes?created={payment['created']}").get_json()["disputes"]
    assert (old["payment"], old["amount"], old["order_id"], old["response"]) == (payment["id"], 2590, "o-9", "1040")
    assert old["live_mode"] is False
    assert "status" not in old
    (new,) = api.get("/v2/disputes/").get_json()["disputes"]
    assert (new["id"], new["status"], new["fee"], new["type"]) == (old["id"], "open", 1500, "chargeback")
    assert api.get(f"/v2/disputes/{new['id']}").get_json() == new
    assert api.get(f"/v1/disputes/{new['id']}").get_json() == old
    assert api.get(f"/v2/payments/{payment['id']}/disputes").get_json() == [new]
    assert api.get(f"/v2/payments/{payment['id']}").get_json()["status"] == "disputed"


def test_another_merchants_dispute_is_not_there(api: Caller, other: Caller, payment: dict[str, Any]) -> None:
    (dispute,) = api.get("/v2/disputes").get_json()["disputes"]
    assert other.get(f"/v2/disputes/{dispute['id']}").status_code == 404
    assert other.get("/v2/disputes").get_json()["disputes"] == []


def test_the_platform_proves_and_accepts(api: Caller, platform: PlatformCaller, payment: dict[str, Any]) -> None:
    (wire,) = api.get("/v2/disputes").get_json()["disputes"]
    listed = platform("GET", f"/merchants/{api.merchant_id}/disputes?status=open&q=o-9").get_json()["disputes"]
    assert [(one["id"], one["days_left"], one["meaning"]) for one in listed] == [
        (wire["id"], 30, "Fraude : carte utilisée à distance")
    ]
    path = f"/merchants/{api.merchant_id}/disputes/{wire['id']}"
    assert platform("POST", f"{path}/evidence/send").get_json()["error"]["code"] == "nothing_to_send"
    assert platform("PUT", f"{path}/evidence", {"text": "Livré."}).get_json()["evidence"]["text"] == "Livré."
    client, headers = platform._client, platform.headers
    files = f"/platform/v1{path}/evidence/files"
    bad = client.post(f"{files}?name=x.pdf", data=b"MZ", headers=headers)
    assert (bad.status_code, bad.get_json()["error"]["code"]) == (422, "file_type")
    large = client.post(f"{files}?name=x.pdf", data=bytes(11 * 1024 * 1024), headers=headers)
    assert (large.status_code, large.get_json()["error"]["code"]) == (422, "file_too_large")
    twice = [
        client.post(f"{files}?name=f.pdf&kind=receipt", data=PDF, headers={**headers, "Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [one.status_code for one in twice] == [201, 201]
    assert twice[0].get_json() == twice[1].get_json()
    content = client.get(f"{files}/{twice[0].get_json()['id']}", headers=headers)
    assert (content.data, content.content_type) == (PDF, "application/pdf")
    sent = platform("POST", f"{path}/evidence/send").get_json()
    assert (sent["status"], len(sent["evidence"]["files"])) == ("evidence_pending", 1)
    assert (
        client.delete(f"{files}/{twice[0].get_json()['id']}", headers=headers).get_json()["error"]["code"] == "not_open"
    )
    refused = platform("POST", f"{path}/accept")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "illegal_transition")
    shown = platform("GET", f"/merchants/{api.merchant_id}/payments/{payment['id']}").get_json()
    assert (shown["disputed"], [one["id"] for one in shown["disputes"]]) == (2590, [wire["id"]])


def test_a_test_payment_is_disputed_at_will_and_once(api: Caller, platform: PlatformCaller) -> None:
    captured = api.made(
        "/v1/checkout", {"amount": 1000, "currency": "eur", "card": {**CARD, "number": "4000000000000077"}}
    )
    path = f"/merchants/{api.merchant_id}/payments/{captured['id']}/simulate/dispute"
    first, again = (platform("POST", path, {"amount": 400}, Idempotency_Key="d") for _ in range(2))
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    more = platform("POST", path, {"amount": 601}, Idempotency_Key="e")
    assert (more.status_code, more.get_json()["error"]["code"]) == (409, "dispute_too_high")
    assert platform("POST", path, {"response": "nonsense"}).status_code == 422
