"""Who did what, when. Rows are only ever added."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from merchant_portal.db import Base


class AuditEntry(Base):
    """One action; `action` is a code that wordings.py turns into a sentence."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    actor: Mapped[str] = mapped_column(String(254), comment="e-mail at that time")
    action: Mapped[str] = mapped_column(String(48))
    target: Mapped[str | None] = mapped_column(String(254))
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    address: Mapped[str | None] = mapped_column(String(45), comment="IP address of the browser")
    at: Mapped[datetime]

    __table_args__ = (Index("ix_audit_entry_account_id_id", "account_id", "id"),)
