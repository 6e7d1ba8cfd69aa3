"""What the tests of direct debits share: accounts with a known fate, and the days on which something happens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from payments_core import (
    ledger_check,
    payments,
    sepa_accounts,
)
from payments_core.bank_test_accounts import TEST_ACCOUNTS
from payments_core.db import db
from payments_core.models import BankMessage, DirectDebit, Event, Payment, SepaAccount, SimulatorTransfer
from payments_core.payments import NewPayment
from payments_core.sepa_accounts import SepaAccountInput
from tests.payments_core.conftest import Shop

GOOD = "FR1420041010050500013M02606"


# Accepted on Tuesday 15 September; 14 days' notice end on Tuesday the 29th, so the file leaves on Monday the 28th at 23:00 in Paris.
BEFORE_FILE = datetime(2026, 9, 28, 20, 59, tzinfo=UTC)


FILE_LEFT = datetime(2026, 9, 28, 21, 30, tzinfo=UTC)


STATEMENT_READ = datetime(2026, 9, 30, 5, 30, tzinfo=UTC)  # of the 29th, Wednesday at 7:00 in Paris


RETURN_READ = datetime(2026, 10, 1, 5, 30, tzinfo=UTC)


def iban_of(reason: str, direction: str = "collection", *, rejected: bool = False) -> str:
    """The documented account with this outcome."""
    for account in TEST_ACCOUNTS:
        fate = getattr(account, direction)
        fits = fate is not None and (fate.reason, fate.rejected) == (reason, rejected)
        if fits and (direction == "collection" or account.collection is None):
            return account.iban
    raise LookupError(reason)


def account_of(shop: Shop, iban: str = GOOD, **more: Any) -> SepaAccount:
    return sepa_accounts.create(shop.scope, SepaAccountInput(iban=iban, name="Ada Martin", **more))


def pay(shop: Shop, amount: int = 1000, iban: str = GOOD, **more: Any) -> Payment:
    more.setdefault("sepa", SepaAccountInput(iban=iban, name="Ada Martin"))
    return payments.create(shop.scope, NewPayment(amount=amount, **more))


def collected(shop: Shop, amount: int = 1000, iban: str = GOOD, **more: Any) -> Payment:
    payment = pay(shop, amount, iban, **more)
    shop.advance_to(STATEMENT_READ)
    assert payment.status == "captured", payment.status
    return payment


def debit_of(payment: Payment) -> DirectDebit:
    return db.session.scalars(select(DirectDebit).where(DirectDebit.payment_id == payment.id)).one()


def events_of(object_id: str) -> list[str]:
    return list(db.session.scalars(select(Event.type).where(Event.object_id == object_id).order_by(Event.version)))


def messages(kind: str) -> list[BankMessage]:
    return list(db.session.scalars(select(BankMessage).where(BankMessage.kind == kind).order_by(BankMessage.id)))


def moved_at_the_bank() -> int:
    return db.session.scalar(select(func.count()).select_from(SimulatorTransfer)) or 0


def check_ledger() -> None:
    assert ledger_check.check().differences == []
