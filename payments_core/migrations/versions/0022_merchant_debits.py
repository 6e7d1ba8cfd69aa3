"""Debits of merchants' own accounts for what a dispute lacked.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLE = "merchant_debits"
_PLACE = ["merchant_id", "live"]
_DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("merchant_id", sa.String(length=32), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("dispute_id", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="euro cents"),
        sa.Column("iban_masked", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=4), comment="ISO 20022 reason of a reject or return"),
        sa.Column("collection_on", sa.Date(), nullable=False, comment="the TARGET day the merchant is debited"),
        sa.Column("date_bank", sa.Date(), comment="the day our bank booked it"),
        sa.Column("file_id", sa.String(length=35), comment="the pain.008 it is in"),
        sa.Column("statements_until", sa.Date(), comment="the last day the bank was asked about"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), comment="when its next question to the bank falls due"),
        sa.CheckConstraint("amount > 0", name=op.f("ck_merchant_debits_amount_positive")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_debits_merchant_id_merchants")),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name=op.f("fk_merchant_debits_dispute_id_disputes")),
        sa.ForeignKeyConstraint(["file_id"], ["bank_messages.id"], name=op.f("fk_merchant_debits_file_id_bank_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_debits")),
    )
    op.create_index("uq_merchant_debits_dispute_id", _TABLE, ["dispute_id"], unique=True)
    under_way = sa.text("status IN ('announced', 'sent')")
    op.create_index("ix_merchant_debits_under_way", _TABLE, _PLACE, postgresql_where=under_way)
    op.create_index("ix_merchant_debits_file_id", _TABLE, ["file_id"], postgresql_where=sa.text("file_id IS NOT NULL"))
    op.create_index("ix_merchant_debits_due_at", _TABLE, ["due_at"], postgresql_where=_DUE)
    op.create_index("ix_merchant_debits_merchant_id_live_due_at", _TABLE, [*_PLACE, "due_at"], postgresql_where=_DUE)


def downgrade() -> None:
    op.drop_table(_TABLE)
