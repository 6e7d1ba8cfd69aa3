"""Paying on the payment page: a card is typed, perhaps authenticated, and tried; a decline leaves the payment payable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from payments_core import attempts, authentication, authorizations, cards
from payments_core.cards import CardInput
from payments_core.db import db, locked
from payments_core.errors import NotFound
from payments_core.models import Attempt, Authentication, Card, Payment
from payments_core.scope import Scope


@dataclass(frozen=True)
class PageOutcome:
    """What the page shows next.

    `paid`: done, go to the return URL. `challenge`: send the payer to `redirect_url`. `declined`: `attempt` says why, the form
    again. `closed`: the payment is no longer payable. `form`: nothing was tried yet.
    """

    kind: str
    payment: Payment
    attempt: Attempt | None = None
    redirect_url: str | None = None


_PAID = frozenset({"authorized", "to_capture", "capture_sent", "captured", "disputed"})


def pay(
    scope: Scope, payment_id: str, typed: CardInput, *, device: dict[str, Any] | None, page_url: str
) -> PageOutcome:
    """One try with a typed card. `page_url` is where a challenge leads back to; scope's actor is the payer.

    Raises NotFound, InvalidRequest for a wrong card, AttemptInProgress for a second click.
    """
    payment = _open_payment(scope, payment_id)
    if payment.status is not None:
        return _closed(payment)
    card, _ = cards.add(scope, typed)
    payment.card, payment.method = card, "card"
    payment.device = device or payment.device
    if payment.auth_requested:
        session = authentication.begin(scope, payment, card, on_page=True, return_url=page_url, device=device)
        if session.status != "success":
            db.session.commit()
            return _after_authentication(payment, session)
    return _try_card(scope, payment, card, typed.cvc, page_url)


def resume(scope: Scope, payment_id: str, *, page_url: str) -> PageOutcome:
    """What to show when the payer opens or comes back to the page; finishes what an authentication allowed.

    Raises NotFound, AttemptInProgress.
    """
    payment = _open_payment(scope, payment_id)
    if payment.status is not None:
        return _closed(payment)
    session = payment.authentication
    if session is None or not session.on_page or payment.card is None or session.card_id != payment.card_id:
        db.session.commit()
        return PageOutcome("form", payment)
    if session.status == "success" and not _tried_since(payment, session):
        return _try_card(scope, payment, payment.card, None, page_url)
    db.session.commit()
    return _after_authentication(payment, session)


def _open_payment(scope: Scope, payment_id: str) -> Payment:
    """The payment under lock, without an open attempt: one left by a dead process is finished first."""
    payment = locked(Payment, payment_id)
    if payment is None or payment.merchant_id != scope.merchant_id or payment.live != scope.live:
        raise NotFound("payment", payment_id)
    if payment.open_attempt is not None:
        db.session.commit()
        authorizations.resume(scope, payment)
        payment = locked(Payment, payment_id)
        assert payment is not None
    return payment


def _try_card(scope: Scope, payment: Payment, card: Card, cvc: str | None, page_url: str) -> PageOutcome:
    attempt = authorizations.open_attempt(scope, payment, card, page_url=page_url)
    db.session.commit()
    payment = authorizations.ask(scope, attempt, cvc)
    session = payment.authentication
    if attempt.result == "soft_declined" and payment.status is None and session is not None:
        if session.status == "available":
            return PageOutcome("challenge", payment, attempt, session.redirect_url)
        if session.status == "success" and not _tried_since(payment, session):
            return resume(scope, payment.id, page_url=page_url)
    if payment.status in _PAID:
        return PageOutcome("paid", payment, attempt)
    if payment.status is not None:
        return PageOutcome("closed", payment, attempt)
    return PageOutcome("declined", payment, attempt)


def _after_authentication(payment: Payment, session: Authentication) -> PageOutcome:
    if session.status in ("available", "attempted"):
        return PageOutcome("challenge", payment, redirect_url=session.redirect_url)
    last = attempts.of_payment(payment.id)
    return PageOutcome("declined", payment, last[-1] if last else None)


def _tried_since(payment: Payment, session: Authentication) -> bool:
    """Whether this authentication already served for a try: it serves once."""
    return any(attempt.authentication_id == session.id for attempt in attempts.of_payment(payment.id))


def _closed(payment: Payment) -> PageOutcome:
    db.session.commit()
    return PageOutcome("paid" if payment.status in _PAID else "closed", payment)
