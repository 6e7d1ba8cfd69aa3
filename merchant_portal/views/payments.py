"""Mes Paiements: list, CSV, one payment, refund, capture."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from merchant_portal import audit, csv_export, formats, payment_lists, periods, permissions, runtime, timelines
from merchant_portal.db import db
from merchant_portal.errors import PaymentsRefused
from merchant_portal.forms.payments import CaptureForm, RefundForm
from merchant_portal.views.common import acting, address, merchant, merchant_now, requires, visitor
from merchant_portal.wordings import sentence

bp = Blueprint("payments", __name__, url_prefix="/paiements")
links = Blueprint("payment_links", __name__)


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """Search first; filters and place are in the address."""
    filters = payment_lists.read(request.args)
    query = {**filters.query(), "limit": payment_lists.PAGE, "cursor": request.args.get("suite")}
    try:
        page = runtime.payments().payments(acting(), merchant(), query)
    except PaymentsRefused:  # a cursor of another time: start anew
        return redirect(url_for("payments.index", **filters.address()))
    return render_template(
        "payments/index.html", filters=filters, page=page, lists=payment_lists, paged=bool(request.args.get("suite"))
    )


@bp.get("/export.csv")
@requires(permissions.EXPORT)
def export() -> Response:
    """Every payment the filters let through, in the list's order and columns."""
    found = runtime.payments().all_payments(acting(), merchant(), payment_lists.read(request.args).query())
    rows = (payment_lists.row(item) for item in found)
    return csv_export.response("paiements.csv", payment_lists.header(), rows)


@bp.get("/<payment_id>")
@requires(permissions.READ)
def show(payment_id: str) -> ResponseReturnValue:
    """Everything about one payment."""
    return _show(payment_id)


@links.get("/payments/<payment_id>")
def link(payment_id: str) -> ResponseReturnValue:
    """The address boutiques' back offices link to."""
    return redirect(url_for("payments.show", payment_id=payment_id), 301)


@bp.route("/<payment_id>/rembourser", methods=["GET", "POST"])
@requires(permissions.REFUND)
def refund(payment_id: str) -> ResponseReturnValue:
    """Total or partial. The effect is shown before the click; the form's own key makes a double click one refund.

    A form that was opened anew, as no answer came, has another key: what it showed as refundable makes it one refund, too.
    """
    merchant_id, core = merchant(), runtime.payments()
    payment = core.payment(acting(), merchant_id, payment_id)
    form = RefundForm(currency=payment["currency"])
    preview = request.method == "POST" and "preview" in request.form
    if request.method == "GET":
        form.key.data, form.total.data = str(uuid.uuid4()), str(payment["refundable"])
    elif form.validate() and not preview:
        try:
            core.refund(acting(), merchant_id, payment_id, form.chosen, form.seen, form.key.data)
        except PaymentsRefused as error:
            if error.code == "idempotency_in_progress":  # the first click of a double click is at it
                return redirect(url_for("payments.show", payment_id=payment_id), 303)
            form.refuse(sentence(error.code, **{"currency": payment["currency"], **error.params}))
            payment = core.payment(acting(), merchant_id, payment_id)
            # The core keeps its no under the old key: a corrected amount is a new question.
            form.key.data, form.total.data = str(uuid.uuid4()), str(payment["refundable"])
            return _refund_page(merchant_id, payment, form), error.status
        shown = formats.money(form.chosen, payment["currency"])
        _record("refund.asked", payment_id, shown, form.key.data)
        flash(gettext("Le remboursement de %(amount)s est enregistré.", amount=shown), "success")
        return redirect(url_for("payments.show", payment_id=payment_id), 303)
    return _refund_page(merchant_id, payment, form), 422 if form.errors else 200


@bp.post("/<payment_id>/encaisser")
@requires(permissions.REFUND)
def capture(payment_id: str) -> ResponseReturnValue:
    """Takes an authorized payment's money, all or part."""
    merchant_id, core = merchant(), runtime.payments()
    payment = core.payment(acting(), merchant_id, payment_id)
    form = CaptureForm(currency=payment["currency"])
    if not form.validate():
        return _show(payment_id, capture_form=form), 422
    try:
        core.capture(acting(), merchant_id, payment_id, form.chosen, form.key.data)
    except PaymentsRefused as error:
        form.refuse(sentence(error.code, **{"currency": payment["currency"], **error.params}))
        form.key.data = str(uuid.uuid4())
        return _show(payment_id, capture_form=form), error.status
    _record("capture.asked", payment_id, formats.money(form.chosen, payment["currency"]), form.key.data)
    flash(gettext("Le paiement part à l’encaissement."), "success")
    return redirect(url_for("payments.show", payment_id=payment_id), 303)


def _show(payment_id: str, capture_form: CaptureForm | None = None) -> str:
    payment = runtime.payments().payment(acting(), merchant(), payment_id)
    if capture_form is None:
        capture_form = CaptureForm(formdata=None, currency=payment["currency"])
        capture_form.key.data = str(uuid.uuid4())
        capture_form.amount.data = formats.plain_amount(payment["amount"], payment["currency"])
    return render_template(
        "payments/show.html",
        payment=payment,
        lists=payment_lists,
        events=timelines.of(payment),
        today=periods.today(merchant_now()),
        capture_form=capture_form,
    )


def _refund_page(merchant_id: str, payment: dict[str, Any], form: RefundForm) -> str:
    balances = runtime.payments().balances(acting(), merchant_id)
    balance = next((row for row in balances if row["currency"] == "eur"), None)
    cover = sum(balance[bucket] for bucket in ("pending", "held", "available")) if balance else 0
    cancels = payment["status"] in ("authorized", "to_capture")
    return render_template(
        "payments/refund.html", payment=payment, form=form, cover=cover, cancels=cancels, lists=payment_lists
    )


def _record(action: str, payment_id: str, amount: str, key: str) -> None:
    """One line of the journal per form, however often it was sent."""
    who = visitor()
    if not audit.known(who.account.id, action, key):
        audit.record(
            who.account.id,
            who.person.email,
            action,
            runtime.now(),
            person_id=who.person_id,
            target=payment_id,
            address=address(),
            amount=amount,
            key=key,
        )
    db.session.commit()
