"""Refunds: create, read, list (wire contract 2.6)."""

from __future__ import annotations

from typing import Any

from payments_core import refunds
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import ListQuery, moment
from payments_core.api.schemas.refunds import NewRefund
from payments_core.api.versions import v1, v2, version


@v1.post("/refunds")
@v2.post("/refunds")
def create_refund() -> dict[str, Any]:
    """An omitted amount refunds all that remains."""
    fields = load_body(NewRefund)
    refund = refunds.create(current_scope(), fields["payment"], fields.get("amount"), suffix=suffix())
    return objects.refund(refund)


@v1.get("/refunds/<refund_id>")
@v2.get("/refunds/<refund_id>")
def read_refund(refund_id: str) -> dict[str, Any]:
    return objects.refund(refunds.get(current_scope(), refund_id))


@v1.get("/refunds")
@v2.get("/refunds")
def list_refunds() -> dict[str, Any]:
    query = load_query(ListQuery)
    page = refunds.page(
        current_scope(),
        created=moment(query.get("created")),
        start=query["start"],
        limit=query["limit"],
        newest_first=version() == 2,
        count=version() == 2,
    )
    return envelope("refunds", objects.refunds(page.items), page, query)
