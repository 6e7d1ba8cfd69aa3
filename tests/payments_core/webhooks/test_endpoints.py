"""Endpoints: their address, their types, their secrets and the rotation of these."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import timedelta
from typing import Any

import pytest
import responses
from sqlalchemy import select

from payments_core import (
    sweep,
    webhooks,
)
from payments_core.db import db
from payments_core.errors import Conflict, InvalidRequest, NotFound
from payments_core.models import Delivery, WebhookEndpoint
from tests.payments_core.conftest import FrozenClock, Shop
from tests.payments_core.webhooks.steps import URL, send_all


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


def test_a_merchants_own_endpoints_are_bounded_in_number(shop: Shop) -> None:
    for number in range(webhooks.MOST_ENDPOINTS):
        webhooks.put_endpoint(shop.scope, f"api:{number}", URL)
    webhooks.put_endpoint(shop.scope, "api:0", URL + "2")
    webhooks.put_endpoint(shop.scope, "boutique", URL)
    with pytest.raises(Conflict) as refused:
        webhooks.put_endpoint(shop.scope, "api:more", URL)
    assert refused.value.code == "too_many_webhooks"
