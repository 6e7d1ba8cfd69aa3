"""What the tests of webhooks share: the receiver, and the worker in one thread."""

from __future__ import annotations

import json
from typing import Any

import responses

from payments_core import (
    deliveries,
)
from tests.payments_core.conftest import FrozenClock

URL = "https://atelier.localhost:8443/module/comptoir/webhook"


def send_all(clock: FrozenClock) -> int:
    """What the worker does, in one thread."""
    sent = 0
    while claimed := deliveries.claim(clock(), 10):
        for delivery_id, _ in claimed:
            following: str | None = delivery_id
            while following is not None:
                accepted = deliveries.deliver(following, clock())
                sent += 1
                following = deliveries.next_of(following, clock()) if accepted else None
    return sent


def bodies(web: responses.RequestsMock, noun: str = "payment") -> list[dict[str, Any]]:
    """What was sent about payments, or another noun."""
    sent = [json.loads(call.request.body or "") for call in web.calls]
    return [body for body in sent if body["type"].startswith(f"{noun}.")]
