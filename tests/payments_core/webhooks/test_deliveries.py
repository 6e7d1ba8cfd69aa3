"""How events are sent: signed, in order, by several threads, and again when the other side does not answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from threading import Event as Signal
from threading import Semaphore
from typing import Any

import pytest
import responses
from flask import Flask
from sqlalchemy import select, text

from payments_core import (
    deliveries,
    outbound,
    webhooks,
)
from payments_core.db import db
from payments_core.delivery_pool import THREADS, DeliveryPool
from payments_core.models import Delivery, WebhookEndpoint
from tests.payments_core.conftest import START, FrozenClock, Shop
from tests.payments_core.webhooks.steps import URL, bodies, send_all


def test_events_arrive_in_order_as_v2_objects_signed_twice(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    payment = shop.pay(2590)
    shop.advance(days=1)
    web.post(URL, status=204)
    assert send_all(clock) == 5  # the card is an object of its own
    assert [(body["type"], body["object"]) for body in bodies(web, "card")] == [("card.created", payment.card_id)]
    sent = bodies(web)
    assert [body["type"] for body in sent] == [
        "payment.created",
        "payment.to_capture",
        "payment.capture_sent",
        "payment.captured",
    ]
    assert [body["version"] for body in sent] == [1, 2, 3, 4]
    assert [body["data"]["status"] for body in sent] == [None, "to_capture", "capture_sent", "captured"]
    assert sent[0]["data"]["id"] == payment.id
    assert {(body["live_mode"], body["api_version"], body["object"]) for body in sent} == {(False, "v2", payment.id)}
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
    assert send_all(clock) == 3  # the card, and the first event of each payment; nothing overtakes it
    assert {body["data"]["id"] for body in bodies(web)} == {payment.id, other.id}
    web.reset()
    web.post(URL, status=200)
    assert send_all(clock) == 0
    clock.tick(seconds=5)
    assert send_all(clock) == 5
    versions = [body["version"] for body in bodies(web) if body["data"]["id"] == payment.id]
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
    of_payment = select(Delivery).where(Delivery.object_id.startswith("paym_"))
    first, second = db.session.scalars(of_payment.order_by(Delivery.version)).all()
    assert (first.state, first.last_status) == ("abandoned", 503)
    assert second.state == "pending"  # it no longer waits, and has days of its own


def _first_pending() -> Delivery | None:
    statement = select(Delivery).where(
        Delivery.version == 1, Delivery.state == "pending", Delivery.object_id.startswith("paym_")
    )
    return db.session.scalars(statement).first()


def test_a_claimed_delivery_is_nobody_elses_until_its_lease_is_over(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint
) -> None:
    shop.pay(1000)
    assert len(deliveries.claim(clock(), 10)) == 2
    assert deliveries.claim(clock(), 10) == []
    clock.tick(seconds=31)
    assert len(deliveries.claim(clock(), 10)) == 2


def test_no_plan_makes_a_claim_take_more_than_it_asked_for(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint
) -> None:
    for _ in range(5):
        shop.pay(1000)
    for plan in ("hashagg", "sort", "hashjoin", "mergejoin", "material", "memoize", "indexscan", "bitmapscan"):
        db.session.execute(text(f"SET enable_{plan} = off"))  # what is left is to look for each row anew
    try:
        assert [len(deliveries.claim(clock(), 1)) for _ in range(3)] == [1, 1, 1]
    finally:
        db.session.execute(text("RESET ALL"))
        db.session.commit()


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
    assert sorted(seen) == ["card.created"] + ["payment.created"] * 3 + ["payment.to_capture"] * 3


def test_a_slow_receiver_holds_up_nobody_else(
    shop: Shop, core: Flask, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two endpoints answers only once everything of the other one has arrived."""
    webhooks.put_endpoint(shop.scope, "api:quick", URL + "/quick", ["payment.*"])
    arrived, all_arrived = Semaphore(0), Signal()

    def post(config: Any, url: str, body: bytes, headers: Any) -> outbound.Answer:
        if url == URL:
            return outbound.Answer(200 if all_arrived.wait(60) else None)
        arrived.release()
        return outbound.Answer(200)

    monkeypatch.setattr(outbound, "post", post)
    for _ in range(2 * THREADS):
        shop.pay(1000)
    pool = DeliveryPool(core)
    assert pool.send_due() <= THREADS
    for _ in range(4 * THREADS):
        assert arrived.acquire(timeout=30)
    all_arrived.set()
    while pool.send_due():
        pass
    pool.close()
    assert {delivery.state for delivery in db.session.scalars(select(Delivery))} == {"delivered"}


def test_410_disables_the_endpoint_and_gives_up_what_it_was_owed(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    shop.pay(1000)
    web.post(URL, status=410)
    send_all(clock)
    assert len(web.calls) == 1
    db.session.refresh(endpoint)
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "gone")
    found = db.session.scalars(select(Delivery)).all()
    assert {delivery.state for delivery in found} == {"abandoned"}
    assert sorted((delivery.last_status or 0, delivery.last_error) for delivery in found) == [
        (0, "endpoint_disabled"),
        (0, "endpoint_disabled"),
        (410, "status"),
    ]
    shop.pay(2000)
    assert len(db.session.scalars(select(Delivery)).all()) == 3
    again = webhooks.put_endpoint(shop.scope, "atelier", URL)
    assert (again.enabled, again.disabled_reason) == (True, None)


def test_what_was_recorded_just_before_an_endpoint_was_disabled_is_not_sent(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint
) -> None:
    shop.pay(1000)
    endpoint.enabled = False
    db.session.commit()
    assert send_all(clock) == 3  # taken up, and given up: nobody was called
    states = {(delivery.state, delivery.last_error) for delivery in db.session.scalars(select(Delivery))}
    assert states == {("abandoned", "endpoint_disabled")}


def test_an_event_that_waited_for_an_earlier_one_has_three_days_of_its_own(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    payment = shop.pay(1000)
    web.post(URL, status=503)
    ended = []
    for _ in range(60):
        pending = select(Delivery).where(Delivery.object_id == payment.id, Delivery.state == "pending")
        waiting = db.session.scalars(pending.order_by(Delivery.version)).first()
        if waiting is None:
            break
        began = clock.now
        clock.now = max(clock.now, waiting.next_attempt_at)
        send_all(clock)
        db.session.refresh(waiting)
        if waiting.state == "abandoned":
            ended.append((waiting.version, waiting.attempts, began))
    assert [version for version, _, _ in ended] == [1, 2]
    assert ended[0][1] == ended[1][1] > 15
    assert ended[1][2] - START > timedelta(days=6)
