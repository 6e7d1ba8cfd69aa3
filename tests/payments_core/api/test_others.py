"""Disputes and payouts as long as there are none, webhook endpoints, ping."""

from __future__ import annotations

import pytest

from tests.payments_core.public_door import Caller

HOOK = "https://shop.example/hook"


@pytest.mark.parametrize("key", ["disputes", "payouts"])
def test_empty_lists_have_the_whole_envelope(api: Caller, key: str) -> None:
    old = api.get(f"/v1/{key}/?created=0&limit=5").get_json()
    new = api.get(f"/v2/{key}?start=3").get_json()
    assert (old[key], old["live_mode"], new[key]) == ([], False, [])
    assert {"start", "end", "limit", "has_more"} <= set(old["range"])
    assert new["range"] == {"start": 3, "end": 3, "limit": 10, "count": 0, "has_more": False}


def test_v1_payout_lists_echo_the_filters(api: Caller) -> None:
    extent = api.get("/v1/payouts?created=12&order_id=o-1").get_json()["range"]
    assert (extent["created"], extent["order_id"], extent["unique_id"]) == (12, "o-1", None)


@pytest.mark.parametrize("part", ["payments", "refunds", "disputes", "undefined"])
def test_parts_of_an_unknown_payout_are_404(api: Caller, part: str) -> None:
    answer = api.get(f"/v1/payouts/pout_hT4kQ9sLw2VbXz7RcJm0NdEy/{part}")
    assert answer.get_json()["error"]["message"] == "No such payout pout_hT4kQ9sLw2VbXz7RcJm0NdEy"


def test_payouts_are_not_made_by_api(api: Caller) -> None:
    assert api.post("/v2/payouts", {}).status_code == 403


def test_webhook_endpoints_are_made_read_changed_listed_and_deleted(api: Caller) -> None:
    made = api.made("/v2/webhooks/", {"url": HOOK, "enabled": True})
    assert made["id"].startswith("we_")
    assert len(bytes.fromhex(made["secret"])) == 32
    path = f"/v2/webhooks/{made['id']}"
    assert api.get(path).get_json() == made
    changed = api.patch(path, {"enabled": False, "url": HOOK + "/2"}).get_json()
    assert changed == {**made, "enabled": False, "url": HOOK + "/2"}
    second = api.made("/v2/webhooks", {"url": HOOK, "enabled": False})
    listed = api.get("/v2/webhooks").get_json()
    assert [item["id"] for item in listed["webhook_endpoints"]] == [second["id"], made["id"]]
    assert (second["enabled"], listed["range"]["count"]) == (False, 2)
    gone = api.delete(path)
    assert (gone.status_code, gone.data) == (204, b"")
    assert api.get(path).get_json() == {"error": f"Webhook endpoint `{made['id']}` not found"}


@pytest.mark.parametrize("body", [{}, {"url": "http://shop.example"}, {"url": None}, {"url": HOOK, "events": []}])
def test_wrong_webhook_endpoints_are_refused(api: Caller, body: dict[str, object]) -> None:
    assert api.post("/v2/webhooks", body).status_code == 422


def test_v1_has_no_webhooks(api: Caller) -> None:
    assert api.get("/v1/webhooks").status_code == 404
