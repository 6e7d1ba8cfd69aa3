"""Events sent again on request."""

from __future__ import annotations

import pytest
import responses
from sqlalchemy import select

from payments_core import (
    deliveries,
    webhooks,
)
from payments_core.db import db
from payments_core.errors import Conflict
from payments_core.models import Delivery, Event
from tests.payments_core.conftest import FrozenClock, Shop
from tests.payments_core.webhooks.steps import URL, bodies, send_all


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
