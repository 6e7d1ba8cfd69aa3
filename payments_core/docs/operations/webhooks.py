"""Webhook endpoints, events, and whether the key is good."""

from __future__ import annotations

from payments_core.api.schemas.lists import ListQuery
from payments_core.api.schemas.webhooks import (
    DeliveriesQuery,
    EventsQuery,
    NewWebhook,
    Nothing,
    Redelivery,
    Rotation,
    WebhookChanges,
)
from payments_core.docs.operations.forms import NOTHING, Answer, Operation, lists, read

_CHOICE_ERRORS = ("bad_url", "no_event_type", "unknown_event_type")

WEBHOOKS: dict[str, Operation] = {
    "create_webhook": Operation(
        "Create a webhook endpoint",
        (Answer("WebhookEndpoint"),),
        body=NewWebhook,
        errors=(*_CHOICE_ERRORS, "too_many_webhooks"),
        text="Its secret is in the answer.",
    ),
    "read_webhook": read("Read a webhook endpoint", "WebhookEndpoint"),
    "change_webhook": Operation(
        "Change a webhook endpoint", (Answer("WebhookEndpoint"),), body=WebhookChanges, errors=_CHOICE_ERRORS
    ),
    "delete_webhook": Operation("Delete a webhook endpoint", (NOTHING,)),
    "list_webhooks": lists("List webhook endpoints", "webhook_endpoints", "WebhookEndpoint", ListQuery, "created"),
    "rotate_webhook": Operation(
        "Replace the secret", (Answer("WebhookEndpoint"),), body=Rotation, errors=("rotation_in_progress",)
    ),
    "test_webhook": Operation("Try an endpoint", (Answer("WebhookTest"),), body=Nothing),
    "list_deliveries": lists("List what was sent to an endpoint", "deliveries", "Delivery", DeliveriesQuery),
}

EVENTS: dict[str, Operation] = {
    "list_events": lists(
        "List events",
        "events",
        "Event",
        EventsQuery,
        text="Newest first. `data` is null where no endpoint listened when it happened.",
    ),
    "read_event": read("Read an event", "Event"),
    "redeliver_event": Operation(
        "Send an event again",
        (Answer("Delivery"),),
        body=Redelivery,
        errors=("webhook_disabled", "event_without_data"),
    ),
}

PING: dict[str, Operation] = {"ping": read("Ask whether the key is good", "Ping")}
