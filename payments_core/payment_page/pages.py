"""Each state of the page as one answer: form, waiting, on to the bank, paid, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import make_response, redirect, render_template
from werkzeug.wrappers import Response

from payments_core import bins, merchants, page_payments
from payments_core.business_days import paris_day
from payments_core.models import Payment
from payments_core.payment_page import form_tokens, languages, pay_form
from payments_core.payment_page.headers import asset, is_framed
from payments_core.payment_page.pay_form import PayForm
from payments_core.payment_page.redirects import redirect_unchanged
from payments_core.payment_page.test_cards import TEST_ACCOUNTS, TEST_CARDS
from payments_core.payment_page.visits import BACK_FROM_ISSUER, Guest, Offer, Visit, stamp
from payments_core.runtime import runtime

_FORM_LIFE = timedelta(hours=24)  # as long as the page itself
_NOT_CLOSED_IN_WORDS = "failed"


def form(
    seen: Visit,
    *,
    typed: PayForm | None = None,
    errors: Mapping[str, str] | None = None,
    notice: str | None = None,
    reason: str | None = None,
    pending_url: str | None = None,
    status: int = 200,
) -> Response:
    """The form; `errors` by field, `notice` above it, `reason` of the last decline, `pending_url` of an open challenge."""
    token = form_tokens.issue(seen.subject, stamp(seen.payment), seen.scope.real_now, _FORM_LIFE)
    back_without_success = reason and seen.came_from == BACK_FROM_ISSUER
    return page(
        seen,
        "form.html",
        status,
        message="secure-auth-error" if back_without_success else "init",
        token=token,
        typed=typed or PayForm.fresh(seen, after_decline=reason is not None),
        errors=errors or {},
        notice=notice,
        reason=reason,
        pending_url=_with_language(pending_url, seen),
        networks_of=pay_form.networks_of,
        co_badged=" ".join(bins.CO_BADGED),
        debit_day=_debit_day(seen),
        **_test_helps(seen),
    )


def offer(seen: Offer, drawn: str) -> Response:
    """What a link that serves again and again asks for, and the button that begins this payer's payment."""
    token = form_tokens.issue(seen.subject, drawn, seen.scope.real_now, _FORM_LIFE)
    return page(seen, "offer.html", message="init", token=token, payment=seen.link)


def wait(seen: Visit) -> Response:
    """The acquirer has not answered yet; the page asks again by itself, or by its button."""
    return page(seen, "wait.html", message="init", check_url=seen.url("wait"))


def to_issuer(seen: Visit, url: str) -> Response:
    """On to the payer's bank; inside a frame by way of a page that tells the shop's page first."""
    onwards = _with_language(url, seen) or url
    if not is_framed():
        return redirect(onwards, 303)
    return page(seen, "challenge.html", message="secure-auth-start", url=onwards, go="self")


def finish(seen: Visit) -> Response:
    """Back to the shop, to exactly the address it gave."""
    if seen.return_url and not is_framed():
        return redirect_unchanged(seen.return_url)
    return done(seen, leave=True)


def done(seen: Visit, *, leave: bool = False) -> Response:
    """The payment is made. `leave`: it was made just now, so the browser goes on to the shop by itself."""
    go = "top" if leave and seen.return_url else None
    day = seen.payment.date_settlement if seen.payment.status != "authorized" else None
    return page(
        seen,
        "done.html",
        message=_after("finished", seen),
        url=seen.return_url,
        go=go,
        by_debit=seen.payment.method == "sepa",
        debit_day=seen.language.day(day) if day else None,
        statement_label=merchants.statement_label(seen.merchant),
    )


def closed(seen: Guest, why: str) -> Response:
    """Nothing can be paid here any more: refused, failed, expired, canceled, or by no method the page offers."""
    known = f"closed.{why}" in languages.texts(seen.language.code)
    return page(
        seen,
        "closed.html",
        message=_after("error", seen),
        url=seen.return_url,
        why=why if known else _NOT_CLOSED_IN_WORDS,
    )


def why_closed(payment: Payment) -> str:
    """Which text says why a payment is over: its status, but for direct debits the payer's bank did not pay."""
    returned = payment.status == "failed" and payment.method == "sepa"
    return "returned" if returned else payment.status or "expired"


def page(seen: Guest, template: str, status: int = 200, *, message: str, **values: Any) -> Response:
    """A page of the payment host. `message` is told to the page that frames it, if one does."""
    config = runtime().config
    facts = {
        "seen": seen,
        "payment": seen.payment if isinstance(seen, Visit) else None,
        "t": seen.text,
        "language": seen.language,
        "choices": [(code, name, seen.url(language=code)) for code, name in languages.NAMES.items()],
        "asset": lambda name: asset("payment_page", name),
        "test_mode": not seen.scope.live,
        "message": message,
        "creditor": config.payout_account_name,
        "creditor_id": config.sepa_creditor_id,
        "until": seen.language.day(paris_day(seen.until)) if seen.until else None,
    }
    return make_response(render_template(f"payment_page/{template}", **{**facts, **values}), status)


def _after(message: str, seen: Guest) -> str:
    """The messages to a framing page, in order: coming back from the bank is told first."""
    if seen.came_from != BACK_FROM_ISSUER:
        return message
    return f"secure-auth-{'end' if message == 'finished' else 'error'} {message}"


def _debit_day(seen: Visit) -> str | None:
    day = page_payments.debit_day(seen.scope, seen.payment) if "sepa" in seen.methods else None
    return seen.language.day(day) if day else None


def _test_helps(seen: Visit) -> dict[str, Any]:
    """What fills in the form of a test-mode page by a click."""
    if seen.scope.live:
        return {}
    return {
        "test_cards": TEST_CARDS if "card" in seen.methods else (),
        "test_accounts": TEST_ACCOUNTS if "sepa" in seen.methods else (),
        "test_expiry": f"12 / {(seen.scope.now.year + 2) % 100:02}",
    }


def _with_language(url: str | None, seen: Visit) -> str | None:
    """The issuer's page speaks the payer's language too."""
    return f"{url}?lang={seen.language.code}" if url else None
