"""Payment links and subscriptions on the wire: our extension."""

from __future__ import annotations

from typing import Any

import pytest

from tests.payments_core.public_door import CARD, CUSTOMER, Caller

REFUSED = {**CARD, "number": "4000000000000002"}


def subscription(api: Caller, **more: Any) -> dict[str, Any]:
    customer, card = api.made("/v2/customers", CUSTOMER)["id"], api.made("/v2/cards", CARD)["id"]
    body = {"customer": customer, "card": card, "amount": 900, "interval": "month", **more}
    return api.made("/v2/subscriptions", body)


def test_a_link_is_made_read_listed_and_closed(api: Caller) -> None:
    link = api.made("/v2/payment_links", {"amount": 1500, "description": "Basket 1", "order_id": "o-1"})
    assert link["url"] == f"https://payment.localhost:8443/test_{link['id']}"
    assert (link["state"], link["multiple"], link["payment"]) == ("open", False, None)
    assert link["expires_at"] - link["created_at"] == 30 * 86_400
    assert api.get(f"/v2/payment_links/{link['id']}").get_json() == link
    listed = api.get("/v2/payment_links").get_json()
    assert (listed["payment_links"], listed["range"]["count"]) == ([link], 1)
    closed = api.delete(f"/v2/payment_links/{link['id']}").get_json()
    assert (closed["state"], closed["disabled_at"] is not None) == ("disabled", True)


def test_the_code_to_scan_is_a_drawing(api: Caller) -> None:
    link = api.made("/v2/payment_links", {"amount": 1500})
    drawing = api.get(f"/v2/payment_links/{link['id']}/qr_code.svg")
    assert drawing.mimetype == "image/svg+xml"
    assert drawing.data.startswith(b"<?xml")


def test_a_link_asks_for_a_failed_payment_again(api: Caller) -> None:
    failed = api.made("/v2/payments", {"amount": 1500, "card": REFUSED, "order_id": "o-1"})
    link = api.made("/v2/payment_links", {"retry_of": failed["id"]})
    assert (link["amount"], link["order_id"], link["retry_of"]) == (1500, "o-1", failed["id"])
    paid = api.made("/v2/payments", {"amount": 1500, "card": CARD})
    assert api.post("/v2/payment_links", {"retry_of": paid["id"]}).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": 10}, "amount"),
        ({"amount": 1500, "expires_at": 1}, "expires_at"),
        ({"amount": 1500, "colour": "red"}, "colour"),
        ({"amount": 1500, "retry_of": "paym_hT4kQ9sLw2VbXz7RcJm0NdEy"}, "retry_of"),
    ],
)
def test_wrong_links_are_refused_by_name(api: Caller, body: dict[str, Any], field: str) -> None:
    answer = api.post("/v2/payment_links", body)
    assert answer.status_code == 422
    assert field in answer.get_json()["detail"][0]["loc"]


def test_a_subscription_has_the_contracts_fields_and_ours(api: Caller) -> None:
    made = subscription(api, description="Monthly box", start_at="2026-12-01")
    assert {name: made[name] for name in ("items", "status", "start_at", "cancel_at", "methods_allowed")} == {
        "items": {},
        "status": "incomplete",
        "start_at": "2026-12-01",
        "cancel_at": None,
        "methods_allowed": ["card"],
    }
    assert (made["amount"], made["interval"], made["next_on"]) == (900, "month", "2026-12-01")
    assert len(made["id"]) == 28
    assert api.get(f"/v2/subscriptions/{made['id']}").get_json() == made
    theirs = api.get(f"/v2/customers/{made['customer']}/subscriptions").get_json()
    assert [one["id"] for one in theirs["subscriptions"]] == [made["id"]]
    assert [one["id"] for one in api.get("/v2/subscriptions").get_json()["subscriptions"]] == [made["id"]]


def test_a_subscription_is_changed_and_cancelled(api: Caller) -> None:
    made = subscription(api, start_at="2026-12-01")
    address = f"/v2/subscriptions/{made['id']}"
    changed = api.patch(address, {"amount": 1000, "cancel_at": "2027-06-01"}).get_json()
    assert (changed["amount"], changed["cancel_at"]) == (1000, "2027-06-01")
    assert api.post(f"{address}/pause").status_code == 409, "only a running one is paused"
    assert api.post(f"{address}/renew").status_code == 409
    assert api.get(f"{address}/payments").get_json()["payments"] == []
    assert api.delete(address).get_json()["status"] == "canceled"
    assert api.delete(address).status_code == 409


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"interval": "fortnight"}, "interval"),
        ({"sepa": "sepa_Mk5jRb8WnTz2QpXc6VhLs0Ye"}, "card"),
        ({"interval_count": 0}, "interval_count"),
        ({"items": {}}, "items"),
    ],
)
def test_wrong_subscriptions_are_refused_by_name(api: Caller, more: dict[str, Any], field: str) -> None:
    customer, card = api.made("/v2/customers", CUSTOMER)["id"], api.made("/v2/cards", CARD)["id"]
    body = {"customer": customer, "card": card, "amount": 900, "interval": "month", **more}
    answer = api.post("/v2/subscriptions", body)
    assert answer.status_code == 422
    assert field in answer.get_json()["detail"][0]["loc"]
