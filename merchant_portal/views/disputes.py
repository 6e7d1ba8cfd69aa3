"""Mes Contestations: list, one dispute, proof, acceptance."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from merchant_portal import audit, formats, payment_lists, permissions, runtime, statuses, timelines
from merchant_portal.db import db
from merchant_portal.errors import PaymentsRefused
from merchant_portal.forms.disputes import EvidenceForm
from merchant_portal.views.common import acting, address, merchant, requires, visitor
from merchant_portal.wordings import sentence

bp = Blueprint("disputes", __name__, url_prefix="/contestations")

MAXIMUM_UPLOAD_BYTES = 12 * 1024 * 1024  # the core says no to a file above 10 MB; the form's other fields fit beside it
FILTERS: dict[str, tuple[str, ...]] = {
    "a_traiter": ("open", "not_contestable"),
    "en_cours": ("evidence_pending", "evidence_sent", "evidence_verification"),
    "terminees": ("accepted", "won", "lost", "out_of_time"),
}


@bp.url_value_preprocessor
def _take_files(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Before anything reads the form (the form token's check does): here, and only here, files come in."""
    if endpoint == "disputes.prove":
        request.max_content_length = MAXIMUM_UPLOAD_BYTES


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """Search first; the filter and the place are in the address."""
    chosen, q = request.args.get("statut", ""), request.args.get("q", "").strip()
    query = {"status": ",".join(FILTERS.get(chosen, ())), "q": q, "cursor": request.args.get("suite"), "limit": 50}
    try:
        page = runtime.payments().disputes(acting(), merchant(), query)
    except PaymentsRefused:  # a cursor of another time: start anew
        return redirect(url_for("disputes.index"))
    labels = {"a_traiter": gettext("À traiter"), "en_cours": gettext("En cours"), "terminees": gettext("Terminées")}
    return render_template(
        "disputes/index.html", page=page, chosen=chosen, q=q, labels=labels, paged=bool(request.args.get("suite"))
    )


@bp.get("/<dispute_id>")
@requires(permissions.READ)
def show(dispute_id: str) -> ResponseReturnValue:
    """Everything about one dispute."""
    return _page(_found(dispute_id))


@bp.post("/<dispute_id>/preuves")
@requires(permissions.DISPUTES)
def prove(dispute_id: str) -> ResponseReturnValue:
    """Keeps the words and the chosen file as a draft; "send" also sends it."""
    core, merchant_id, form = runtime.payments(), merchant(), EvidenceForm()
    if not form.validate():
        return _page(_found(dispute_id), form), 422
    try:
        core.write_evidence(acting(), merchant_id, dispute_id, form.text.data or "")
        if form.file.data and form.file.data.filename:
            file = form.file.data
            core.add_evidence_file(
                acting(), merchant_id, dispute_id, file.filename, form.kind.data, file.read(), form.key.data
            )
        if "send" in request.form:
            core.send_evidence(acting(), merchant_id, dispute_id)
    except PaymentsRefused as error:
        form.refuse(error.code, sentence(error.code, **error.params))
        form.key.data = str(uuid.uuid4())
        return _page(_found(dispute_id), form), error.status
    if "send" in request.form:
        _record("dispute.sent", dispute_id)
        flash(gettext("Vos preuves sont envoyées. Vous serez prévenu de la décision."), "success")
    else:
        flash(gettext("Brouillon enregistré. Il n’arrête pas le délai : envoyez-le."), "info")
    return redirect(url_for("disputes.show", dispute_id=dispute_id), 303)


@bp.post("/<dispute_id>/preuves/<file_id>/retirer")
@requires(permissions.DISPUTES)
def remove(dispute_id: str, file_id: str) -> ResponseReturnValue:
    """Takes a file out of the draft."""
    return _change(
        dispute_id,
        lambda core, merchant_id: core.remove_evidence_file(acting(), merchant_id, dispute_id, file_id),
        gettext("Le fichier est retiré."),
    )


@bp.post("/<dispute_id>/accepter")
@requires(permissions.DISPUTES)
def accept(dispute_id: str) -> ResponseReturnValue:
    """Gives in."""
    answer = _change(
        dispute_id,
        lambda core, merchant_id: core.accept_dispute(acting(), merchant_id, dispute_id),
        gettext("La contestation est acceptée."),
    )
    _record("dispute.accepted", dispute_id)
    return answer


@bp.post("/simuler/<payment_id>")
@requires(permissions.DISPUTES)
def simulate(payment_id: str) -> ResponseReturnValue:
    """Test mode: what the customer's bank would do."""
    try:
        made = runtime.payments().simulate_dispute(acting(), merchant(), payment_id, f"simulate-{payment_id}")
    except PaymentsRefused as error:
        flash(sentence(error.code, **error.params), "danger")
        return redirect(url_for("payments.show", payment_id=payment_id), 303)
    return redirect(url_for("disputes.show", dispute_id=made["id"]), 303)


def _change(dispute_id: str, act: Callable[[Any, str], Any], done: str) -> ResponseReturnValue:
    try:
        act(runtime.payments(), merchant())
    except PaymentsRefused as error:
        flash(sentence(error.code, **error.params), "danger")
    else:
        flash(done, "success")
    return redirect(url_for("disputes.show", dispute_id=dispute_id), 303)


def _found(dispute_id: str) -> dict[str, Any]:
    return runtime.payments().dispute(acting(), merchant(), dispute_id)


def _page(dispute: dict[str, Any], form: EvidenceForm | None = None) -> str:
    if form is None:
        form = EvidenceForm(formdata=None, text=dispute["evidence"]["text"])
        form.key.data = str(uuid.uuid4())
    return render_template(
        "disputes/show.html",
        dispute=dispute,
        form=form,
        kinds=statuses.EVIDENCE_KINDS,
        facts=statuses.EVIDENCE_FACTS,
        events=timelines.of(dispute),
        lists=payment_lists,
        letter=_letter(dispute),
    )


def _letter(dispute: dict[str, Any]) -> str:
    """A mail to the payer, ready to be changed and sent from the merchant's own program; empty without an address."""
    customer = dispute.get("customer") or {}
    if not customer.get("email"):
        return ""
    subject = gettext("Votre achat %(order)s", order=dispute["order_id"] or "")
    text = gettext(
        "Bonjour %(name)s,\n\nVotre banque nous signale que vous contestez un paiement de %(amount)s. "
        "Y a-t-il un souci avec votre achat ? Répondez-nous : nous cherchons une solution avec vous.\n\n%(company)s",
        name=customer.get("name") or "",
        amount=formats.money(dispute["amount"], dispute["currency"]),
        company=visitor().account.company,
    )
    return f"mailto:{quote(customer['email'])}?subject={quote(subject.strip())}&body={quote(text)}"


def _record(action: str, dispute_id: str) -> None:
    who = visitor()
    if not audit.known(who.account.id, action, dispute_id):
        audit.record(
            who.account.id,
            who.person.email,
            action,
            runtime.now(),
            person_id=who.person_id,
            target=dispute_id,
            address=address(),
            key=dispute_id,
        )
    db.session.commit()
