"""Each state of the page as one answer: form, waiting, on to the bank, paid, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import make_response, redirect, render_template
from werkzeug.wrappers import Response

from payments_core.payment_page import form_tokens, languages
from payments_core.payment_page.card_form import CardForm
from payments_core.payment_page.headers import asset, is_framed
from payments_core.payment_page.redirects import redirect_unchanged
from payments_core.payment_page.test_cards import TEST_CARDS
from payments_core.payment_page.visits import BACK_FROM_ISSUER, Visit, stamp

_FORM_LIFE = timedelta(hours=24)  # as long as the page itself
_NOT_CLOSED_IN_WORDS = "failed"


def form(
    seen: Visit,
    *,
    typed: CardForm | None = None,
    errors: Mapping[str, str] | None = None,
    notice: str | None = None,
    reason: str | None = None,
    pending_url: str | None = None,
    status: int = 200,
) -> Response:
    """The card form; `errors` by field, `notice` above it, `reason` of the last decline, `pending_url` of an open challenge."""
    token = form_tokens.issue(seen.subject, stamp(seen.payment), seen.scope.real_now, _FORM_LIFE)
    back_without_success = reason and seen.came_from == BACK_FROM_ISSUER
    return _page(
        seen,
        "form.html",
        status,
        message="secure-auth-error" if back_without_success else "init",
        token=token,
        typed=typed or CardForm(),
        errors=errors or {},
        notice=notice,
        reason=reason,
        pending_url=_with_language(pending_url, seen),
        test_cards=[] if seen.scope.live else TEST_CARDS,
        test_expiry=f"12 / {(seen.scope.now.year + 2) % 100:02}",
    )


def wait(seen: Visit) -> Response:
    """The acquirer has not answered yet; the page asks again by itself, or by its button."""
    return _page(seen, "wait.html", message="init", check_url=seen.url("wait"))


def to_issuer(seen: Visit, url: str) -> Response:
    """On to the payer's bank; inside a frame by way of a page that tells the shop's page first."""
    onwards = _with_language(url, seen) or url
    if not is_framed():
        return redirect(onwards, 303)
    return _page(seen, "challenge.html", message="secure-auth-start", url=onwards, go="self")


def finish(seen: Visit) -> Response:
    """Back to the shop, to exactly the address it gave."""
    if seen.payment.return_url and not is_framed():
        return redirect_unchanged(seen.payment.return_url)
    return done(seen, leave=True)


def done(seen: Visit, *, leave: bool = False) -> Response:
    """The payment is made. `leave`: it was made just now, so the browser goes on to the shop by itself."""
    go = "top" if leave and seen.payment.return_url else None
    return _page(seen, "done.html", message=_after("finished", seen), url=seen.payment.return_url, go=go)


def closed(seen: Visit, why: str) -> Response:
    """The payment cannot be paid any more: refused, failed, expired, canceled, or not by card."""
    known = f"closed.{why}" in languages.texts(seen.language.code)
    return _page(
        seen,
        "closed.html",
        message=_after("error", seen),
        url=seen.payment.return_url,
        why=why if known else _NOT_CLOSED_IN_WORDS,
    )


def _after(message: str, seen: Visit) -> str:
    """The messages to a framing page, in order: coming back from the bank is told first."""
    if seen.came_from != BACK_FROM_ISSUER:
        return message
    return f"secure-auth-{'end' if message == 'finished' else 'error'} {message}"


def _page(seen: Visit, template: str, status: int = 200, *, message: str, **values: Any) -> Response:
    page = render_template(
        f"payment_page/{template}",
        seen=seen,
        payment=seen.payment,
        t=seen.text,
        language=seen.language,
        choices=[(code, name, seen.url(language=code)) for code, name in languages.NAMES.items()],
        asset=lambda name: asset("payment_page", name),
        test_mode=not seen.scope.live,
        message=message,
        **values,
    )
    return make_response(page, status)


def _with_language(url: str | None, seen: Visit) -> str | None:
    """The issuer's page speaks the payer's language too."""
    return f"{url}?lang={seen.language.code}" if url else None
