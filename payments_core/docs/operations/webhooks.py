"""Webhook endpoints, and whether the key is good."""

from __future__ import annotations

from payments_core.api.schemas.lists import ListQuery
from payments_core.api.schemas.webhooks import NewWebhook, WebhookChanges
from payments_core.docs.operations.forms import NOTHING, Answer, Operation, lists, read

WEBHOOKS: dict[str, Operation] = {
    "create_webhook": Operation(
        "Create a webhook endpoint",
        (Answer("WebhookEndpoint"),),
        body=NewWebhook,
        errors=("bad_url",),
        text="Its secret is in the answer.",
    ),
    "read_webhook": read("Read a webhook endpoint", "WebhookEndpoint"),
    "change_webhook": Operation(
        "Change a webhook endpoint", (Answer("WebhookEndpoint"),), body=WebhookChanges, errors=("bad_url",)
    ),
    "delete_webhook": Operation("Delete a webhook endpoint", (NOTHING,)),
    "list_webhooks": lists("List webhook endpoints", "webhook_endpoints", "WebhookEndpoint", ListQuery, "created"),
}

PING: dict[str, Operation] = {"ping": read("Ask whether the key is good", "Ping")}
