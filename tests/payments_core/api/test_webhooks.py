"""Webhooks by API: endpoints and the events they choose, rotation, the tester, events, deliveries, sending again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from flask import Flask
from sqlalchemy import select

from payments_core import deliveries
from payments_core.db import db
from payments_core.models import Delivery
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.public_door import CARD, Caller

HOOK = "https://atelier.localhost:8443/hook"  # a boutique's name: the edge's address is used, so DNS is never asked
PAYMENT = {"amount": 1250, "card": CARD}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def hook(api: Caller) -> dict[str, Any]:
    return api.made("/v2/webhooks", {"url": HOOK, "events": ["payment.*"]})


def send_all(app: Flask, clock: FrozenClock) -> None:
    with app.app_context():
        while claimed := deliveries.claim(clock(), 10):
            for delivery_id, _ in claimed:
                deliveries.deliver(delivery_id, clock())


def listed(api: Caller, path: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(path).get_json()[key]
    return found


def test_an_endpoint_chooses_its_events_and_shows_its_secret_in_both_forms(
    api: Caller, hook: dict[str, Any], clock: FrozenClock
) -> None:
    assert (hook["events"], hook["previous_expires_at"], hook["disabled_reason"]) == (["payment.*"], None, None)
    secret = bytes.fromhex(hook["secret"])
    assert hook["standard_secret"] == "whsec_" + base64.b64encode(secret).decode()
    path = f"/v2/webhooks/{hook['id']}"
    assert api.patch(path, {"events": ["refund.created", "payment.*", "refund.created"]}).get_json()["events"] == [
        "refund.created",
        "payment.*",
    ]
    assert api.patch(path, {"enabled": False, "events": None}).get_json()["events"] == ["refund.created", "payment.*"]
    assert api.patch(path, {"events": ["*"]}).get_json()["events"] == ["*"]
    refused = api.patch(path, {"events": ["payment.eaten"]})
    assert refused.status_code == 422
    assert refused.get_json()["detail"][0]["loc"] == ["body", "events"]
    assert "`payment.eaten`" in refused.get_json()["detail"][0]["msg"]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.localhost:8443/v2/payments",
        "https://portal.localhost:8443/",
        "https://10.0.0.8/hook",
        "https://[::1]/hook",
        "https://user@shop.example/hook",
    ],
)
def test_an_address_that_is_never_called_is_refused_when_it_is_given(api: Caller, url: str) -> None:
    assert api.post("/v2/webhooks", {"url": url}).status_code == 422
    assert listed(api, "/v2/webhooks", "webhook_endpoints") == []


def test_a_rotation_shows_the_new_secret_and_when_the_former_one_ends(
    api: Caller, hook: dict[str, Any], clock: FrozenClock
) -> None:
    path = f"/v2/webhooks/{hook['id']}/rotate"
    for wrong in ({"expires_in": 604_801}, {"expires_in": -1}, {"expires_in": "soon"}, {"later": 1}):
        assert api.post(path, wrong).status_code == 422
    asked = {"headers": {"Idempotency-Key": "rotate-1"}}
    made, again = api.post(path, {}, **asked), api.post(path, {}, **asked)
    assert made.get_json() == again.get_json()
    assert made.get_json()["secret"] != hook["secret"]
    assert made.get_json()["previous_expires_at"] == int(clock.now.timestamp()) + 24 * 3600
    assert api.post(path, {"expires_in": 60}).status_code == 409
    assert api.post(path, {"expires_in": 0}).get_json()["previous_expires_at"] is None


def test_the_tester_tells_what_came_back(api: Caller, hook: dict[str, Any], web: responses.RequestsMock) -> None:
    path = f"/v2/webhooks/{hook['id']}/test"
    web.post(HOOK, status=204)
    good = api.post(path).get_json()
    assert (good["accepted"], good["status"], good["problem"]) == (True, 204, None)
    assert good["message"] == "The receiver accepted the event"
    assert good["duration_ms"] >= 0
    sent = json.loads(web.calls[0].request.body or "")
    assert (sent["id"], sent["type"], sent["data"]["id"]) == (good["event"], "webhook.test", hook["id"])
    for status, problem, words in (
        (302, "redirect", "not followed"),
        (500, "status", "(500)"),
        (410, "status", "(410)"),
    ):
        web.replace(responses.POST, HOOK, status=status)
        bad = api.post(path).get_json()
        assert (bad["accepted"], bad["status"], bad["problem"]) == (False, status, problem)
        assert words in bad["message"]
    assert api.get(f"/v2/webhooks/{hook['id']}").get_json()["enabled"] is True
    assert listed(api, "/v2/events", "events") == []


@pytest.mark.parametrize(
    ("name", "found", "problem"), [("gone.example", [], "dns"), ("inside.example", ["10.0.0.1"], "address_refused")]
)
def test_the_tester_says_when_a_name_is_not_called(
    api: Caller, monkeypatch: pytest.MonkeyPatch, name: str, found: list[str], problem: str
) -> None:
    hook = api.made("/v2/webhooks", {"url": f"https://{name}/hook"})
    monkeypatch.setattr("payments_core.outbound_targets._resolve", lambda *_: found)
    answer = api.post(f"/v2/webhooks/{hook['id']}/test").get_json()
    assert (answer["accepted"], answer["status"], answer["problem"]) == (False, None, problem)


def test_events_are_listed_newest_first_and_filtered(api: Caller, hook: dict[str, Any], clock: FrozenClock) -> None:
    payment = api.made("/v2/payments", PAYMENT)
    clock.tick(seconds=10)
    customer = api.made("/v2/customers", {"email": "ada@example.com"})
    events = listed(api, "/v2/events/", "events")
    assert [event["type"] for event in events[:2]] == ["customer.created", "payment.to_capture"]
    assert {event["type"] for event in events[2:]} == {"payment.created", "card.created"}  # of one moment
    newest, latest = events[:2]
    assert (newest["object"], newest["data"]) == (customer["id"], None)  # nobody listens to customers
    assert (latest["object"], latest["version"], latest["api_version"]) == (payment["id"], 2, "v2")
    assert latest["data"]["status"] == "to_capture"
    assert api.get(f"/v2/events/{latest['id']}").get_json() == latest
    assert [event["version"] for event in listed(api, f"/v2/events?object={payment['id']}", "events")] == [2, 1]
    assert len(listed(api, "/v2/events?type=payment.*", "events")) == 2
    assert len(listed(api, "/v2/events?type=card.created", "events")) == 1
    assert len(listed(api, f"/v2/events?created={newest['created']}", "events")) == 1
    page = api.get("/v2/events?start=1&limit=2").get_json()
    assert page["events"] == events[1:3]
    assert page["range"] == {"start": 1, "end": 2, "limit": 2, "count": 4, "has_more": True}


@pytest.mark.parametrize("query", ["type=payment.eaten", "limit=0", "limit=101", "start=-1", "created=soon"])
def test_a_wrong_list_of_events_is_refused(api: Caller, query: str) -> None:
    assert api.get(f"/v2/events?{query}").status_code == 422


def test_deliveries_say_what_became_of_each_event(
    api: Caller, public_app: Flask, hook: dict[str, Any], clock: FrozenClock, web: responses.RequestsMock
) -> None:
    api.made("/v2/payments", PAYMENT)
    web.post(HOOK, status=503)
    send_all(public_app, clock)
    later, first = listed(api, f"/v2/webhooks/{hook['id']}/deliveries", "deliveries")
    if first["type"] != "payment.created":  # both are of one moment
        later, first = first, later
    assert (first["state"], first["attempts"], first["status"], first["problem"]) == ("pending", 1, 503, "status")
    assert first["next_attempt"] > first["created"]
    assert "(503)" in first["message"]
    assert (later["state"], later["attempts"], later["status"], later["message"]) == ("pending", 0, None, None)
    path = f"/v2/webhooks/{hook['id']}/deliveries?state="
    assert (len(listed(api, path + "pending", "deliveries")), listed(api, path + "delivered", "deliveries")) == (2, [])
    assert api.get(path + "lost").status_code == 422


def test_an_event_is_sent_again_once_per_idempotency_key(
    api: Caller, public_app: Flask, hook: dict[str, Any], clock: FrozenClock, web: responses.RequestsMock
) -> None:
    api.made("/v2/payments", PAYMENT)
    web.post(HOOK, status=200)
    send_all(public_app, clock)
    send_all(public_app, clock)
    (event,) = listed(api, "/v2/events?type=payment.created", "events")
    path, body = f"/v2/events/{event['id']}/redeliver", {"webhook": hook["id"]}
    asked = {"headers": {"Idempotency-Key": "again-1"}}
    made, repeated = api.post(path, body, **asked), api.post(path, body, **asked)
    assert made.get_json() == repeated.get_json()
    assert (made.get_json()["event"], made.get_json()["state"]) == (event["id"], "pending")
    send_all(public_app, clock)
    sent = [json.loads(call.request.body or "")["id"] for call in web.calls]
    assert (len(sent), sent.count(event["id"])) == (3, 2)
    with public_app.app_context():
        states = list(db.session.scalars(select(Delivery.state)))
    assert states == ["delivered"] * 3
    for wrong in ({}, {"webhook": "we_x"}, {**body, "also": 1}):
        assert api.post(path, wrong).status_code == 422
    assert api.post(path, {"webhook": "we_" + "1" * 24}).status_code == 404
    (silent,) = listed(api, "/v2/events?type=card.created", "events")
    refused = api.post(f"/v2/events/{silent['id']}/redeliver", body)
    assert (refused.status_code, refused.headers["Error-Code"]) == (409, "event_without_data")


def test_another_merchants_endpoints_and_events_do_not_exist(api: Caller, other: Caller, hook: dict[str, Any]) -> None:
    api.made("/v2/payments", PAYMENT)
    event = listed(api, "/v2/events?type=payment.created", "events")[0]
    mine = other.made("/v2/webhooks", {"url": HOOK})
    for method, path, body in (
        ("POST", f"/v2/webhooks/{hook['id']}/rotate", {}),
        ("POST", f"/v2/webhooks/{hook['id']}/test", {}),
        ("GET", f"/v2/webhooks/{hook['id']}/deliveries", None),
        ("GET", f"/v2/events/{event['id']}", None),
        ("POST", f"/v2/events/{event['id']}/redeliver", {"webhook": mine["id"]}),
    ):
        assert other.call(method, path, body).status_code == 404, path
    assert api.post(f"/v2/events/{event['id']}/redeliver", {"webhook": mine["id"]}).status_code == 404
    assert listed(other, "/v2/events", "events") == []
    assert api.get("/v1/events").status_code == 404
