"""Mes Reversements: where the money is, past and coming payouts, what makes each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from merchant_portal import csv_export, formats, permissions, runtime, statuses, timelines
from merchant_portal.errors import PaymentsRefused
from merchant_portal.views.common import acting, merchant, requires

bp = Blueprint("payouts", __name__, url_prefix="/reversements")

SHOWN_LINES = 200


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """The balance by bucket and currency, and the payouts, newest first."""
    core, merchant_id = runtime.payments(), merchant()
    try:
        page = core.payouts(acting(), merchant_id, {"limit": 50, "cursor": request.args.get("suite")})
    except PaymentsRefused:  # a cursor of another time: start anew
        return redirect(url_for("payouts.index"))
    balances = core.balances(acting(), merchant_id)
    return render_template(
        "payouts/index.html",
        balances=balances,
        stopped=any(row.get("payouts_stopped") for row in balances),
        merchant=core.merchant(acting(), merchant_id),
        page=page,
        paged=bool(request.args.get("suite")),
    )


@bp.get("/export.csv")
@requires(permissions.EXPORT)
def export() -> Response:
    """Every payout."""
    header = [gettext("Date"), gettext("Statut"), gettext("Montant"), gettext("Devise"), gettext("Référence")]
    return csv_export.response("reversements.csv", header, _rows())


@bp.get("/<payout_id>")
@requires(permissions.READ)
def show(payout_id: str) -> ResponseReturnValue:
    """One payout, to the cent."""
    core, merchant_id = runtime.payments(), merchant()
    payout = core.payout(acting(), merchant_id, payout_id)
    lines: list[dict[str, Any]] = []
    for line in core.payout_lines(acting(), merchant_id, payout_id):
        if len(lines) == SHOWN_LINES:
            break
        lines.append(line)
    count = sum(group["count"] for group in payout["sums"].values())
    return render_template(
        "payouts/show.html", payout=payout, lines=lines, more=max(0, count - len(lines)), events=timelines.of(payout)
    )


@bp.get("/<payout_id>/export.csv")
@requires(permissions.EXPORT)
def export_lines(payout_id: str) -> Response:
    """Every line of one payout."""
    core, merchant_id = runtime.payments(), merchant()
    payout = core.payout(acting(), merchant_id, payout_id)
    header = [gettext("Date"), gettext("Nature"), gettext("Objet"), gettext("Référence")]
    header += [gettext("Brut"), gettext("Commission"), gettext("Net")]
    header += [gettext("Montant d’origine"), gettext("Devise d’origine"), gettext("Taux de change")]
    rows = (
        [
            formats.short_date_time(line["at"]),
            str(statuses.PAYOUT_LINES[line["kind"]]),
            line["reference"],
            line["order_id"] or "",
            *(formats.plain_amount(line[name], payout["currency"]) for name in ("gross", "fee", "net")),
            *_origin(line),
        ]
        for line in core.payout_lines(acting(), merchant_id, payout_id)
    )
    return csv_export.response(f"reversement-{payout['reference']}.csv", header, rows)


@bp.post("/reprendre")
@requires(permissions.PAYOUTS)
def resume() -> ResponseReturnValue:
    """The owner says the bank account is right: payouts leave again."""
    runtime.payments().resume_payouts(acting(), merchant())
    flash(gettext("Les reversements reprennent au prochain jour ouvré."), "success")
    return redirect(url_for("payouts.index"), 303)


def _origin(line: dict[str, Any]) -> list[str]:
    """What a line is about in another currency, and the rate; three empty cells for euros."""
    if line["original"] is None:
        return ["", "", ""]
    amount, currency = line["original"]["amount"], line["original"]["currency"]
    return [formats.plain_amount(amount, currency), currency.upper(), formats.plain_rate(line["rate"])]


def _rows() -> Iterator[list[str]]:
    core, merchant_id, cursor = runtime.payments(), merchant(), ""
    while True:
        page = core.payouts(acting(), merchant_id, {"limit": 100, "cursor": cursor})
        for item in page["payouts"]:
            yield [
                formats.short_day(item["date_bank"] or item["expected_on"]),
                str(statuses.payout(item["status"]).label),
                formats.plain_amount(item["amount"], item["currency"]),
                item["currency"].upper(),
                item["reference"],
            ]
        cursor = page["next"] or ""
        if not cursor:
            return
