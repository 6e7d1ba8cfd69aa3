"""What leaves for the bank in files: payouts and SEPA refunds as transfers, direct debits of payers and merchants as
collections. One table.

Each kind says which rows wait for a file, what a file says of them, and what the bank's answers do to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from payments_core import (
    bank_collections,
    bank_files,
    direct_debits,
    merchant_debits,
    merchants,
    payouts,
    refund_days,
    refunds,
    sepa_accounts,
)
from payments_core.bank_collections import Collection
from payments_core.bank_files import Account, Transfer
from payments_core.business_days import paris_day
from payments_core.db import db, lock_rows
from payments_core.models import DirectDebit, Mandate, MerchantDebit, Payment, Payout, Refund
from payments_core.runtime import runtime
from payments_core.scope import Scope


@dataclass(frozen=True)
class Order:
    """One kind of thing in files. `kind` is that of its BankMessage, `file` the column that names the message.

    The functions that change a row run within the caller's transaction with the row, and its payment, locked.
    """

    kind: str
    model: Any
    file: str
    prefix: str  # of EndToEndId
    waiting: Callable[[], Select[Any]]
    document: Callable[[str, Sequence[Any], datetime], bytes]
    reference: Callable[[Any], str]
    day: Callable[[Any], date]
    into_file: Callable[[Scope, Any], None]
    sent: Callable[[Scope, Any], None]
    refused: Callable[[Scope, Any, str], None]
    booked: Callable[[Scope, Any, date], None]
    came_back: Callable[[Scope, Any, str, date], None]  # why, and the day our bank booked the return
    may_book: Callable[[Any], bool]  # whether a booked entry is news to the row
    may_return: Callable[[Any], bool]
    credit: bool = False  # which way the money goes on our account
    with_payment: bool = True  # belongs to a payment, which is locked first
    before_file: Callable[[Scope, Any], None] = lambda _scope, _row: None
    file_prefix: str = "CPT-"  # of MsgId: tells whose a file of the same kind is

    def take_waiting(self, merchant_id: str | None, at_most: int) -> Sequence[Any]:
        """Rows that wait for a file, locked; what somebody else holds is left to them. A merchant's are those of test mode."""
        model, statement = self.model, self.waiting()
        if merchant_id is not None:
            statement = statement.where(model.merchant_id == merchant_id, model.live.is_(False))
        statement = statement.order_by(model.live, model.merchant_id, model.id).limit(at_most)
        if self.with_payment:
            owners = select(Payment).where(Payment.id.in_(statement.with_only_columns(model.payment_id)))
            held = lock_rows(owners.order_by(Payment.id), skip_locked=True)
            statement = statement.where(model.payment_id.in_([payment.id for payment in held]))
        return lock_rows(statement, skip_locked=True)

    def of_file(self, message_id: str) -> Sequence[Any]:
        """The rows of a file, locked."""
        inside = getattr(self.model, self.file) == message_id
        _lock_payments([(self, inside)])
        return lock_rows(select(self.model).where(inside).order_by(self.model.id))

    def called(self, references: Sequence[str]) -> ColumnElement[bool]:
        """The condition that a row is one that these EndToEndIds name."""
        if self.model is Payout:
            return Payout.reference.in_(references)
        start = self.prefix.lower().replace("-", "_")
        found: ColumnElement[bool] = self.model.id.in_([start + one.removeprefix(self.prefix) for one in references])
        return found


def named(references: Iterable[str]) -> dict[str, tuple[Order, Any]]:
    """What these EndToEndIds name, locked in the order everybody locks: payments first. Unknown ones are left out."""
    wanted = set(references)
    mine = [(order, sorted(one for one in wanted if one.startswith(order.prefix))) for order in ORDERS]
    conditions = [(order, order.called(ours)) for order, ours in mine if ours]
    _lock_payments(conditions)
    found: dict[str, tuple[Order, Any]] = {}
    for order, condition in conditions:
        for row in lock_rows(select(order.model).where(condition).order_by(order.model.id)):
            found[order.reference(row)] = (order, row)
    return found


def _lock_payments(conditions: Sequence[tuple[Order, ColumnElement[bool]]]) -> None:
    ids: set[str] = set()
    for order, condition in conditions:
        if order.with_payment:
            ids.update(db.session.scalars(select(order.model.payment_id).where(condition)))
    if ids:
        lock_rows(select(Payment).where(Payment.id.in_(ids)).order_by(Payment.id))


def our_account() -> Account:
    """Our own account, from the settings."""
    config = runtime().config
    return Account(config.payout_account_name, config.payout_account_iban)


def end_to_end(prefix: str, row_id: str) -> str:
    """An EndToEndId from a row's id: the SEPA character set has no underscore."""
    return prefix + row_id.partition("_")[2]


def _payout_file(message_id: str, rows: Sequence[Payout], _now: datetime) -> bytes:
    return bank_files.transfer_document(our_account(), message_id, [_payout_transfer(row) for row in rows])


def _payout_transfer(payout: Payout) -> Transfer:
    merchant = merchants.get(payout.merchant_id)
    assert payout.business_day is not None
    return Transfer(payout.reference, payout.amount, merchant.name, merchants.iban(merchant), payout.business_day)


def _refund_file(message_id: str, rows: Sequence[Refund], _now: datetime) -> bytes:
    return bank_files.transfer_document(our_account(), message_id, [_refund_transfer(row) for row in rows])


def _refund_transfer(refund: Refund) -> Transfer:
    payment = db.session.get(Payment, refund.payment_id)
    assert payment is not None
    assert payment.sepa_account is not None
    account = payment.sepa_account
    label = f"Remboursement {payment.order_id or payment.id} {merchants.get(refund.merchant_id).name}"
    return Transfer(
        end_to_end("REFD-", refund.id),
        refund.amount,
        account.name,
        sepa_accounts.iban_of(account),
        refund_days.transfer_day(refund),
        label,
    )


def _collections(of: Callable[[Any], Collection]) -> Callable[[str, Sequence[Any], datetime], bytes]:
    """The document of rows that each are a collection."""

    def document(message_id: str, rows: Sequence[Any], now: datetime) -> bytes:
        creditor = runtime().config.sepa_creditor_id
        return bank_collections.collection_document(our_account(), creditor, message_id, [of(row) for row in rows], now)

    return document


def _collection(debit: DirectDebit) -> Collection:
    payment, mandate = db.session.get(Payment, debit.payment_id), db.session.get(Mandate, debit.mandate_id)
    assert payment is not None
    assert mandate is not None
    account, merchant = mandate.sepa_account, merchants.get(debit.merchant_id)
    return Collection(
        reference=end_to_end("DDBT-", debit.id),
        amount=debit.amount,
        name=account.name,
        iban=sepa_accounts.iban_of(account),
        collection_on=debit.collection_on,
        sequence=debit.sequence,
        rum=mandate.rum,
        signed_on=paris_day(mandate.signed_at or mandate.created_at),
        creditor=merchant.name,
        label=payment.description or payment.order_id or payment.id,
    )


def _merchant_collection(debit: MerchantDebit) -> Collection:
    """The mandate is the acceptance of our terms, on the day the merchant opened its account."""
    merchant = merchants.get(debit.merchant_id)
    return Collection(
        reference=end_to_end("MDBT-", debit.id),
        amount=debit.amount,
        name=merchant.name,
        iban=merchants.iban(merchant),
        collection_on=debit.collection_on,
        sequence="RCUR",
        rum=end_to_end("CPTM-", merchant.id),
        signed_on=paris_day(merchant.created_at),
        creditor=our_account().name,
        label=f"Contestation {debit.dispute_id}",
    )


def _nothing(_scope: Scope, _row: Any) -> None:
    """The row says it already."""


ORDERS: tuple[Order, ...] = (
    Order(
        kind="transfer",
        model=Payout,
        file="transfer_id",
        prefix="COMPTOIR-",
        waiting=lambda: select(Payout).where(Payout.status == "pending", Payout.gathered_at.is_not(None)),
        document=_payout_file,
        reference=lambda payout: str(payout.reference),
        day=lambda payout: payout.business_day,
        into_file=payouts.in_file,
        sent=payouts.left,
        refused=payouts.refused,
        booked=payouts.booked,
        came_back=payouts.came_back,
        with_payment=False,
        may_book=lambda payout: payout.status == "sent",
        may_return=lambda payout: payout.status in ("sent", "paid"),
    ),
    Order(
        kind="refund",
        model=Refund,
        file="transfer_id",
        prefix="REFD-",
        waiting=lambda: select(Refund).where(
            Refund.status == "refund_sent", Refund.by_transfer, Refund.transfer_id.is_(None)
        ),
        document=_refund_file,
        reference=lambda refund: end_to_end("REFD-", refund.id),
        day=refund_days.transfer_day,
        into_file=_nothing,
        sent=_nothing,
        refused=refunds.transfer_refused,
        booked=refunds.transfer_booked,
        came_back=refunds.transfer_came_back,
        may_book=lambda refund: refund.status == "refund_sent" and refund.date_bank is None,
        may_return=lambda refund: refund.status == "refund_sent",
    ),
    Order(
        kind="collection",
        model=DirectDebit,
        file="file_id",
        prefix="DDBT-",
        waiting=lambda: select(DirectDebit).where(DirectDebit.status == "sent", DirectDebit.file_id.is_(None)),
        document=_collections(_collection),
        reference=lambda debit: end_to_end("DDBT-", debit.id),
        day=lambda debit: debit.collection_on,
        into_file=_nothing,
        sent=_nothing,
        refused=direct_debits.rejected,
        booked=direct_debits.collected,
        came_back=direct_debits.came_back,
        may_book=lambda debit: debit.status == "sent",
        may_return=lambda debit: debit.status in ("sent", "collected"),
        credit=True,
        before_file=direct_debits.before_file,
    ),
    Order(
        kind="collection",
        model=MerchantDebit,
        file="file_id",
        prefix="MDBT-",
        waiting=lambda: select(MerchantDebit).where(MerchantDebit.status == "announced"),
        document=_collections(_merchant_collection),
        reference=lambda debit: end_to_end("MDBT-", debit.id),
        day=lambda debit: debit.collection_on,
        into_file=merchant_debits.into_file,
        sent=_nothing,
        refused=merchant_debits.rejected,
        booked=merchant_debits.collected,
        came_back=merchant_debits.came_back,
        may_book=lambda debit: debit.status == "sent",
        may_return=lambda debit: debit.status in ("sent", "collected"),
        credit=True,
        with_payment=False,
        before_file=merchant_debits.before_file,
        file_prefix="CPTM-",
    ),
)
