"""Telecollection: a terminal's batch, sale by sale, then totals; agreed, every sale of it is captured.

A batch is identified by terminal and number. Repeating any message of it changes nothing; a closed batch takes nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from payments_core import captures
from payments_core.db import db, new_id
from payments_core.errors import Conflict, NotFound
from payments_core.models import Payment, Terminal, TerminalBatch, TerminalSale
from payments_core.scope import Scope
from payments_core.step import Step
from payments_core.terminal_sales import find

_COLLECTABLE = ("authorized", "expired")


@dataclass(frozen=True)
class Totals:
    """Number and sum (minor units) of a batch's sales."""

    count: int
    total: int


def upload(scope: Scope, terminal: Terminal, batch_number: str, sale_number: str, amount: int) -> None:
    """Puts one approved sale in a batch.

    Raises NotFound for a sale that was not approved or has another amount, Conflict `duplicate` when the batch is closed
    without it or it was collected in another.
    """
    batch = _locked_batch(scope, terminal, batch_number)
    sale = find(terminal, sale_number)
    payment = db.session.get(Payment, sale.payment_id) if sale and sale.payment_id else None
    if sale is None or payment is None or payment.amount != amount:
        db.session.commit()
        raise NotFound("sale", sale_number)
    if sale.batch_id == batch.id:
        db.session.commit()
        return
    if batch.state != "open" or sale.batch_id is not None:
        db.session.commit()
        raise Conflict("The batch is closed, or the sale is in another", code="duplicate")
    if payment.status not in _COLLECTABLE or sale.reversed_at is not None:
        db.session.commit()
        raise NotFound("sale", sale_number)
    sale.batch_id = batch.id
    db.session.commit()


def close(scope: Scope, terminal: Terminal, batch_number: str, claimed: Totals) -> tuple[bool, Totals]:
    """Whether the totals agree, and the host's own. The same claim again gets the same answer.

    Raises Conflict `duplicate` for another claim on a closed batch.
    """
    batch = _locked_batch(scope, terminal, batch_number)
    if batch.state != "open":
        db.session.commit()
        if (batch.claimed_count, batch.claimed_total) != (claimed.count, claimed.total):
            raise Conflict("This batch was closed with other totals", code="duplicate")
        return batch.state == "agreed", Totals(batch.count, batch.total)
    sold = _locked_payments(batch)
    ours = Totals(len(sold), sum(payment.amount for payment in sold))
    batch.count, batch.total = ours.count, ours.total
    batch.claimed_count, batch.claimed_total = claimed.count, claimed.total
    batch.closed_at = scope.now
    agreed = ours == claimed
    if agreed:
        _capture(scope, terminal, batch, sold)
    else:
        _refuse(batch, claimed, ours)
    db.session.commit()
    return agreed, ours


def _capture(scope: Scope, terminal: Terminal, batch: TerminalBatch, sold: list[Payment]) -> None:
    batch.state = "agreed"
    terminal.last_collected_at = scope.now
    late = sum(payment.status == "expired" for payment in sold)
    if late:
        batch.problem = f"{late} sales collected after their authorisation had expired, without the issuer's guarantee"
    step = Step(scope)
    for payment in sold:
        captures.collect(step, payment)


def _refuse(batch: TerminalBatch, claimed: Totals, ours: Totals) -> None:
    """Nothing is captured; the sales are free for the next batch."""
    batch.state = "refused"
    batch.problem = (
        f"terminal claims {claimed.count} sales of {claimed.total}, host has {ours.count} of {ours.total} (minor units)"
    )
    for sale in db.session.scalars(select(TerminalSale).where(TerminalSale.batch_id == batch.id)):
        sale.batch_id = None


def _locked_batch(scope: Scope, terminal: Terminal, number: str) -> TerminalBatch:
    """The batch under lock until the end of the transaction, made when it is new."""
    same = {"terminal_id": terminal.id, "number": number}
    values = {"id": new_id("tbat"), "state": "open", "count": 0, "total": 0, "created_at": scope.now}
    db.session.execute(insert(TerminalBatch).values(**same, **values).on_conflict_do_nothing())
    statement = select(TerminalBatch).filter_by(**same).with_for_update()
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def _locked_payments(batch: TerminalBatch) -> list[Payment]:
    """The batch's payments that can still be collected: one cancelled meanwhile is no longer part of it."""
    statement = (
        select(Payment)
        .join(TerminalSale, TerminalSale.payment_id == Payment.id)
        .where(TerminalSale.batch_id == batch.id, TerminalSale.reversed_at.is_(None))
        .order_by(Payment.id)
        .with_for_update(of=Payment)
    )
    rows = db.session.scalars(statement.execution_options(populate_existing=True)).all()
    return [payment for payment in rows if payment.status in _COLLECTABLE]
