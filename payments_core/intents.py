"""Payment intents (v2): the wish to be paid, with a page of its own; the payment is made when a payer comes, or with a SEPA account.

A card put on an intent is only remembered: its page authenticates and charges it, whatever `threeds` says (wire contract 2.11 and
gap 16; charging without the payer goes through payments). A SEPA account is accepted at once. Once there is a payment the
intent's status follows it (payment_parents.py); locks are taken payment first, then intent.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from payments_core import (
    authentication,
    captures,
    customers,
    intent_rules,
    payment_rules,
    payments,
    refunds,
    sepa_accounts,
    sepa_payments,
)
from payments_core.db import db, first, locked, new_id
from payments_core.errors import Conflict, Duplicate, IllegalTransition, NotFound, WrongState
from payments_core.events import emit
from payments_core.list_marks import of_merchant
from payments_core.list_parts import Part, Trait, chosen, with_any, without
from payments_core.models import Payment, PaymentIntent, Refund, SepaAccount
from payments_core.paging import Page, by_position, directed, one_after_the_other
from payments_core.payments import NewPayment
from payments_core.policy import policy_at
from payments_core.scope import Scope
from payments_core.states import next_status
from payments_core.step import Step

UNIQUE_ID = "uq_payment_intents_merchant_id_live_unique_id"
WAITING = frozenset({"require_payment_method", "require_authentication"})
_LABELS = frozenset({"order_id", "description", "details", "billing_address_id", "shipping_address_id"})
_ON_PAYMENT = frozenset(
    {"amount", "currency", "description", "order_id", "methods_allowed", "capture", "return_url", "date_settlement"}
    | {"billing_address_id", "shipping_address_id"}
)
_FILTERS = ("order_id", "unique_id", "card_id", "sepa_account_id", "customer_id")


@dataclass(frozen=True)
class NewIntent:
    """What a request to create an intent says; `amount` in minor units. Lengths were checked at the door."""

    amount: int
    currency: str = "eur"
    capture: bool = True
    card_id: str | None = None
    sepa_account_id: str | None = None
    customer_id: str | None = None
    description: str | None = None
    details: Any = None
    methods_allowed: list[str] | None = None
    order_id: str | None = None
    unique_id: str | None = None
    return_url: str | None = None
    threeds: str = "required"
    date_settlement: date | None = None
    billing_address_id: str | None = None
    shipping_address_id: str | None = None


def create(scope: Scope, new: NewIntent, *, suffix: str | None = None) -> PaymentIntent:
    """Raises InvalidRequest, Forbidden, NotFound (card, sepa, customer), Duplicate (unique_id), Conflict (mandate)."""
    payment_rules.check_may_take(scope)
    if suffix is not None and (known := db.session.get(PaymentIntent, new_id("pi", suffix))) is not None:
        return known
    payment_rules.check_amount(new.amount, new.capture)
    methods = new.methods_allowed or intent_rules.all_methods(new.currency)
    payment_rules.check_currency(new.currency, methods)
    intent_rules.check_methods(scope, new.card_id, new.sepa_account_id, new.currency, methods, new.amount)
    if new.customer_id is not None:
        customers.get(scope, new.customer_id)
    intent = PaymentIntent(
        **{**asdict(new), "methods_allowed": methods},
        id=new_id("pi", suffix),
        merchant_id=scope.merchant_id,
        live=scope.live,
        status=next_status("payment_intent", None, "create"),
        due_at=scope.now + timedelta(hours=policy_at(scope.now).page_expiry_hours),
        source=scope.source,
        boutique=scope.label,
        created_at=scope.now,
        version=0,
    )
    try:
        db.session.add(intent)
        emit(scope, "payment_intent.created", intent, amount=intent.amount)
        db.session.flush()
        if new.card_id is not None:
            intent.status = next_status("payment_intent", intent.status, "give_card")
        if new.sepa_account_id is not None:
            _accept_sepa(scope, intent, sepa_accounts.get(scope, new.sepa_account_id), "debit")
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise _duplicate(scope, new, error) from error
    return intent


def find(intent_id: str) -> PaymentIntent:
    """For its page, whose address names nothing but the intent. Raises NotFound."""
    intent = db.session.get(PaymentIntent, intent_id)
    if intent is None:
        raise NotFound("payment_intent", intent_id)
    return intent


def get(scope: Scope, intent_id: str) -> PaymentIntent:
    """Raises NotFound."""
    return _own(scope, db.session.get(PaymentIntent, intent_id), intent_id)


def page_payment(scope: Scope, intent: PaymentIntent) -> Payment:
    """The payment a payer pays on the intent's page, made at their first visit. Raises Conflict when the intent is over."""
    payment, intent = _locked_pair(scope, intent.id)
    if payment is None:
        if intent.status not in WAITING:
            raise Conflict(f"A payment intent in status {intent.status} cannot be paid", code="intent_over")
        payment = _begin_payment(scope, intent, with_3ds=intent.threeds == "required")
    db.session.commit()
    return payment


def update(scope: Scope, intent_id: str, changes: dict[str, Any]) -> PaymentIntent:
    """Changes columns of the intent and of its unpaid payment; `card_id` or `sepa_account_id` gives it its method.

    Raises NotFound, InvalidRequest, and Conflict `payment_fixed` for what the status no longer allows.
    """
    payment, intent = _locked_pair(scope, intent_id)
    if intent.status not in WAITING and not _LABELS.issuperset(changes):
        raise _fixed(intent)
    if payment is not None and payment.open_attempt is not None and not _LABELS.issuperset(changes):
        raise Conflict("An attempt on this payment is in progress", code="attempt_in_progress")
    if intent.status in ("canceled", "unpaid"):
        raise _fixed(intent)
    intent_rules.check_update(scope, intent, changes)
    card_id, account_id = changes.pop("card_id", None), changes.pop("sepa_account_id", None)
    for name, value in changes.items():
        setattr(intent, name, value)
    if payment is not None:
        _carry_over(scope, payment, intent, changes)
    if card_id is not None:
        intent.card_id, intent.sepa_account_id = card_id, None
        intent.status = next_status("payment_intent", intent.status, "give_card")
    emit(scope, "payment_intent.updated", intent, fields=sorted(changes))
    if account_id is not None:
        intent.card_id, intent.sepa_account_id = None, account_id
        _accept_sepa(scope, intent, sepa_accounts.get(scope, account_id), "authorize", payment)
    db.session.commit()
    return intent


def capture(scope: Scope, intent_id: str, amount: int | None = None) -> PaymentIntent:
    """Captures what was authorized; a SEPA account accepted with capture is on its way already. Raises IllegalTransition."""
    payment, intent = _locked_pair(scope, intent_id)
    if intent.status != "authorized" or payment is None:
        raise IllegalTransition("payment intent", intent.status, "capture", "captured")
    if payment.status == "authorized":
        captures.capture(scope, payment.id, amount)
    elif amount not in (None, payment.amount):
        raise Conflict("The whole amount is being collected already", code="capture_in_progress")
    if payment.method == "sepa":
        intent = _locked_pair(scope, intent_id)[1]
        if intent.status == "authorized":
            move(scope, intent, "capture", payment)
    db.session.commit()
    return intent


def cancel(scope: Scope, intent_id: str) -> PaymentIntent:
    """Closes the intent; what was accepted and not captured yet is cancelled with it. Raises NotFound, Conflict."""
    payment, intent = _locked_pair(scope, intent_id)
    if intent.status == "canceled":
        db.session.commit()
        return intent
    next_status("payment_intent", intent.status, "cancel")
    if payment is not None and payment.status in refunds.BEFORE_CAPTURE:
        refunds.create(scope, payment.id)  # the payment is cancelled, and the intent follows
        return get(scope, intent_id)
    if payment is not None and payment.status is not None:
        raise IllegalTransition("payment intent", intent.status, "cancel", "canceled")
    if payment is not None and payment.open_attempt is not None:
        raise Conflict("An attempt on this payment is in progress", code="attempt_in_progress")
    intent.canceled_at = scope.now
    move(scope, intent, "cancel", payment)
    if payment is not None:
        payment.status, payment.due_at = next_status("payment", None, "expire"), None
        emit(scope, "payment.expired", payment)
    db.session.commit()
    return intent


def refund(scope: Scope, intent_id: str, amount: int | None, *, suffix: str | None = None) -> Refund:
    """Refunds its payment. Raises NotFound, RefundRefused, IllegalTransition when nothing was paid."""
    intent = get(scope, intent_id)
    if intent.payment_id is None:
        raise IllegalTransition("payment intent", intent.status, "refund", "refunded")
    return refunds.create(scope, intent.payment_id, amount, suffix=suffix)


def page(
    scope: Scope,
    filters: dict[str, Any],
    *,
    start: int,
    limit: int,
    newest_first: bool = True,
    by_settlement: bool = False,
) -> Page[PaymentIntent]:
    """`filters` may hold created (a moment), order_id, unique_id, card_id, sepa_account_id, customer_id."""
    whole, since = of_merchant(PaymentIntent, scope), filters.get("created")
    traits = chosen(PaymentIntent, {name: filters.get(name) for name in _FILTERS})

    def listed(start: int, limit: int, *further: Trait) -> Page[PaymentIntent]:
        statement, part = select(PaymentIntent), Part((*traits, *further))
        return by_position(whole, statement, part, since=since, start=start, limit=limit, newest_first=newest_first)

    def with_a_day(start: int, limit: int) -> Page[PaymentIntent]:
        """Days may be of any time and be changed, so no marks can lie along them: an index alone is walked."""
        day, count = PaymentIntent.date_settlement, listed(0, 0, with_any(PaymentIntent.date_settlement)).count
        mine = [*whole.conditions, day.is_not(None), *(trait.condition for trait in traits)]
        if since is not None:
            mine.append(PaymentIntent.created_at >= since)
        order = directed((day, *whole.key()), newest_first)
        passed = select(PaymentIntent.id).where(*mine).order_by(*order).offset(start).limit(limit + 1)
        rows = db.session.scalars(select(PaymentIntent).where(PaymentIntent.id.in_(passed)).order_by(*order)).all()
        return Page(rows[:limit], len(rows) > limit, count)

    if not by_settlement:
        return listed(start, limit)
    undated = without(PaymentIntent.date_settlement)
    return one_after_the_other(with_a_day, lambda start, limit: listed(start, limit, undated), start=start, limit=limit)


def on_due(step: Step, intent: PaymentIntent) -> None:
    """Nobody came before the page closed, within the caller's transaction."""
    if intent.payment_id is not None:  # its payment has the clock now
        intent.due_at = None
        return
    move(step.scope, intent, "fail", None)


def move(scope: Scope, intent: PaymentIntent, event: str, payment: Payment | None) -> None:
    """One step of a locked intent with its event, within the caller's transaction. Raises IllegalTransition."""
    intent.status, intent.due_at = next_status("payment_intent", intent.status, event), None
    if intent.status == "canceled":
        intent.canceled_at = intent.canceled_at or scope.now
    emit(scope, f"payment_intent.{intent.status}", intent, payment=payment.id if payment else None)


def _begin_payment(scope: Scope, intent: PaymentIntent, *, with_3ds: bool) -> Payment:
    """The payment of a locked intent, within the caller's transaction."""
    wanted = NewPayment(
        **{name: getattr(intent, name) for name in _ON_PAYMENT}, customer=intent.customer_id, parent_id=intent.id
    )
    payment = payments.build(scope, wanted)
    payment.source, payment.boutique = intent.source, intent.boutique
    payment.due_at = intent.due_at or payment.due_at
    db.session.add(payment)
    intent.payment_id, intent.due_at = payment.id, None
    if with_3ds:
        authentication.request(scope, payment, None, None)
    emit(scope, "payment.created", payment, amount=payment.amount, payment_intent=intent.id)
    return payment


def _accept_sepa(
    scope: Scope, intent: PaymentIntent, account: SepaAccount, event: str, payment: Payment | None = None
) -> None:
    payment = payment or _begin_payment(scope, intent, with_3ds=False)
    sepa_payments.accept(scope, payment, account)
    if intent.status in WAITING:
        move(scope, intent, "authorize" if payment.status == "authorized" else event, payment)


def _carry_over(scope: Scope, payment: Payment, intent: PaymentIntent, changes: dict[str, Any]) -> None:
    """A payment that waits for its payer is changed with its intent; a paid one keeps all but its labels."""
    carried = {name: value for name, value in changes.items() if name in _ON_PAYMENT}
    for name, value in carried.items():
        setattr(payment, name, value)
    if "amount" in carried:
        payment.authorized_amount = payment.amount
    if "customer_id" in changes:
        payment.customer = customers.get(scope, changes["customer_id"]) if changes["customer_id"] else None
    if "threeds" in changes and payment.status is None:
        payment.auth_requested = intent.threeds == "required"
    if carried or "customer_id" in changes:
        emit(scope, "payment.updated", payment, fields=sorted(carried))


def _locked_pair(scope: Scope, intent_id: str) -> tuple[Payment | None, PaymentIntent]:
    """The intent's payment, if it has one, and the intent, both locked, the payment first. Raises NotFound."""
    payment_id: str | None = get(scope, intent_id).payment_id
    payment = locked(Payment, payment_id) if payment_id is not None else None
    intent = _own(scope, locked(PaymentIntent, intent_id), intent_id)
    if intent.payment_id == payment_id:
        return payment, intent
    db.session.rollback()  # a payer came in between; the payment's lock must come first
    return _locked_pair(scope, intent_id)


def _own(scope: Scope, intent: PaymentIntent | None, intent_id: str) -> PaymentIntent:
    if intent is None or intent.merchant_id != scope.merchant_id or intent.live != scope.live:
        raise NotFound("payment_intent", intent_id)
    return intent


def _fixed(intent: PaymentIntent) -> WrongState:
    return WrongState("payment_fixed", "payment intent", intent.status, "be changed this way", WAITING)


def _duplicate(scope: Scope, new: NewIntent, error: IntegrityError) -> Exception:
    if UNIQUE_ID not in str(error.orig):
        return error
    known = first(
        PaymentIntent,
        PaymentIntent.merchant_id == scope.merchant_id,
        PaymentIntent.live == scope.live,
        PaymentIntent.unique_id == new.unique_id,
    )
    return Duplicate("payment_intent", known.id) if known else Conflict("Duplicate unique_id", code="duplicate")
