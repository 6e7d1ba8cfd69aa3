"""Lists of payments by what the wire filters by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from payments_core import payout_lines
from payments_core.list_parts import Part, chosen, without
from payments_core.models import Payment, Payout, SepaAccount
from payments_core.paging import Page, by_position, one_after_the_other
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
    payout: Payout | None = None  # its lines are closed


_COLUMNS = ("order_id", "unique_id", "card_id", "sepa_account_id", "parent_id")


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
    statement = select(Payment).options(*with_details())
    traits = chosen(Payment, {name: getattr(filters, name) for name in _COLUMNS})
    listed = partial(payout_lines.listed, Payment, scope, filters.payout)
    direction: dict[str, Any] = {"newest_first": newest_first, "count": count}
    if not by_processing:
        part = Part(traits, (Payment.paid_at, filters.paid) if filters.paid is not None else None)
        whole = listed()
        return by_position(whole, statement, part, since=filters.created, start=start, limit=limit, **direction)
    part = Part(traits, (Payment.created_at, filters.created) if filters.created is not None else None)
    processed = partial(by_position, listed(Payment.paid_at), statement, part, since=filters.paid)
    if filters.paid is not None or filters.payout is not None:  # none that was not processed is among them
        return processed(start=start, limit=limit, **direction)
    part = Part((*traits, without(Payment.paid_at)))
    waiting = partial(by_position, listed(), statement, part, since=filters.created)
    return one_after_the_other(
        lambda start, limit: processed(start=start, limit=limit, newest_first=newest_first),
        lambda start, limit: waiting(start=start, limit=limit, newest_first=newest_first),
        start=start,
        limit=limit,
    )


def with_details() -> tuple[Any, ...]:
    """Loads method, customer and authentication with each payment of a list, in the same statement."""
    return (
        joinedload(Payment.card),
        joinedload(Payment.customer),
        joinedload(Payment.authentication),
        joinedload(Payment.sepa_account).joinedload(SepaAccount.mandate),
    )
