"""Disputes and the pieces of proof a merchant gathers against them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments_core.db import Base, ObjectId
from payments_core.models.payments import Payment

_DUE = text("due_at IS NOT NULL")


class Dispute(Base):
    """A payer's contestation of a captured payment, whole or in part."""

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("uq_disputes_scheme_reference", "payment_id", "scheme_reference", unique=True),
        Index("ix_disputes_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_disputes_due_at", "due_at", postgresql_where=_DUE),
        Index("ix_disputes_merchant_id_live_due_at", "merchant_id", "live", "due_at", postgresql_where=_DUE),
    )

    id: Mapped[ObjectId]
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    scheme_reference: Mapped[str] = mapped_column(String(40), comment="the issuer's: the same one opens one dispute")
    amount: Mapped[int] = mapped_column(comment="minor units")
    currency: Mapped[str] = mapped_column(String(3))
    fee: Mapped[int] = mapped_column(comment="euro cents, given back when won")
    policy_version: Mapped[int] = mapped_column(comment="the tariff that produced the fee")
    status: Mapped[str] = mapped_column(String(24))
    response: Mapped[str] = mapped_column(String(4), comment="scheme reason code")
    contestable: Mapped[bool]
    shortfall: Mapped[int] = mapped_column(default=0, comment="what available and held funds lacked at the opening")
    evidence_text: Mapped[str] = mapped_column(default="", comment="the merchant's own words")
    created_at: Mapped[datetime]
    deadline_at: Mapped[datetime] = mapped_column(comment="end of the evidence window")
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    date_bank: Mapped[date] = mapped_column(comment="value date of the debit")
    due_at: Mapped[datetime | None]
    exchange_rate: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 8), comment="euros for one unit on its day; null: in euros"
    )
    settled_amount: Mapped[int | None] = mapped_column(comment="euro cents at that rate")
    exchange_difference: Mapped[int | None] = mapped_column(
        comment="euro cents of settled_amount that the payment's rate would not have cost"
    )
    version: Mapped[int] = mapped_column(default=0)

    payment: Mapped[Payment] = relationship()


class EvidenceFile(Base):
    """One piece of proof, kept as it was given."""

    __tablename__ = "evidence_files"
    __table_args__ = (Index("ix_evidence_files_dispute_id", "dispute_id"),)

    id: Mapped[ObjectId]
    dispute_id: Mapped[str] = mapped_column(ForeignKey("disputes.id"))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16), comment="receipt, delivery, certificate, messages, other")
    type: Mapped[str] = mapped_column(String(32), comment="media type, by content")
    size: Mapped[int] = mapped_column(comment="bytes")
    content: Mapped[bytes] = mapped_column(deferred=True)
    created_at: Mapped[datetime]
