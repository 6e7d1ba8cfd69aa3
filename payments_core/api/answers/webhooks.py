"""Webhook endpoints (wire contract 7). v2 only."""

from __future__ import annotations

from payments_core.api.answers.forms import FLAG, TEXT, Schema, identifier, record

ANSWERS: dict[str, Schema] = {
    "WebhookEndpoint": record(
        id=identifier("we"),
        url=TEXT,
        enabled=FLAG,
        secret={"type": "string", "pattern": "^[0-9a-f]{64}$"},
    ),
}
