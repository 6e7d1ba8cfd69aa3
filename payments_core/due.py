"""Everything the clock moves: rows whose `due_at`, in their merchant's time, has come.

A later noun (dispute, payout, collection) joins by one line in KINDS: a model with merchant_id, live and due_at, and the function
that takes one row one step further within the caller's transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from payments_core import (
    authentication,
    captures,
    direct_debits,
    disputes,
    exchange,
    intents,
    mandates,
    merchant_debits,
    orders,
    payouts,
    refunds,
    subscriptions,
)
from payments_core.db import db, lock_rows
from payments_core.errors import AcquirerUnavailable
from payments_core.models import (
    Authentication,
    DirectDebit,
    Dispute,
    Merchant,
    MerchantDebit,
    Payment,
    PaymentIntent,
    Payout,
    Refund,
    Subscription,
)
from payments_core.scope import Scope, scope_of
from payments_core.step import Step

log = logging.getLogger(__name__)

AT_ONCE = 200


@dataclass(frozen=True)
class Kind:
    """Rows of one model; `step` moves one row on, `preload` reads what many of them need. `prepare` asks somebody outside for
    what the due ones need, before any is locked, and says whether it had to; it raises AcquirerUnavailable.

    Of a model that belongs to payments these are locked first, as everywhere: payment, then its refunds and disputes, then balance.
    """

    model: Any
    step: Callable[[Step, Any], None]
    preload: Callable[[Sequence[Any]], None] = lambda rows: None
    prepare: Callable[[Scope], bool] = lambda scope: False
    with_payment: bool = False


def _preload_payments(rows: Sequence[Payment]) -> None:
    orders.preload("capture", [row.id for row in rows if row.status == "capture_sent"])
    mandates.lock_all([row.mandate_id for row in rows if row.status == "to_capture" and row.mandate_id is not None])


def _preload_refunds(rows: Sequence[Refund]) -> None:
    orders.preload("refund", [row.id for row in rows if row.status == "refund_sent"])


def _preload_disputes(rows: Sequence[Dispute]) -> None:
    orders.preload("evidence", [row.id for row in rows if row.status == "evidence_pending"])
    orders.preload("decision", [row.id for row in rows if row.status == "evidence_verification"])


KINDS: tuple[Kind, ...] = (
    Kind(Authentication, authentication.on_due, with_payment=True),
    Kind(Payment, captures.on_due, _preload_payments, prepare=exchange.learn_due),
    Kind(Refund, refunds.on_due, _preload_refunds, with_payment=True),
    Kind(Dispute, disputes.on_due, _preload_disputes, with_payment=True),
    Kind(DirectDebit, direct_debits.on_due, with_payment=True),
    Kind(MerchantDebit, merchant_debits.on_due),
    Kind(PaymentIntent, intents.on_due),
    Kind(Subscription, subscriptions.on_due),
    Kind(Payout, payouts.on_due),
)


def handle(kind: Kind, step: Step, rows: Sequence[Any]) -> None:
    """Takes locked rows of one merchant one step further, within the caller's transaction."""
    kind.preload(rows)
    for row in sorted(
        rows, key=lambda row: getattr(row, "currency", "")
    ):  # after euros, balances are locked in this order
        before = (row.due_at, row.status)
        kind.step(step, row)
        assert (row.due_at, row.status) != before, "a due row must move on"


def next_moment(merchant_id: str, goal: datetime) -> tuple[Kind, datetime] | None:
    """The earliest due moment of a merchant's test mode up to the goal, and whose it is."""
    moments = []
    for kind in KINDS:
        model = kind.model
        earliest = db.session.scalar(
            select(func.min(model.due_at)).where(
                model.merchant_id == merchant_id, model.live.is_(False), model.due_at <= goal
            )
        )
        if earliest is not None:
            moments.append((earliest, kind))
    if not moments:
        return None
    moment, kind = min(moments, key=lambda pair: pair[0])
    return kind, moment


def rows_of(kind: Kind, merchant_id: str, live: bool, moment: datetime, *, skip_locked: bool = False) -> Sequence[Any]:
    """Rows of one merchant and mode due at or before a moment, locked."""
    model = kind.model
    due = (model.merchant_id == merchant_id, model.live.is_(live), model.due_at <= moment)
    statement = select(model).where(*due).order_by(model.due_at).limit(AT_ONCE)
    if kind.with_payment:
        theirs = select(model.payment_id).where(*due).order_by(model.due_at).limit(AT_ONCE)
        payments = select(Payment).where(Payment.id.in_(theirs)).order_by(Payment.id)
        statement = statement.where(
            model.payment_id.in_([row.id for row in lock_rows(payments, skip_locked=skip_locked)])
        )
    return lock_rows(statement, skip_locked=skip_locked)


def sweep(kind: Kind, real_now: datetime) -> int:
    """Moves what is due, one transaction per merchant and mode; returns how many rows moved.

    Rows somebody else holds are left to them, merchants whose clock is being advanced to clocks.advance. One merchant's
    failure is logged and keeps nobody else waiting.
    """
    moved = 0
    for merchant_id, live in _merchants_with_due(kind, real_now):
        try:
            moved += _sweep_merchant(kind, merchant_id, live, real_now)
        except Exception:
            log.exception("rows of %s stay due for %s", kind.model.__tablename__, merchant_id)
            db.session.rollback()
    return moved


def _sweep_merchant(kind: Kind, merchant_id: str, live: bool, real_now: datetime) -> int:
    merchant = db.session.get(Merchant, merchant_id, populate_existing=True)
    assert merchant is not None
    rows: Sequence[Any] = []
    if live or merchant.clock_goal is None:
        scope = scope_of(merchant, live, real_now, "clock")
        with suppress(AcquirerUnavailable):  # what needed the answer waits for it
            kind.prepare(scope)
        rows = rows_of(kind, merchant_id, live, scope.now, skip_locked=True)
        handle(kind, Step(scope), rows)
    db.session.commit()
    return len(rows)


def _merchants_with_due(kind: Kind, real_now: datetime) -> list[tuple[str, bool]]:
    """Offsets are never negative, so what is due by real time is due for everybody, through one index on `due_at`.

    The few merchants ahead of real time are looked up one by one through the index on (merchant, mode, due_at).
    """
    model = kind.model
    oldest = (
        select(model.merchant_id, model.live)
        .join(Merchant, Merchant.id == model.merchant_id)
        .where(model.due_at <= real_now, or_(model.live, Merchant.clock_goal.is_(None)))
        .order_by(model.due_at)
        .limit(10 * AT_ONCE)
    ).subquery()
    found = {tuple(row) for row in db.session.execute(select(oldest.c.merchant_id, oldest.c.live).distinct())}
    theirs = model.due_at <= real_now + Merchant.clock_offset_seconds * _ONE_SECOND
    ahead = select(Merchant.id).where(
        Merchant.clock_offset_seconds > 0,
        select(model.id).where(model.merchant_id == Merchant.id, model.live.is_(False), theirs).exists(),
    )
    found.update((merchant_id, False) for merchant_id in db.session.scalars(ahead))
    return sorted((str(merchant_id), bool(live)) for merchant_id, live in found)


_ONE_SECOND = func.make_interval(0, 0, 0, 0, 0, 0, 1.0)
