"""Subscriptions (Abonnements): instalments of one amount by a timetable, charged to a saved card or collected by mandate.

The timetable counts from `start_on`; months clamp to the month's end, so the 31st becomes the 30th and the 31st again. An instalment
by mandate is made as long before its day as the payer must be told of it. Days that pass while a subscription is paused are left
out. A rejected instalment waits for the merchant, who renews it; with `retry` the clock tries the soft rejections again, at most
twice within 30 days, never a closed account, a revoked mandate, a lost or stolen card.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from payments_core import (
    attempts,
    authorizations,
    cards,
    customers,
    list_marks,
    payment_rules,
    payments,
    sepa_accounts,
    sepa_payments,
)
from payments_core.business_days import at_hour, paris_day
from payments_core.db import db, locked, new_id
from payments_core.errors import Conflict, InvalidRequest, NotFound, WrongState
from payments_core.events import emit
from payments_core.list_parts import Part, chosen
from payments_core.models import Customer, Payment, Subscription
from payments_core.paging import Page, by_position
from payments_core.payments import NewPayment
from payments_core.policy import policy_at
from payments_core.scope import Scope
from payments_core.states import SUBSCRIPTION, next_status, statuses
from payments_core.step import Step
from payments_core.timetable import day_of

# Rejections that may pass: no money, no reason given (SEPA), no money (card).
RETRIABLE = frozenset({"AM04", "MS03", "51"})
PAID = frozenset({"to_capture", "capture_sent", "captured", "disputed"})
FAILED = frozenset({"refused", "failed"})
_RUNNING = frozenset({"incomplete", "active", "past_due", "unpaid"})
_CHANGEABLE = ("amount", "description", "instalments", "cancel_on", "retry")
_RETRY_AFTER = timedelta(days=7)
_AT_ONCE = timedelta(seconds=1)
_CHARGED_AT_HOUR = 6  # Paris: before the day's cut-off, after the night's statements
_EXPIRED_CARD, _NO_MANDATE = "54", "MD01"


@dataclass(frozen=True)
class NewSubscription:
    """What a request says; `amount` in minor units of one instalment. Exactly one of card and SEPA account."""

    customer_id: str
    amount: int
    interval: str
    currency: str = "eur"
    interval_count: int = 1
    card_id: str | None = None
    sepa_account_id: str | None = None
    description: str | None = None
    start_on: date | None = None
    instalments: int | None = None
    cancel_on: date | None = None
    retry: bool = False


def create(scope: Scope, new: NewSubscription, *, suffix: str | None = None) -> Subscription:
    """The first instalment is due on `start_on`, today unless said otherwise. Raises Forbidden, InvalidRequest, NotFound."""
    payment_rules.check_may_take(scope)
    if suffix is not None and (known := db.session.get(Subscription, new_id("sub", suffix))) is not None:
        return known
    _check(scope, new)
    subscription = Subscription(
        **{**asdict(new), "start_on": new.start_on or paris_day(scope.now)},
        id=new_id("sub", suffix),
        merchant_id=scope.merchant_id,
        live=scope.live,
        made=0,
        retries=0,
        status=next_status("subscription", None, "start"),
        created_at=scope.now,
        version=0,
    )
    subscription.due_at = _next_due(scope, subscription)
    db.session.add(subscription)
    emit(scope, "subscription.created", subscription, amount=subscription.amount)
    db.session.commit()
    return subscription


def get(scope: Scope, subscription_id: str) -> Subscription:
    """Raises NotFound."""
    return _own(scope, db.session.get(Subscription, subscription_id), subscription_id)


def update(scope: Scope, subscription_id: str, changes: dict[str, Any]) -> Subscription:
    """Changes what later instalments are; `card_id` or `sepa_account_id` replaces the method. Raises NotFound, InvalidRequest,
    Conflict once cancelled."""
    subscription = _locked(scope, subscription_id)
    if subscription.status == "canceled":
        raise _over(subscription)
    if "amount" in changes:
        payment_rules.check_amount(changes["amount"], capture=True)
    for name in _CHANGEABLE:
        if name in changes:
            setattr(subscription, name, changes[name])
    if changes.get("card_id") or changes.get("sepa_account_id"):
        card_id, account_id = changes.get("card_id"), changes.get("sepa_account_id")
        _check_method(scope, subscription.currency, subscription.amount, card_id, account_id)
        subscription.card_id, subscription.sepa_account_id = card_id, account_id
    if subscription.status != "paused":
        subscription.due_at = _next_due(scope, subscription)
    emit(scope, "subscription.updated", subscription, fields=sorted(changes))
    db.session.commit()
    return subscription


def pause(scope: Scope, subscription_id: str) -> Subscription:
    """No instalment comes due until it is resumed. Raises NotFound, IllegalTransition."""
    subscription = _locked(scope, subscription_id)
    _move(scope, subscription, "pause")
    subscription.due_at = None
    db.session.commit()
    return subscription


def resume(scope: Scope, subscription_id: str) -> Subscription:
    """Goes on with the next day of the timetable; days that passed meanwhile are left out. Raises NotFound, IllegalTransition."""
    subscription = _locked(scope, subscription_id)
    _move(scope, subscription, "resume")
    while (day := day_of(subscription, subscription.made)) is not None and day < paris_day(scope.now):
        subscription.made += 1
    subscription.due_at = _next_due(scope, subscription)
    present = subscription.payment_id
    decided = db.session.get(Payment, present, populate_existing=True) if present is not None else None
    if decided is not None:  # perhaps while it paused
        _reflect(scope, subscription, decided)
    db.session.commit()
    return subscription


def cancel(scope: Scope, subscription_id: str) -> Subscription:
    """No further instalment; one under way goes on. Raises NotFound, IllegalTransition."""
    subscription = _locked(scope, subscription_id)
    _end(scope, subscription, "canceled")
    db.session.commit()
    return subscription


def renew(scope: Scope, subscription_id: str, *, suffix: str | None = None) -> Subscription:
    """Charges the present instalment again after its payment failed. Raises NotFound, Conflict unless it did.

    `suffix` belongs to the request: repeated, it charges once.
    """
    known = get(scope, subscription_id)
    if suffix is not None and db.session.get(Payment, new_id("paym", suffix)) is not None:
        authorizations.resume_open(scope.real_now, scope.merchant_id)
        db.session.refresh(known)
        return known
    subscription = _locked(scope, subscription_id)
    present = subscription.payment_id
    failed = db.session.get(Payment, present, populate_existing=True) if present is not None else None
    if subscription.status == "canceled":
        raise _over(subscription)
    if failed is None:
        raise Conflict("No instalment of this subscription was charged yet", code="nothing_to_renew")
    if failed.status not in FAILED:
        raise WrongState("nothing_to_renew", "instalment", failed.status, "be renewed", FAILED)
    _charge(scope, subscription, suffix)
    db.session.commit()
    authorizations.resume_open(scope.real_now, scope.merchant_id)
    db.session.refresh(subscription)
    return subscription


def page(
    scope: Scope, customer_id: str | None = None, created: datetime | None = None, *, start: int, limit: int
) -> Page[Subscription]:
    """Newest first."""
    whole, part = list_marks.of_merchant(Subscription, scope), Part(chosen(Subscription, {"customer_id": customer_id}))
    return by_position(whole, select(Subscription), part, since=created, start=start, limit=limit)


def _over(subscription: Subscription) -> WrongState:
    wanted = statuses("subscription") - {None, "canceled"}
    return WrongState("subscription_over", "subscription", subscription.status, "be changed", wanted)


def on_due(step: Step, subscription: Subscription) -> None:
    """An instalment of the timetable, or the retry of the present one, within the caller's transaction."""
    scope = step.scope
    if subscription.status not in _RUNNING:
        subscription.due_at = None
        return
    day = day_of(subscription, subscription.made)
    if day is not None and scope.now >= _moment(scope, subscription, day):
        if subscription.status in ("past_due", "unpaid"):
            _move(scope, subscription, "give_up")
        subscription.made += 1
        subscription.instalment_on, subscription.retries = day, 0
    else:
        subscription.retries += 1
    subscription.due_at = _next_due(scope, subscription)
    _charge(scope, subscription)


def follow(scope: Scope, payment: Payment) -> None:
    """The payment of an instalment was made or rejected, within the caller's transaction. A paused subscription learns it later."""
    if payment.status not in PAID | FAILED:
        return
    subscription = locked(Subscription, payment.parent_id)
    assert subscription is not None
    if subscription.payment_id == payment.id and subscription.status != "paused":
        _reflect(scope, subscription, payment)


def _reflect(scope: Scope, subscription: Subscription, payment: Payment) -> None:
    """What the present instalment's payment makes of a subscription that runs."""
    if payment.status not in PAID | FAILED:
        return
    if payment.status in PAID:
        _move(scope, subscription, "pay", payment)
        if (
            subscription.status == "active"
            and subscription.due_at is None
            and day_of(subscription, subscription.made) is None
        ):
            _end(scope, subscription, "completed")
        return
    _move(scope, subscription, "fail", payment)
    retry_at = scope.now + _RETRY_AFTER
    if _may_retry(scope, subscription, payment, retry_at):
        subscription.due_at = min(retry_at, subscription.due_at or retry_at)


def _may_retry(scope: Scope, subscription: Subscription, payment: Payment, at: datetime) -> bool:
    policy = policy_at(scope.now)
    assert subscription.instalment_on is not None
    return (
        subscription.retry
        and subscription.status in _RUNNING
        and payment.response in RETRIABLE
        and subscription.retries < policy.retry_attempts
        and paris_day(at) <= subscription.instalment_on + timedelta(days=policy.retry_days)
    )


def _charge(scope: Scope, subscription: Subscription, suffix: str | None = None) -> None:
    """A payment of one instalment, within the caller's transaction. The acquirer is asked after the commit, by the sweep."""
    payment = payments.build(
        scope,
        NewPayment(
            amount=subscription.amount,
            currency=subscription.currency,
            description=subscription.description,
            date_settlement=subscription.instalment_on if subscription.sepa_account_id else None,
            parent_id=subscription.id,
        ),
        suffix,
    )
    payment.source, payment.customer = "subscription", db.session.get(Customer, subscription.customer_id)
    db.session.add(payment)
    subscription.payment_id = payment.id
    emit(scope, "payment.created", payment, amount=payment.amount, subscription=subscription.id)
    if subscription.sepa_account is not None:
        _collect(scope, subscription, payment)
        return
    card = subscription.card
    assert card is not None
    if card.deleted_at is not None or (card.exp_year, card.exp_month) < (scope.now.year, scope.now.month):
        payment.card, payment.method = card, "card"
        attempts.refuse(scope, payment, "refuse", _EXPIRED_CARD)
        return
    attempt = authorizations.open_attempt(scope, payment, card)
    attempt.asked_at = scope.real_now - 2 * authorizations.STALE  # no process is at it: the sweep may ask at once


def _collect(scope: Scope, subscription: Subscription, payment: Payment) -> None:
    """By mandate; one that cannot be used any more is a rejection like the bank's."""
    assert subscription.sepa_account is not None
    try:
        sepa_payments.accept(scope, payment, subscription.sepa_account)
    except Conflict:
        payment.method = "sepa"
        attempts.refuse(scope, payment, "fail", _NO_MANDATE)


def _move(scope: Scope, subscription: Subscription, event: str, payment: Payment | None = None) -> None:
    """One step with its event; what changes nothing, or comes after the end, is no news."""
    if payment is not None and (subscription.status, event) not in SUBSCRIPTION:
        return
    before = subscription.status
    subscription.status = next_status("subscription", before, event)
    if subscription.status != before:
        emit(scope, f"subscription.{subscription.status}", subscription, payment=payment.id if payment else None)


def _end(scope: Scope, subscription: Subscription, why: str) -> None:
    subscription.status = next_status("subscription", subscription.status, "cancel")
    subscription.canceled_at, subscription.due_at = scope.now, None
    emit(scope, "subscription.canceled", subscription, why=why)


def _moment(scope: Scope, subscription: Subscription, day: date) -> datetime:
    """When the payment of an instalment is made."""
    ahead = policy_at(scope.now).sepa_prenotification_days if subscription.sepa_account_id else 0
    return at_hour(day - timedelta(days=ahead), _CHARGED_AT_HOUR)


def _next_due(scope: Scope, subscription: Subscription) -> datetime | None:
    """Always ahead: a first day that is today, or too near for the notice, is due in a moment."""
    day = day_of(subscription, subscription.made)
    return max(_moment(scope, subscription, day), scope.now + _AT_ONCE) if day is not None else None


def _check(scope: Scope, new: NewSubscription) -> None:
    customers.get(scope, new.customer_id)
    payment_rules.check_amount(new.amount, capture=True)
    payment_rules.check_currency(new.currency, None)
    _check_method(scope, new.currency, new.amount, new.card_id, new.sepa_account_id)
    if new.start_on is not None and new.start_on < paris_day(scope.now):
        raise InvalidRequest("start_at", "A subscription starts today or later", code="start_in_the_past")
    if new.cancel_on is not None and new.cancel_on <= (new.start_on or paris_day(scope.now)):
        raise InvalidRequest("cancel_at", "A subscription ends after it starts", code="end_before_start")


def _check_method(scope: Scope, currency: str, amount: int, card_id: str | None, account_id: str | None) -> None:
    if (card_id is None) == (account_id is None):
        raise InvalidRequest("card", "A subscription has one method: a card or a SEPA account", code="one_method")
    if card_id is not None and not cards.get(scope, card_id).tokenize:
        raise InvalidRequest("card", "A single-use card cannot be charged again", code="single_use_card")
    if account_id is not None:
        payment_rules.check_sepa(currency, None, amount)
        sepa_accounts.get(scope, account_id)


def _locked(scope: Scope, subscription_id: str) -> Subscription:
    return _own(scope, locked(Subscription, subscription_id), subscription_id)


def _own(scope: Scope, subscription: Subscription | None, subscription_id: str) -> Subscription:
    if subscription is None or subscription.merchant_id != scope.merchant_id or subscription.live != scope.live:
        raise NotFound("subscription", subscription_id)
    return subscription
