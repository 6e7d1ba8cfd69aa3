"""The network a merchant prefers on co-badged cards.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default keeps the previous release able to make merchants.
    op.add_column(
        "merchants",
        sa.Column(
            "preferred_network",
            sa.String(length=8),
            server_default="national",
            nullable=False,
            comment="of a co-badged card: national or brand, its other network",
        ),
    )
    op.create_check_constraint(
        op.f("ck_merchants_network_known"), "merchants", "preferred_network IN ('national', 'brand')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_merchants_network_known"), "merchants", type_="check")
    op.drop_column("merchants", "preferred_network")
