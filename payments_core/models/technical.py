"""Rows the service keeps for itself: idempotency slots, audit log, policy versions, orders to the acquirer, its simulator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from payments_core.db import Base, ObjectId


class IdempotencySlot(Base):
    """An Idempotency-Key and the answer it got. `suffix` becomes the id of what the request creates, so a request that
    crashed half-way finds its own object again. Times are real."""

    __tablename__ = "idempotency_slots"
    __table_args__ = (Index("ix_idempotency_slots_created_at", "created_at"),)

    owner: Mapped[str] = mapped_column(String(64), primary_key=True, comment="merchant and mode, or service")
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(comment="keyed hash of method, path and body")
    suffix: Mapped[str] = mapped_column(String(24))
    created_at: Mapped[datetime]
    leased_until: Mapped[datetime] = mapped_column(comment="until then the first request may still be running")
    status: Mapped[int | None] = mapped_column(SmallInteger)
    answer_sealed: Mapped[bytes | None] = mapped_column(comment="AES-GCM, purpose idempotency: answers may hold keys")


class AuditEntry(Base):
    """Who asked for what through the platform API."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_merchant_id_id", "merchant_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(comment="real time")
    service: Mapped[str] = mapped_column(String(32))
    person: Mapped[str] = mapped_column(String(200))
    merchant_id: Mapped[str | None] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str | None] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)


class PolicyVersion(Base):
    """Every number that is money, days or a limit, with the date from which it applies (policy.py)."""

    __tablename__ = "policy_versions"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    applies_from: Mapped[datetime] = mapped_column(unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AcquirerOrder(Base):
    """An order owed to the acquirer: capture, reverse or refund. Written with the change of state, sent after commit."""

    __tablename__ = "acquirer_orders"
    __table_args__ = (Index("ix_acquirer_orders_unsent", "created_at", postgresql_where=text("answered_at IS NULL")),)

    id: Mapped[ObjectId] = mapped_column(comment="the reference the acquirer knows it by")
    kind: Mapped[str] = mapped_column(String(8), comment="capture, reverse, refund")
    merchant_id: Mapped[str] = mapped_column(String(32))
    live: Mapped[bool]
    attempt_id: Mapped[str] = mapped_column(String(32), comment="reference of the authorization")
    object_id: Mapped[str] = mapped_column(String(32), comment="the payment or refund")
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime] = mapped_column(comment="real time")
    answered_at: Mapped[datetime | None] = mapped_column(comment="real time")
    response: Mapped[str | None] = mapped_column(String(4))


class SimulatorRecord(Base):
    """The acquirer simulator's own memory; the core never reads it except through the acquirer door."""

    __tablename__ = "simulator_records"

    reference: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), comment="authorization, capture, reverse, refund")
    original: Mapped[str | None] = mapped_column(String(32), comment="the authorization an order belongs to")
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    response: Mapped[str] = mapped_column(String(4))
    authorization_code: Mapped[str | None] = mapped_column(String(6))
    immediate: Mapped[bool] = mapped_column(default=False, comment="the money moved with the authorization")
    issuer_data: Mapped[str | None] = mapped_column(comment="what the issuer told the chip: tag 91")
    asked: Mapped[int] = mapped_column(default=1, comment="how often this reference was asked")
    created_at: Mapped[datetime]


class ScriptedAnswer(Base):
    """What the acquirer simulator does with one of a test merchant's next questions (acquirer_script.py)."""

    __tablename__ = "simulator_script"
    __table_args__ = (Index("ix_simulator_script_merchant_id_kind_position", "merchant_id", "kind", "position"),)

    id: Mapped[ObjectId]
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), comment="order of use")
    merchant_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16), comment="authorization, capture or refund")
    response: Mapped[str | None] = mapped_column(String(4), comment="null: as the card says")
    delay_ms: Mapped[int]
    loss: Mapped[str | None] = mapped_column(String(8), comment="question or answer")
    duplicate: Mapped[bool]
    times: Mapped[int] = mapped_column(SmallInteger, comment="how many askings of its question it disturbs")
    asked: Mapped[int] = mapped_column(SmallInteger, default=0, comment="how many it has seen")
    reference: Mapped[str | None] = mapped_column(String(32), comment="the question it went to; null: still waiting")
    created_at: Mapped[datetime]
