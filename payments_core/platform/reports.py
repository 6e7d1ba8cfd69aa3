"""Balances, the dashboard's figures, and the check of the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from payments_core import ledger, ledger_check, statistics
from payments_core.models import Balance
from payments_core.money import SETTLED_IN
from payments_core.platform.answers import Answer, live, moment
from payments_core.platform.door import bp, merchant_or_404, scope

_DEFAULT_PERIOD = timedelta(days=30)


@bp.get("/merchants/<merchant_id>/balance")
def get_balance(merchant_id: str) -> Answer:
    """The balance in euros first; others while something is in them."""
    merchant_or_404(merchant_id)
    rows = {balance.currency: balance for balance in ledger.balances(merchant_id, live())}
    shown = [_balance(SETTLED_IN, rows.pop(SETTLED_IN, None))]
    others = [_balance(currency, balance) for currency, balance in rows.items()]
    return {"balances": shown + [one for one in others if any(one[name] for name in ledger.BUCKETS.values())]}, 200


def _balance(currency: str, balance: Balance | None) -> dict[str, Any]:
    amounts = {name: getattr(balance, name) if balance is not None else 0 for name in ledger.BUCKETS.values()}
    return {
        "currency": currency,
        **amounts,
        "payouts_stopped": balance.payouts_stopped if balance is not None else None,
    }


@bp.get("/merchants/<merchant_id>/dashboard")
def get_dashboard(merchant_id: str) -> Answer:
    where = scope(merchant_id, live())
    until = moment("to", end_of_day=True) or where.now + timedelta(seconds=1)
    since = moment("from") or until - _DEFAULT_PERIOD
    return statistics.dashboard(where, since, until), 200


@bp.get("/ledger/check")
def check_ledger() -> Answer:
    return ledger_check.check().as_json(), 200
