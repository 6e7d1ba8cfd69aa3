"""Disputes and the proof against them.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Numbers of the first policy that this revision brings.
SETTINGS = {"dispute_fee": 1500, "dispute_months": 13, "evidence_days": 30, "verification_days": 30}


def upgrade() -> None:
    op.execute(f"UPDATE policy_versions SET settings = settings || '{json.dumps(SETTINGS)}'::jsonb WHERE version = 1")
    op.create_table('disputes',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('payment_id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('scheme_reference', sa.String(length=40), nullable=False, comment="the issuer's: the same one opens one dispute"),
    sa.Column('amount', sa.BigInteger(), nullable=False, comment='minor units'),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('fee', sa.BigInteger(), nullable=False, comment='minor units, given back when won'),
    sa.Column('policy_version', sa.BigInteger(), nullable=False, comment='the tariff that produced the fee'),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('response', sa.String(length=4), nullable=False, comment='scheme reason code'),
    sa.Column('contestable', sa.Boolean(), nullable=False),
    sa.Column('shortfall', sa.BigInteger(), nullable=False, comment='what available and held funds lacked at the opening'),
    sa.Column('evidence_text', sa.String(), nullable=False, comment="the merchant's own words"),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=False, comment='end of the evidence window'),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('date_bank', sa.Date(), nullable=False, comment='value date of the debit'),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_disputes_amount_positive')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_disputes_merchant_id_merchants')),
    sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name=op.f('fk_disputes_payment_id_payments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disputes'))
    )
    op.create_index('ix_disputes_due_at', 'disputes', ['due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_disputes_merchant_id_live_created_at_id', 'disputes', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_disputes_merchant_id_live_due_at', 'disputes', ['merchant_id', 'live', 'due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('uq_disputes_scheme_reference', 'disputes', ['payment_id', 'scheme_reference'], unique=True)
    op.create_table('evidence_files',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('dispute_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False, comment='receipt, delivery, certificate, messages, other'),
    sa.Column('type', sa.String(length=32), nullable=False, comment='media type, by content'),
    sa.Column('size', sa.BigInteger(), nullable=False, comment='bytes'),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['dispute_id'], ['disputes.id'], name=op.f('fk_evidence_files_dispute_id_disputes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence_files'))
    )
    op.create_index('ix_evidence_files_dispute_id', 'evidence_files', ['dispute_id'], unique=False)


def downgrade() -> None:
    op.execute(f"UPDATE policy_versions SET settings = settings - '{{{','.join(SETTINGS)}}}'::text[] WHERE version = 1")
    op.drop_index('ix_evidence_files_dispute_id', table_name='evidence_files')
    op.drop_table('evidence_files')
    op.drop_index('uq_disputes_scheme_reference', table_name='disputes')
    op.drop_index('ix_disputes_merchant_id_live_due_at', table_name='disputes', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_disputes_merchant_id_live_created_at_id', table_name='disputes')
    op.drop_index('ix_disputes_due_at', table_name='disputes', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_table('disputes')
