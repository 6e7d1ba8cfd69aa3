"""Events of our own extension (v2): what happened, newest first, and sending one again.

`data` is the object as it was; null when no endpoint listened at that moment (payments_core.events says why).
"""

from __future__ import annotations

from typing import Any

from payments_core import deliveries, events, webhooks
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import moment
from payments_core.api.schemas.webhooks import EventsQuery, Redelivery
from payments_core.api.versions import v2
from payments_core.api.webhooks import delivery


@v2.get("/events")
def list_events() -> dict[str, Any]:
    query = load_query(EventsQuery)
    page = events.page(
        current_scope(),
        kind=query.get("type"),
        object_id=query.get("object"),
        created=moment(query.get("created")),
        start=query["start"],
        limit=query["limit"],
    )
    return envelope("events", [events.message(event) for event in page.items], page, query)


@v2.get("/events/<event_id>")
def read_event(event_id: str) -> dict[str, Any]:
    return events.message(events.get(current_scope(), event_id))


@v2.post("/events/<event_id>/redeliver")
def redeliver_event(event_id: str) -> dict[str, Any]:
    """The same event under the same id to one endpoint again, also after it was delivered or given up."""
    events.get(current_scope(), event_id)
    endpoint = webhooks.endpoint(current_scope(), load_body(Redelivery)["webhook"])
    return delivery(deliveries.redeliver(current_scope(), event_id, endpoint, suffix=suffix()))
