"""Version 1 of tariff and policy, in force since always, with the values of the domain's table.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SETTINGS = {
    "card_eea_basis_points": 70,
    "card_eea_fixed": 15,
    "card_other_basis_points": 190,
    "card_other_fixed": 15,
    "cut_off_hour": 23,
    "settlement_hour": 7,
    "page_expiry_hours": 24,
    "page_attempts": 5,
    "hold_days": 7,
    "authorization_days": 7,
    "authentication_hours": 6,
}

policy_versions = sa.table(
    "policy_versions",
    sa.column("version", sa.BigInteger()),
    sa.column("applies_from", sa.DateTime(timezone=True)),
    sa.column("settings", postgresql.JSONB()),
)


def upgrade() -> None:
    op.bulk_insert(
        policy_versions,
        [{"version": 1, "applies_from": datetime(2020, 1, 1, tzinfo=UTC), "settings": SETTINGS}],
    )


def downgrade() -> None:
    op.execute(policy_versions.delete().where(policy_versions.c.version == 1))
