"""Webhook endpoints a merchant's developer manages by API (wire contract 7, v2)."""

from __future__ import annotations

from typing import Any

from payments_core import webhooks
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import ListQuery
from payments_core.api.schemas.webhooks import NewWebhook, WebhookChanges
from payments_core.api.versions import v2
from payments_core.db import new_suffix
from payments_core.models import WebhookEndpoint


@v2.post("/webhooks")
def create_webhook() -> dict[str, Any]:
    """The label under which the endpoint is kept follows from the idempotency key, so a repetition finds it again."""
    fields = load_body(NewWebhook)
    endpoint = webhooks.put_endpoint(current_scope(), f"api:{suffix() or new_suffix()}", fields["url"])
    if fields.get("enabled") is False:
        endpoint = webhooks.change_endpoint(current_scope(), endpoint.id, {"enabled": False})
    return _body(endpoint)


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


def _body(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "enabled": endpoint.enabled,
        "secret": webhooks.secret_of(endpoint).hex(),
    }
