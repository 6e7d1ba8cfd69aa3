"""The double-entry ledger: money moves only in `post`.

What was captured in another currency than the euro goes over into euros when it is received (exchange.py): `exchange` is the bridge,
and empty again after each payment in either currency.

A debit account receives value from the credit account in bookkeeping terms: `bank` and `acquirer_receivable` are assets, the
`merchant_*` accounts and `refunds_payable` are what we owe, `fee_income` is ours. `merchant_*` accounts are per merchant, every
account per mode and currency. Entries are never changed: a trigger refuses UPDATE, DELETE and TRUNCATE.

Every debit of a merchant (refund, dispute, fee) is drawn from `merchant_available` and so is a line of the next payout; that account
goes below zero while money still pending or held covers the debit. A payout is then exactly the entries of
`merchant_available` since the payout before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from payments_core.batch import draft
from payments_core.db import db, keep_values, locked
from payments_core.models import Balance, LedgerEntry
from payments_core.money import SETTLED_IN
from payments_core.scope import Scope


@dataclass(frozen=True)
class Rule:
    """One posting rule: what is debited, what is credited, and why it exists."""

    debit: str
    credit: str
    why: str


RULES: dict[str, Rule] = {
    "capture": Rule("acquirer_receivable", "merchant_pending", "the acquirer owes us a captured payment"),
    "fee": Rule("merchant_pending", "fee_income", "commission, charged at capture"),
    "settlement": Rule("bank", "acquirer_receivable", "the acquirer paid on the payment's bank date"),
    "hold": Rule("merchant_pending", "merchant_held", "received funds are held"),
    "exchange_receivable": Rule(
        "exchange", "acquirer_receivable", "the acquirer paid in euros: its debt in this currency"
    ),
    "exchange_pending": Rule("merchant_pending", "exchange", "the merchant's part of it"),
    "exchange_fee": Rule("fee_income", "exchange", "our commission in this currency"),
    "settlement_exchanged": Rule("bank", "exchange", "what the acquirer paid in euros for another currency"),
    "hold_exchanged": Rule("exchange", "merchant_held", "the merchant's part of it is held"),
    "fee_exchanged": Rule("exchange", "fee_income", "our commission in euros"),
    "release": Rule("merchant_held", "merchant_available", "the hold is over"),
    "refund": Rule("merchant_available", "refunds_payable", "a refund asked for; a line of the next payout"),
    "refund_paid": Rule("refunds_payable", "bank", "the payer has the money"),
    "refund_back": Rule("refunds_payable", "merchant_available", "a refund that did not reach the payer"),
    "refund_exchange_loss": Rule("merchant_available", "refunds_payable", "the day's rate makes a refund dearer"),
    "refund_exchange_gain": Rule("refunds_payable", "merchant_available", "the day's rate makes a refund cheaper"),
    "dispute": Rule("merchant_available", "bank", "the scheme took a disputed amount from our account"),
    "dispute_fee": Rule("merchant_available", "fee_income", "fee of a dispute"),
    "dispute_won": Rule("bank", "merchant_available", "the scheme gave a disputed amount back"),
    "dispute_fee_back": Rule("fee_income", "merchant_available", "the fee of a dispute that was won"),
    "dispute_exchange_loss": Rule("merchant_available", "bank", "the day's rate makes a dispute dearer"),
    "dispute_exchange_gain": Rule("bank", "merchant_available", "the day's rate makes a dispute cheaper"),
    "merchant_debit": Rule("bank", "merchant_available", "what a dispute lacked came from the merchant's own account"),
    "merchant_debit_back": Rule("merchant_available", "bank", "the merchant's bank took it back"),
    "return": Rule("merchant_available", "bank", "the payer's bank took a collection back"),
    "return_fee": Rule("merchant_available", "fee_income", "fee of a returned collection"),
    "payout": Rule("merchant_available", "merchant_in_transit", "a payout's lines are gathered"),
    "payout_paid": Rule("merchant_in_transit", "bank", "our bank booked the transfer"),
    "payout_failed": Rule("merchant_in_transit", "merchant_available", "a transfer that never left"),
    "payout_returned": Rule("bank", "merchant_available", "a transfer the merchant's bank sent back"),
}

# Accounts whose running balance a merchant sees: account name and column of Balance.
BUCKETS = {
    "merchant_pending": "pending",
    "merchant_held": "held",
    "merchant_available": "available",
    "merchant_in_transit": "in_transit",
}


class Balances:
    """A merchant's balances, each locked once per transaction. Taken after any payment's lock, never before.

    The one in euros is locked before any other, and the others by their codes.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._locked: dict[str, Balance] = {}

    def __getitem__(self, currency: str) -> Balance:
        if currency not in self._locked:
            if currency != SETTLED_IN:
                _ = self[SETTLED_IN]
            self._locked[currency] = self._lock(currency)
        return self._locked[currency]

    def _lock(self, currency: str) -> Balance:
        key = {"merchant_id": self._scope.merchant_id, "live": self._scope.live, "currency": currency}
        balance = locked(Balance, key)
        if balance is None:
            db.session.execute(insert(Balance).values(**key, **_EMPTY).on_conflict_do_nothing())
            balance = locked(Balance, key)
        assert balance is not None
        return balance


_EMPTY = {
    "pending": 0,
    "held": 0,
    "available": 0,
    "in_transit": 0,
    "refunded_fees": 0,
    "paid_out_entry": 0,
}


def moves(scope: Scope, currency: str) -> Balance:
    """A balance of zero, in no session: what is posted to it is what the real one is to be increased by."""
    return draft(Balance, merchant_id=scope.merchant_id, live=scope.live, currency=currency, **_EMPTY)


def post(balance: Balance, at: datetime, reference: str, *lines: tuple[str, int]) -> None:
    """Posts (code, amount) lines for one reference within the caller's transaction. Zero lines are left out.

    `balance` is the merchant's, locked. Raises KeyError for an unknown code.
    """
    for code, amount in lines:
        if amount == 0:
            continue
        rule = RULES[code]
        keep_values(
            LedgerEntry,
            merchant_id=balance.merchant_id,
            live=balance.live,
            currency=balance.currency,
            debit=rule.debit,
            credit=rule.credit,
            amount=amount,
            code=code,
            reference=reference,
            created_at=at,
        )
        _move(balance, rule.credit, amount)
        _move(balance, rule.debit, -amount)


def _move(balance: Balance, account: str, amount: int) -> None:
    column = BUCKETS.get(account)
    if column is not None:
        setattr(balance, column, getattr(balance, column) + amount)


def balances(merchant_id: str, live: bool) -> list[Balance]:
    """The merchant's balances, one per currency."""
    statement = (
        select(Balance).where(Balance.merchant_id == merchant_id, Balance.live == live).order_by(Balance.currency)
    )
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def entries_of(references: list[str]) -> list[LedgerEntry]:
    """Every entry for these objects, in the order posted."""
    statement = select(LedgerEntry).where(LedgerEntry.reference.in_(references)).order_by(LedgerEntry.id)
    return list(db.session.scalars(statement))


def count() -> int:
    """Number of entries in the whole ledger."""
    return db.session.scalar(select(func.count()).select_from(LedgerEntry)) or 0
