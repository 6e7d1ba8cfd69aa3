"""Payments: creation, reading, changes before the money moves. Lists of them are in payment_lists.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from payments_core import (
    authentication,
    authorizations,
    batch,
    cards,
    customers,
    payment_rules,
    sepa_accounts,
    sepa_payments,
)
from payments_core.card_rules import CardInput
from payments_core.customers import CustomerInput
from payments_core.db import db, first, new_id
from payments_core.driver import Query
from payments_core.errors import Conflict, Duplicate
from payments_core.events import emit
from payments_core.models import Attempt, Card, Customer, Payment, SepaAccount
from payments_core.payment_rows import get as get  # found here by whoever works with payments
from payments_core.payment_rows import locked_payment
from payments_core.policy import policy_at
from payments_core.scope import Scope
from payments_core.sepa_accounts import SepaAccountInput

UNIQUE_ID = "uq_payments_merchant_id_live_unique_id"
_BEGUN = Query(select(Payment.id).where(Payment.id == bindparam("payment_id")))


@dataclass(frozen=True)
class AuthRequest:
    """3-D Secure is asked for. `return_url` is where the payer comes back to in the server-to-server flow."""

    return_url: str | None = None
    device: dict[str, Any] | None = None


@dataclass(frozen=True)
class NewPayment:
    """What a request to create a payment says; `amount` in minor units. Lengths were checked at the door."""

    amount: int
    currency: str = "eur"
    description: str | None = None
    order_id: str | None = None
    unique_id: str | None = None
    methods_allowed: list[str] | None = None
    capture: bool = True
    card: CardInput | str | None = None
    customer: CustomerInput | str | None = None
    reuse_customer: bool = False  # v1: an identical customer is used again
    auth: AuthRequest | None = None
    device: dict[str, Any] | None = None
    return_url: str | None = None
    date_settlement: date | None = None
    sepa: SepaAccountInput | str | None = None
    billing_address_id: str | None = None
    shipping_address_id: str | None = None
    parent_id: str | None = None  # the intent, link or subscription that makes it


def create(scope: Scope, new: NewPayment, *, suffix: str | None = None) -> Payment:
    """Creates a payment and, with a card and no authentication asked, authorizes it.

    `suffix` (from an idempotency slot) makes the id: a creation that crashed half-way is then finished, not repeated.
    What comes back may be a draft (batch.py): to be looked at; who changes the payment reads its row.
    Raises InvalidRequest, Forbidden, NotFound (card, customer), Duplicate (unique_id).
    """
    payment_rules.check_may_take(scope)
    payment_rules.check_new(new)
    if suffix is not None and (begun := _begun(scope, suffix)) is not None:
        return begun
    try:
        payment, attempt = _charged(scope, new, suffix) or _step_by_step(scope, new, suffix)
    except IntegrityError as error:
        db.session.rollback()
        raise _duplicate(scope, new, error) from error
    if attempt is None:
        return payment
    cvc = new.card.cvc if isinstance(new.card, CardInput) else None
    return authorizations.ask(scope, attempt, cvc)


def update(scope: Scope, payment_id: str, changes: dict[str, Any]) -> Payment:
    """Changes fields; which ones depends on the status (payment_rules.CHANGEABLE_LATER).

    `customer` is an id or CustomerInput, `auth` an AuthRequest; unknown names are ignored.
    Raises NotFound, Conflict for a final payment or a field that is fixed, InvalidRequest.
    """
    payment = locked_payment(scope, payment_id)
    payment_rules.check_change(payment, changes)
    for name in payment_rules.PLAIN_FIELDS:
        if name in changes:
            setattr(payment, name, changes[name])
    if "amount" in changes:
        payment.amount = payment.authorized_amount = changes["amount"]
    if changes.get("customer") is not None:
        payment.customer = _customer(scope, changes["customer"], reuse=True)
    if changes.get("auth") is not None and not payment.auth_requested:
        auth: AuthRequest = changes["auth"]
        authentication.request(scope, payment, auth.return_url, auth.device)
        if payment.card is not None:
            _attach(scope, payment, payment.card)
    emit(scope, "payment.updated", payment, fields=sorted(changes))
    db.session.commit()
    return payment


def attach_card(scope: Scope, payment_id: str, card: CardInput | str) -> Payment:
    """Gives the payment its card without processing it; begins the authentication when one was asked for.

    Raises NotFound, InvalidRequest, Conflict unless the payment still waits for its method.
    """
    payment = locked_payment(scope, payment_id)
    payment_rules.check_payable(payment)
    payment_rules.check_method_allowed(payment.methods_allowed, "card")
    _attach(scope, payment, _card(scope, card))
    emit(scope, "payment.updated", payment, fields=["card"])
    db.session.commit()
    return payment


def attach_sepa(scope: Scope, payment_id: str, account: SepaAccountInput | str) -> Payment:
    """Gives the payment its SEPA account without processing it. Raises NotFound, InvalidRequest, Conflict."""
    payment = locked_payment(scope, payment_id)
    payment_rules.check_payable(payment)
    sepa_payments.attach(payment, _sepa(scope, account))
    emit(scope, "payment.updated", payment, fields=["sepa"])
    db.session.commit()
    return payment


def build(scope: Scope, new: NewPayment, suffix: str | None = None, make: Callable[..., Payment] = Payment) -> Payment:
    """The row of a new payment, not yet in the session, or what else `make` makes of its attributes."""
    policy = policy_at(scope.now)
    customer = _customer(scope, new.customer, new.reuse_customer) if new.customer is not None else None
    return make(
        id=new_id("paym", suffix),
        merchant_id=scope.merchant_id,
        live=scope.live,
        amount=new.amount,
        authorized_amount=new.amount,
        currency=new.currency,
        description=new.description,
        order_id=new.order_id,
        unique_id=new.unique_id,
        methods_allowed=new.methods_allowed,
        capture=new.capture,
        customer=customer,
        customer_id=customer.id if customer is not None else None,
        device=new.device or (new.auth.device if new.auth else None),
        return_url=new.return_url,
        date_settlement=new.date_settlement,
        billing_address_id=new.billing_address_id,
        shipping_address_id=new.shipping_address_id,
        parent_id=new.parent_id,
        source=scope.source,
        boutique=scope.label,
        attempts_left=policy.page_attempts,
        created_at=scope.now,
        due_at=scope.now + timedelta(hours=policy.page_expiry_hours),
        version=0,
    )


def _charged(scope: Scope, new: NewPayment, suffix: str | None) -> tuple[Payment, Attempt] | None:
    """What nearly every sale begins with: payment, event and attempt, in one round trip, and committed.

    None, and nothing written, for a sale of another kind, when somebody begins to listen meanwhile, or when a rule is broken.
    """
    if new.card is None or new.auth is not None or new.parent_id is not None:
        return None
    card = cards.at_hand(scope, new.card)
    typed = new.card if isinstance(new.card, CardInput) and new.card.tokenize else None
    if card is None and typed is None:
        card = _card(scope, new.card)
    payment = build(scope, new, suffix, make=partial(batch.draft, Payment))
    with batch.filling(may_be_refused=True) as rows:
        if card is None and typed is not None:
            card = cards.add_new(scope, typed)
        assert card is not None
        rows.add(payment)
        emit(scope, "payment.created", payment, amount=payment.amount)
        attempt = authorizations.open_attempt(scope, payment, card)
    return (payment, attempt) if rows.write() else None


def _step_by_step(scope: Scope, new: NewPayment, suffix: str | None) -> tuple[Payment, Attempt | None]:
    """The row, and the authentication or the attempt it starts with, committed."""
    card = _card(scope, new.card) if new.card is not None else None
    payment, attempt = build(scope, new, suffix), None
    db.session.add(payment)
    if new.auth is not None:
        authentication.request(scope, payment, new.auth.return_url, new.auth.device or new.device)
    if card is not None and new.auth is not None:
        _attach(scope, payment, card)
    emit(scope, "payment.created", payment, amount=payment.amount)
    if new.sepa is not None:
        sepa_payments.accept(scope, payment, _sepa(scope, new.sepa))
    if card is not None and new.auth is None:
        attempt = authorizations.open_attempt(scope, payment, card)
    db.session.commit()
    return payment, attempt


def _attach(scope: Scope, payment: Payment, card: Card) -> None:
    payment.sepa_account, payment.sepa_account_id = None, None
    payment.card, payment.method, payment.country = card, "card", card.country
    session = payment.authentication
    if session is not None:
        back_to = session.return_url or payment.return_url
        authentication.begin(scope, payment, card, on_page=False, return_url=back_to, device=payment.device)


def _card(scope: Scope, card: CardInput | str) -> Card:
    return cards.chargeable(scope, card) if isinstance(card, str) else cards.add(scope, card)[0]


def _sepa(scope: Scope, account: SepaAccountInput | str) -> SepaAccount:
    return sepa_accounts.get(scope, account) if isinstance(account, str) else sepa_accounts.add(scope, account)


def _customer(scope: Scope, customer: CustomerInput | str, reuse: bool) -> Customer:
    if isinstance(customer, str):
        return customers.get(scope, customer)
    known = customers.find_same(scope, customer) if reuse else None
    return known or customers.add(scope, customer)


def _begun(scope: Scope, suffix: str) -> Payment | None:
    """The payment an earlier request with the same idempotency key created, its open attempt finished.

    That request has ended or died, or its key would still be taken; asking again with its reference is safe in any case.
    """
    payment_id = new_id("paym", suffix)
    if not _BEGUN.rows(payment_id=payment_id):
        return None
    payment = db.session.get(Payment, payment_id)
    if payment is None or payment.open_attempt is None:
        return payment
    attempt = db.session.get(Attempt, payment.open_attempt)
    return authorizations.ask(scope, attempt) if attempt is not None else payment


def _duplicate(scope: Scope, new: NewPayment, error: IntegrityError) -> Exception:
    if UNIQUE_ID not in str(error.orig):
        return error
    known = first(
        Payment,
        Payment.merchant_id == scope.merchant_id,
        Payment.live == scope.live,
        Payment.unique_id == new.unique_id,
    )
    return Duplicate("payment", known.id) if known else Conflict("Payment already exists, duplicate unique_id")
