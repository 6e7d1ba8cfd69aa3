"""Debits are drawn from available funds alone: what was drawn from held or pending money is no longer counted aside.

Nothing was released before this revision, so balances in which such draws are still open are not converted but refused.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drawn = sa.text("SELECT count(*) FROM refunds WHERE drawn_held > 0 OR drawn_pending > 0")
    if op.get_bind().execute(drawn).scalar():
        raise RuntimeError("refunds of a development version were drawn from held funds: begin with a new state folder")
    op.drop_constraint(op.f("ck_balances_drawn_not_negative"), "balances")
    op.drop_column("balances", "held_drawn")
    op.drop_column("balances", "pending_drawn")
    op.create_check_constraint(op.f("ck_balances_buckets_not_negative"), "balances", "pending >= 0 AND held >= 0 AND in_transit >= 0")
    for name in ("drawn_available", "drawn_held", "drawn_pending"):
        op.drop_column("refunds", name)
    op.drop_column("payments", "funds_amount")


def downgrade() -> None:
    op.add_column("payments", sa.Column("funds_amount", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE payments SET funds_amount = amount - fee WHERE funds IS NOT NULL")
    for name in ("drawn_available", "drawn_held", "drawn_pending"):
        op.add_column("refunds", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE refunds SET drawn_available = amount WHERE status <> 'payment_canceled'")
    op.drop_constraint(op.f("ck_balances_buckets_not_negative"), "balances")
    for bucket in ("held", "pending"):
        op.add_column("balances", sa.Column(f"{bucket}_drawn", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_balances_drawn_not_negative"), "balances", "held_drawn >= 0 AND pending_drawn >= 0")
