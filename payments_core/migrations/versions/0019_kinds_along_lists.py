"""Marks along long lists say how many rows of which kind there are: events are listed by type without walking them.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KINDS = "rows by kind between the mark before and this one; null: nobody has asked for a kind yet"


def upgrade() -> None:
    op.add_column("list_marks", sa.Column("kinds", JSONB(), comment=_KINDS))


def downgrade() -> None:
    op.drop_column("list_marks", "kinds")
