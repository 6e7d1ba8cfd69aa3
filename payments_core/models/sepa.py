"""SEPA: payers' bank accounts, checks of their holder, mandates, direct debits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments_core.db import Base, ObjectId

_DUE = text("due_at IS NOT NULL")


class SepaAccount(Base):
    """A payer's bank account. The IBAN lives sealed in `iban_sealed`."""

    __tablename__ = "sepa_accounts"
    __table_args__ = (
        Index("ix_sepa_accounts_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_sepa_accounts_merchant_id_live_fingerprint", "merchant_id", "live", "fingerprint"),
        Index("ix_sepa_accounts_merchant_id_live_last4", "merchant_id", "live", "last4"),
        Index("ix_sepa_accounts_customer_id", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    iban_sealed: Mapped[bytes] = mapped_column(comment="AES-GCM, purpose sepa")
    fingerprint: Mapped[bytes] = mapped_column(comment="HMAC of the IBAN")
    last4: Mapped[str] = mapped_column(String(4))
    country: Mapped[str] = mapped_column(String(2))
    bic: Mapped[str | None] = mapped_column(String(11), comment="null: no bank of that code is known")
    name: Mapped[str] = mapped_column(String(70), comment="the account's holder")
    date_birth: Mapped[date | None]
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    mandate_id: Mapped[str | None] = mapped_column(String(32), comment="the mandate payments use, its newest")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")

    mandate: Mapped[Mandate | None] = relationship(
        primaryjoin="foreign(SepaAccount.mandate_id) == Mandate.id", viewonly=True
    )


class Mandate(Base):
    """The payer's permission to debit an account (SEPA Core Direct Debit rulebook, 4.7.2)."""

    __tablename__ = "mandates"
    __table_args__ = (
        # A reference names one mandate of a creditor; a revoked one keeps its name.
        Index(
            "uq_mandates_rum", "merchant_id", "live", "rum", unique=True, postgresql_where=text("revoked_at IS NULL")
        ),
        Index("ix_mandates_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_mandates_sepa_account_id", "sepa_account_id"),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    sepa_account_id: Mapped[str] = mapped_column(ForeignKey("sepa_accounts.id"))
    rum: Mapped[str] = mapped_column(String(35), comment="unique mandate reference")
    recurrent: Mapped[bool] = mapped_column(default=True, comment="false: good for one collection")
    signed_at: Mapped[datetime | None] = mapped_column(comment="null: waits for the payer's signature")
    proof: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="how the payer agreed: kind, and for our pages where from"
    )
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")

    sepa_account: Mapped[SepaAccount] = relationship()


class AccountCheck(Base):
    """A question whether a person or company holds an account, and its answer."""

    __tablename__ = "account_checks"
    __table_args__ = (Index("ix_account_checks_sepa_account_id", "sepa_account_id", "created_at"),)

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    sepa_account_id: Mapped[str | None] = mapped_column(
        ForeignKey("sepa_accounts.id"), comment="v1 checks a stored one"
    )
    kind: Mapped[str] = mapped_column(String(8), comment="person or company")
    status: Mapped[str] = mapped_column(String(16), comment="pending, succeeded, failed")
    score: Mapped[int | None] = mapped_column(SmallInteger, comment="0 to 100")
    score_name: Mapped[int | None] = mapped_column(SmallInteger, comment="0 to 100: how well the name fits")
    birth_date_valid: Mapped[bool | None]
    existing_account: Mapped[bool | None]
    correct_holder_type: Mapped[bool | None]
    valid_identifier: Mapped[bool | None]
    created_at: Mapped[datetime]


class DirectDebit(Base):
    """One collection of a payment from the payer's account, on its way through the bank.

    `due_at` is when its next question to the bank falls due: while it is on its way, and while it may still come back.
    """

    __tablename__ = "direct_debits"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_direct_debits_payment_id", "payment_id", unique=True),
        Index("ix_direct_debits_unfiled", "created_at", postgresql_where=text("status = 'sent' AND file_id IS NULL")),
        Index("ix_direct_debits_file_id", "file_id", postgresql_where=text("file_id IS NOT NULL")),
        Index("ix_direct_debits_due_at", "due_at", postgresql_where=_DUE),
        Index("ix_direct_debits_merchant_id_live_due_at", "merchant_id", "live", "due_at", postgresql_where=_DUE),
    )

    id: Mapped[ObjectId]
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    mandate_id: Mapped[str] = mapped_column(ForeignKey("mandates.id"))
    amount: Mapped[int] = mapped_column(comment="minor units of EUR")
    sequence: Mapped[str] = mapped_column(String(4), comment="FRST, RCUR or OOFF (ISO 20022 SequenceType)")
    collection_on: Mapped[date] = mapped_column(comment="the TARGET day the payer is debited")
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(4), comment="ISO 20022 reason of a reject or return")
    return_fee: Mapped[int] = mapped_column(default=0, comment="minor units, charged when it was returned")
    file_id: Mapped[str | None] = mapped_column(ForeignKey("bank_messages.id"), comment="the pain.008 it is in")
    statements_until: Mapped[date | None] = mapped_column(comment="the last day the bank was asked about")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
