"""Consent on the payment page: a typed card is kept only when the payer said so.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default keeps the previous release able to write payments.
    op.add_column(
        "payments",
        sa.Column(
            "save_card",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="the payer agreed on the page to have this card kept",
        ),
    )


def downgrade() -> None:
    op.drop_column("payments", "save_card")
