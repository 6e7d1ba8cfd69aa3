"""Addresses have events of their own; a delivery is tried for three days from its first attempt on; merchants choose a statement label.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_FIRST = "from here on it is tried for three days: one that waits for an earlier event has its turn later"
_LABEL = "what payers read on their bank statement; null: made from the name"


def upgrade() -> None:
    # The default keeps the previous release able to write addresses.
    op.add_column("addresses", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("merchants", sa.Column("statement_label", sa.String(length=22), comment=_LABEL))
    op.add_column("deliveries", sa.Column("first_attempt_at", sa.DateTime(timezone=True), comment=_FIRST))


def downgrade() -> None:
    op.drop_column("deliveries", "first_attempt_at")
    op.drop_column("merchants", "statement_label")
    op.drop_column("addresses", "version")
