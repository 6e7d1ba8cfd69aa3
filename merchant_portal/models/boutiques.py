"""What merchants asked of the provisioner. A row is sent, and sent again, until the provisioner's view shows it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from merchant_portal.db import Base, UuidKey

ACTIONS = ("create", "suspend", "resume", "delete", "restore", "retry")


class BoutiqueCommand(Base):
    """One wish. Its id comes from the form, so a double click is one command."""

    __tablename__ = "boutique_command"

    id: Mapped[UuidKey]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    merchant_id: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(16))
    boutique_id: Mapped[str | None] = mapped_column(String(32), comment="null for create until the view shows it")
    domain: Mapped[str | None] = mapped_column(String(80), comment="create only")
    person: Mapped[str] = mapped_column(String(254), comment="who asked; audited by the provisioner")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    sends: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime | None] = mapped_column(comment="when the provisioner's view first showed it")

    __table_args__ = (
        CheckConstraint(f"action IN {ACTIONS}", name="action"),
        CheckConstraint("(action = 'create') = (domain IS NOT NULL)", name="domain_for_create"),
        Index("ix_boutique_command_unseen", "created_at", postgresql_where=text("seen_at IS NULL")),
    )
