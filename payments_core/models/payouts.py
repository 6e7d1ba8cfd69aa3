"""Payouts to merchants, debits of their accounts, and what is said to and by the bank about them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from payments_core.db import Base, ObjectId

_DUE = text("due_at IS NOT NULL")
_UNDER_WAY = text("status IN ('announced', 'sent')")


class Payout(Base):
    """One transfer to a merchant's bank account: the entries of `merchant_available` in a range of the ledger.

    While its lines are gathered (`gathered_at` null) the range is open: it ends with the newest entry.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        # One is gathered at a time, and at most one leaves per business day.
        Index(
            "uq_payouts_gathering",
            "merchant_id",
            "live",
            "currency",
            unique=True,
            postgresql_where=text("gathered_at IS NULL"),
        ),
        Index(
            "uq_payouts_business_day",
            "merchant_id",
            "live",
            "currency",
            "business_day",
            unique=True,
            postgresql_where=text("gathered_at IS NOT NULL"),
        ),
        Index("ix_payouts_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_payouts_reference", "reference", unique=True),
        Index(
            "ix_payouts_untransferred",
            "gathered_at",
            postgresql_where=text("status = 'pending' AND gathered_at IS NOT NULL"),
        ),
        Index("ix_payouts_transfer_id", "transfer_id", postgresql_where=text("transfer_id IS NOT NULL")),
        Index("ix_payouts_due_at", "due_at", postgresql_where=_DUE),
        Index("ix_payouts_merchant_id_live_due_at", "merchant_id", "live", "due_at", postgresql_where=_DUE),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int] = mapped_column(default=0, comment="minor units; fixed when the lines are gathered")
    status: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(35), comment="the transfer's label and EndToEndId")
    reason: Mapped[str | None] = mapped_column(String(64), comment="why it failed: ISO 20022 external reason code")
    iban_masked: Mapped[str | None] = mapped_column(String(40), comment="the account it goes to")
    business_day: Mapped[date | None] = mapped_column(comment="the day its lines were closed")
    first_entry: Mapped[int] = mapped_column(comment="ledger entries after this one")
    last_entry: Mapped[int | None] = mapped_column(comment="up to and with this one")
    transfer_id: Mapped[str | None] = mapped_column(ForeignKey("bank_messages.id"), comment="the pain.001 it is in")
    created_at: Mapped[datetime]
    gathered_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    date_bank: Mapped[date | None] = mapped_column(comment="the day our bank booked the debit")
    due_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)


class MerchantDebit(Base):
    """A collection from the merchant's own account, in euros: what a dispute's amount and fee lacked when it was opened."""

    __tablename__ = "merchant_debits"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("uq_merchant_debits_dispute_id", "dispute_id", unique=True),
        Index("ix_merchant_debits_under_way", "merchant_id", "live", postgresql_where=_UNDER_WAY),
        Index("ix_merchant_debits_file_id", "file_id", postgresql_where=text("file_id IS NOT NULL")),
        Index("ix_merchant_debits_due_at", "due_at", postgresql_where=_DUE),
        Index("ix_merchant_debits_merchant_id_live_due_at", "merchant_id", "live", "due_at", postgresql_where=_DUE),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    dispute_id: Mapped[str] = mapped_column(ForeignKey("disputes.id"))
    amount: Mapped[int] = mapped_column(comment="euro cents")
    iban_masked: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(4), comment="ISO 20022 reason of a reject or return")
    collection_on: Mapped[date] = mapped_column(comment="the TARGET day the merchant is debited")
    date_bank: Mapped[date | None] = mapped_column(comment="the day our bank booked it")
    file_id: Mapped[str | None] = mapped_column(ForeignKey("bank_messages.id"), comment="the pain.008 it is in")
    statements_until: Mapped[date | None] = mapped_column(comment="the last day the bank was asked about")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(comment="when its next question to the bank falls due")


class BankMessage(Base):
    """A question to the bank and its answer, both kept as they were: pain.001 or .008 → pain.002, a statement's period → camt.053.

    Written with the change of state it belongs to, sent after commit, sent again under the same id until a valid answer came.
    """

    __tablename__ = "bank_messages"
    __table_args__ = (
        Index("ix_bank_messages_unanswered", "next_attempt_at", postgresql_where=text("answered_at IS NULL")),
        Index(
            "ix_bank_messages_merchant_unanswered", "merchant_id", "live", postgresql_where=text("answered_at IS NULL")
        ),
        Index(
            "ix_bank_messages_statements", "merchant_id", "live", "since", postgresql_where=text("kind = 'statement'")
        ),
    )

    id: Mapped[str] = mapped_column(String(35), primary_key=True, comment="MsgId: the bank answers it once")
    kind: Mapped[str] = mapped_column(String(16), comment="transfer, refund, collection, statement")
    merchant_id: Mapped[str | None] = mapped_column(String(32), comment="null: all live merchants together")
    live: Mapped[bool]
    since: Mapped[date] = mapped_column(comment="file: the day it asks for; statement: first day asked for")
    until: Mapped[date] = mapped_column(comment="statement: last day asked for")
    sealed: Mapped[bytes | None] = mapped_column(comment="AES-GCM, purpose bank: the pain.001 or pain.008")
    answer_sealed: Mapped[bytes | None] = mapped_column(
        comment="AES-GCM, purpose bank answer: the latest answer, valid or not"
    )
    problem: Mapped[str | None] = mapped_column(comment="why the latest answer was refused")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(comment="real time")
    next_attempt_at: Mapped[datetime] = mapped_column(comment="real time")
    answered_at: Mapped[datetime | None] = mapped_column(comment="real time of the valid answer")


class SimulatorTransfer(Base):
    """The bank simulator's own memory; the core never reads it except through the bank's door."""

    __tablename__ = "simulator_transfers"
    __table_args__ = (Index("ix_simulator_transfers_account_booked_on", "account", "booked_on"),)

    end_to_end_id: Mapped[str] = mapped_column(String(35), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(35))
    collection: Mapped[bool] = mapped_column(server_default=text("false"), comment="a direct debit: money comes in")
    account: Mapped[str] = mapped_column(String(40), comment="whose statement shows it")
    amount: Mapped[int] = mapped_column(comment="minor units of EUR")
    name: Mapped[str] = mapped_column(String(140))
    iban: Mapped[str] = mapped_column(String(34))
    rejected: Mapped[str | None] = mapped_column(String(4), comment="reason given in the pain.002")
    returned: Mapped[str | None] = mapped_column(String(4), comment="reason given in a later camt.053")
    booked_on: Mapped[date | None]
    returned_on: Mapped[date | None]
