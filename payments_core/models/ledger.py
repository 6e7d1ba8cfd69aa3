"""The double-entry ledger and the running balances of merchants' accounts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from payments_core.db import Base


class LedgerEntry(Base):
    """One debit and one credit of the same amount, so it cannot be unbalanced. A trigger refuses UPDATE and DELETE."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        Index("ix_ledger_entries_reference", "reference"),
        Index("ix_ledger_entries_merchant_id_live_currency_id", "merchant_id", "live", "currency", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    live: Mapped[bool]
    currency: Mapped[str] = mapped_column(String(3))
    debit: Mapped[str] = mapped_column(String(32))
    credit: Mapped[str] = mapped_column(String(32))
    amount: Mapped[int] = mapped_column(comment="minor units")
    code: Mapped[str] = mapped_column(String(32), comment="posting rule, ledger.RULES")
    reference: Mapped[str] = mapped_column(String(32), comment="the payment, refund, dispute or payout it is for")
    created_at: Mapped[datetime] = mapped_column(comment="merchant time")


class Balance(Base):
    """A merchant's running balances in one currency: the sum of its entries, kept so that no request adds up a history.

    `available` is below zero while debits wait to be made up by money still pending or held (funds.py).
    """

    __tablename__ = "balances"
    __table_args__ = (CheckConstraint("pending >= 0 AND held >= 0 AND in_transit >= 0", name="buckets_not_negative"),)

    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    live: Mapped[bool] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    pending: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    available: Mapped[int] = mapped_column(default=0)
    in_transit: Mapped[int] = mapped_column(default=0)
    refunded_fees: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="commissions of payments with refunds; they are no bar to refunds"
    )
    gathering_payout: Mapped[str | None] = mapped_column(String(32), comment="the payout whose lines are open")
    paid_out_entry: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="ledger entries up to this one are in payouts"
    )
    payouts_stopped: Mapped[str | None] = mapped_column(String(32), comment="why no payout leaves; null when they do")


class ExchangeRate(Base):
    """The acquirer's rate of a day for another currency than the euro: asked once, kept for good."""

    __tablename__ = "exchange_rates"
    __table_args__ = (CheckConstraint("rate > 0", name="rate_positive"),)

    live: Mapped[bool] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(18, 8), comment="euros for one unit of the currency")
    asked_at: Mapped[datetime] = mapped_column(comment="real time")
