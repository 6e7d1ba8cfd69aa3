"""The page's two requests: look, and pay.

Paying answers with a redirect wherever something happened, so a reload repeats nothing; only wrong input is answered in place,
with what was typed.
"""

from __future__ import annotations

import secrets

from flask import redirect, request
from werkzeug.wrappers import Response

from payments_core import attempts, links, page_payments
from payments_core.db import db
from payments_core.errors import AttemptInProgress, Conflict, Forbidden, InvalidRequest
from payments_core.page_payments import PageOutcome
from payments_core.payment_page import form_tokens, pages, payers, reasons
from payments_core.payment_page.blueprint import bp
from payments_core.payment_page.card_form import error_of
from payments_core.payment_page.form_tokens import TokenRefused
from payments_core.payment_page.headers import is_framed
from payments_core.payment_page.pay_form import Given, PayForm
from payments_core.payment_page.visits import BACK_FROM_ISSUER, WAITED, Closed, Offer, Visit, stamp, visit
from payments_core.payment_rows import locked_payment
from payments_core.sepa_accounts import SepaAccountInput


@bp.get("/<name>")
@bp.get("/<name>/<payment_id>")
def look(name: str, payment_id: str | None = None) -> Response:
    """Shows the true state of the payment, and finishes what a challenge has allowed meanwhile."""
    seen = visit(name, payment_id)
    if isinstance(seen, Offer):
        return pages.offer(seen, secrets.token_hex(8))
    assert isinstance(seen, Visit)
    if seen.out_of_time:
        return pages.closed(seen, "expired")
    try:
        outcome = page_payments.resume(seen.scope, seen.payment.id, page_url=seen.url(BACK_FROM_ISSUER))
    except AttemptInProgress:
        db.session.rollback()
        return pages.wait(seen)
    return _show(seen, outcome)


@bp.post("/<payable:name>")
@bp.post("/<payable:name>/<payment_id>")
def pay(name: str, payment_id: str | None = None) -> Response:
    """One try. A form that was sent before, or is out of date, only shows where the payment stands."""
    seen = visit(name, payment_id)
    if isinstance(seen, Offer):
        return _begin(seen)
    assert isinstance(seen, Visit)
    form = PayForm.read(request.form, seen)
    try:
        shown_in = form_tokens.state_of(request.form.get("token", ""), seen.subject, seen.scope.real_now)
    except TokenRefused as refused:
        return pages.form(seen, typed=form, notice="error.form_old" if refused.old else "error.form_bad", status=400)
    payment = locked_payment(
        seen.scope, seen.payment.id
    )  # held until the try is written down: a second click waits here
    if shown_in != stamp(payment) or seen.out_of_time or not seen.methods:
        db.session.rollback()
        return redirect(seen.url(WAITED), 303)
    if form.way not in seen.ways:
        db.session.rollback()
        return pages.form(seen, notice="error.way_gone", status=422)
    given, errors = form.check(seen)
    if given is None:
        db.session.rollback()
        return pages.form(seen, typed=form, errors=errors, status=422)
    try:
        outcome = _try(seen, form, given)
    except InvalidRequest as error:
        db.session.rollback()
        if error.code == "card_not_offered":  # deleted since the form was looked at
            return pages.form(seen, notice="error.way_gone", status=422)
        return pages.form(seen, typed=form, errors=error_of(error), status=422)
    except AttemptInProgress:
        db.session.rollback()
        return redirect(seen.url(WAITED), 303)
    return _after_paying(seen, outcome)


def _begin(seen: Offer) -> Response:
    """A payer of a link that serves again and again: their own payment, at its own address."""
    try:
        form_tokens.state_of(request.form.get("token", ""), seen.subject, seen.scope.real_now)
    except TokenRefused:
        return redirect(seen.url(), 303)
    try:
        payment = links.page_payment(seen.scope, seen.link)
    except (Conflict, Forbidden) as error:
        db.session.rollback()
        raise Closed(seen, "unavailable") from error
    return redirect(seen.url(below=payment.id), 303)


def _try(seen: Visit, form: PayForm, given: Given) -> PageOutcome:
    payment_id, device = seen.payment.id, payers.device()
    if isinstance(given, SepaAccountInput):
        proof = payers.proof(seen.language)
        return page_payments.pay_by_debit(seen.scope, payment_id, given, proof=proof, device=device)
    save = form.saves and (seen.verifies or seen.payment.customer is not None)
    page_url = seen.url(BACK_FROM_ISSUER)
    return page_payments.pay(seen.scope, payment_id, given, save=save, device=device, page_url=page_url)


def _after_paying(seen: Visit, outcome: PageOutcome) -> Response:
    if outcome.kind == "paid":
        return pages.finish(seen)
    if outcome.kind == "challenge":
        assert outcome.redirect_url is not None
        return pages.to_issuer(seen, outcome.redirect_url)
    return redirect(seen.url(), 303)


def _show(seen: Visit, outcome: PageOutcome) -> Response:
    if outcome.kind == "paid":
        return pages.finish(seen) if seen.came_from in (BACK_FROM_ISSUER, WAITED) else pages.done(seen)
    if outcome.kind == "closed":
        return pages.closed(seen, pages.why_closed(seen.payment))
    if not seen.methods:
        return pages.closed(seen, "method")
    if outcome.kind == "challenge":
        if seen.came_from == WAITED and not is_framed() and outcome.redirect_url:
            return pages.to_issuer(seen, outcome.redirect_url)
        return pages.form(seen, pending_url=outcome.redirect_url)
    tries = attempts.of_payment(seen.payment.id)
    return pages.form(seen, reason=reasons.of_last_try(seen.payment, tries[-1] if tries else None))
