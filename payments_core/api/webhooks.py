"""Webhook endpoints a merchant's developer manages by API (wire contract 7, v2), and our own rotation, test and deliveries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from payments_core import deliveries, webhooks
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import ListQuery, moment
from payments_core.api.schemas.webhooks import DeliveriesQuery, NewWebhook, Nothing, Rotation, WebhookChanges
from payments_core.api.versions import v2
from payments_core.db import new_suffix
from payments_core.models import Delivery, WebhookEndpoint
from payments_core.representation import unix


@v2.post("/webhooks")
def create_webhook() -> dict[str, Any]:
    """The label under which the endpoint is kept follows from the idempotency key, so a repetition finds it again."""
    fields = load_body(NewWebhook)
    label = f"{webhooks.API_LABELS}{suffix() or new_suffix()}"
    enabled = fields.get("enabled") is not False
    return _body(webhooks.put_endpoint(current_scope(), label, fields["url"], fields.get("events"), enabled))


@v2.get("/webhooks/<webhook_endpoint_id>")
def read_webhook(webhook_endpoint_id: str) -> dict[str, Any]:
    return _body(webhooks.endpoint(current_scope(), webhook_endpoint_id))


@v2.patch("/webhooks/<webhook_endpoint_id>")
def change_webhook(webhook_endpoint_id: str) -> dict[str, Any]:
    fields = {name: value for name, value in load_body(WebhookChanges).items() if value is not None}
    return _body(webhooks.change_endpoint(current_scope(), webhook_endpoint_id, fields))


@v2.delete("/webhooks/<webhook_endpoint_id>")
def delete_webhook(webhook_endpoint_id: str) -> tuple[str, int]:
    endpoint = webhooks.endpoint(current_scope(), webhook_endpoint_id)
    webhooks.delete_endpoint(current_scope(), endpoint.label)
    return "", 204


@v2.get("/webhooks")
def list_webhooks() -> dict[str, Any]:
    query = load_query(ListQuery)
    page = webhooks.page(current_scope(), start=query["start"], limit=query["limit"])
    return envelope("webhook_endpoints", [_body(endpoint) for endpoint in page.items], page, query)


@v2.post("/webhooks/<webhook_endpoint_id>/rotate")
def rotate_webhook(webhook_endpoint_id: str) -> dict[str, Any]:
    """A new secret; the former one signs beside it for `expires_in` seconds."""
    webhooks.endpoint(current_scope(), webhook_endpoint_id)
    seconds = load_body(Rotation)["expires_in"]
    overlap = webhooks.OVERLAP if seconds is None else timedelta(seconds=seconds)
    return _body(webhooks.rotate(current_scope(), webhook_endpoint_id, overlap, suffix=suffix()))


@v2.post("/webhooks/<webhook_endpoint_id>/test")
def test_webhook(webhook_endpoint_id: str) -> dict[str, Any]:
    """Sends a `webhook.test` at once and tells what came back."""
    endpoint = webhooks.endpoint(current_scope(), webhook_endpoint_id)
    load_body(Nothing)
    return {"webhook": endpoint.id, **trial(deliveries.try_out(current_scope(), endpoint, suffix=suffix()))}


@v2.get("/webhooks/<webhook_endpoint_id>/deliveries")
def list_deliveries(webhook_endpoint_id: str) -> dict[str, Any]:
    """Newest first."""
    endpoint = webhooks.endpoint(current_scope(), webhook_endpoint_id)
    query = load_query(DeliveriesQuery)
    page = deliveries.page(
        endpoint,
        state=query.get("state"),
        created=moment(query.get("created")),
        start=query["start"],
        limit=query["limit"],
    )
    return envelope("deliveries", [delivery(item) for item in page.items], page, query)


def delivery(found: Delivery) -> dict[str, Any]:
    """`next_attempt` only while it is still tried; `problem` is a stable code, `message` says it in words."""
    pending = found.state == "pending"
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
        "message": deliveries.words(found.last_error, found.last_status),
        "created": unix(found.created_at),
        "next_attempt": unix(found.next_attempt_at) if pending else None,
        "delivered": unix(found.delivered_at),
    }


def trial(sent: deliveries.Trial) -> dict[str, Any]:
    answer = sent.answer
    words = "The receiver accepted the event" if answer.accepted else deliveries.words(answer.problem, answer.status)
    return {
        "event": sent.event_id,
        "accepted": answer.accepted,
        "status": answer.status,
        "duration_ms": answer.milliseconds,
        "problem": answer.problem,
        "message": f"{words}: {answer.detail}" if answer.detail else words,
    }


def _body(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """`secret` is the hex form for Stancer-Signature, `standard_secret` the one Standard Webhooks' libraries take."""
    secret = webhooks.secret_of(endpoint)
    rotating = webhooks.rotating(endpoint, current_scope().real_now)
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "enabled": endpoint.enabled,
        "disabled_reason": endpoint.disabled_reason,
        "events": endpoint.events or ["*"],
        "secret": secret.hex(),
        "standard_secret": webhooks.standard_form(secret),
        "previous_expires_at": unix(endpoint.previous_until) if rotating else None,
        "created": unix(endpoint.created_at),
    }
