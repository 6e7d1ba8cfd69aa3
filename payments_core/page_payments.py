"""Paying on the payment page: by a card, typed or saved, perhaps authenticated; or by a mandate on a bank account.

A decline leaves the payment payable. A typed card is stored for its one payment; what the payer agreed to is written on the payment
(`save_card`) and done once the card was accepted, so that no declined card is ever kept and no consent is lost on the way through
the bank's page or with a process that dies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from payments_core import (
    attempts,
    authentication,
    authorizations,
    bins,
    cards,
    debit_days,
    mandates,
    payment_rules,
    sepa_accounts,
    sepa_payments,
)
from payments_core.business_days import paris_day
from payments_core.card_rules import CardInput
from payments_core.db import db, locked
from payments_core.errors import InvalidRequest, NotFound
from payments_core.events import emit
from payments_core.models import Attempt, Authentication, Card, Payment, PaymentIntent
from payments_core.scope import Scope
from payments_core.sepa_accounts import SepaAccountInput


@dataclass(frozen=True)
class SavedCard:
    """One of `saved_cards`, chosen by the payer; `network` of a co-badged one."""

    id: str
    network: str | None = None


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


PAID = frozenset({"authorized", "to_capture", "capture_sent", "captured", "disputed"})


def methods(payment: Payment) -> tuple[str, ...]:
    """What this payment can be paid by on the page. A verification is of a card; direct debits are in euros."""
    allowed = payment.methods_allowed or payment_rules.METHODS
    possible = ("card", "sepa") if payment.currency == "eur" and payment.amount else ("card",)
    return tuple(method for method in possible if method in allowed)


def saved_cards(scope: Scope, payment: Payment) -> list[Card]:
    """The cards the payer may choose without typing: the customer's, and the one the intent or the merchant named."""
    if "card" not in methods(payment):
        return []
    customer = payment.customer
    found = cards.saved_by(scope, customer.id) if customer is not None and customer.deleted_at is None else []
    intent = db.session.get(PaymentIntent, payment.parent_id) if payment.parent_id else None
    for named in (intent.card if intent is not None else None, payment.card):
        if named is not None and named.id not in {card.id for card in found} and _can_pay_again(scope, named):
            found.insert(0, named)
    return found


def debit_day(scope: Scope, payment: Payment) -> date | None:
    """When a direct debit agreed now is collected; None while the merchant has yet to decide."""
    return debit_days.collection_day(scope.now, payment.date_settlement) if payment.capture else None


def pay(
    scope: Scope,
    payment_id: str,
    given: CardInput | SavedCard,
    *,
    save: bool = False,
    device: dict[str, Any] | None,
    page_url: str,
) -> PageOutcome:
    """One try with a card. `save`: the payer agreed to have it kept. `page_url` is where a challenge leads back to.

    Raises NotFound, InvalidRequest for a wrong card or one that is not offered, AttemptInProgress for a second click.
    """
    payment = _open_payment(scope, payment_id)
    if payment.status is not None:
        return _closed(payment)
    payment_rules.check_method_allowed(payment.methods_allowed, "card")
    card = _given(scope, payment, given)
    payment.card, payment.method = card, "card"
    payment.sepa_account, payment.sepa_account_id = None, None
    payment.save_card = save
    payment.device = device or payment.device
    if not payment.auth_requested:
        emit(scope, "payment.updated", payment, fields=["card"])
    else:
        session = authentication.begin(
            scope, payment, card, on_page=True, return_url=page_url, device=device, changed=("card",)
        )
        if session.status != "success":
            db.session.commit()
            return _after_authentication(payment, session)
    return _try_card(scope, payment, card, given.cvc if isinstance(given, CardInput) else None, page_url)


def pay_by_debit(
    scope: Scope, payment_id: str, account: SepaAccountInput, *, proof: dict[str, Any], device: dict[str, Any] | None
) -> PageOutcome:
    """The payer signs a mandate for this one payment. `proof` is where and how they agreed.

    Raises NotFound, InvalidRequest for a wrong account or where direct debits are not allowed, AttemptInProgress.
    """
    payment = _open_payment(scope, payment_id)
    if payment.status is not None:
        return _closed(payment)
    payment_rules.check_sepa(payment.currency, payment.methods_allowed, payment.amount)
    stored = sepa_accounts.add(scope, replace(account, customer_id=payment.customer_id))
    agreed = {"kind": "page", **proof}
    mandate = mandates.add(scope, stored, signed_at=scope.now, proof=agreed, recurrent=False)
    payment.device = device or payment.device
    payment.save_card = False
    sepa_payments.accept(scope, payment, stored, mandate)
    db.session.commit()
    return PageOutcome("paid", payment)


def resume(scope: Scope, payment_id: str, *, page_url: str) -> PageOutcome:
    """What to show when the payer opens or comes back to the page; finishes what an authentication allowed.

    Raises NotFound, AttemptInProgress.
    """
    payment = _open_payment(scope, payment_id)
    if payment.status is not None:
        return _closed(payment)
    session = payment.authentication
    if session is None or payment.card is None or session.card_id != payment.card_id or not _is_ours(session, page_url):
        db.session.commit()
        return PageOutcome("form", payment)
    if session.status == "success" and not _tried_since(payment, session):
        return _try_card(scope, payment, payment.card, None, page_url)
    db.session.commit()
    return _after_authentication(payment, session)


def _given(scope: Scope, payment: Payment, given: CardInput | SavedCard) -> Card:
    """The row of the card: a typed one is for this payment only, until the payment says otherwise."""
    if isinstance(given, CardInput):
        return cards.add(scope, replace(given, tokenize=False))[0]
    card = next((card for card in saved_cards(scope, payment) if card.id == given.id), None)
    if card is None:
        raise InvalidRequest("method", "This card is not offered for this payment", code="card_not_offered")
    if given.network in bins.networks(card.brand, card.network):
        card.preferred_network = given.network
    return card


def _can_pay_again(scope: Scope, card: Card) -> bool:
    today = paris_day(scope.now)
    in_time = (card.exp_year, card.exp_month) >= (today.year, today.month)
    return card.tokenize and card.deleted_at is None and in_time


def _is_ours(session: Authentication, page_url: str) -> bool:
    """Begun on the page, or by a merchant's server that sends the payer here afterwards (wire contract 5.4, WooCommerce)."""
    return session.on_page or (session.return_url or "").split("?")[0] == page_url.split("?")[0]


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
    if payment.status in PAID:
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
    return PageOutcome("paid" if payment.status in PAID else "closed", payment)
