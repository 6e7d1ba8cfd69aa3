"""Remboursements: their own list, with its CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from merchant_portal import csv_export, formats, permissions, runtime, statuses
from merchant_portal.errors import PaymentsRefused
from merchant_portal.views.common import acting, merchant, requires

bp = Blueprint("refunds", __name__, url_prefix="/remboursements")

PAGE = 25


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """Newest first."""
    try:
        page = runtime.payments().refunds(acting(), merchant(), {"limit": PAGE, "cursor": request.args.get("suite")})
    except PaymentsRefused:  # a cursor of another time
        return redirect(url_for("refunds.index"))
    return render_template("refunds/index.html", page=page, paged=bool(request.args.get("suite")))


@bp.get("/export.csv")
@requires(permissions.EXPORT)
def export() -> Response:
    """All of them, in the list's order."""
    header = [
        gettext("Date"),
        gettext("Identifiant"),
        gettext("Paiement"),
        gettext("Statut"),
        gettext("Montant"),
        gettext("Devise"),
    ]
    rows = (_row(item) for item in _all(acting(), merchant()))
    return csv_export.response("remboursements.csv", header, rows)


def _all(who: str, merchant_id: str) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = runtime.payments().refunds(who, merchant_id, {"limit": 100, "cursor": cursor})
        yield from page["refunds"]
        cursor = page["next"]
        if not cursor:
            return


def _row(item: dict[str, Any]) -> list[str]:
    label = str(statuses.refund(item["status"]).label)
    amount = formats.plain_amount(item["amount"], item["currency"])
    return [formats.date_time(item["created_at"]), item["id"], item["payment"], label, amount, item["currency"].upper()]
