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
    version = sa.Column("version", sa.BigInteger(), nullable=False, server_default="0")
    label = sa.Column("statement_label", sa.String(length=22), comment=_LABEL)
    first = sa.Column("first_attempt_at", sa.DateTime(timezone=True), comment=_FIRST)
    with op.get_context().autocommit_block():  # each by itself: a sale that holds one of them must not wait for another
        for table, column in (("addresses", version), ("merchants", label), ("deliveries", first)):
            op.add_column(table, column, if_not_exists=True)
            if column.comment is not None:  # not set where the column was there
                op.alter_column(table, column.name, comment=column.comment)


def downgrade() -> None:
    op.drop_column("deliveries", "first_attempt_at")
    op.drop_column("merchants", "statement_label")
    op.drop_column("addresses", "version")
