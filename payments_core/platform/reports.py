"""Balances, the dashboard's figures, and the check of the ledger."""

from __future__ import annotations

from datetime import timedelta

from payments_core import ledger, ledger_check, statistics
from payments_core.platform.answers import Answer, live, moment
from payments_core.platform.door import bp, merchant_or_404, scope

_DEFAULT_PERIOD = timedelta(days=30)


@bp.get("/merchants/<merchant_id>/balance")
def get_balance(merchant_id: str) -> Answer:
    merchant_or_404(merchant_id)
    rows = [
        {
            "currency": balance.currency,
            "pending": balance.pending,
            "held": balance.held,
            "available": balance.available,
            "in_transit": balance.in_transit,
            "payouts_stopped": balance.payouts_stopped,
        }
        for balance in ledger.balances(merchant_id, live())
    ]
    empty = {"currency": "eur", "pending": 0, "held": 0, "available": 0, "in_transit": 0, "payouts_stopped": None}
    return {"balances": rows or [empty]}, 200


@bp.get("/merchants/<merchant_id>/dashboard")
def get_dashboard(merchant_id: str) -> Answer:
    where = scope(merchant_id, live())
    until = moment("to", end_of_day=True) or where.now + timedelta(seconds=1)
    since = moment("from") or until - _DEFAULT_PERIOD
    return statistics.dashboard(where, since, until), 200


@bp.get("/ledger/check")
def check_ledger() -> Answer:
    return ledger_check.check().as_json(), 200
