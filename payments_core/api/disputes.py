"""Disputes, read only on the wire (contract 2.7); evidence and acceptance are our extension, through the portal."""

from __future__ import annotations

from typing import Any

from payments_core import disputes
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_query
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import ListQuery, moment
from payments_core.api.versions import v1, v2, version


@v1.get("/disputes")
@v2.get("/disputes")
def list_disputes() -> dict[str, Any]:
    query = load_query(ListQuery)
    page = disputes.page(
        current_scope(),
        created=moment(query.get("created")),
        start=query["start"],
        limit=query["limit"],
        newest_first=version() == 2,
        count=version() == 2,
    )
    return envelope("disputes", objects.disputes(page.items), page, query)


@v1.get("/disputes/<dispute_id>")
@v2.get("/disputes/<dispute_id>")
def read_dispute(dispute_id: str) -> dict[str, Any]:
    return objects.disputes([disputes.get(current_scope(), dispute_id)])[0]
