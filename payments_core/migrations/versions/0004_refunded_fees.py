"""Commissions of payments with refunds, per balance: refunds may use them up (refunds.py says why).

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default keeps the previous release able to write balances.
    op.add_column(
        "balances",
        sa.Column(
            "refunded_fees",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="commissions of payments with refunds; they are no bar to refunds",
        ),
    )
    op.execute(
        """
        UPDATE balances b SET refunded_fees = p.total FROM (
            SELECT merchant_id, live, currency, SUM(fee) AS total FROM payments
            WHERE refunded_amount > 0 GROUP BY merchant_id, live, currency
        ) p WHERE (p.merchant_id, p.live, p.currency) = (b.merchant_id, b.live, b.currency)
        """
    )


def downgrade() -> None:
    op.drop_column("balances", "refunded_fees")
