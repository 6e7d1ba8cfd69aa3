"""Where a merchant's events go: by label for the provisioner of a boutique; the portal's page on endpoints, deliveries and events.

Secrets are in the answer that made them, and nowhere else. A boutique's endpoint is listed, tried and sent to again like the
merchant's own, but only its provisioner changes it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, request
from marshmallow import Schema, fields, validate

from payments_core import deliveries, event_types, events, webhooks
from payments_core.db import new_suffix
from payments_core.errors import InvalidRequest, NotFound
from payments_core.models import Delivery, WebhookEndpoint
from payments_core.paging import by_keyset
from payments_core.platform.answers import Answer, body, limit, live, no_fields, time
from payments_core.platform.door import bp, once, scope
from payments_core.runtime import runtime

_LISTED = 100
_STATES = ("pending", "delivered", "abandoned")
_url = validate.Length(9, 2048)


class EndpointSchema(Schema):
    url = fields.String(required=True, validate=_url)
    live = fields.Boolean(load_default=False)


class WebhookSchema(Schema):
    url = fields.String(required=True, validate=_url)
    events = fields.List(fields.String(), load_default=None, allow_none=True)
    enabled = fields.Boolean(load_default=True)


class ChangesSchema(Schema):
    url = fields.String(validate=_url)
    events = fields.List(fields.String(), allow_none=True)
    enabled = fields.Boolean()


class RotationSchema(Schema):
    longest = int(webhooks.LONGEST_OVERLAP.total_seconds())
    expires_in = fields.Integer(
        load_default=int(webhooks.OVERLAP.total_seconds()), strict=True, validate=validate.Range(0, longest)
    )


class RedeliverySchema(Schema):
    webhook = fields.String(required=True)


@bp.put("/merchants/<merchant_id>/webhook_endpoints/<label>")
def put_webhook_endpoint(merchant_id: str, label: str) -> Answer:
    wanted = body(EndpointSchema())
    endpoint = webhooks.put_endpoint(scope(merchant_id, wanted["live"]), label[:64], wanted["url"])
    return {"id": endpoint.id, "url": endpoint.url, "secret": webhooks.secret_of(endpoint).hex()}, 200


@bp.delete("/merchants/<merchant_id>/webhook_endpoints/<label>")
def delete_webhook_endpoint(merchant_id: str, label: str) -> Answer:
    """Absent already is as good as deleted: the caller reconciles."""
    where = scope(merchant_id, live())
    try:
        webhooks.delete_endpoint(where, label)
    except NotFound:
        return {"deleted": False}, 200
    return {"deleted": True}, 200


@bp.get("/merchants/<merchant_id>/webhooks")
def list_webhooks(merchant_id: str) -> Answer:
    """All of them, newest first, and every event type by noun."""
    found = webhooks.all_of(scope(merchant_id, live()), _LISTED)
    return {"webhooks": [_view(endpoint) for endpoint in found], "types": event_types.names()}, 200


@bp.post("/merchants/<merchant_id>/webhooks")
@once
def create_webhook(merchant_id: str) -> Answer:
    where, wanted = scope(merchant_id, live()), body(WebhookSchema())
    label = f"{webhooks.API_LABELS}{g.suffix or new_suffix()}"
    endpoint = webhooks.put_endpoint(where, label, wanted["url"], wanted["events"], wanted["enabled"])
    return _view(endpoint) | _secrets(endpoint), 201


@bp.get("/merchants/<merchant_id>/webhooks/<webhook_id>")
def get_webhook(merchant_id: str, webhook_id: str) -> Answer:
    endpoint = webhooks.any_endpoint(scope(merchant_id, live()), webhook_id)
    return _view(endpoint) | {"types": event_types.names()}, 200


@bp.patch("/merchants/<merchant_id>/webhooks/<webhook_id>")
def change_webhook(merchant_id: str, webhook_id: str) -> Answer:
    return _view(webhooks.change_endpoint(scope(merchant_id, live()), webhook_id, body(ChangesSchema()))), 200


@bp.delete("/merchants/<merchant_id>/webhooks/<webhook_id>")
def delete_webhook(merchant_id: str, webhook_id: str) -> Answer:
    where = scope(merchant_id, live())
    webhooks.delete_endpoint(where, webhooks.endpoint(where, webhook_id).label)
    return {"deleted": True}, 200


@bp.post("/merchants/<merchant_id>/webhooks/<webhook_id>/rotate")
@once
def rotate_webhook(merchant_id: str, webhook_id: str) -> Answer:
    overlap = timedelta(seconds=body(RotationSchema())["expires_in"])
    endpoint = webhooks.rotate(scope(merchant_id, live()), webhook_id, overlap, suffix=g.suffix)
    return _view(endpoint) | _secrets(endpoint), 200


@bp.post("/merchants/<merchant_id>/webhooks/<webhook_id>/test")
@once
def test_webhook(merchant_id: str, webhook_id: str) -> Answer:
    """Lasts as long as the receiver takes, ten seconds at most."""
    no_fields()
    where = scope(merchant_id, live())
    sent = deliveries.try_out(where, webhooks.any_endpoint(where, webhook_id), suffix=g.suffix)
    answer = sent.answer
    return {
        "event": sent.event_id,
        "accepted": answer.accepted,
        "status": answer.status,
        "duration_ms": answer.milliseconds,
        "problem": answer.problem,
        "detail": answer.detail,
    }, 200


@bp.get("/merchants/<merchant_id>/webhooks/<webhook_id>/deliveries")
def list_deliveries(merchant_id: str, webhook_id: str) -> Answer:
    """Newest first, a page by cursor."""
    endpoint = webhooks.any_endpoint(scope(merchant_id, live()), webhook_id)
    state = request.args.get("state") or None
    if state is not None and state not in _STATES:
        raise InvalidRequest("state", f"`state` is one of {', '.join(_STATES)}")
    found = by_keyset(Delivery, deliveries.of_endpoint(endpoint, state), request.args.get("cursor") or None, limit())
    return {"deliveries": [_delivery(item) for item in found.items], "next": found.next}, 200


@bp.get("/merchants/<merchant_id>/events/<event_id>")
def get_event(merchant_id: str, event_id: str) -> Answer:
    """Exactly what is sent, `data` null when no endpoint listened."""
    return events.message(events.get(scope(merchant_id, live()), event_id)), 200


@bp.post("/merchants/<merchant_id>/events/<event_id>/redeliver")
@once
def redeliver_event(merchant_id: str, event_id: str) -> Answer:
    where = scope(merchant_id, live())
    endpoint = webhooks.any_endpoint(where, body(RedeliverySchema())["webhook"])
    return _delivery(deliveries.redeliver(where, event_id, endpoint, suffix=g.suffix)), 200


def _view(endpoint: WebhookEndpoint) -> dict[str, Any]:
    rotating = webhooks.rotating(endpoint, runtime().clock())
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "live": endpoint.live,
        "managed": webhooks.managed(endpoint),
        "enabled": endpoint.enabled,
        "disabled_reason": endpoint.disabled_reason,
        "events": endpoint.events,
        "previous_expires_at": time(endpoint.previous_until) if rotating else None,
        "created_at": time(endpoint.created_at),
    }


def _secrets(endpoint: WebhookEndpoint) -> dict[str, str]:
    secret = webhooks.secret_of(endpoint)
    return {"secret": secret.hex(), "standard_secret": webhooks.standard_form(secret)}


def _delivery(found: Delivery) -> dict[str, Any]:
    return {
        "id": found.id,
        "webhook": found.endpoint_id,
        "event": found.event_id,
        "type": found.event.type,
        "object": found.object_id,
        "version": found.version,
        "state": found.state,
        "attempts": found.attempts,
        "status": found.last_status,
        "problem": found.last_error,
        "created_at": time(found.created_at),
        "next_attempt_at": time(found.next_attempt_at) if found.state == "pending" else None,
        "delivered_at": time(found.delivered_at),
    }
