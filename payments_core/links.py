"""Payment links: an address anybody who has it may pay at, once or again and again, until it ends.

A link made from a failed payment asks for the same again: the links and payments around one failure are siblings. When one of
them is paid the others close; when two are paid all the same, the second is marked with the first (`paid_before_by`) for refund.
Locks are taken payment first, then link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from payments_core import authentication, payment_rules, payments
from payments_core.db import db, locked, new_id
from payments_core.errors import Conflict, InvalidRequest, NotFound, WrongState
from payments_core.events import emit
from payments_core.list_marks import of_merchant
from payments_core.models import Payment, PaymentLink
from payments_core.paging import Page, by_position
from payments_core.payments import NewPayment
from payments_core.policy import policy_at
from payments_core.scope import Scope
from payments_core.states import next_status

PAID = frozenset({"authorized", "to_capture", "capture_sent", "captured", "disputed"})
LONGEST = timedelta(days=366)
RETRIABLE = frozenset({"refused", "failed", "expired"})


@dataclass(frozen=True)
class NewLink:
    """What a request says; `amount` in minor units. `retry_of` is the failed payment it asks for again."""

    amount: int
    currency: str = "eur"
    description: str | None = None
    order_id: str | None = None
    methods_allowed: list[str] | None = None
    return_url: str | None = None
    multiple: bool = False
    expires_at: datetime | None = None
    retry_of: str | None = None


def create(scope: Scope, new: NewLink, *, suffix: str | None = None) -> PaymentLink:
    """Open for 30 days unless `expires_at` says otherwise. Raises Forbidden, InvalidRequest."""
    payment_rules.check_may_take(scope)
    if suffix is not None and (known := db.session.get(PaymentLink, new_id("plnk", suffix))) is not None:
        return known
    payment_rules.check_amount(new.amount, capture=True)
    payment_rules.check_currency(new.currency, new.methods_allowed)
    expires_at = new.expires_at or scope.now + timedelta(days=policy_at(scope.now).link_days)
    if not scope.now < expires_at <= scope.now + LONGEST:
        raise InvalidRequest("expires_at", "A link ends in the future, within a year", code="bad_expiry")
    link = PaymentLink(
        **{**asdict(new), "expires_at": expires_at},
        id=new_id("plnk", suffix),
        merchant_id=scope.merchant_id,
        live=scope.live,
        created_at=scope.now,
        version=0,
    )
    db.session.add(link)
    emit(scope, "payment_link.created", link, amount=link.amount)
    db.session.commit()
    return link


def retry(scope: Scope, payment_id: str, *, suffix: str | None = None) -> PaymentLink:
    """A link that asks for a failed payment again, with its order. Raises NotFound, Conflict unless it failed."""
    failed = payments.get(scope, payment_id)
    if failed.status not in RETRIABLE:
        raise WrongState("not_retriable", "payment", failed.status, "be asked for again", RETRIABLE)
    original = _origin(failed) or failed.id
    wanted = NewLink(
        amount=failed.authorized_amount,
        currency=failed.currency,
        description=failed.description,
        order_id=failed.order_id,
        methods_allowed=failed.methods_allowed,
        return_url=failed.return_url,
        retry_of=original,
    )
    return create(scope, wanted, suffix=suffix)


def find(link_id: str) -> PaymentLink:
    """For its page, whose address names nothing but the link. Raises NotFound."""
    link = db.session.get(PaymentLink, link_id)
    if link is None:
        raise NotFound("payment_link", link_id)
    return link


def get(scope: Scope, link_id: str) -> PaymentLink:
    """Raises NotFound."""
    link = db.session.get(PaymentLink, link_id)
    if link is None or link.merchant_id != scope.merchant_id or link.live != scope.live:
        raise NotFound("payment_link", link_id)
    return link


def state(link: PaymentLink, now: datetime) -> str:
    """`open`, or why nobody can pay any more: `paid`, `disabled`, `expired`."""
    payment = db.session.get(Payment, link.payment_id) if link.payment_id else None
    if not link.multiple and payment is not None and payment.status in PAID:
        return "paid"
    if link.disabled_at is not None:
        return "disabled"
    return "expired" if link.expires_at <= now else "open"


def page_payment(scope: Scope, link: PaymentLink) -> Payment:
    """A payment for whoever is at the link: of a link for many a new one, else the one in force. Raises Conflict when closed."""
    link = _locked(scope, link.id)
    present = db.session.get(Payment, link.payment_id, populate_existing=True) if link.payment_id else None
    if present is not None and not link.multiple and present.status not in RETRIABLE:
        db.session.commit()
        return present
    now = state(link, scope.now)
    if now != "open":
        raise Conflict(f"This payment link is {now}", code="link_closed", state=now)
    wanted = NewPayment(
        amount=link.amount,
        currency=link.currency,
        description=link.description,
        order_id=link.order_id,
        methods_allowed=link.methods_allowed,
        return_url=link.return_url,
        parent_id=link.id,
    )
    payment = payments.build(scope, wanted)
    payment.source = "link"
    payment.due_at = min(payment.due_at or link.expires_at, link.expires_at)
    db.session.add(payment)
    authentication.request(scope, payment, None, None)  # nobody else saw who pays here
    if not link.multiple:
        link.payment_id = payment.id
    emit(scope, "payment.created", payment, amount=payment.amount, payment_link=link.id)
    db.session.commit()
    return payment


def disable(scope: Scope, link_id: str) -> PaymentLink:
    """Nobody can pay at it any more; a payment under way may still end. Again is no error. Raises NotFound."""
    get(scope, link_id)
    link = _locked(scope, link_id)
    _close(scope, link)
    db.session.commit()
    return link


def page(scope: Scope, created: datetime | None = None, *, start: int, limit: int) -> Page[PaymentLink]:
    """Newest first."""
    return by_position(of_merchant(PaymentLink, scope), select(PaymentLink), since=created, start=start, limit=limit)


def follow(scope: Scope, payment: Payment) -> None:
    """A payment of a link got paid: its siblings close, or it is marked as the second, within the caller's transaction."""
    if payment.status not in PAID or payment.paid_before_by is not None:
        return
    link = db.session.get(PaymentLink, payment.parent_id)
    assert link is not None
    if link.multiple:
        return
    for sibling in _siblings(link):
        _close(scope, sibling, why="paid")
    others = _payments_of(link, payment)
    before = next((one for one in others if one.status in PAID and one.paid_before_by is None), None)
    if before is not None:
        payment.paid_before_by = before.id
        emit(scope, "payment.paid_twice", payment, paid_before_by=before.id)
        return
    for one in others:
        if one.status is None and one.open_attempt is None:
            one.status, one.due_at = next_status("payment", None, "expire"), None
            emit(scope, "payment.expired", one)


def _siblings(link: PaymentLink) -> Sequence[PaymentLink]:
    """The link and every other one that asks for the same failed payment, locked in the order of their ids."""
    same: ColumnElement[bool] = PaymentLink.id == link.id
    if link.retry_of is not None:
        same = or_(same, PaymentLink.retry_of == link.retry_of)
    statement = select(PaymentLink).where(same).order_by(PaymentLink.id).with_for_update(key_share=True)
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def _payments_of(link: PaymentLink, but: Payment) -> list[Payment]:
    """The other payments of a link and its siblings, with those locked that nobody holds: who holds one is paying it now."""
    ids = [one.id for one in _siblings(link)]
    mine: ColumnElement[bool] = Payment.parent_id.in_(ids)
    if link.retry_of is not None:
        mine = or_(mine, Payment.id == link.retry_of)
    statement = select(Payment).where(mine, Payment.id != but.id).order_by(Payment.created_at, Payment.id)
    paid = db.session.scalars(statement.where(Payment.status.in_(PAID))).all()
    waiting = statement.where(Payment.status.is_(None)).with_for_update(skip_locked=True, key_share=True)
    return [*paid, *db.session.scalars(waiting.execution_options(populate_existing=True)).all()]


def _close(scope: Scope, link: PaymentLink, **why: str) -> None:
    if link.disabled_at is None:
        link.disabled_at = scope.now
        emit(scope, "payment_link.disabled", link, **why)


def _origin(payment: Payment) -> str | None:
    """The failed payment that a payment's link was already asking for."""
    if payment.parent_id is None or not payment.parent_id.startswith("plnk_"):
        return None
    return find(payment.parent_id).retry_of


def _locked(scope: Scope, link_id: str) -> PaymentLink:
    link = locked(PaymentLink, link_id)
    if link is None or link.merchant_id != scope.merchant_id or link.live != scope.live:
        raise NotFound("payment_link", link_id)
    return link
