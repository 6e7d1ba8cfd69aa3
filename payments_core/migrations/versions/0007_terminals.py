"""Terminals, their sales and batches; chip cards as the issuer simulator knows them.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('simulator_cards',
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('wrong_pins', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_simulator_cards'))
    )
    op.create_table('simulator_cryptograms',
    sa.Column('arqc', sa.LargeBinary(), nullable=False),
    sa.Column('reference', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('arqc', name=op.f('pk_simulator_cryptograms'))
    )
    op.create_table('terminals',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('code', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('place', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('keys_sealed', sa.LargeBinary(), nullable=False, comment='AES-GCM, purpose terminal: MAC key (16 bytes), PIN key (24)'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_contact_at', sa.DateTime(timezone=True), nullable=True, comment='real time, to the minute'),
    sa.Column('last_collected_at', sa.DateTime(timezone=True), nullable=True, comment='merchant time'),
    sa.CheckConstraint("state IN ('active', 'blocked')", name=op.f('ck_terminals_state_known')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_terminals_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_terminals')),
    sa.UniqueConstraint('code', name=op.f('uq_terminals_code'))
    )
    op.create_index('ix_terminals_merchant_id_live_created_at_id', 'terminals', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_table('terminal_batches',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('terminal_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=6), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False, comment='sales the host has'),
    sa.Column('total', sa.BigInteger(), nullable=False, comment='their sum, minor units of EUR'),
    sa.Column('claimed_count', sa.BigInteger(), nullable=True),
    sa.Column('claimed_total', sa.BigInteger(), nullable=True),
    sa.Column('problem', sa.String(), nullable=True, comment='what an operator has to look into'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('open', 'agreed', 'refused')", name=op.f('ck_terminal_batches_state_known')),
    sa.ForeignKeyConstraint(['terminal_id'], ['terminals.id'], name=op.f('fk_terminal_batches_terminal_id_terminals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_terminal_batches')),
    sa.UniqueConstraint('terminal_id', 'number', name=op.f('uq_terminal_batches_terminal_id_number'))
    )
    op.create_index('ix_terminal_batches_terminal_id_created_at_id', 'terminal_batches', ['terminal_id', 'created_at', 'id'], unique=False)
    op.create_table('terminal_sales',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('terminal_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=12), nullable=False, comment='transaction number, field 37'),
    sa.Column('payment_id', sa.String(length=32), nullable=True),
    sa.Column('attempt_id', sa.String(length=32), nullable=True),
    sa.Column('aid', sa.String(length=32), nullable=True, comment='application of the chip'),
    sa.Column('entry', sa.String(length=3), nullable=True, comment='field 22: 051 chip with PIN'),
    sa.Column('reversed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('batch_id', sa.String(length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['terminal_batches.id'], name=op.f('fk_terminal_sales_batch_id_terminal_batches')),
    sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name=op.f('fk_terminal_sales_payment_id_payments')),
    sa.ForeignKeyConstraint(['terminal_id'], ['terminals.id'], name=op.f('fk_terminal_sales_terminal_id_terminals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_terminal_sales')),
    sa.UniqueConstraint('terminal_id', 'number', name=op.f('uq_terminal_sales_terminal_id_number'))
    )
    op.create_index('ix_terminal_sales_batch_id', 'terminal_sales', ['batch_id'], unique=False)
    op.create_index('ix_terminal_sales_payment_id', 'terminal_sales', ['payment_id'], unique=True)
    op.add_column('simulator_records', sa.Column('issuer_data', sa.String(), nullable=True, comment='what the issuer told the chip: tag 91'))


def downgrade() -> None:
    op.drop_column('simulator_records', 'issuer_data')
    op.drop_index('ix_terminal_sales_payment_id', table_name='terminal_sales')
    op.drop_index('ix_terminal_sales_batch_id', table_name='terminal_sales')
    op.drop_table('terminal_sales')
    op.drop_index('ix_terminal_batches_terminal_id_created_at_id', table_name='terminal_batches')
    op.drop_table('terminal_batches')
    op.drop_index('ix_terminals_merchant_id_live_created_at_id', table_name='terminals')
    op.drop_table('terminals')
    op.drop_table('simulator_cryptograms')
    op.drop_table('simulator_cards')
