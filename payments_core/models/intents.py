"""Payment intents, payment links and subscriptions: what makes payments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments_core.db import Base, ObjectId
from payments_core.models.payers import Card
from payments_core.models.sepa import SepaAccount

_DUE = text("due_at IS NOT NULL")


class PaymentIntent(Base):
    """The wish to be paid (v2). Once it has a payment its status follows that one (payment_parents.py)."""

    __tablename__ = "payment_intents"
    __table_args__ = (
        UniqueConstraint("merchant_id", "live", "unique_id"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index("ix_payment_intents_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_payment_intents_merchant_id_live_order_id", "merchant_id", "live", "order_id"),
        Index("ix_payment_intents_customer_id", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
        Index("ix_payment_intents_card_id", "card_id", postgresql_where=text("card_id IS NOT NULL")),
        Index(
            "ix_payment_intents_sepa_account_id",
            "sepa_account_id",
            postgresql_where=text("sepa_account_id IS NOT NULL"),
        ),
        Index(
            "ix_payment_intents_merchant_id_live_date_settlement",
            "merchant_id",
            "live",
            "date_settlement",
            "created_at",
            "id",
            postgresql_where=text("date_settlement IS NOT NULL"),
        ),
        Index("ix_payment_intents_due_at", "due_at", postgresql_where=_DUE),
        Index("ix_payment_intents_merchant_id_live_due_at", "merchant_id", "live", "due_at", postgresql_where=_DUE),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    amount: Mapped[int] = mapped_column(comment="minor units")
    currency: Mapped[str] = mapped_column(String(3))
    capture: Mapped[bool]
    card_id: Mapped[str | None] = mapped_column(ForeignKey("cards.id"))
    sepa_account_id: Mapped[str | None] = mapped_column(ForeignKey("sepa_accounts.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    description: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[Any | None] = mapped_column("metadata", JSONB(none_as_null=True), comment="any JSON, as sent")
    methods_allowed: Mapped[list[str]] = mapped_column(ARRAY(String(8)))
    order_id: Mapped[str | None] = mapped_column(String(36))
    unique_id: Mapped[str | None] = mapped_column(String(36))
    return_url: Mapped[str | None]
    threeds: Mapped[str] = mapped_column(String(8), comment="required or none")
    date_settlement: Mapped[date | None]
    billing_address_id: Mapped[str | None] = mapped_column(ForeignKey("addresses.id"))
    shipping_address_id: Mapped[str | None] = mapped_column(ForeignKey("addresses.id"))
    payment_id: Mapped[str | None] = mapped_column(String(32), comment="the payment it is paid by")
    status: Mapped[str] = mapped_column(String(24))
    due_at: Mapped[datetime | None] = mapped_column(comment="merchant time at which its page closes unpaid")
    source: Mapped[str] = mapped_column(String(16))
    boutique: Mapped[str | None] = mapped_column(String(64), comment="the label of the key that created it")
    created_at: Mapped[datetime]
    canceled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)

    card: Mapped[Card | None] = relationship()
    sepa_account: Mapped[SepaAccount | None] = relationship()


class PaymentLink(Base):
    """An address that anybody who has it may pay at, once or again and again."""

    __tablename__ = "payment_links"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_payment_links_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_payment_links_retry_of", "retry_of", postgresql_where=text("retry_of IS NOT NULL")),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    amount: Mapped[int] = mapped_column(comment="minor units")
    currency: Mapped[str] = mapped_column(String(3))
    description: Mapped[str | None] = mapped_column(String(64))
    order_id: Mapped[str | None] = mapped_column(String(36))
    methods_allowed: Mapped[list[str] | None] = mapped_column(ARRAY(String(8)), comment="null: all")
    return_url: Mapped[str | None]
    multiple: Mapped[bool] = mapped_column(comment="may be paid more than once")
    expires_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    payment_id: Mapped[str | None] = mapped_column(String(32), comment="single use: the payment in force")
    retry_of: Mapped[str | None] = mapped_column(String(32), comment="the failed payment it asks for again")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=0)


class Subscription(Base):
    """Instalments of one amount by a timetable, charged to a saved card or by mandate."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("interval_count > 0", name="interval_positive"),
        CheckConstraint("num_nonnulls(card_id, sepa_account_id) = 1", name="one_method"),
        Index("ix_subscriptions_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_subscriptions_customer_id", "customer_id"),
        Index("ix_subscriptions_due_at", "due_at", postgresql_where=_DUE),
        Index("ix_subscriptions_merchant_id_live_due_at", "merchant_id", "live", "due_at", postgresql_where=_DUE),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    card_id: Mapped[str | None] = mapped_column(ForeignKey("cards.id"))
    sepa_account_id: Mapped[str | None] = mapped_column(ForeignKey("sepa_accounts.id"))
    amount: Mapped[int] = mapped_column(comment="minor units of one instalment")
    currency: Mapped[str] = mapped_column(String(3))
    description: Mapped[str | None] = mapped_column(String(64))
    interval: Mapped[str] = mapped_column(String(8), comment="day, week, month or year")
    interval_count: Mapped[int] = mapped_column(SmallInteger)
    start_on: Mapped[date] = mapped_column(comment="the day the timetable counts from")
    instalments: Mapped[int | None] = mapped_column(comment="how many in all; null: until cancelled")
    made: Mapped[int] = mapped_column(default=0, comment="instalments that came due")
    cancel_on: Mapped[date | None] = mapped_column(comment="no instalment falls due on or after this day")
    status: Mapped[str] = mapped_column(String(16))
    retry: Mapped[bool] = mapped_column(default=False, comment="try a soft rejection again, at most twice in 30 days")
    retries: Mapped[int] = mapped_column(SmallInteger, default=0, comment="made for the present instalment")
    instalment_on: Mapped[date | None] = mapped_column(comment="the day of the present instalment")
    payment_id: Mapped[str | None] = mapped_column(String(32), comment="the payment of the present instalment")
    created_at: Mapped[datetime]
    canceled_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)

    card: Mapped[Card | None] = relationship()
    sepa_account: Mapped[SepaAccount | None] = relationship()
