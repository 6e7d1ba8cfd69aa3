"""Payouts (Mes Reversements): what is available leaves for the merchant's bank account once a business day, net of everything.

A payout exists from the first money that becomes available: its lines are open, every later entry of `merchant_available` is one
of them. At the hour of the run on a business day they are closed, the money goes in transit, and banking.py puts the payout in
a file. What is owed (available below zero) or too small carries over to the next run.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime

from sqlalchemy import func, select

from payments_core import ledger, payout_lines, statements
from payments_core.business_days import at_hour, is_business_day, next_business_day, next_target_day, paris_day
from payments_core.db import db, new_id
from payments_core.errors import NotFound
from payments_core.events import emit
from payments_core.ledger import Balances
from payments_core.models import Balance, LedgerEntry, Merchant, Payout
from payments_core.money import SETTLED_IN
from payments_core.paging import Page, by_offset
from payments_core.policy import policy_at
from payments_core.scope import Scope
from payments_core.states import next_status
from payments_core.step import Step

# Letters and digits that nobody mistakes for one another: the label is read aloud on the telephone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
STOPPED_BY_BANK = "iban_unconfirmed"


def expect(scope: Scope, balance: Balance) -> None:
    """Opens the next payout when money becomes available and none is open, within the caller's transaction."""
    if balance.gathering_payout is not None or balance.currency != SETTLED_IN:
        return
    payout = Payout(
        id=new_id("pout"),
        merchant_id=scope.merchant_id,
        live=scope.live,
        currency=balance.currency,
        status=next_status("payout", None, "gather"),
        reference="COMPTOIR-" + "".join(secrets.choice(_ALPHABET) for _ in range(10)),
        first_entry=balance.paid_out_entry,
        created_at=scope.now,
        due_at=_next_run(scope, balance),
        amount=0,
        version=0,
    )
    db.session.add(payout)
    db.session.flush()
    balance.gathering_payout = payout.id
    emit(scope, "payout.pending", payout)


def on_due(step: Step, payout: Payout) -> None:
    """The clock's next step for a payout, within the caller's transaction."""
    if payout.gathered_at is None:
        _close_lines(step, payout)
        return
    assert payout.business_day is not None
    _ = step.balances[payout.currency]  # before the question: statements.ask
    statements.ask(step.scope, payout.business_day)
    if payout.status == "sent" or paris_day(step.scope.now) < _last_return_day(payout, step.scope.now):
        payout.due_at = statements.next_morning(step.scope)
    else:
        payout.due_at = None


def in_file(scope: Scope, payout: Payout) -> None:
    """It is in a validated file, within the caller's transaction."""
    payout.status = next_status("payout", payout.status, "validate")
    emit(scope, "payout.to_pay", payout, amount=payout.amount)


def left(scope: Scope, payout: Payout) -> None:
    """The bank accepted the transfer, within the caller's transaction."""
    payout.status, payout.sent_at = next_status("payout", payout.status, "send"), scope.now
    payout.due_at = statements.next_morning(scope)
    emit(scope, "payout.sent", payout, amount=payout.amount)


def refused(scope: Scope, payout: Payout, reason: str) -> None:
    """It cannot be put in a valid file, or the bank rejected it, within the caller's transaction."""
    failed(scope, payout, "fail", reason)


def came_back(scope: Scope, payout: Payout, reason: str, _day: date) -> None:
    """The merchant's bank sent the money back, within the caller's transaction."""
    failed(scope, payout, "return" if payout.status == "paid" else "fail", reason)


def booked(scope: Scope, payout: Payout, day: date) -> None:
    """Our bank booked the transfer: the money left, within the caller's transaction."""
    payout.status = next_status("payout", payout.status, "pay")
    payout.paid_at, payout.date_bank, payout.due_at = scope.now, day, statements.next_morning(scope)
    ledger.post(Balances(scope)[payout.currency], scope.now, payout.id, ("payout_paid", payout.amount))
    emit(scope, "payout.paid", payout, amount=payout.amount)


def failed(scope: Scope, payout: Payout, event: str, reason: str) -> None:
    """`fail` or `return`: the money is available again and payouts stop until the IBAN is confirmed."""
    code = "payout_returned" if payout.status == "paid" else "payout_failed"
    payout.status = next_status("payout", payout.status, event)
    payout.reason, payout.due_at = reason, None
    balance = Balances(scope)[payout.currency]
    ledger.post(balance, scope.now, payout.id, (code, payout.amount))
    balance.payouts_stopped = STOPPED_BY_BANK
    expect(scope, balance)
    emit(scope, "payout.failed", payout, amount=payout.amount, reason=reason)


def resume(scope: Scope) -> None:
    """The owner confirmed the IBAN: payouts leave again."""
    statement = select(Balance.currency).where(
        Balance.merchant_id == scope.merchant_id, Balance.live == scope.live, Balance.payouts_stopped.is_not(None)
    )
    balances = Balances(scope)
    for currency in db.session.scalars(statement.order_by(Balance.currency)).all():
        balances[currency].payouts_stopped = None
    db.session.commit()


def get(scope: Scope, payout_id: str) -> Payout:
    """Raises NotFound."""
    payout = db.session.get(Payout, payout_id)
    if payout is None or payout.merchant_id != scope.merchant_id or payout.live != scope.live:
        raise NotFound("payout", payout_id)
    return payout


def find(scope: Scope, payout_id: str) -> Payout | None:
    """The payout, or None."""
    try:
        return get(scope, payout_id)
    except NotFound:
        return None


def closed(scope: Scope, payout_id: str) -> Payout:
    """A payout as the wire knows it: one whose lines are still open does not exist there. Raises NotFound."""
    payout = get(scope, payout_id)
    if payout.gathered_at is None:
        raise NotFound("payout", payout_id)
    return payout


def page(
    scope: Scope,
    *,
    created: datetime | None = None,
    payment_id: str | None = None,
    start: int,
    limit: int,
    newest_first: bool = True,
    count: bool = False,
) -> Page[Payout]:
    """A page of the merchant's payouts for the wire lists: those whose lines are closed."""
    statement = select(Payout).where(
        Payout.merchant_id == scope.merchant_id, Payout.live == scope.live, Payout.gathered_at.is_not(None)
    )
    if created is not None:
        statement = statement.where(Payout.created_at >= created)
    if payment_id is not None:
        statement = statement.where(Payout.id.in_(payout_lines.payouts_of([payment_id]).with_only_columns(Payout.id)))
    order = (Payout.created_at, Payout.id)
    return by_offset(
        statement.order_by(*((column.desc() for column in order) if newest_first else order)), start, limit, count
    )


def expected_on(payout: Payout) -> date | None:
    """The day the money should reach the merchant's bank; None once it is final."""
    if payout.gathered_at is None:
        return paris_day(payout.due_at) if payout.due_at else None
    if payout.status in ("pending", "to_pay", "sent"):
        return payout.business_day
    return None


def _close_lines(step: Step, payout: Payout) -> None:
    """The run of a business day: what is available leaves, unless it is too little or payouts are stopped."""
    scope, policy = step.scope, policy_at(step.scope.now)
    balance = step.balances[payout.currency]
    merchant = db.session.get(Merchant, scope.merchant_id)
    assert merchant is not None
    held_back = balance.payouts_stopped is not None or merchant.status == "restricted"
    if held_back or balance.available < policy.payout_minimum:
        payout.due_at = at_hour(next_business_day(paris_day(scope.now)), policy.payout_hour)
        return
    db.session.flush()
    payout.amount, payout.gathered_at, payout.due_at = balance.available, scope.now, None
    payout.business_day, payout.iban_masked = paris_day(scope.now), merchant.iban_masked
    payout.last_entry = _newest_entry(balance)
    balance.paid_out_entry, balance.gathering_payout = payout.last_entry, None
    ledger.post(balance, scope.now, payout.id, ("payout", payout.amount))


def _newest_entry(balance: Balance) -> int:
    """The balance is locked, so no entry of it can still be on its way."""
    statement = select(func.max(LedgerEntry.id)).where(
        LedgerEntry.merchant_id == balance.merchant_id,
        LedgerEntry.live == balance.live,
        LedgerEntry.currency == balance.currency,
    )
    return int(db.session.scalar(statement) or 0)


def _next_run(scope: Scope, balance: Balance) -> datetime:
    """The first run at or after now on a business day that has had none."""
    hour, day = policy_at(scope.now).payout_hour, paris_day(scope.now)
    if is_business_day(day) and at_hour(day, hour) >= scope.now and not _left_on(balance, day):
        return at_hour(day, hour)
    return at_hour(next_business_day(day), hour)


def _left_on(balance: Balance, day: date) -> bool:
    statement = select(Payout.id).where(
        Payout.merchant_id == balance.merchant_id,
        Payout.live == balance.live,
        Payout.currency == balance.currency,
        Payout.business_day == day,
        Payout.gathered_at.is_not(None),
    )
    return db.session.scalar(statement.limit(1)) is not None


def _last_return_day(payout: Payout, now: datetime) -> date:
    """Until then the merchant's bank may send a transfer back."""
    day = payout.date_bank or paris_day(now)
    for _ in range(policy_at(now).payout_return_days):
        day = next_target_day(day)
    return day
