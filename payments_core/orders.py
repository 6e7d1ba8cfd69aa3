"""Orders to the acquirer: written with the change of state they belong to, sent after its commit, found again by the sweep.

An order's id derives from what it is for, so the same capture, reversal or refund can never be ordered twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from payments_core import merchants
from payments_core.acquirer import APPROVED, OrderRequest
from payments_core.db import db
from payments_core.errors import AcquirerUnavailable
from payments_core.models import AcquirerOrder, Dispute, Payment, Refund
from payments_core.runtime import runtime
from payments_core.scope import Scope

_PREFIXES = {"capture": "capt", "reverse": "rvrs", "refund": "rfnd", "evidence": "evid", "decision": "dcsn"}
_AT_ONCE = 200
LATER = timedelta(minutes=1)  # how long a row waits for an order that is not answered yet


def order_id(kind: str, object_id: str) -> str:
    """The reference of an order about a payment or refund."""
    return f"{_PREFIXES[kind]}_{object_id.partition('_')[2]}"


def place(
    scope: Scope, kind: str, payment: Payment, subject: Payment | Refund | Dispute, attempt_id: str | None = None
) -> None:
    """Owes the acquirer an order about the payment's accepted attempt, within the caller's transaction."""
    # Proof against a claim on a direct debit goes the same road; no authorization stands behind it.
    original = attempt_id or payment.attempt_id or payment.id
    db.session.add(
        AcquirerOrder(
            id=order_id(kind, attempt_id or subject.id),
            kind=kind,
            merchant_id=scope.merchant_id,
            live=scope.live,
            attempt_id=original,
            object_id=subject.id,
            amount=subject.amount,
            currency=subject.currency,
            created_at=scope.real_now,
        )
    )


def outcome(kind: str, object_id: str) -> bool | None:
    """Whether the order was carried out; None while it is unanswered."""
    order = db.session.get(AcquirerOrder, order_id(kind, object_id))
    if order is None or order.answered_at is None:
        return None
    return order.response in APPROVED


def preload(kind: str, object_ids: Sequence[str]) -> None:
    """Reads many orders at once, so that `outcome` need not ask one by one."""
    wanted = [order_id(kind, object_id) for object_id in object_ids]
    statement = select(AcquirerOrder).where(AcquirerOrder.id.in_(wanted))
    db.session.scalars(statement.execution_options(populate_existing=True)).all()


def send_unanswered(real_now: datetime, merchant_id: str | None = None) -> int:
    """Sends what is owed, oldest first; returns how many were answered. Safe to run in several places at once."""
    statement = select(AcquirerOrder).where(AcquirerOrder.answered_at.is_(None)).order_by(AcquirerOrder.created_at)
    if merchant_id is not None:
        statement = statement.where(AcquirerOrder.merchant_id == merchant_id)
    answered = 0
    for order in db.session.scalars(statement.limit(_AT_ONCE).with_for_update(skip_locked=True)).all():
        try:
            order.response = runtime().acquirer.order(_request(order)).response
        except AcquirerUnavailable:
            break
        order.answered_at = real_now
        answered += 1
    db.session.commit()
    return answered


def _request(order: AcquirerOrder) -> OrderRequest:
    return OrderRequest(
        reference=order.id,
        kind=order.kind,
        original=_original(order),
        merchant_id=order.merchant_id,
        live=order.live,
        amount=order.amount,
        currency=order.currency,
        note=_note(order),
        statement_label=_statement_label(order),
    )


def _statement_label(order: AcquirerOrder) -> str | None:
    return merchants.statement_label(merchants.get(order.merchant_id)) if order.kind in ("capture", "refund") else None


def _original(order: AcquirerOrder) -> str:
    """What the order is about: the authorization, or for a decision the proof that was sent."""
    return order_id("evidence", order.object_id) if order.kind == "decision" else order.attempt_id


def _note(order: AcquirerOrder) -> str | None:
    from payments_core import evidence  # disputes place orders

    return evidence.note(order.object_id) if order.kind == "evidence" else None
