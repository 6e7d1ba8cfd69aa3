"""Indexes on what most payments do not have leave those payments out: each new row then touches three indexes less.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UNIQUE_ID = "uq_payments_merchant_id_live_unique_id"
_ORDER_ID = "ix_payments_merchant_id_live_order_id"
_CUSTOMER_ID = "ix_payments_customer_id"
_PLACE = ["merchant_id", "live"]
_PATTERNS = {"order_id": "text_pattern_ops"}


def upgrade() -> None:
    op.drop_constraint(_UNIQUE_ID, "payments", type_="unique")
    op.drop_index(_ORDER_ID, table_name="payments")
    op.drop_index(_CUSTOMER_ID, table_name="payments")
    op.create_index(
        _UNIQUE_ID, "payments", [*_PLACE, "unique_id"], unique=True, postgresql_where=sa.text("unique_id IS NOT NULL")
    )
    op.create_index(
        _ORDER_ID,
        "payments",
        [*_PLACE, "order_id"],
        postgresql_ops=_PATTERNS,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        _CUSTOMER_ID, "payments", ["customer_id"], postgresql_where=sa.text("customer_id IS NOT NULL")
    )


def downgrade() -> None:
    for name in (_UNIQUE_ID, _ORDER_ID, _CUSTOMER_ID):
        op.drop_index(name, table_name="payments")
    op.create_index(_CUSTOMER_ID, "payments", ["customer_id"])
    op.create_index(_ORDER_ID, "payments", [*_PLACE, "order_id"], postgresql_ops=_PATTERNS)
    op.create_unique_constraint(_UNIQUE_ID, "payments", [*_PLACE, "unique_id"])
