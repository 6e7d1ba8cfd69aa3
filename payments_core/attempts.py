"""Attempts: one row per try to pay, declined challenges included. Everything here runs within the caller's transaction."""

from __future__ import annotations

from sqlalchemy import select

from payments_core.db import db, keep, new_id
from payments_core.events import emit
from payments_core.models import Attempt, Card, Payment
from payments_core.scope import Scope
from payments_core.states import next_status


def new(scope: Scope, payment: Payment, card: Card, *, page_url: str | None) -> Attempt:
    """A row for a try with this card. Its id is the reference the acquirer will see."""
    return keep(
        Attempt,
        id=new_id("atpt"),
        payment=payment,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        live=payment.live,
        card=card,
        card_id=card.id,
        amount=payment.amount,
        currency=payment.currency,
        capture=payment.capture,
        page_url=page_url,
        authentication_id=payment.authentication_id,
        auth_status=payment.authentication.status if payment.authentication else None,
        created_at=scope.now,
        asked_at=scope.real_now,
    )


def of_payment(payment_id: str) -> list[Attempt]:
    """Oldest first."""
    statement = select(Attempt).where(Attempt.payment_id == payment_id).order_by(Attempt.created_at, Attempt.id)
    return list(db.session.scalars(statement))


def spend_try(scope: Scope, payment: Payment, response: str | None) -> None:
    """One try of the page less; after the last one the payment is refused."""
    payment.attempts_left = max(0, payment.attempts_left - 1)
    if payment.attempts_left == 0:
        refuse(scope, payment, "refuse", response)


def refuse(scope: Scope, payment: Payment, event: str, response: str | None) -> None:
    """The final no: `refuse` from the issuer, `fail` for technical reasons."""
    payment.status = next_status("payment", payment.status, event)
    payment.response = response
    payment.due_at = None
    payment.paid_at = scope.now
    emit(scope, f"payment.{payment.status}", payment, response=response)
