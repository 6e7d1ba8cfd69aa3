"""The outbox: what happened to a payment or refund, written in the transaction that made it happen.

Versions count per object without gaps, because the object's row is locked or new whenever one is taken. When an endpoint
listens, the event keeps the v2 object as it was and one delivery per endpoint (webhooks.py sends them after commit).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from payments_core.db import db, new_id
from payments_core.models import Delivery, Event, Payment, WebhookEndpoint
from payments_core.representation import event_object
from payments_core.runtime import runtime
from payments_core.scope import Scope

DELIVER = "core.deliver_event"


def emit(scope: Scope, kind: str, subject: Any, **data: Any) -> Event:
    """Records `<noun>.<what happened>` of a model with `version`, within the caller's transaction; `data` is for the timeline only."""
    subject.version += 1
    event = Event(
        id=new_id("evt"),
        merchant_id=scope.merchant_id,
        live=scope.live,
        type=kind,
        object_id=subject.id,
        version=subject.version,
        actor=scope.actor,
        data=data,
        created_at=scope.now,
    )
    db.session.add(event)
    endpoints = _listening(scope)
    if endpoints:
        event.snapshot = event_object(subject)
    for endpoint_id in endpoints:
        _owe(scope, event, endpoint_id)
    if isinstance(subject, Payment) and subject.parent_id is not None:
        from payments_core import payment_parents  # what makes payments is told of each of their changes

        payment_parents.follow(scope, subject)
    return event


def timeline(object_ids: list[str]) -> list[Event]:
    """Every event of these objects, oldest first."""
    statement = select(Event).where(Event.object_id.in_(object_ids)).order_by(Event.created_at, Event.version)
    return list(db.session.scalars(statement))


def _listening(scope: Scope) -> list[str]:
    statement = select(WebhookEndpoint.id).where(
        WebhookEndpoint.merchant_id == scope.merchant_id,
        WebhookEndpoint.live == scope.live,
        WebhookEndpoint.enabled,
        WebhookEndpoint.deleted_at.is_(None),
    )
    with db.session.no_autoflush:
        return list(db.session.scalars(statement))


def _owe(scope: Scope, event: Event, endpoint_id: str) -> None:
    delivery = Delivery(
        id=new_id("dlvr"),
        event=event,
        event_id=event.id,
        endpoint_id=endpoint_id,
        object_id=event.object_id,
        version=event.version,
        created_at=scope.real_now,
        next_attempt_at=scope.real_now,
    )
    db.session.add(delivery)
    runtime().hints.later(DELIVER, delivery.id)
