"""Statistiques: Ventes globales journalières and Efficacité globale of a period, with their CSV."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from merchant_portal import csv_export, formats, periods, permissions, runtime
from merchant_portal.views.common import acting, merchant, merchant_now, requires

bp = Blueprint("statistics", __name__, url_prefix="/statistiques")


def _period() -> periods.Period:
    count = request.args.get("jours", type=int)
    days = count if count in periods.CHOICES else 30
    return periods.read(request.args.get("du"), request.args.get("au"), periods.last_days(days, merchant_now()))


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """Charts and their tables."""
    period = _period()
    report = runtime.payments().dashboard(acting(), merchant(), period.first.isoformat(), period.last.isoformat())
    found = periods.currencies(report["days"])
    currency = request.args.get("devise", found[0])
    return render_template(
        "statistics/index.html",
        period=period,
        choices=periods.CHOICES,
        days=periods.per_day(period, report["days"], currency),
        currency=currency,
        currencies=found,
        efficiency=report["efficiency"],
    )


@bp.get("/export.csv")
@requires(permissions.EXPORT)
def export() -> Response:
    """The daily sales as shown, every currency."""
    period = _period()
    report = runtime.payments().dashboard(acting(), merchant(), period.first.isoformat(), period.last.isoformat())
    header = [gettext("Jour"), gettext("Ventes"), gettext("Montant"), gettext("Devise")]
    rows = (
        [str(row["date"]), str(row["count"]), formats.plain_amount(row["amount"], currency), currency.upper()]
        for currency in periods.currencies(report["days"])
        for row in periods.per_day(period, report["days"], currency)
    )
    return csv_export.response(f"ventes-{period.first}-{period.last}.csv", header, rows)
