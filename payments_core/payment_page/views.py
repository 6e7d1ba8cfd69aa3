"""The page's two requests: look, and pay.

Paying answers with a redirect wherever something happened, so a reload repeats nothing; only wrong input is answered in place,
with what was typed.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from payments_core import attempts, page_payments
from payments_core.db import db
from payments_core.errors import AttemptInProgress, InvalidRequest, NotFound
from payments_core.page_payments import PageOutcome
from payments_core.payment_page import form_tokens, pages, reasons
from payments_core.payment_page.card_form import CardForm, error_of
from payments_core.payment_page.errors import missing_page
from payments_core.payment_page.form_tokens import TokenRefused
from payments_core.payment_page.headers import add_page_headers, is_framed
from payments_core.payment_page.visits import BACK_FROM_ISSUER, WAITED, Visit, stamp, visit
from payments_core.payment_rows import locked_payment

bp = Blueprint("payment_page", __name__, template_folder="templates", static_folder="static", static_url_path="/assets")
bp.after_request(add_page_headers)
bp.register_error_handler(NotFound, missing_page)


@bp.get("/<public_key>/<payment_id>")
def look(public_key: str, payment_id: str) -> Response:
    """Shows the true state of the payment, and finishes what a challenge has allowed meanwhile."""
    seen = visit(public_key, payment_id)
    if seen.out_of_time:
        return pages.closed(seen, "expired")
    try:
        outcome = page_payments.resume(seen.scope, seen.payment.id, page_url=seen.url(BACK_FROM_ISSUER))
    except AttemptInProgress:
        db.session.rollback()
        return pages.wait(seen)
    return _show(seen, outcome)


@bp.post("/<public_key>/<payment_id>")
def pay(public_key: str, payment_id: str) -> Response:
    """One try with the typed card. A form that was sent before, or is out of date, only shows where the payment stands."""
    seen, form = visit(public_key, payment_id), CardForm.read(request.form)
    try:
        shown_in = form_tokens.state_of(request.form.get("token", ""), seen.subject, seen.scope.real_now)
    except TokenRefused as refused:
        return pages.form(seen, typed=form, notice="error.form_old" if refused.old else "error.form_bad", status=400)
    payment = locked_payment(seen.scope, payment_id)  # held until the try is written down: a second click waits here
    if shown_in != stamp(payment) or seen.out_of_time or not seen.takes_cards:
        db.session.rollback()
        return redirect(seen.url(WAITED), 303)
    card, errors = form.check(seen.scope)
    if card is None:
        db.session.rollback()
        return pages.form(seen, typed=form, errors=errors, status=422)
    try:
        outcome = page_payments.pay(seen.scope, payment_id, card, device=_device(), page_url=seen.url(BACK_FROM_ISSUER))
    except InvalidRequest as error:
        db.session.rollback()
        return pages.form(seen, typed=form, errors=error_of(error), status=422)
    except AttemptInProgress:
        db.session.rollback()
        return redirect(seen.url(WAITED), 303)
    return _after_paying(seen, outcome)


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
        return pages.closed(seen, seen.payment.status or "expired")
    if not seen.takes_cards:
        return pages.closed(seen, "method")
    if outcome.kind == "challenge":
        if seen.came_from == WAITED and not is_framed() and outcome.redirect_url:
            return pages.to_issuer(seen, outcome.redirect_url)
        return pages.form(seen, pending_url=outcome.redirect_url)
    tries = attempts.of_payment(seen.payment.id)
    return pages.form(seen, reason=reasons.of_last_try(seen.payment, tries[-1] if tries else None))


def _device() -> dict[str, Any]:
    """What the payer's browser says of itself, as the wire contract describes a device."""
    headers = request.headers
    device = {
        "ip": _address(),
        "user_agent": headers.get("User-Agent", "")[:256],
        "http_accept": headers.get("Accept", "")[:2048],
        "languages": headers.get("Accept-Language", "")[:32],
    }
    return {name: value for name, value in device.items() if value}


def _address() -> str | None:
    """The payer's address: the edge appends the one it saw to X-Forwarded-For, whatever the payer wrote before it."""
    candidate = request.access_route[-1] if request.access_route else None
    try:
        return str(ipaddress.ip_address(candidate or ""))
    except ValueError:
        return None
