"""Long lists whose rows can be deleted, and events listed by their growing ids.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column(
        "list_marks",
        "position",
        existing_type=sa.BigInteger(),
        existing_nullable=False,
        existing_comment="rows up to and with this one",
        comment="rows up to and with this one when it was made",
    )
    # The default keeps the previous release able to make marks.
    op.add_column(
        "list_marks",
        sa.Column(
            "gone",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="rows between the mark before and this one that were deleted since",
        ),
    )
    op.drop_index("ix_events_merchant_id_live_created_at", table_name="events")
    op.create_index(
        "ix_events_merchant_id_live_created_at_id", "events", ["merchant_id", "live", "created_at", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_events_merchant_id_live_created_at_id", table_name="events")
    op.create_index(
        "ix_events_merchant_id_live_created_at",
        "events",
        ["merchant_id", "live", "created_at", "version", "id"],
        unique=False,
    )
    op.drop_column("list_marks", "gone")
    op.alter_column(
        "list_marks",
        "position",
        existing_type=sa.BigInteger(),
        existing_nullable=False,
        existing_comment="rows up to and with this one when it was made",
        comment="rows up to and with this one",
    )
