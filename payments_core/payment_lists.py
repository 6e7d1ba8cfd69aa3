"""Lists of payments: a merchant's own by what the wire filters by, and those that a statement of ids names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from payments_core.list_marks import of_merchant
from payments_core.models import Payment, SepaAccount
from payments_core.paging import Page, by_offset, by_position
from payments_core.scope import Scope


@dataclass(frozen=True)
class Filters:
    """What the wire lists filter by."""

    created: datetime | None = None  # at or after
    paid: datetime | None = None  # processed at or after
    order_id: str | None = None
    unique_id: str | None = None
    card_id: str | None = None
    sepa_account_id: str | None = None
    parent_id: str | None = None
    ids: Select[str] | None = None  # a statement of the ids to keep to


def page(
    scope: Scope,
    filters: Filters,
    *,
    start: int,
    limit: int,
    newest_first: bool = True,
    count: bool = False,
    by_processing: bool = False,
) -> Page[Payment]:
    """A page of payments with their cards, customers and authentications, by creation or by processing time.

    By processing time, payments that were not processed come last.
    """
    if filters == Filters(created=filters.created) and not by_processing:
        whole = select(Payment).options(*with_details())
        return by_position(
            of_merchant(Payment, scope),
            whole,
            since=filters.created,
            start=start,
            limit=limit,
            newest_first=newest_first,
            count=count,
        )
    statement = select(Payment).where(Payment.merchant_id == scope.merchant_id, Payment.live == scope.live)
    if filters.created is not None:
        statement = statement.where(Payment.created_at >= filters.created)
    if filters.paid is not None:
        statement = statement.where(Payment.paid_at >= filters.paid)
    for name in ("order_id", "unique_id", "card_id", "sepa_account_id", "parent_id"):
        if getattr(filters, name) is not None:
            statement = statement.where(getattr(Payment, name) == getattr(filters, name))
    if filters.ids is not None:
        statement = statement.where(Payment.id.in_(filters.ids))
    order = [Payment.created_at, Payment.id]
    directed: list[Any] = [column.desc() if newest_first else column.asc() for column in order]
    if by_processing:
        directed[0] = (Payment.paid_at.desc() if newest_first else Payment.paid_at.asc()).nulls_last()
    statement = statement.order_by(*directed)
    return by_offset(statement.options(*with_details()), start, limit, count)


def of_ids(ids: Select[str], *, start: int, limit: int, count: bool) -> Page[Payment]:
    """A page of the payments a statement of ids names, oldest first. The caller saw to whose they are."""
    statement = select(Payment).where(Payment.id.in_(ids)).order_by(Payment.created_at, Payment.id)
    return by_offset(statement.options(*with_details()), start, limit, count)


def with_details() -> tuple[Any, ...]:
    """Loads method, customer and authentication with each payment of a list, in the same statement."""
    return (
        joinedload(Payment.card),
        joinedload(Payment.customer),
        joinedload(Payment.authentication),
        joinedload(Payment.sepa_account).joinedload(SepaAccount.mandate),
    )
