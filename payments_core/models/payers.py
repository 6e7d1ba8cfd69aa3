"""Payers: customers and their cards."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from payments_core.db import Base, ObjectId


class Customer(Base):
    """A payer as the merchant describes them. Deleted ones stay for their payments, invisible to reads."""

    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_customers_merchant_id_live_email", "merchant_id", "live", "email"),
        Index("ix_customers_merchant_id_live_mobile", "merchant_id", "live", "mobile"),
        Index("ix_customers_merchant_id_live_external_id", "merchant_id", "live", "external_id"),
        Index(
            "ix_customers_merchant_id_live_name",
            "merchant_id",
            "live",
            "name",
            postgresql_where=text("name IS NOT NULL"),
        ),
        Index(
            "ix_customers_merchant_id_live_country",
            "merchant_id",
            "live",
            "country",
            postgresql_where=text("country IS NOT NULL"),
        ),
        Index(
            "ix_customers_merchant_id_live_legal_id",
            "merchant_id",
            "live",
            "legal_id",
            postgresql_where=text("legal_id IS NOT NULL"),
        ),
        Index("ix_customers_search", text("to_tsvector('simple', search)"), postgresql_using="gin"),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    name: Mapped[str | None] = mapped_column(String(64))
    email: Mapped[str | None] = mapped_column(String(64))
    mobile: Mapped[str | None] = mapped_column(String(16))
    external_id: Mapped[str | None] = mapped_column(String(36))
    legal_id: Mapped[str | None] = mapped_column(String(16))
    country: Mapped[str | None] = mapped_column(String(2))
    date_birth: Mapped[date | None]
    billing_address_id: Mapped[str | None] = mapped_column(ForeignKey("addresses.id"))
    shipping_address_id: Mapped[str | None] = mapped_column(ForeignKey("addresses.id"))
    search: Mapped[str] = mapped_column(comment="name and e-mail without accents, case or punctuation")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class Card(Base):
    """A card. The number lives sealed in `number_sealed`; the security code is never stored anywhere."""

    __tablename__ = "cards"
    __table_args__ = (
        CheckConstraint("exp_month BETWEEN 1 AND 12", name="exp_month_in_year"),
        Index(
            "uq_cards_fingerprint",
            "merchant_id",
            "live",
            "fingerprint",
            unique=True,
            postgresql_where=text("deleted_at IS NULL AND tokenize"),
        ),
        Index("ix_cards_merchant_id_live_last4", "merchant_id", "live", "last4"),
        Index("ix_cards_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
        Index("ix_cards_customer_id", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    number_sealed: Mapped[bytes] = mapped_column(comment="AES-GCM, purpose card")
    fingerprint: Mapped[bytes] = mapped_column(comment="HMAC of number and expiry")
    last4: Mapped[str] = mapped_column(String(4))
    bin: Mapped[str] = mapped_column(String(8), comment="first six digits: issuer, never the whole number")
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    name: Mapped[str | None] = mapped_column(String(64))
    zip_code: Mapped[str | None] = mapped_column(String(16))
    external_id: Mapped[str | None] = mapped_column(String(36))
    preferred_network: Mapped[str | None] = mapped_column(String(16))
    tokenize: Mapped[bool] = mapped_column(default=True, comment="false: single use")
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    brand: Mapped[str] = mapped_column(String(16))
    country: Mapped[str | None] = mapped_column(String(2), comment="issuer; null when the BIN is unknown")
    funding: Mapped[str | None] = mapped_column(String(16))
    nature: Mapped[str | None] = mapped_column(String(16), comment="personal or corporate; v1 writes personnal")
    network: Mapped[str | None] = mapped_column(String(16))
    used_at: Mapped[datetime | None] = mapped_column(comment="a single-use card is spent once this is set")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")
