"""Disputes, read only (wire contract 2.7). None can be opened yet: lists are empty, every id is unknown."""

from __future__ import annotations

from typing import Any

from payments_core.api.bodies import load_query
from payments_core.api.lists import NOTHING, envelope
from payments_core.api.schemas.lists import ListQuery
from payments_core.api.versions import v1, v2
from payments_core.errors import NotFound


@v1.get("/disputes")
@v2.get("/disputes")
def list_disputes() -> dict[str, Any]:
    return envelope("disputes", [], NOTHING, load_query(ListQuery))


@v1.get("/disputes/<dispute_id>")
@v2.get("/disputes/<dispute_id>")
def read_dispute(dispute_id: str) -> dict[str, Any]:
    raise NotFound("dispute", dispute_id)
