"""The outbox: a mail is a row written with the change it tells of, sent after the commit, at least once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from merchant_portal.db import Base, UuidKey


class OutgoingMail(Base):
    """One mail; its Message-ID never changes, so that a repetition is recognised by the receiver."""

    __tablename__ = "outgoing_mail"

    id: Mapped[UuidKey]
    message_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(32))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(comment="wiped once sent: it may hold a link that opens something")
    html: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_outgoing_mail_due", "next_try_at", postgresql_where=sql("sent_at IS NULL")),
    )
