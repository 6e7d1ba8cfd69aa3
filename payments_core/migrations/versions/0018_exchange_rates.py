"""Payments in other currencies settle in euros: the acquirer's rates, and what payments, refunds and disputes came to.

What was received in another currency before stays in it, and so does what takes it back. The previous release may go on beside this
one for less than the seven days of the hold: it knows no payment that is held in euros for another currency.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_RATE = sa.Numeric(18, 8)


def upgrade() -> None:
    op.create_table(
        "exchange_rates",
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", _RATE, nullable=False, comment="euros for one unit of the currency"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False, comment="real time"),
        sa.PrimaryKeyConstraint("live", "currency", "day", name=op.f("pk_exchange_rates")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_exchange_rates_rate_positive")),
    )
    for table in ("payments", "refunds", "disputes"):
        op.add_column(table, sa.Column("exchange_rate", _RATE, comment=_OF[table]))
        op.add_column(table, sa.Column("settled_amount", sa.BigInteger(), comment="euro cents at that rate"))
    op.add_column("payments", sa.Column("settled_fee", sa.BigInteger(), comment="euro cents at that rate"))
    for table in ("refunds", "disputes"):
        difference = sa.Column("exchange_difference", sa.BigInteger(), comment=_DIFFERENCE)
        op.add_column(table, difference)
    op.alter_column("disputes", "fee", comment="euro cents, given back when won")


def downgrade() -> None:
    op.alter_column("disputes", "fee", comment="minor units, given back when won")
    for table in ("refunds", "disputes"):
        op.drop_column(table, "exchange_difference")
    op.drop_column("payments", "settled_fee")
    for table in ("payments", "refunds", "disputes"):
        op.drop_column(table, "settled_amount")
        op.drop_column(table, "exchange_rate")
    op.drop_table("exchange_rates")


_OF = {
    "payments": "euros for one unit on the day of settlement; null: in euros, or not settled",
    "refunds": "euros for one unit on its day; null: in euros",
    "disputes": "euros for one unit on its day; null: in euros",
}
_DIFFERENCE = "euro cents of settled_amount that the payment's rate would not have cost"
