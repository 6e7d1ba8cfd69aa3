"""Debits of merchants: what available and held funds lacked when a dispute was opened, collected from the merchant's own account.

It is the account payouts go to, which the terms let us debit, announced two business days before. While a debit is on its way it
covers what it is for; where the merchant's bank refuses it or takes it back, the balance stays short, payouts stop until the account
is confirmed, and what comes in makes up for it.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta

from sqlalchemy import func, select

from payments_core import debit_days, ledger, merchants, payouts, statements
from payments_core.business_days import next_business_day, paris_day
from payments_core.db import db, first, new_id
from payments_core.ledger import Balances
from payments_core.models import Dispute, MerchantDebit
from payments_core.money import SETTLED_IN
from payments_core.scope import Scope
from payments_core.states import next_status
from payments_core.step import Step

log = logging.getLogger(__name__)

ON_ITS_WAY = ("announced", "sent")
_BOOKED_WITHIN = timedelta(days=10)  # of its day, or it covers nothing any more


def ask(scope: Scope, dispute: Dispute, amount: int) -> None:
    """Owes the bank a collection of so many euro cents, within the caller's transaction with the balance locked."""
    day = next_business_day(next_business_day(paris_day(scope.now)))
    db.session.add(
        MerchantDebit(
            id=new_id("mdbt"),
            merchant_id=scope.merchant_id,
            live=scope.live,
            dispute_id=dispute.id,
            amount=amount,
            iban_masked=merchants.get(scope.merchant_id).iban_masked,
            status=next_status("merchant_debit", None, "announce"),
            collection_on=day,
            created_at=scope.now,
            due_at=statements.morning_after(scope, day),
        )
    )


def of_dispute(dispute: Dispute) -> MerchantDebit | None:
    """The debit of what a dispute lacked, if it lacked anything."""
    return first(MerchantDebit, MerchantDebit.dispute_id == dispute.id) if dispute.shortfall else None


def in_flight(scope: Scope) -> int:
    """Euro cents on their way from the merchant's account: they count as cover. To be read with the balance locked."""
    statement = select(func.coalesce(func.sum(MerchantDebit.amount), 0)).where(
        MerchantDebit.merchant_id == scope.merchant_id,
        MerchantDebit.live.is_(scope.live),
        MerchantDebit.status.in_(ON_ITS_WAY),
        MerchantDebit.collection_on >= paris_day(scope.now) - _BOOKED_WITHIN,
    )
    return int(db.session.scalar(statement) or 0)


def before_file(scope: Scope, debit: MerchantDebit) -> None:
    """A file made too late for the day asks for the first one still possible, within the caller's transaction."""
    if debit_days.too_late(debit.collection_on, scope.now):
        debit.collection_on = debit_days.first_possible(scope.now)
        debit.due_at = statements.morning_after(scope, debit.collection_on)


def into_file(_scope: Scope, debit: MerchantDebit) -> None:
    """It is in a file, within the caller's transaction."""
    debit.status = next_status("merchant_debit", debit.status, "send")


def rejected(scope: Scope, debit: MerchantDebit, reason: str) -> None:
    """The bank refused it before settlement: no money moved, within the caller's transaction."""
    _refused(scope, debit, "reject", reason)


def collected(scope: Scope, debit: MerchantDebit, day: date) -> None:
    """Our bank booked it, within the caller's transaction."""
    debit.status, debit.date_bank = next_status("merchant_debit", debit.status, "collect"), day
    balance = Balances(scope)[SETTLED_IN]
    ledger.post(balance, scope.now, debit.id, ("merchant_debit", debit.amount))
    payouts.expect(scope, balance)


def came_back(scope: Scope, debit: MerchantDebit, reason: str, _day: date) -> None:
    """The merchant's bank took it back, within the caller's transaction."""
    if debit.status == "sent":  # the statement that books it is read later: it cannot have come back otherwise
        collected(scope, debit, debit.collection_on)
    ledger.post(Balances(scope)[SETTLED_IN], scope.now, debit.id, ("merchant_debit_back", debit.amount))
    _refused(scope, debit, "return", reason)


def on_due(step: Step, debit: MerchantDebit) -> None:
    """Asks the bank what became of it, and says when to ask again."""
    scope, yesterday = step.scope, paris_day(step.scope.now) - timedelta(days=1)
    _ = step.balances[SETTLED_IN]  # before the question: statements.ask
    booked = debit.status not in ON_ITS_WAY
    done = debit.statements_until if booked else None
    statements.ask(scope, done + timedelta(days=1) if done else debit.collection_on)
    debit.statements_until = yesterday
    day = debit.date_bank or debit.collection_on
    debit.due_at = debit_days.next_question(scope, day, yesterday, booked=booked)


def _refused(scope: Scope, debit: MerchantDebit, event: str, reason: str) -> None:
    debit.status, debit.reason, debit.due_at = next_status("merchant_debit", debit.status, event), reason, None
    Balances(scope)[SETTLED_IN].payouts_stopped = payouts.STOPPED_BY_BANK
    log.warning("debit %s of merchant %s: %s, %s", debit.id, debit.merchant_id, debit.status, reason)
