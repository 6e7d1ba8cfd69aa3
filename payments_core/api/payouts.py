"""Payouts, read only (wire contract 2.8): those whose lines are closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from payments_core import disputes, payment_lists, payout_lines, payouts, refunds
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_query
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import ListQuery, PayoutsQuery, moment
from payments_core.api.versions import v1, v2, version
from payments_core.errors import Forbidden
from payments_core.models import Payout
from payments_core.payment_lists import Filters


@v1.get("/payouts")
@v2.get("/payouts")
def list_payouts() -> dict[str, Any]:
    """v1's range echoes the filters."""
    query = load_query(PayoutsQuery)
    page = payouts.page(
        current_scope(),
        created=moment(query.get("created")),
        payment_id=query.get("payment"),
        start=query["start"],
        limit=query["limit"],
        newest_first=version() == 2,
        count=version() == 2,
    )
    echoed = {name: query.get(name) for name in ("created", "order_id", "unique_id")}
    return envelope("payouts", _objects(page.items), page, query, **echoed)


@v1.get("/payouts/<payout_id>")
@v2.get("/payouts/<payout_id>")
def read_payout(payout_id: str) -> dict[str, Any]:
    return _objects([payouts.closed(current_scope(), payout_id)])[0]


@v1.get("/payouts/<payout_id>/<part>")
@v2.get("/payouts/<payout_id>/<part>")
def read_payout_part(payout_id: str, part: str) -> dict[str, Any]:
    """`part` is payments, refunds or disputes; the Node client without a type asks for "undefined" and gets the payout."""
    payout, query = payouts.closed(current_scope(), payout_id), load_query(ListQuery)
    window = {"start": query["start"], "limit": query["limit"], "count": version() == 2, "newest_first": version() == 2}
    if part == "payments":
        found = payment_lists.page(current_scope(), Filters(payout=payout), **window)
        return envelope("payments", objects.payments(found.items), found, query)
    if part == "refunds":
        given_back = refunds.page(current_scope(), payout=payout, **window)
        return envelope("refunds", objects.refunds(given_back.items), given_back, query)
    if part == "disputes":
        contested = disputes.page(current_scope(), payout=payout, **window)
        return envelope("disputes", objects.disputes(contested.items), contested, query)
    return _objects([payout])[0]


@v2.post("/payouts")
def create_payout() -> dict[str, Any]:
    """Payouts are automatic; an early one is asked for in the portal."""
    raise Forbidden("Payouts are made automatically; ask for an early payout in the portal")


def _objects(found: Sequence[Payout]) -> list[dict[str, Any]]:
    sums = payout_lines.sums_of(found)
    return [objects.payout(payout, sums[payout.id]) for payout in found]
