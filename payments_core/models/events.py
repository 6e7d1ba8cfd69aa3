"""The outbox: events per object version, webhook endpoints and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments_core.db import Base, ObjectId

_PENDING = text("state = 'pending'")


class Event(Base):
    """Something that happened to an object; also its timeline. `version` counts 1, 2, 3… per object without gaps."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("object_id", "version"),
        # Events of one moment (one transaction) list as they were made: ids grow.
        Index("ix_events_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(String(32))
    live: Mapped[bool]
    type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    actor: Mapped[str] = mapped_column(String(128))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="what the timeline shows")
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="the v2 object; only when an endpoint listens"
    )
    created_at: Mapped[datetime] = mapped_column(comment="merchant time")


class WebhookEndpoint(Base):
    """Where a merchant's events go. One per merchant, mode and label."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        UniqueConstraint("merchant_id", "live", "label"),
        Index(
            "ix_webhook_endpoints_merchant_id_live", "merchant_id", "live", postgresql_where=text("deleted_at IS NULL")
        ),
        Index(
            "ix_webhook_endpoints_previous_until",
            "previous_until",
            postgresql_where=text("previous_until IS NOT NULL"),
        ),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    label: Mapped[str] = mapped_column(String(64))
    url: Mapped[str]
    events: Mapped[list[str] | None] = mapped_column(ARRAY(String(64)), comment="types, or noun.*; null: all")
    enabled: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None] = mapped_column(String(16), comment="gone: the receiver answered 410")
    secret_sealed: Mapped[bytes] = mapped_column(comment="AES-GCM, purpose webhook; 32 bytes inside")
    previous_secret_sealed: Mapped[bytes | None] = mapped_column(comment="the same, of the secret before a rotation")
    previous_until: Mapped[datetime | None] = mapped_column(comment="real time until which both secrets sign")
    rotated_by: Mapped[str | None] = mapped_column(String(24), comment="id suffix of the request that rotated last")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Delivery(Base):
    """One event owed to one endpoint; sent again on demand it is owed once more. Times are real: retries do not follow a
    test clock."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_event_id_endpoint_id", "event_id", "endpoint_id"),
        Index("ix_deliveries_endpoint_id_created_at_id", "endpoint_id", "created_at", "id"),
        Index("ix_deliveries_due", "next_attempt_at", postgresql_where=_PENDING),
        Index("ix_deliveries_order", "endpoint_id", "object_id", "version", postgresql_where=_PENDING),
    )

    id: Mapped[ObjectId]
    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"))
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id"))
    object_id: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="pending", comment="pending, delivered, abandoned")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    first_attempt_at: Mapped[datetime | None] = mapped_column(
        comment="from here on it is tried for three days: one that waits for an earlier event has its turn later"
    )
    delivered_at: Mapped[datetime | None]
    last_status: Mapped[int | None] = mapped_column(SmallInteger)
    last_error: Mapped[str | None] = mapped_column(
        String(200), comment="a code of outbound_targets.PROBLEMS, or why it ended"
    )

    event: Mapped[Event] = relationship()
    endpoint: Mapped[WebhookEndpoint] = relationship()
