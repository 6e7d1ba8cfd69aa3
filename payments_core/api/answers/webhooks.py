"""Webhook endpoints (wire contract 7), and our own events, deliveries and tests. v2 only."""

from __future__ import annotations

from payments_core.api.answers.forms import (
    COUNT,
    FLAG,
    NUMBER,
    SECONDS,
    TEXT,
    Schema,
    identifier,
    nullable,
    record,
    several,
    words,
)

_DELIVERY_STATES = ("pending", "delivered", "abandoned")

ANSWERS: dict[str, Schema] = {
    "WebhookEndpoint": record(
        id=identifier("we"),
        url=TEXT,
        enabled=FLAG,
        disabled_reason=nullable(TEXT),
        events=several(TEXT),
        secret={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        standard_secret={"type": "string", "pattern": "^whsec_"},
        previous_expires_at=nullable(SECONDS),
        created=SECONDS,
    ),
    "WebhookTest": record(
        webhook=identifier("we"),
        event=identifier("evt"),
        accepted=FLAG,
        status=nullable(NUMBER),
        duration_ms=COUNT,
        problem=nullable(TEXT),
        message=TEXT,
    ),
    "Event": record(
        id=identifier("evt"),
        type=TEXT,
        created=SECONDS,
        live_mode=FLAG,
        api_version=words("v2"),
        version=NUMBER,
        object=TEXT,
        data=nullable({"type": "object"}),
    ),
    "Delivery": record(
        id=identifier("dlvr"),
        webhook=identifier("we"),
        event=identifier("evt"),
        type=TEXT,
        object=TEXT,
        version=NUMBER,
        state=words(*_DELIVERY_STATES),
        attempts=COUNT,
        status=nullable(NUMBER),
        problem=nullable(TEXT),
        message=nullable(TEXT),
        created=SECONDS,
        next_attempt=nullable(SECONDS),
        delivered=nullable(SECONDS),
    ),
}
