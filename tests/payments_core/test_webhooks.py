"""Webhooks: what is sent, how it is signed, in which order, and what happens when the other side does not answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import responses
from flask import Flask
from sqlalchemy import select

from payments_core import outbound, refunds, webhooks
from payments_core.db import db
from payments_core.delivery_pool import DeliveryPool
from payments_core.errors import InvalidRequest, NotFound
from payments_core.models import Delivery, Event, WebhookEndpoint
from tests.payments_core.conftest import START, FrozenClock, Shop

URL = "https://atelier.localhost:8443/module/comptoir/webhook"


@pytest.fixture
def endpoint(shop: Shop) -> WebhookEndpoint:
    return webhooks.put_endpoint(shop.scope, "atelier", URL)


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def send_all(clock: FrozenClock) -> int:
    """What the worker does, in one thread."""
    sent = 0
    while claimed := webhooks.claim(clock(), 10):
        for delivery_id in claimed:
            following: str | None = delivery_id
            while following is not None:
                accepted = webhooks.deliver(following, clock())
                sent += 1
                following = webhooks.next_of(following, clock()) if accepted else None
    return sent


def bodies(web: responses.RequestsMock) -> list[dict[str, object]]:
    return [json.loads(call.request.body or "") for call in web.calls]


def test_events_arrive_in_order_as_v2_objects_signed_twice(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    payment = shop.pay(2590)
    shop.advance(days=1)
    web.post(URL, status=204)
    assert send_all(clock) == 4
    sent = bodies(web)
    assert [body["type"] for body in sent] == [
        "payment.created",
        "payment.to_capture",
        "payment.capture_sent",
        "payment.captured",
    ]
    assert [body["version"] for body in sent] == [1, 2, 3, 4]
    assert [body["data"]["status"] for body in sent] == [None, "to_capture", "capture_sent", "captured"]  # type: ignore[index]
    assert sent[0]["data"]["id"] == payment.id  # type: ignore[index]
    assert sent[0]["live_mode"] is False
    _check_signatures(web, webhooks.secret_of(endpoint))


def _check_signatures(web: responses.RequestsMock, secret: bytes) -> None:
    for call in web.calls:
        body = call.request.body
        assert isinstance(body, bytes)
        headers = call.request.headers
        stamp, _, value = headers["Stancer-Signature"].partition(",")
        stamp = stamp.removeprefix("t=")
        assert abs(int(stamp) - START.timestamp()) < 5  # real time, whatever the test clock says
        assert value == "v1=" + hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["webhook-id"] == json.loads(body)["id"]


def test_a_later_version_waits_for_the_earlier_one(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    payment = shop.pay(1000)
    other = shop.pay(2000)
    web.post(URL, status=500)
    assert send_all(clock) == 2  # the first event of each payment; nothing overtakes it
    assert {body["data"]["id"] for body in bodies(web)} == {payment.id, other.id}  # type: ignore[index]
    web.reset()
    web.post(URL, status=200)
    assert send_all(clock) == 0
    clock.tick(seconds=5)
    assert send_all(clock) == 4
    versions = [body["version"] for body in bodies(web) if body["data"]["id"] == payment.id]  # type: ignore[index]
    assert versions == [1, 2]


def test_retries_spread_out_and_end_after_three_days(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    shop.pay(1000)
    web.post(URL, status=503)
    delays = []
    while (delivery := _first_pending()) is not None and len(delays) < 40:
        clock.now = max(clock.now, delivery.next_attempt_at)
        before = clock.now
        send_all(clock)
        db.session.refresh(delivery)
        delays.append(round((delivery.next_attempt_at - before).total_seconds()))
    assert delays[:6] == [5, 15, 60, 300, 900, 3600]
    assert timedelta(days=3) < clock.now - START < timedelta(days=3, hours=7)
    first, second = db.session.scalars(select(Delivery).order_by(Delivery.version)).all()
    assert (first.state, first.last_status) == ("abandoned", 503)
    assert second.state in ("pending", "abandoned")  # it no longer waits


def _first_pending() -> Delivery | None:
    statement = select(Delivery).where(Delivery.version == 1, Delivery.state == "pending")
    return db.session.scalars(statement).first()


def test_a_claimed_delivery_is_nobody_elses_until_its_lease_is_over(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint
) -> None:
    shop.pay(1000)
    assert len(webhooks.claim(clock(), 10)) == 1
    assert webhooks.claim(clock(), 10) == []
    clock.tick(seconds=31)
    assert len(webhooks.claim(clock(), 10)) == 1


def test_without_an_endpoint_events_are_kept_without_snapshot(shop: Shop) -> None:
    shop.pay(1000)
    assert {event.snapshot for event in db.session.scalars(select(Event))} == {None}
    assert db.session.scalars(select(Delivery)).all() == []


def test_refund_events_carry_the_refund(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    shop.captured(5000)
    refund = refunds.create(shop.scope, shop.captured(1000).id, 400)
    shop.advance(days=2)
    web.post(URL, status=200)
    send_all(clock)
    sent = [body for body in bodies(web) if str(body["type"]).startswith("refund.")]
    assert [body["type"] for body in sent] == ["refund.created", "refund.refund_sent", "refund.refunded"]
    assert [body["data"]["status"] for body in sent] == ["to_refund", "refund_sent", "refunded"]  # type: ignore[index]
    assert sent[0]["data"]["id"] == refund.id  # type: ignore[index]


def test_an_endpoint_keeps_its_secret_when_its_address_changes_and_a_deleted_one_gets_nothing(shop: Shop) -> None:
    first = webhooks.put_endpoint(shop.scope, "atelier", URL)
    secret = webhooks.secret_of(first)
    again = webhooks.put_endpoint(shop.scope, "atelier", URL + "2")
    assert (again.id, again.url, webhooks.secret_of(again)) == (first.id, URL + "2", secret)
    assert secret not in first.secret_sealed
    shop.pay(1000)
    webhooks.delete_endpoint(shop.scope, "atelier")
    assert {delivery.state for delivery in db.session.scalars(select(Delivery))} == {"abandoned"}
    with pytest.raises(NotFound):
        webhooks.delete_endpoint(shop.scope, "atelier")
    with pytest.raises(InvalidRequest):
        webhooks.put_endpoint(shop.scope, "atelier", "http://insecure.example")


def test_the_pool_sends_what_is_due_from_its_threads(
    shop: Shop, core: Flask, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(
        outbound,
        "post",
        lambda config, url, body, headers: (seen.append(json.loads(body)["type"]), outbound.Answer(200))[1],
    )
    for _ in range(3):
        shop.pay(1000)
    pool = DeliveryPool(core)
    while pool.send_due():
        pass
    pool.close()
    assert sorted(seen) == ["payment.created"] * 3 + ["payment.to_capture"] * 3
