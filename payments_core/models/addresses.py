"""Postal addresses of payers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from payments_core.db import Base, ObjectId


class Address(Base):
    """A postal address. It never changes: another address is another row. Deleted ones stay readable in v2."""

    __tablename__ = "addresses"
    __table_args__ = (Index("ix_addresses_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),)

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    line1: Mapped[str | None] = mapped_column(String(50))
    line2: Mapped[str | None] = mapped_column(String(50))
    line3: Mapped[str | None] = mapped_column(String(50))
    city: Mapped[str] = mapped_column(String(50))
    zip_code: Mapped[str] = mapped_column(String(16))
    country: Mapped[str] = mapped_column(String(2))
    state: Mapped[str | None] = mapped_column(String(3))
    # A JSON null of the merchant's own is not an absent value: both are kept as SQL NULL.
    details: Mapped[Any | None] = mapped_column("metadata", JSONB(none_as_null=True), comment="any JSON, as sent")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")
