"""Terminals at the counter, their sales and the batches they are collected in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from payments_core.db import Base, ObjectId


class Terminal(Base):
    """One terminal. `code` names it on the wire (field 41)."""

    __tablename__ = "terminals"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'blocked')", name="state_known"),
        Index("ix_terminals_merchant_id_live_created_at_id", "merchant_id", "live", "created_at", "id"),
    )

    id: Mapped[ObjectId]
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    code: Mapped[str] = mapped_column(String(8), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="active")
    keys_sealed: Mapped[bytes] = mapped_column(comment="AES-GCM, purpose terminal: MAC key (16 bytes), PIN key (24)")
    created_at: Mapped[datetime]
    last_contact_at: Mapped[datetime | None] = mapped_column(comment="real time, to the minute")
    last_collected_at: Mapped[datetime | None] = mapped_column(comment="merchant time")


class TerminalBatch(Base):
    """One telecollection: what the terminal claims against what the host saw."""

    __tablename__ = "terminal_batches"
    __table_args__ = (
        UniqueConstraint("terminal_id", "number"),
        CheckConstraint("state IN ('open', 'agreed', 'refused')", name="state_known"),
        Index("ix_terminal_batches_terminal_id_created_at_id", "terminal_id", "created_at", "id"),
    )

    id: Mapped[ObjectId]
    terminal_id: Mapped[str] = mapped_column(ForeignKey("terminals.id"))
    number: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(8), default="open")
    count: Mapped[int] = mapped_column(default=0, comment="sales the host has")
    total: Mapped[int] = mapped_column(default=0, comment="their sum, minor units of EUR")
    claimed_count: Mapped[int | None]
    claimed_total: Mapped[int | None]
    problem: Mapped[str | None] = mapped_column(comment="what an operator has to look into")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class TerminalSale(Base):
    """A sale as the terminal numbers it. Without a payment: a reversal came for a sale that was never seen."""

    __tablename__ = "terminal_sales"
    __table_args__ = (
        UniqueConstraint("terminal_id", "number"),
        Index("ix_terminal_sales_payment_id", "payment_id", unique=True),
        Index("ix_terminal_sales_batch_id", "batch_id"),
    )

    id: Mapped[ObjectId]
    terminal_id: Mapped[str] = mapped_column(ForeignKey("terminals.id"))
    number: Mapped[str] = mapped_column(String(12), comment="transaction number, field 37")
    payment_id: Mapped[str | None] = mapped_column(ForeignKey("payments.id"))
    attempt_id: Mapped[str | None] = mapped_column(String(32))
    aid: Mapped[str | None] = mapped_column(String(32), comment="application of the chip")
    entry: Mapped[str | None] = mapped_column(String(3), comment="field 22: 051 chip with PIN")
    reversed_at: Mapped[datetime | None]
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("terminal_batches.id"))
    created_at: Mapped[datetime]


class SimulatorCard(Base):
    """The issuer simulator's own memory of a chip card: wrong PINs in a row."""

    __tablename__ = "simulator_cards"

    fingerprint: Mapped[bytes] = mapped_column(primary_key=True)
    wrong_pins: Mapped[int] = mapped_column(default=0)


class SimulatorCryptogram(Base):
    """Cryptograms the issuer simulator has seen: a chip never makes the same one twice."""

    __tablename__ = "simulator_cryptograms"

    arqc: Mapped[bytes] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(32))
