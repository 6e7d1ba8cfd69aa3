"""Dashboard: balance, today's sales, what to do next, incidents."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from merchant_portal import payment_lists, periods, permissions, runtime
from merchant_portal.boutique_views import boutique_views
from merchant_portal.errors import BoutiquesUnavailable
from merchant_portal.views.common import acting, merchant, merchant_now, requires

bp = Blueprint("dashboard", __name__)

DAYS = 14


@bp.get("/")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """Everything on it comes from the core and the provisioner now; nothing is cached here."""
    merchant_id, who, core = merchant(), acting(), runtime.payments()
    period = periods.last_days(DAYS, merchant_now())
    report = core.dashboard(who, merchant_id, period.first.isoformat(), period.last.isoformat())
    balances = core.balances(who, merchant_id)
    currency = periods.currencies(report["days"])[0]
    recent = core.payments(who, merchant_id, {"limit": 6})["payments"]
    incidents = core.payments(who, merchant_id, {"status": "disputed", "limit": 5})["payments"]
    return render_template(
        "dashboard/index.html",
        balances=balances,
        days=periods.per_day(period, report["days"], currency),
        currency=currency,
        efficiency=report["efficiency"],
        recent=recent,
        incidents=incidents,
        steps=_steps(merchant_id, recent),
        lists=payment_lists,
    )


def _steps(merchant_id: str, recent: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """What a new merchant does first, and whether it is done; empty once all is."""
    # Whoever was paid had keys: most visits need not ask.
    keys = bool(recent) or any(key["kind"] == "secret" for key in runtime.payments().keys(acting(), merchant_id))
    try:
        boutique = any(row.state != "archived" for row in boutique_views().boutiques(merchant_id))
    except BoutiquesUnavailable:
        boutique = False
    steps = [
        ("keys", keys),
        ("boutique", boutique),
        ("payment", any(item["status"] not in (None, "refused", "failed", "expired") for item in recent)),
        ("refund", bool(recent) and bool(runtime.payments().refunds(acting(), merchant_id, {"limit": 1})["refunds"])),
    ]
    return [] if all(done for _, done in steps) else steps
