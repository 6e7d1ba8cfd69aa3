"""Payouts, read only (wire contract 2.8). None is made yet: lists are empty, every id is unknown."""

from __future__ import annotations

from typing import Any

from payments_core.api.bodies import load_query
from payments_core.api.lists import NOTHING, envelope
from payments_core.api.schemas.lists import PayoutsQuery
from payments_core.api.versions import v1, v2
from payments_core.errors import Forbidden, NotFound


@v1.get("/payouts")
@v2.get("/payouts")
def list_payouts() -> dict[str, Any]:
    """v1's range echoes the filters."""
    query = load_query(PayoutsQuery)
    echoed = {name: query.get(name) for name in ("created", "order_id", "unique_id")}
    return envelope("payouts", [], NOTHING, query, **echoed)


@v1.get("/payouts/<payout_id>")
@v2.get("/payouts/<payout_id>")
def read_payout(payout_id: str) -> dict[str, Any]:
    raise NotFound("payout", payout_id)


@v1.get("/payouts/<payout_id>/<part>")
@v2.get("/payouts/<payout_id>/<part>")
def read_payout_part(payout_id: str, part: str) -> dict[str, Any]:
    """`part` is payments, refunds or disputes; the Node client without a type asks for "undefined"."""
    raise NotFound("payout", payout_id)


@v2.post("/payouts")
def create_payout() -> dict[str, Any]:
    """Payouts are automatic; an early one is asked for in the portal."""
    raise Forbidden("Payouts are made automatically; ask for an early payout in the portal")
