"""Marks along long lists.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_marks",
        sa.Column("name", sa.String(length=32), nullable=False, comment="the table the list is of"),
        sa.Column("merchant_id", sa.String(length=32), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="rows up to and with this one"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name", "merchant_id", "live", "position", name=op.f("pk_list_marks")),
    )


def downgrade() -> None:
    op.drop_table("list_marks")
