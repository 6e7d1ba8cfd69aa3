"""Webhooks: what is sent, how it is signed, in which order, and what happens when the other side does not answer."""

from __future__ import annotations

import ast
import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Semaphore
from threading import Event as Signal
from typing import Any

import pytest
import responses
from flask import Flask
from sqlalchemy import select, text

import payments_core
from payments_core import (
    cards,
    customers,
    deliveries,
    event_types,
    mandates,
    outbound,
    refunds,
    sepa_accounts,
    sweep,
    webhooks,
)
from payments_core.customers import CustomerInput
from payments_core.db import db
from payments_core.delivery_pool import THREADS, DeliveryPool
from payments_core.errors import Conflict, InvalidRequest, NotFound
from payments_core.models import Delivery, Event, WebhookEndpoint
from payments_core.sepa_accounts import SepaAccountInput
from tests.payments_core.conftest import START, FrozenClock, Shop, card

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
    while claimed := deliveries.claim(clock(), 10):
        for delivery_id, _ in claimed:
            following: str | None = delivery_id
            while following is not None:
                accepted = deliveries.deliver(following, clock())
                sent += 1
                following = deliveries.next_of(following, clock()) if accepted else None
    return sent


def bodies(web: responses.RequestsMock, noun: str = "payment") -> list[dict[str, Any]]:
    """What was sent about payments, or another noun."""
    sent = [json.loads(call.request.body or "") for call in web.calls]
    return [body for body in sent if body["type"].startswith(f"{noun}.")]


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
    assert second.state in ("pending", "abandoned")  # it no longer waits


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
    sent = bodies(web, "refund")
    assert [body["type"] for body in sent] == ["refund.created", "refund.refund_sent", "refund.refunded"]
    assert [body["data"]["status"] for body in sent] == ["to_refund", "refund_sent", "refunded"]
    assert sent[0]["data"]["id"] == refund.id


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


def test_an_endpoint_is_told_of_the_types_it_chose_and_no_gap_holds_up_the_rest(
    shop: Shop, clock: FrozenClock, web: responses.RequestsMock
) -> None:
    webhooks.put_endpoint(shop.scope, "api:a", URL, ["payment.created", "payment.captured", "refund.*"])
    payment = shop.captured(1000)
    refunds.create(shop.scope, payment.id, 400)
    web.post(URL, status=200)
    assert send_all(clock) == 3
    assert [(body["type"], body["version"]) for body in bodies(web)] == [
        ("payment.created", 1),
        ("payment.captured", 4),
    ]
    assert [body["type"] for body in bodies(web, "refund")] == ["refund.created"]
    kept = {event.type for event in db.session.scalars(select(Event).where(Event.snapshot.is_not(None)))}
    assert kept == {"payment.created", "payment.captured", "refund.created"}


@pytest.mark.parametrize("name", ["payment.eaten", "payments.*", "payment", "webhook.test", "", "*.created"])
def test_an_unknown_event_type_is_refused_by_its_name(shop: Shop, name: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(f"`{name}`")) as refused:
        webhooks.put_endpoint(shop.scope, "api:a", URL, ["payment.created", name])
    assert refused.value.params["field"] == "events"
    assert db.session.scalars(select(WebhookEndpoint)).all() == []


def test_during_a_rotation_both_secrets_sign_then_the_old_one_is_gone(
    shop: Shop, clock: FrozenClock, web: responses.RequestsMock
) -> None:
    endpoint = webhooks.put_endpoint(shop.scope, "api:a", URL, ["payment.created"])
    old = webhooks.secret_of(endpoint)
    webhooks.rotate(shop.scope, endpoint.id, timedelta(hours=1))
    new = webhooks.secret_of(endpoint)
    assert old != new
    web.post(URL, status=200)
    shop.pay(1000)
    send_all(clock)
    headers, body = web.calls[-1].request.headers, web.calls[-1].request.body
    stamp = headers["webhook-timestamp"]
    assert headers["Stancer-Signature"] == f"t={stamp},v1={_hex(new, stamp, body)},v1={_hex(old, stamp, body)}"
    both = [_standard(secret, headers["webhook-id"], stamp, body) for secret in (new, old)]
    assert headers["webhook-signature"] == " ".join(both)
    with pytest.raises(Conflict) as refused:
        webhooks.rotate(shop.scope, endpoint.id, timedelta(hours=1))
    assert refused.value.code == "rotation_in_progress"
    clock.tick(hours=1)
    shop.pay(2000)
    send_all(clock)
    headers, body = web.calls[-1].request.headers, web.calls[-1].request.body
    stamp = headers["webhook-timestamp"]
    assert headers["Stancer-Signature"] == f"t={stamp},v1={_hex(new, stamp, body)}"
    assert headers["webhook-signature"] == _standard(new, headers["webhook-id"], stamp, body)
    assert sweep.sweep()["forgotten_secrets"] == 1
    db.session.refresh(endpoint)
    assert (endpoint.previous_secret_sealed, endpoint.previous_until) == (None, None)


def _hex(secret: bytes, stamp: str, body: Any) -> str:
    return hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _standard(secret: bytes, event_id: str, stamp: str, body: Any) -> str:
    signed = hmac.new(secret, f"{event_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def test_a_leaked_secret_is_dropped_at_once_even_within_an_overlap(shop: Shop, clock: FrozenClock) -> None:
    endpoint = webhooks.put_endpoint(shop.scope, "api:a", URL)
    first = webhooks.secret_of(endpoint)
    webhooks.rotate(shop.scope, endpoint.id)
    second = webhooks.secret_of(endpoint)
    assert webhooks.live_secrets(endpoint, clock()) == [second, first]
    webhooks.rotate(shop.scope, endpoint.id, timedelta(0))
    (only,) = webhooks.live_secrets(endpoint, clock())
    assert only not in (first, second)


def test_a_rotation_repeated_after_a_crash_rotates_once(shop: Shop, clock: FrozenClock) -> None:
    endpoint = webhooks.put_endpoint(shop.scope, "api:a", URL)
    webhooks.rotate(shop.scope, endpoint.id, suffix="a" * 24)
    made = webhooks.live_secrets(endpoint, clock())
    webhooks.rotate(shop.scope, endpoint.id, suffix="a" * 24)
    assert webhooks.live_secrets(endpoint, clock()) == made


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


def test_an_event_is_sent_again_under_its_id_after_it_was_delivered_or_given_up(
    shop: Shop, clock: FrozenClock, web: responses.RequestsMock
) -> None:
    endpoint = webhooks.put_endpoint(shop.scope, "api:a", URL, ["payment.created"])
    shop.pay(1000)
    web.post(URL, status=200)
    send_all(clock)
    (event,) = db.session.scalars(select(Event).where(Event.type == "payment.created"))
    deliveries.redeliver(shop.scope, event.id, endpoint, suffix="b" * 24)
    deliveries.redeliver(shop.scope, event.id, endpoint, suffix="b" * 24)
    assert send_all(clock) == 1
    deliveries.redeliver(shop.scope, event.id, endpoint, suffix="b" * 24)
    assert send_all(clock) == 0
    sent = bodies(web)
    assert len(sent) == 2
    assert sent[0] == sent[1]
    webhooks.change_endpoint(shop.scope, endpoint.id, {"enabled": False})
    with pytest.raises(Conflict, match="disabled"):
        deliveries.redeliver(shop.scope, event.id, endpoint)


def test_an_event_still_being_tried_is_tried_at_once_instead_of_twice(
    shop: Shop, clock: FrozenClock, web: responses.RequestsMock
) -> None:
    endpoint = webhooks.put_endpoint(shop.scope, "api:a", URL, ["payment.created"])
    shop.pay(1000)
    web.post(URL, status=500)
    assert (send_all(clock), send_all(clock)) == (1, 0)
    (event,) = db.session.scalars(select(Event).where(Event.type == "payment.created"))
    deliveries.redeliver(shop.scope, event.id, endpoint)
    deliveries.redeliver(shop.scope, event.id, endpoint)
    assert send_all(clock) == 1
    assert len(db.session.scalars(select(Delivery)).all()) == 1


def test_an_event_nobody_listened_to_cannot_be_sent_again(shop: Shop) -> None:
    shop.pay(1000)
    endpoint = webhooks.put_endpoint(shop.scope, "api:a", URL)
    (event,) = db.session.scalars(select(Event).where(Event.type == "payment.created"))
    with pytest.raises(Conflict) as refused:
        deliveries.redeliver(shop.scope, event.id, endpoint)
    assert refused.value.code == "event_without_data"


def test_a_merchants_own_endpoints_are_bounded_in_number(shop: Shop) -> None:
    for number in range(webhooks.MOST_ENDPOINTS):
        webhooks.put_endpoint(shop.scope, f"api:{number}", URL)
    webhooks.put_endpoint(shop.scope, "api:0", URL + "2")
    webhooks.put_endpoint(shop.scope, "boutique", URL)
    with pytest.raises(Conflict) as refused:
        webhooks.put_endpoint(shop.scope, "api:more", URL)
    assert refused.value.code == "too_many_webhooks"


def test_customers_cards_accounts_and_mandates_tell_what_happens_to_them(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    scope = shop.scope
    customer = customers.create(scope, CustomerInput(name="Ada", email="ada@example.com"))
    customers.update(scope, customer.id, {"name": "Ada M."})
    customers.update(scope, customer.id, {"name": "Ada M."})  # changes nothing, so nothing is told
    stored, _ = cards.create(scope, card())
    cards.create(scope, card())
    cards.create(scope, card("4242424242424242", tokenize=False))
    cards.update(scope, stored.id, {"name": "A. Martin"})
    account = sepa_accounts.create(scope, SepaAccountInput(iban="FR1420041010050500013M02606", name="Ada"))
    waiting = mandates.create(scope, account, rum=None, signed_at=None)
    mandates.sign(scope, waiting.id, {})
    mandates.sign(scope, waiting.id, {})
    mandates.update(scope, waiting.id, {"rum": "MINE-1"})
    sepa_accounts.update(scope, account.id, {"name": "Ada Martin"})
    sepa_accounts.delete(scope, account.id)
    cards.delete(scope, stored.id)
    customers.delete(scope, customer.id)
    web.post(URL, status=200)
    send_all(clock)
    for noun, expected in {
        "customer": ["created", "updated", "deleted"],
        "card": ["created", "updated", "deleted"],
        "sepa": ["created", "updated", "deleted"],
        "mandate": ["created", "signed", "updated", "revoked"],
    }.items():
        sent = bodies(web, noun)
        assert [(body["type"], body["version"]) for body in sent] == [
            (f"{noun}.{what}", number) for number, what in enumerate(expected, start=1)
        ]
        assert {body["data"]["id"] for body in sent} == {body["object"] for body in sent}
        assert sent[-1]["data"]["deleted"] is True
    assert "4000002500000003" not in json.dumps([body for noun in ("card", "customer") for body in bodies(web, noun)])


def test_two_changes_of_one_customer_at_once_take_two_versions(shop: Shop, core: Flask) -> None:
    customer = customers.create(shop.scope, CustomerInput(name="Ada", email="ada@example.com"))
    scope, customer_id = shop.scope, customer.id
    start = Barrier(2)

    def change(name: str) -> None:
        with core.app_context():
            customers.get(scope, customer_id)
            db.session.commit()
            start.wait(10)
            customers.update(scope, customer_id, {"name": name})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, ["One", "Two"]))
    statement = select(Event.version).where(Event.object_id == customer_id).order_by(Event.version)
    assert list(db.session.scalars(statement)) == [1, 2, 3]


def test_every_type_the_code_names_is_in_the_table() -> None:
    known = {name for types in event_types.names().values() for name in types}
    named = set()
    for path in Path(payments_core.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = getattr(node, "func", None)
            if getattr(called, "id", getattr(called, "attr", "")) == "emit" and isinstance(node, ast.Call):
                named |= {part.value for part in ast.walk(node.args[1]) if isinstance(part, ast.Constant)}
    whole = {name for name in named if isinstance(name, str) and name.count(".") == 1 and not name.endswith(".")}
    assert len(whole) > 30
    assert whole - known == set()
