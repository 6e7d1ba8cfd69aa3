"""Finding payments as a merchant does: one box that takes an id, an order, a name, an e-mail, an amount or four digits.

Each reading of the text is its own indexed look-up; their union is then read newest first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, or_, select, text, union

from payments_core.models import Card, Customer, Payment
from payments_core.paging import Page, by_keyset
from payments_core.payment_lists import with_details
from payments_core.scope import Scope
from payments_core.text import prefix_query

_AMOUNT = re.compile(r"^(\d{1,8})(?:[.,](\d{1,2}))?\s*€?$")
_LAST4 = re.compile(r"^\d{4}$")


@dataclass(frozen=True)
class Search:
    """`statuses` may contain None for payments nothing was decided about; `until` is exclusive."""

    q: str | None = None
    statuses: tuple[str | None, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def page(scope: Scope, search: Search, *, cursor: str | None, limit: int) -> Page[Payment]:
    """Newest first, with cards and customers loaded."""
    statement = select(Payment).where(*_mine(scope, Payment))
    if search.q:
        statement = statement.where(Payment.id.in_(_readings(scope, search.q.strip())))
    if search.statuses:
        named = [status for status in search.statuses if status is not None]
        undecided = Payment.status.is_(None) if None in search.statuses else Payment.status.in_(named)
        statement = statement.where(or_(Payment.status.in_(named), undecided))
    if search.since is not None:
        statement = statement.where(Payment.created_at >= search.since)
    if search.until is not None:
        statement = statement.where(Payment.created_at < search.until)
    return by_keyset(Payment, statement.options(*with_details()), cursor, limit)


def _readings(scope: Scope, q: str) -> CompoundSelect[Any] | Select[Any]:
    """The ids every reading of the text finds."""
    ids: Select[Any] = select(Payment.id).where(*_mine(scope, Payment))
    found = [
        ids.where(Payment.id == q),
        ids.where(Payment.unique_id == q),
        ids.where(
            or_(
                Payment.order_id.startswith(q, autoescape=True), Payment.order_id.startswith(q.upper(), autoescape=True)
            )
        ),
    ]
    if amount := _AMOUNT.match(q):
        found.append(ids.where(Payment.amount == int(amount[1]) * 100 + int((amount[2] or "0").ljust(2, "0"))))
    if _LAST4.match(q):
        found.append(ids.where(Payment.card_id.in_(select(Card.id).where(*_mine(scope, Card), Card.last4 == q))))
    if words := prefix_query(q):
        matches = func.to_tsvector(text("'simple'"), Customer.search).op("@@")(func.to_tsquery(text("'simple'"), words))
        found.append(ids.where(Payment.customer_id.in_(select(Customer.id).where(*_mine(scope, Customer), matches))))
    return union(*found)


def _mine(scope: Scope, model: Any) -> tuple[Any, ...]:
    return model.merchant_id == scope.merchant_id, model.live.is_(scope.live)
