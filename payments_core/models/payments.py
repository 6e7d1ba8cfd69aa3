"""Payments, their attempts, authentications, refunds and capture batches."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments_core.db import Base, ObjectId
from payments_core.models.payers import Card, Customer
from payments_core.models.sepa import Mandate, SepaAccount

_DUE = text("due_at IS NOT NULL")


class Payment(Base):
    """One payment. `due_at` is the merchant time at which the clock has something to do with it (due.py)."""

    __tablename__ = "payments"
    __table_args__ = (
        Index(
            "uq_payments_merchant_id_live_unique_id",
            "merchant_id",
            "live",
            "unique_id",
            unique=True,
            postgresql_where=text("unique_id IS NOT NULL"),
        ),
        CheckConstraint("amount >= 0 AND authorized_amount >= 0", name="amounts_not_negative"),
        CheckConstraint("refunded_amount >= 0 AND disputed_amount >= 0", name="returns_not_negative"),
        CheckConstraint("refunded_amount <= amount", name="refunds_within_amount"),
        Index("ix_payments_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_payments_merchant_id_live_status_created_at", "merchant_id", "live", "status", "created_at", "id"),
        Index(
            "ix_payments_merchant_id_live_order_id",
            "merchant_id",
            "live",
            "order_id",
            postgresql_ops={"order_id": "text_pattern_ops"},
            postgresql_where=text("order_id IS NOT NULL"),
        ),
        Index(
            "ix_payments_merchant_id_live_paid_at_id",
            "merchant_id",
            "live",
            "paid_at",
            "id",
            postgresql_where=text("paid_at IS NOT NULL"),
        ),
        Index("ix_payments_merchant_id_live_amount", "merchant_id", "live", "amount"),
        Index("ix_payments_card_id", "card_id"),
        Index("ix_payments_customer_id", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
        Index("ix_payments_sepa_account_id", "sepa_account_id", postgresql_where=text("sepa_account_id IS NOT NULL")),
        Index("ix_payments_parent_id", "parent_id", "created_at", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_payments_due_at", "due_at", postgresql_where=_DUE),
        Index("ix_payments_merchant_id_live_due_at", "merchant_id", "live", "due_at", postgresql_where=_DUE),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    amount: Mapped[int] = mapped_column(comment="minor units; the captured amount after a partial capture")
    authorized_amount: Mapped[int] = mapped_column(comment="minor units; the amount first asked")
    currency: Mapped[str] = mapped_column(String(3))
    description: Mapped[str | None] = mapped_column(String(64))
    order_id: Mapped[str | None] = mapped_column(String(36))
    unique_id: Mapped[str | None] = mapped_column(String(36))
    methods_allowed: Mapped[list[str] | None] = mapped_column(ARRAY(String(8)), comment="null: all")
    method: Mapped[str | None] = mapped_column(String(8))
    card_id: Mapped[str | None] = mapped_column(ForeignKey("cards.id"))
    sepa_account_id: Mapped[str | None] = mapped_column(ForeignKey("sepa_accounts.id"))
    mandate_id: Mapped[str | None] = mapped_column(ForeignKey("mandates.id"), comment="the mandate it is collected by")
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    billing_address_id: Mapped[str | None] = mapped_column(ForeignKey("addresses.id"))
    shipping_address_id: Mapped[str | None] = mapped_column(ForeignKey("addresses.id"))
    parent_id: Mapped[str | None] = mapped_column(String(32), comment="the intent, link or subscription that made it")
    paid_before_by: Mapped[str | None] = mapped_column(
        String(32), comment="the sibling that was paid first: this one is to be refunded"
    )
    capture: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str | None] = mapped_column(String(16))
    response: Mapped[str | None] = mapped_column(String(4))
    response_author: Mapped[str | None] = mapped_column(String(6), comment="authorization code")
    auth_requested: Mapped[bool] = mapped_column(default=False)
    authentication_id: Mapped[str | None] = mapped_column(String(36), comment="the latest authentication")
    device: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    return_url: Mapped[str | None]
    country: Mapped[str | None] = mapped_column(String(2), comment="of the card's issuer or the bank account")
    fee: Mapped[int] = mapped_column(default=0, comment="minor units, fixed when capture is asked")
    policy_version: Mapped[int | None] = mapped_column(comment="the tariff that produced the fee")
    date_settlement: Mapped[date | None] = mapped_column(comment="wished by the merchant; SEPA: the collection")
    origin: Mapped[int] = mapped_column(SmallInteger, default=1, comment="1: API")
    source: Mapped[str] = mapped_column(String(16), default="api")
    boutique: Mapped[str | None] = mapped_column(String(64), comment="the label of the key that created it")
    attempts_left: Mapped[int] = mapped_column(SmallInteger)
    save_card: Mapped[bool] = mapped_column(
        default=False, server_default=text("false"), comment="the payer agreed on the page to have this card kept"
    )
    open_attempt: Mapped[str | None] = mapped_column(String(32), comment="asked of the acquirer, not yet answered")
    attempt_id: Mapped[str | None] = mapped_column(String(32), comment="the attempt that was accepted")
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None] = mapped_column(comment="processing time (date_paym)")
    captured_at: Mapped[datetime | None]
    date_bank: Mapped[date | None]
    due_at: Mapped[datetime | None] = mapped_column(comment="merchant time of the clock's next step")
    capture_batch_id: Mapped[str | None] = mapped_column(ForeignKey("capture_batches.id"))
    funds: Mapped[str | None] = mapped_column(String(16), comment="pending, held or available once captured")
    exchange_rate: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 8), comment="euros for one unit on the day of settlement; null: in euros, or not settled"
    )
    settled_amount: Mapped[int | None] = mapped_column(comment="euro cents at that rate")
    settled_fee: Mapped[int | None] = mapped_column(comment="euro cents at that rate")
    refunded_amount: Mapped[int] = mapped_column(default=0, comment="sum of the refunds that count")
    disputed_amount: Mapped[int] = mapped_column(default=0, comment="sum of the disputes that are not won")
    version: Mapped[int] = mapped_column(default=0, comment="number of its latest event")

    card: Mapped[Card | None] = relationship()
    customer: Mapped[Customer | None] = relationship()
    sepa_account: Mapped[SepaAccount | None] = relationship()
    mandate: Mapped[Mandate | None] = relationship()
    authentication: Mapped[Authentication | None] = relationship(
        primaryjoin="foreign(Payment.authentication_id) == Authentication.id", viewonly=True
    )
    refunds: Mapped[list[Refund]] = relationship(
        primaryjoin="Payment.id == foreign(Refund.payment_id)", order_by="Refund.created_at, Refund.id", viewonly=True
    )


class Attempt(Base):
    """One question to the acquirer about a payment. Its id is the reference, committed before the question is asked."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("ix_attempts_payment_id_created_at", "payment_id", "created_at"),
        Index("ix_attempts_unanswered", "asked_at", postgresql_where=text("answered_at IS NULL")),
        Index("ix_attempts_merchant_id_live_created_at", "merchant_id", "live", "created_at"),
    )

    id: Mapped[ObjectId]
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    merchant_id: Mapped[str] = mapped_column(String(32))
    live: Mapped[bool]
    card_id: Mapped[str] = mapped_column(ForeignKey("cards.id"))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    capture: Mapped[bool] = mapped_column(comment="go on to capture when accepted")
    page_url: Mapped[str | None] = mapped_column(
        comment="the payment page it was made on: there a decline leaves the payment payable; null: server to server"
    )
    authentication_id: Mapped[str | None] = mapped_column(String(36), comment="the authentication it relied on")
    auth_status: Mapped[str | None] = mapped_column(String(16))
    result: Mapped[str | None] = mapped_column(
        String(16), comment="accepted, declined, soft_declined, failed, reversed"
    )
    response: Mapped[str | None] = mapped_column(String(4))
    authorization_code: Mapped[str | None] = mapped_column(String(6))
    created_at: Mapped[datetime] = mapped_column(comment="merchant time")
    asked_at: Mapped[datetime] = mapped_column(comment="real time of the latest asking")
    asks: Mapped[int] = mapped_column(
        SmallInteger, default=1, server_default=text("1"), comment="how often it was asked"
    )
    answered_at: Mapped[datetime | None] = mapped_column(comment="real time")

    payment: Mapped[Payment] = relationship()
    card: Mapped[Card] = relationship()


class Authentication(Base):
    """One 3-D Secure session (EMV 3-D Secure). `id` is the uuid of its page."""

    __tablename__ = "authentications"
    __table_args__ = (
        Index("ix_authentications_payment_id", "payment_id"),
        Index("ix_authentications_due_at", "due_at", postgresql_where=_DUE),
        Index("ix_authentications_merchant_id_live_due_at", "merchant_id", "live", "due_at", postgresql_where=_DUE),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    merchant_id: Mapped[str] = mapped_column(String(32))
    live: Mapped[bool]
    card_id: Mapped[str | None] = mapped_column(ForeignKey("cards.id"))
    status: Mapped[str] = mapped_column(String(16))
    challenge: Mapped[bool] = mapped_column(default=False, comment="the issuer wants the payer to act")
    on_page: Mapped[bool] = mapped_column(default=False, comment="run by our payment page")
    redirect_url: Mapped[str | None]
    return_url: Mapped[str | None] = mapped_column(comment="where the payer goes back to")
    message: Mapped[str | None]
    device: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(comment="merchant time at which it expires")

    payment: Mapped[Payment] = relationship(foreign_keys=[payment_id])
    card: Mapped[Card | None] = relationship()


class Refund(Base):
    """Money on its way back to the payer."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0 OR status = 'payment_canceled'", name="amount_positive"),
        Index("ix_refunds_payment_id_created_at", "payment_id", "created_at"),
        Index("ix_refunds_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index(
            "ix_refunds_unfiled",
            "sent_at",
            postgresql_where=text("status = 'refund_sent' AND by_transfer AND transfer_id IS NULL"),
        ),
        Index("ix_refunds_transfer_id", "transfer_id", postgresql_where=text("transfer_id IS NOT NULL")),
        Index("ix_refunds_due_at", "due_at", postgresql_where=_DUE),
        Index("ix_refunds_merchant_id_live_due_at", "merchant_id", "live", "due_at", postgresql_where=_DUE),
    )

    id: Mapped[ObjectId]
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(64), comment="why it failed or was not honoured")
    source: Mapped[str] = mapped_column(String(16), default="api")
    by_transfer: Mapped[bool] = mapped_column(
        default=False, server_default=text("false"), comment="SEPA; cards go back through the acquirer"
    )
    transfer_id: Mapped[str | None] = mapped_column(ForeignKey("bank_messages.id"), comment="the pain.001 it is in")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    refunded_at: Mapped[datetime | None]
    date_bank: Mapped[date | None]
    due_at: Mapped[datetime | None]
    exchange_rate: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 8), comment="euros for one unit on its day; null: in euros"
    )
    settled_amount: Mapped[int | None] = mapped_column(comment="euro cents at that rate")
    exchange_difference: Mapped[int | None] = mapped_column(
        comment="euro cents of settled_amount that the payment's rate would not have cost"
    )
    version: Mapped[int] = mapped_column(default=0)

    payment: Mapped[Payment] = relationship(viewonly=True)


class CaptureBatch(Base):
    """The captures of one merchant sent to the acquirer at one cut-off, settled together."""

    __tablename__ = "capture_batches"
    __table_args__ = (UniqueConstraint("merchant_id", "live", "cut_off_on"),)

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    cut_off_on: Mapped[date] = mapped_column(comment="the Paris day whose cut-off sent it")
    settles_on: Mapped[date] = mapped_column(comment="the TARGET day of the settlement file")
    sent_at: Mapped[datetime]
