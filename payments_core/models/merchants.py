"""Merchants, their keys, their test clock, their boutiques' webhook endpoints."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments_core.db import Base, ObjectId


class Merchant(Base):
    """A business account. Test at once; live after review."""

    __tablename__ = "merchants"
    __table_args__ = (
        CheckConstraint("clock_offset_seconds >= 0", name="clock_forward_only"),
        CheckConstraint(
            "status IN ('test_only', 'in_review', 'active', 'restricted', 'closing', 'closed')", name="status_known"
        ),
        CheckConstraint("preferred_network IN ('national', 'brand')", name="network_known"),
        # Both sweeps look only at merchants whose test clock left real time.
        Index("ix_merchants_clock_ahead", "id", postgresql_where=text("clock_offset_seconds > 0")),
        Index("ix_merchants_clock_advancing", "id", postgresql_where=text("clock_goal IS NOT NULL")),
    )

    id: Mapped[ObjectId]
    reference: Mapped[str] = mapped_column(String(128), unique=True, comment="the account's id at the caller")
    name: Mapped[str] = mapped_column(String(128))
    email: Mapped[str] = mapped_column(String(254))
    siren: Mapped[str] = mapped_column(String(9))
    iban_sealed: Mapped[bytes] = mapped_column(comment="AES-GCM, purpose iban")
    iban_masked: Mapped[str] = mapped_column(String(40), comment="country, check digits and last four")
    country: Mapped[str] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(5))
    status: Mapped[str] = mapped_column(String(16), default="test_only")
    preferred_network: Mapped[str] = mapped_column(
        String(8),
        default="national",
        server_default="national",
        comment="of a co-badged card: national or brand, its other network",
    )
    statement_label: Mapped[str | None] = mapped_column(
        String(22), comment="what payers read on their bank statement; null: made from the name"
    )
    created_at: Mapped[datetime]
    clock_offset_seconds: Mapped[int] = mapped_column(default=0, comment="test mode: seconds ahead of real time")
    clock_goal: Mapped[datetime | None] = mapped_column(comment="test mode: the merchant time being advanced to")


class ApiKey(Base):
    """A secret or public key. A secret is kept as SHA-256 only: 142 random bits need no slow hash.

    A pair is minted in one moment under one name; `created_at` and `name` tell which two belong together.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        CheckConstraint("kind IN ('secret', 'public')", name="kind_known"),
        UniqueConstraint("hash"),
        Index("ix_api_keys_merchant_id_live_created_at", "merchant_id", "live", "created_at"),
        # One pair in force per label: a crashed caller asks again and the earlier pair is revoked.
        Index(
            "uq_api_keys_label",
            "merchant_id",
            "live",
            "kind",
            "label",
            unique=True,
            postgresql_where=text("revoked_at IS NULL AND label IS NOT NULL"),
        ),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    kind: Mapped[str] = mapped_column(String(8))
    live: Mapped[bool]
    name: Mapped[str] = mapped_column(String(64))
    label: Mapped[str | None] = mapped_column(String(64), comment="the boutique or tool the pair was minted for")
    prefix: Mapped[str] = mapped_column(String(6))
    last4: Mapped[str] = mapped_column(String(4))
    hash: Mapped[bytes] = mapped_column(comment="SHA-256 of the whole key")
    value: Mapped[str | None] = mapped_column(String(30), comment="public keys only")
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None] = mapped_column(comment="to the minute")
    revoked_at: Mapped[datetime | None]
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(String(32)), comment="null: every one")
    expires_at: Mapped[datetime | None] = mapped_column(comment="replaced: good until then")

    merchant: Mapped[Merchant] = relationship(lazy="raise")
