"""The outbox: what happened to an object, written in the transaction that made it happen.

Versions count per object without gaps, because the object's row is locked or new whenever one is taken. When an endpoint
listens to the type, the event keeps the v2 object as it was and one delivery per endpoint (deliveries.py sends them after commit).
When none does, the object is not written down a second time: the hot path of merchants without webhooks stays one small row, and
such an event lists with `data` null and cannot be sent later. Its object is still to be read under its id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, select

from payments_core.batch import Batch, model_of
from payments_core.db import FILLING, db, keep, keep_values, new_id
from payments_core.driver import Query
from payments_core.errors import NotFound
from payments_core.event_types import SUBJECTS, wants
from payments_core.list_marks import of_merchant
from payments_core.list_parts import Part, beginning, having
from payments_core.models import Delivery, Event, Payment, WebhookEndpoint
from payments_core.paging import Page, by_position
from payments_core.representation import unix
from payments_core.runtime import runtime
from payments_core.scope import Scope

DELIVER = "core.deliver_event"
API_VERSION = "v2"  # of the objects in `data`
_HEARD = "listening endpoints"


class _Heard(NamedTuple):
    """Who listened when a transaction, or a batch that is one, asked; another one may find others."""

    transaction: Any
    place: tuple[str, bool]
    endpoints: list[tuple[str, list[str] | None]]


_LISTENS = {"enabled": True, "deleted_at": None}


def listening(merchant_id: Any, live: Any) -> list[ColumnElement[bool]]:
    """Conditions: the endpoints that hear events of this place, given as values or columns."""
    return [
        WebhookEndpoint.merchant_id == merchant_id,
        WebhookEndpoint.live == live,
        *(getattr(WebhookEndpoint, name).is_(value) for name, value in _LISTENS.items()),
    ]


_ENDPOINTS = Query(
    select(WebhookEndpoint.id, WebhookEndpoint.events).where(*listening(bindparam("merchant_id"), bindparam("live")))
)


def emit(scope: Scope, kind: str, subject: Any, **data: Any) -> None:
    """Records a type such as `payment.captured` within the caller's transaction; `data` is for the timeline only.

    `subject` is of a model in event_types.SUBJECTS, its row locked or new.
    """
    model = model_of(subject)
    known = SUBJECTS[model]
    assert kind in known.types, f"{kind} is not in event_types.SUBJECTS"
    subject.version += 1
    event_id, kept = new_id("evt"), {}
    endpoints = [endpoint_id for endpoint_id, chosen in _listening(scope) if wants(chosen, kind)]
    if endpoints:
        db.session.flush()  # a new row has its defaults from then on
        kept = {"snapshot": known.represent(subject)}
    keep_values(
        Event,
        id=event_id,
        merchant_id=scope.merchant_id,
        live=scope.live,
        type=kind,
        object_id=subject.id,
        version=subject.version,
        actor=scope.actor,
        data=data,
        created_at=scope.now,
        **kept,
    )
    for endpoint_id in endpoints:
        owe(scope, event_id, subject.id, subject.version, endpoint_id)
    if model is Payment and subject.parent_id is not None:
        from payments_core import payment_parents  # what makes payments is told of each of their changes

        payment_parents.follow(scope, subject)


def owe(
    scope: Scope, event_id: str, object_id: str, version: int, endpoint_id: str, suffix: str | None = None
) -> Delivery:
    """One delivery more of an event, due at once, within the caller's transaction."""
    delivery = keep(
        Delivery,
        id=new_id("dlvr", suffix),
        event_id=event_id,
        endpoint_id=endpoint_id,
        object_id=object_id,
        version=version,
        state="pending",
        attempts=0,
        created_at=scope.real_now,
        next_attempt_at=scope.real_now,
    )
    runtime().hints.later(DELIVER, delivery.id)
    return delivery


def message(event: Event) -> dict[str, Any]:
    """What is sent, and what the API shows: `version` counts the object's events, `api_version` says what `data` looks like."""
    return {
        "id": event.id,
        "type": event.type,
        "created": unix(event.created_at),
        "live_mode": event.live,
        "api_version": API_VERSION,
        "version": event.version,
        "object": event.object_id,
        "data": event.snapshot,
    }


def get(scope: Scope, event_id: str) -> Event:
    """Raises NotFound."""
    found = db.session.get(Event, event_id)
    if found is None or (found.merchant_id, found.live) != (scope.merchant_id, scope.live):
        raise NotFound("event", event_id)
    return found


def page(
    scope: Scope,
    *,
    kind: str | None = None,
    object_id: str | None = None,
    created: datetime | None = None,
    start: int,
    limit: int,
) -> Page[Event]:
    """Newest first; `kind` is a type or `noun.*`, `created` keeps events from that moment of the merchant's time on."""
    traits = []
    if kind not in (None, "*"):
        named = kind.removesuffix("*")
        traits.append(beginning(Event.type, named) if named != kind else having(Event.type, kind, indexed=False))
    if object_id is not None:
        traits.append(having(Event.object_id, object_id, indexed=True))
    whole, part = of_merchant(Event, scope), Part(tuple(traits))
    return by_position(whole, select(Event), part, since=created, start=start, limit=limit)


def timeline(object_ids: list[str]) -> list[Event]:
    """Every event of these objects, oldest first."""
    statement = select(Event).where(Event.object_id.in_(object_ids)).order_by(Event.created_at, Event.version)
    return list(db.session.scalars(statement))


def _listening(scope: Scope) -> list[tuple[str, list[str] | None]]:
    """Endpoints and what they chose, asked once per transaction: one payment often has several events."""
    place, session = (scope.merchant_id, scope.live), db.session()
    rows: Batch | None = session.info.get(FILLING)
    present = session.get_transaction() or rows
    known: _Heard | None = session.info.get(_HEARD)
    if known is not None and known.place != place:
        known = None
    if known is not None and known.transaction is present:
        return known.endpoints
    nobody = scope.no_listeners if known is None else not known.endpoints  # a moment ago
    if nobody and rows is not None and rows.may_be_refused:
        rows.absent(WebhookEndpoint, merchant_id=scope.merchant_id, live=scope.live, **_LISTENS)
        session.info[_HEARD] = _Heard(present, place, [])
        return []
    found = _ENDPOINTS.rows(merchant_id=scope.merchant_id, live=scope.live)
    known = session.info[_HEARD] = _Heard(
        session.get_transaction() or rows, place, [(endpoint_id, chosen) for endpoint_id, chosen in found]
    )
    return known.endpoints
