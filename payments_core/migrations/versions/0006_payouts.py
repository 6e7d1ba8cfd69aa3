"""Payouts, messages to and from the bank, and where a balance's next payout stands.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Numbers of the first policy that this revision brings.
SETTINGS = {"payout_hour": 9, "payout_minimum": 100, "payout_return_days": 3}


def upgrade() -> None:
    op.execute(f"UPDATE policy_versions SET settings = settings || '{json.dumps(SETTINGS)}'::jsonb WHERE version = 1")
    op.create_table('bank_messages',
    sa.Column('id', sa.String(length=35), nullable=False, comment='MsgId: the bank answers it once'),
    sa.Column('kind', sa.String(length=16), nullable=False, comment='transfer, statement'),
    sa.Column('merchant_id', sa.String(length=32), nullable=True, comment='null: all live merchants together'),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False, comment='transfer: execution day; statement: first day asked for'),
    sa.Column('until', sa.Date(), nullable=False, comment='statement: last day asked for'),
    sa.Column('sealed', sa.LargeBinary(), nullable=True, comment='AES-GCM, purpose bank: the pain.001'),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True, comment='AES-GCM, purpose bank answer: the latest answer, valid or not'),
    sa.Column('problem', sa.String(), nullable=True, comment='why the latest answer was refused'),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='real time'),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=False, comment='real time'),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True, comment='real time of the valid answer'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_messages'))
    )
    op.create_index('ix_bank_messages_merchant_unanswered', 'bank_messages', ['merchant_id', 'live'], unique=False, postgresql_where=sa.text('answered_at IS NULL'))
    op.create_index('ix_bank_messages_unanswered', 'bank_messages', ['next_attempt_at'], unique=False, postgresql_where=sa.text('answered_at IS NULL'))
    op.create_table('simulator_transfers',
    sa.Column('end_to_end_id', sa.String(length=35), nullable=False),
    sa.Column('message_id', sa.String(length=35), nullable=False),
    sa.Column('account', sa.String(length=40), nullable=False, comment='whose statement shows it'),
    sa.Column('amount', sa.BigInteger(), nullable=False, comment='minor units of EUR'),
    sa.Column('name', sa.String(length=140), nullable=False),
    sa.Column('iban', sa.String(length=34), nullable=False),
    sa.Column('rejected', sa.String(length=4), nullable=True, comment='reason given in the pain.002'),
    sa.Column('returned', sa.String(length=4), nullable=True, comment='reason given in a later camt.053'),
    sa.Column('booked_on', sa.Date(), nullable=True),
    sa.Column('returned_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('end_to_end_id', name=op.f('pk_simulator_transfers'))
    )
    op.create_index('ix_simulator_transfers_account_booked_on', 'simulator_transfers', ['account', 'booked_on'], unique=False)
    op.create_table('payouts',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False, comment='minor units; fixed when the lines are gathered'),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('reference', sa.String(length=35), nullable=False, comment="the transfer's label and EndToEndId"),
    sa.Column('reason', sa.String(length=64), nullable=True, comment='why it failed: ISO 20022 external reason code'),
    sa.Column('iban_masked', sa.String(length=40), nullable=True, comment='the account it goes to'),
    sa.Column('business_day', sa.Date(), nullable=True, comment='the day its lines were closed'),
    sa.Column('first_entry', sa.BigInteger(), nullable=False, comment='ledger entries after this one'),
    sa.Column('last_entry', sa.BigInteger(), nullable=True, comment='up to and with this one'),
    sa.Column('transfer_id', sa.String(length=35), nullable=True, comment='the pain.001 it is in'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('gathered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('date_bank', sa.Date(), nullable=True, comment='the day our bank booked the debit'),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount >= 0', name=op.f('ck_payouts_amount_not_negative')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_payouts_merchant_id_merchants')),
    sa.ForeignKeyConstraint(['transfer_id'], ['bank_messages.id'], name=op.f('fk_payouts_transfer_id_bank_messages')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payouts'))
    )
    op.create_index('ix_payouts_due_at', 'payouts', ['due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_payouts_merchant_id_live_created_at_id', 'payouts', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_payouts_merchant_id_live_due_at', 'payouts', ['merchant_id', 'live', 'due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_payouts_reference', 'payouts', ['reference'], unique=True)
    op.create_index('ix_payouts_transfer_id', 'payouts', ['transfer_id'], unique=False, postgresql_where=sa.text('transfer_id IS NOT NULL'))
    op.create_index('ix_payouts_untransferred', 'payouts', ['gathered_at'], unique=False, postgresql_where=sa.text("status = 'pending' AND gathered_at IS NOT NULL"))
    op.create_index('uq_payouts_business_day', 'payouts', ['merchant_id', 'live', 'currency', 'business_day'], unique=True, postgresql_where=sa.text('gathered_at IS NOT NULL'))
    op.create_index('uq_payouts_gathering', 'payouts', ['merchant_id', 'live', 'currency'], unique=True, postgresql_where=sa.text('gathered_at IS NULL'))
    op.add_column('balances', sa.Column('gathering_payout', sa.String(length=32), nullable=True, comment='the payout whose lines are open'))
    op.add_column('balances', sa.Column('paid_out_entry', sa.BigInteger(), server_default='0', nullable=False, comment='ledger entries up to this one are in payouts'))
    op.add_column('balances', sa.Column('payouts_stopped', sa.String(length=32), nullable=True, comment='why no payout leaves; null when they do'))


def downgrade() -> None:
    op.execute(f"UPDATE policy_versions SET settings = settings - '{{{','.join(SETTINGS)}}}'::text[] WHERE version = 1")
    op.drop_column('balances', 'payouts_stopped')
    op.drop_column('balances', 'paid_out_entry')
    op.drop_column('balances', 'gathering_payout')
    op.drop_index('uq_payouts_gathering', table_name='payouts', postgresql_where=sa.text('gathered_at IS NULL'))
    op.drop_index('uq_payouts_business_day', table_name='payouts', postgresql_where=sa.text('gathered_at IS NOT NULL'))
    op.drop_index('ix_payouts_untransferred', table_name='payouts', postgresql_where=sa.text("status = 'pending' AND gathered_at IS NOT NULL"))
    op.drop_index('ix_payouts_transfer_id', table_name='payouts', postgresql_where=sa.text('transfer_id IS NOT NULL'))
    op.drop_index('ix_payouts_reference', table_name='payouts')
    op.drop_index('ix_payouts_merchant_id_live_due_at', table_name='payouts', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_payouts_merchant_id_live_created_at_id', table_name='payouts')
    op.drop_index('ix_payouts_due_at', table_name='payouts', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_table('payouts')
    op.drop_index('ix_simulator_transfers_account_booked_on', table_name='simulator_transfers')
    op.drop_table('simulator_transfers')
    op.drop_index('ix_bank_messages_unanswered', table_name='bank_messages', postgresql_where=sa.text('answered_at IS NULL'))
    op.drop_index('ix_bank_messages_merchant_unanswered', table_name='bank_messages', postgresql_where=sa.text('answered_at IS NULL'))
    op.drop_table('bank_messages')
