"""SEPA accounts, checks, mandates and direct debits; addresses; payment intents, links and subscriptions.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Numbers of the first policy that this revision brings.
SETTINGS = {
    "sepa_fixed": 30,
    "sepa_return_fee": 500,
    "sepa_prenotification_days": 14,
    "sepa_horizon_days": 365,
    "sepa_return_days": 5,
    "sepa_refund_days": 56,
    "sepa_unauthorised_months": 13,
    "mandate_months": 36,
    "account_check_days": 30,
    "link_days": 30,
    "retry_attempts": 2,
    "retry_days": 30,
}


def upgrade() -> None:
    op.execute(f"UPDATE policy_versions SET settings = settings || '{json.dumps(SETTINGS)}'::jsonb WHERE version = 1")
    op.create_table('addresses',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('line1', sa.String(length=50), nullable=True),
    sa.Column('line2', sa.String(length=50), nullable=True),
    sa.Column('line3', sa.String(length=50), nullable=True),
    sa.Column('city', sa.String(length=50), nullable=False),
    sa.Column('zip_code', sa.String(length=16), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('state', sa.String(length=3), nullable=True),
    sa.Column('metadata', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True, comment='any JSON, as sent'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_addresses_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_addresses'))
    )
    op.create_index('ix_addresses_merchant_id_live_created_at_id', 'addresses', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_table('payment_links',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False, comment='minor units'),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('description', sa.String(length=64), nullable=True),
    sa.Column('order_id', sa.String(length=36), nullable=True),
    sa.Column('methods_allowed', sa.ARRAY(sa.String(length=8)), nullable=True, comment='null: all'),
    sa.Column('return_url', sa.String(), nullable=True),
    sa.Column('multiple', sa.Boolean(), nullable=False, comment='may be paid more than once'),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('payment_id', sa.String(length=32), nullable=True, comment='single use: the payment in force'),
    sa.Column('retry_of', sa.String(length=32), nullable=True, comment='the failed payment it asks for again'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_payment_links_amount_positive')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_payment_links_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_links'))
    )
    op.create_index('ix_payment_links_retry_of', 'payment_links', ['retry_of'], unique=False, postgresql_where=sa.text('retry_of IS NOT NULL'))
    op.create_index('ix_payment_links_merchant_id_live_created_at_id', 'payment_links', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_table('sepa_accounts',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('iban_sealed', sa.LargeBinary(), nullable=False, comment='AES-GCM, purpose sepa'),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False, comment='HMAC of the IBAN'),
    sa.Column('last4', sa.String(length=4), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('bic', sa.String(length=11), nullable=True, comment='null: no bank of that code is known'),
    sa.Column('name', sa.String(length=70), nullable=False, comment="the account's holder"),
    sa.Column('date_birth', sa.Date(), nullable=True),
    sa.Column('customer_id', sa.String(length=32), nullable=True),
    sa.Column('mandate_id', sa.String(length=32), nullable=True, comment='the mandate payments use, its newest'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_sepa_accounts_customer_id_customers')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_sepa_accounts_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sepa_accounts'))
    )
    op.create_index('ix_sepa_accounts_customer_id', 'sepa_accounts', ['customer_id'], unique=False, postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.create_index('ix_sepa_accounts_merchant_id_live_created_at_id', 'sepa_accounts', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_sepa_accounts_merchant_id_live_fingerprint', 'sepa_accounts', ['merchant_id', 'live', 'fingerprint'], unique=False)
    op.create_index('ix_sepa_accounts_merchant_id_live_last4', 'sepa_accounts', ['merchant_id', 'live', 'last4'], unique=False)
    op.create_table('account_checks',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('sepa_account_id', sa.String(length=32), nullable=True, comment='v1 checks a stored one'),
    sa.Column('kind', sa.String(length=8), nullable=False, comment='person or company'),
    sa.Column('status', sa.String(length=16), nullable=False, comment='pending, succeeded, failed'),
    sa.Column('score', sa.SmallInteger(), nullable=True, comment='0 to 100'),
    sa.Column('score_name', sa.SmallInteger(), nullable=True, comment='0 to 100: how well the name fits'),
    sa.Column('birth_date_valid', sa.Boolean(), nullable=True),
    sa.Column('existing_account', sa.Boolean(), nullable=True),
    sa.Column('correct_holder_type', sa.Boolean(), nullable=True),
    sa.Column('valid_identifier', sa.Boolean(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_account_checks_merchant_id_merchants')),
    sa.ForeignKeyConstraint(['sepa_account_id'], ['sepa_accounts.id'], name=op.f('fk_account_checks_sepa_account_id_sepa_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_checks'))
    )
    op.create_index('ix_account_checks_sepa_account_id', 'account_checks', ['sepa_account_id', 'created_at'], unique=False)
    op.create_table('mandates',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('sepa_account_id', sa.String(length=32), nullable=False),
    sa.Column('rum', sa.String(length=35), nullable=False, comment='unique mandate reference'),
    sa.Column('recurrent', sa.Boolean(), nullable=False, comment='false: good for one collection'),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True, comment="null: waits for the payer's signature"),
    sa.Column('proof', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='how the payer agreed: kind, and for our pages where from'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_mandates_merchant_id_merchants')),
    sa.ForeignKeyConstraint(['sepa_account_id'], ['sepa_accounts.id'], name=op.f('fk_mandates_sepa_account_id_sepa_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mandates'))
    )
    op.create_index('ix_mandates_merchant_id_live_created_at_id', 'mandates', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_mandates_sepa_account_id', 'mandates', ['sepa_account_id'], unique=False)
    op.create_index('uq_mandates_rum', 'mandates', ['merchant_id', 'live', 'rum'], unique=True, postgresql_where=sa.text('revoked_at IS NULL'))
    op.create_table('payment_intents',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False, comment='minor units'),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('capture', sa.Boolean(), nullable=False),
    sa.Column('card_id', sa.String(length=32), nullable=True),
    sa.Column('sepa_account_id', sa.String(length=32), nullable=True),
    sa.Column('customer_id', sa.String(length=32), nullable=True),
    sa.Column('description', sa.String(length=64), nullable=True),
    sa.Column('metadata', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True, comment='any JSON, as sent'),
    sa.Column('methods_allowed', sa.ARRAY(sa.String(length=8)), nullable=False),
    sa.Column('order_id', sa.String(length=36), nullable=True),
    sa.Column('unique_id', sa.String(length=36), nullable=True),
    sa.Column('return_url', sa.String(), nullable=True),
    sa.Column('threeds', sa.String(length=8), nullable=False, comment='required or none'),
    sa.Column('date_settlement', sa.Date(), nullable=True),
    sa.Column('billing_address_id', sa.String(length=32), nullable=True),
    sa.Column('shipping_address_id', sa.String(length=32), nullable=True),
    sa.Column('payment_id', sa.String(length=32), nullable=True, comment='the payment it is paid by'),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True, comment='merchant time at which its page closes unpaid'),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('boutique', sa.String(length=64), nullable=True, comment='the label of the key that created it'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('canceled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount >= 0', name=op.f('ck_payment_intents_amount_not_negative')),
    sa.ForeignKeyConstraint(['billing_address_id'], ['addresses.id'], name=op.f('fk_payment_intents_billing_address_id_addresses')),
    sa.ForeignKeyConstraint(['card_id'], ['cards.id'], name=op.f('fk_payment_intents_card_id_cards')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_payment_intents_customer_id_customers')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_payment_intents_merchant_id_merchants')),
    sa.ForeignKeyConstraint(['sepa_account_id'], ['sepa_accounts.id'], name=op.f('fk_payment_intents_sepa_account_id_sepa_accounts')),
    sa.ForeignKeyConstraint(['shipping_address_id'], ['addresses.id'], name=op.f('fk_payment_intents_shipping_address_id_addresses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_intents')),
    sa.UniqueConstraint('merchant_id', 'live', 'unique_id', name=op.f('uq_payment_intents_merchant_id_live_unique_id'))
    )
    op.create_index('ix_payment_intents_customer_id', 'payment_intents', ['customer_id'], unique=False, postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.create_index('ix_payment_intents_due_at', 'payment_intents', ['due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_payment_intents_merchant_id_live_due_at', 'payment_intents', ['merchant_id', 'live', 'due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_payment_intents_merchant_id_live_created_at_id', 'payment_intents', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_payment_intents_merchant_id_live_order_id', 'payment_intents', ['merchant_id', 'live', 'order_id'], unique=False)
    op.create_table('subscriptions',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('customer_id', sa.String(length=32), nullable=False),
    sa.Column('card_id', sa.String(length=32), nullable=True),
    sa.Column('sepa_account_id', sa.String(length=32), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=False, comment='minor units of one instalment'),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('description', sa.String(length=64), nullable=True),
    sa.Column('interval', sa.String(length=8), nullable=False, comment='day, week, month or year'),
    sa.Column('interval_count', sa.SmallInteger(), nullable=False),
    sa.Column('start_on', sa.Date(), nullable=False, comment='the day the timetable counts from'),
    sa.Column('instalments', sa.BigInteger(), nullable=True, comment='how many in all; null: until cancelled'),
    sa.Column('made', sa.BigInteger(), nullable=False, comment='instalments that came due'),
    sa.Column('cancel_on', sa.Date(), nullable=True, comment='no instalment falls due on or after this day'),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('retry', sa.Boolean(), nullable=False, comment='try a soft rejection again, at most twice in 30 days'),
    sa.Column('retries', sa.SmallInteger(), nullable=False, comment='made for the present instalment'),
    sa.Column('instalment_on', sa.Date(), nullable=True, comment='the day of the present instalment'),
    sa.Column('payment_id', sa.String(length=32), nullable=True, comment='the payment of the present instalment'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('canceled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_subscriptions_amount_positive')),
    sa.CheckConstraint('interval_count > 0', name=op.f('ck_subscriptions_interval_positive')),
    sa.CheckConstraint('num_nonnulls(card_id, sepa_account_id) = 1', name=op.f('ck_subscriptions_one_method')),
    sa.ForeignKeyConstraint(['card_id'], ['cards.id'], name=op.f('fk_subscriptions_card_id_cards')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_subscriptions_customer_id_customers')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_subscriptions_merchant_id_merchants')),
    sa.ForeignKeyConstraint(['sepa_account_id'], ['sepa_accounts.id'], name=op.f('fk_subscriptions_sepa_account_id_sepa_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriptions'))
    )
    op.create_index('ix_subscriptions_customer_id', 'subscriptions', ['customer_id'], unique=False)
    op.create_index('ix_subscriptions_due_at', 'subscriptions', ['due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_subscriptions_merchant_id_live_created_at_id', 'subscriptions', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_subscriptions_merchant_id_live_due_at', 'subscriptions', ['merchant_id', 'live', 'due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_table('direct_debits',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('payment_id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('mandate_id', sa.String(length=32), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False, comment='minor units of EUR'),
    sa.Column('sequence', sa.String(length=4), nullable=False, comment='FRST, RCUR or OOFF (ISO 20022 SequenceType)'),
    sa.Column('collection_on', sa.Date(), nullable=False, comment='the TARGET day the payer is debited'),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=4), nullable=True, comment='ISO 20022 reason of a reject or return'),
    sa.Column('return_fee', sa.BigInteger(), nullable=False, comment='minor units, charged when it was returned'),
    sa.Column('file_id', sa.String(length=35), nullable=True, comment='the pain.008 it is in'),
    sa.Column('statements_until', sa.Date(), nullable=True, comment='the last day the bank was asked about'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('amount > 0', name=op.f('ck_direct_debits_amount_positive')),
    sa.ForeignKeyConstraint(['file_id'], ['bank_messages.id'], name=op.f('fk_direct_debits_file_id_bank_messages')),
    sa.ForeignKeyConstraint(['mandate_id'], ['mandates.id'], name=op.f('fk_direct_debits_mandate_id_mandates')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_direct_debits_merchant_id_merchants')),
    sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name=op.f('fk_direct_debits_payment_id_payments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_direct_debits'))
    )
    op.create_index('ix_direct_debits_due_at', 'direct_debits', ['due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_direct_debits_file_id', 'direct_debits', ['file_id'], unique=False, postgresql_where=sa.text('file_id IS NOT NULL'))
    op.create_index('ix_direct_debits_merchant_id_live_due_at', 'direct_debits', ['merchant_id', 'live', 'due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_direct_debits_payment_id', 'direct_debits', ['payment_id'], unique=True)
    op.create_index('ix_direct_debits_unfiled', 'direct_debits', ['created_at'], unique=False, postgresql_where=sa.text("status = 'sent' AND file_id IS NULL"))
    op.create_index('ix_bank_messages_statements', 'bank_messages', ['merchant_id', 'live', 'since'], unique=False, postgresql_where=sa.text("kind = 'statement'"))
    op.alter_column('bank_messages', 'kind',
               comment='transfer, refund, collection, statement',
               existing_comment='transfer, statement',
               existing_nullable=False)
    op.alter_column('bank_messages', 'since',
               comment='file: the day it asks for; statement: first day asked for',
               existing_comment='transfer: execution day; statement: first day asked for',
               existing_nullable=False)
    op.alter_column('bank_messages', 'sealed',
               comment='AES-GCM, purpose bank: the pain.001 or pain.008',
               existing_comment='AES-GCM, purpose bank: the pain.001',
               existing_nullable=True)
    op.add_column('customers', sa.Column('billing_address_id', sa.String(length=32), nullable=True))
    op.add_column('customers', sa.Column('shipping_address_id', sa.String(length=32), nullable=True))
    op.create_foreign_key(op.f('fk_customers_shipping_address_id_addresses'), 'customers', 'addresses', ['shipping_address_id'], ['id'])
    op.create_foreign_key(op.f('fk_customers_billing_address_id_addresses'), 'customers', 'addresses', ['billing_address_id'], ['id'])
    op.add_column('payments', sa.Column('sepa_account_id', sa.String(length=32), nullable=True))
    op.add_column('payments', sa.Column('mandate_id', sa.String(length=32), nullable=True, comment='the mandate it is collected by'))
    op.add_column('payments', sa.Column('billing_address_id', sa.String(length=32), nullable=True))
    op.add_column('payments', sa.Column('shipping_address_id', sa.String(length=32), nullable=True))
    op.add_column('payments', sa.Column('paid_before_by', sa.String(length=32), nullable=True, comment='the sibling that was paid first: this one is to be refunded'))
    op.add_column('payments', sa.Column('parent_id', sa.String(length=32), nullable=True, comment='the intent, link or subscription that made it'))
    op.alter_column('payments', 'country',
               comment="of the card's issuer or the bank account",
               existing_comment="the card's issuer",
               existing_nullable=True)
    op.alter_column('payments', 'date_settlement',
               comment='wished by the merchant; SEPA: the collection',
               existing_comment='wished by the merchant (v2)',
               existing_nullable=True)
    op.create_index('ix_payments_parent_id', 'payments', ['parent_id', 'created_at'], unique=False, postgresql_where=sa.text('parent_id IS NOT NULL'))
    op.create_index('ix_payments_sepa_account_id', 'payments', ['sepa_account_id'], unique=False, postgresql_where=sa.text('sepa_account_id IS NOT NULL'))
    op.create_foreign_key(op.f('fk_payments_billing_address_id_addresses'), 'payments', 'addresses', ['billing_address_id'], ['id'])
    op.create_foreign_key(op.f('fk_payments_sepa_account_id_sepa_accounts'), 'payments', 'sepa_accounts', ['sepa_account_id'], ['id'])
    op.create_foreign_key(op.f('fk_payments_shipping_address_id_addresses'), 'payments', 'addresses', ['shipping_address_id'], ['id'])
    op.create_foreign_key(op.f('fk_payments_mandate_id_mandates'), 'payments', 'mandates', ['mandate_id'], ['id'])
    op.add_column('refunds', sa.Column('by_transfer', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='SEPA; cards go back through the acquirer'))
    op.add_column('refunds', sa.Column('transfer_id', sa.String(length=35), nullable=True, comment='the pain.001 it is in'))
    op.create_index('ix_refunds_unfiled', 'refunds', ['sent_at'], unique=False, postgresql_where=sa.text("status = 'refund_sent' AND by_transfer AND transfer_id IS NULL"))
    op.create_index('ix_refunds_transfer_id', 'refunds', ['transfer_id'], unique=False, postgresql_where=sa.text('transfer_id IS NOT NULL'))
    op.create_foreign_key(op.f('fk_refunds_transfer_id_bank_messages'), 'refunds', 'bank_messages', ['transfer_id'], ['id'])
    op.add_column('simulator_transfers', sa.Column('collection', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='a direct debit: money comes in'))


def downgrade() -> None:
    op.execute(f"UPDATE policy_versions SET settings = settings - '{{{','.join(SETTINGS)}}}'::text[] WHERE version = 1")
    op.drop_index('ix_bank_messages_statements', table_name='bank_messages', postgresql_where=sa.text("kind = 'statement'"))
    op.drop_column('simulator_transfers', 'collection')
    op.drop_constraint(op.f('fk_refunds_transfer_id_bank_messages'), 'refunds', type_='foreignkey')
    op.drop_index('ix_refunds_transfer_id', table_name='refunds', postgresql_where=sa.text('transfer_id IS NOT NULL'))
    op.drop_index('ix_refunds_unfiled', table_name='refunds', postgresql_where=sa.text("status = 'refund_sent' AND by_transfer AND transfer_id IS NULL"))
    op.drop_column('refunds', 'transfer_id')
    op.drop_column('refunds', 'by_transfer')
    op.drop_constraint(op.f('fk_payments_mandate_id_mandates'), 'payments', type_='foreignkey')
    op.drop_constraint(op.f('fk_payments_shipping_address_id_addresses'), 'payments', type_='foreignkey')
    op.drop_constraint(op.f('fk_payments_sepa_account_id_sepa_accounts'), 'payments', type_='foreignkey')
    op.drop_constraint(op.f('fk_payments_billing_address_id_addresses'), 'payments', type_='foreignkey')
    op.drop_index('ix_payments_sepa_account_id', table_name='payments', postgresql_where=sa.text('sepa_account_id IS NOT NULL'))
    op.drop_index('ix_payments_parent_id', table_name='payments', postgresql_where=sa.text('parent_id IS NOT NULL'))
    op.alter_column('payments', 'date_settlement',
               comment='wished by the merchant (v2)',
               existing_comment='wished by the merchant; SEPA: the collection',
               existing_nullable=True)
    op.alter_column('payments', 'country',
               comment="the card's issuer",
               existing_comment="of the card's issuer or the bank account",
               existing_nullable=True)
    op.drop_column('payments', 'parent_id')
    op.drop_column('payments', 'paid_before_by')
    op.drop_column('payments', 'shipping_address_id')
    op.drop_column('payments', 'billing_address_id')
    op.drop_column('payments', 'mandate_id')
    op.drop_column('payments', 'sepa_account_id')
    op.drop_constraint(op.f('fk_customers_billing_address_id_addresses'), 'customers', type_='foreignkey')
    op.drop_constraint(op.f('fk_customers_shipping_address_id_addresses'), 'customers', type_='foreignkey')
    op.drop_column('customers', 'shipping_address_id')
    op.drop_column('customers', 'billing_address_id')
    op.alter_column('bank_messages', 'sealed',
               comment='AES-GCM, purpose bank: the pain.001',
               existing_comment='AES-GCM, purpose bank: the pain.001 or pain.008',
               existing_nullable=True)
    op.alter_column('bank_messages', 'since',
               comment='transfer: execution day; statement: first day asked for',
               existing_comment='file: the day it asks for; statement: first day asked for',
               existing_nullable=False)
    op.alter_column('bank_messages', 'kind',
               comment='transfer, statement',
               existing_comment='transfer, refund, collection, statement',
               existing_nullable=False)
    op.drop_index('ix_direct_debits_unfiled', table_name='direct_debits', postgresql_where=sa.text("status = 'sent' AND file_id IS NULL"))
    op.drop_index('ix_direct_debits_payment_id', table_name='direct_debits')
    op.drop_index('ix_direct_debits_merchant_id_live_due_at', table_name='direct_debits', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_direct_debits_file_id', table_name='direct_debits', postgresql_where=sa.text('file_id IS NOT NULL'))
    op.drop_index('ix_direct_debits_due_at', table_name='direct_debits', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_table('direct_debits')
    op.drop_index('ix_subscriptions_merchant_id_live_due_at', table_name='subscriptions', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_subscriptions_merchant_id_live_created_at_id', table_name='subscriptions')
    op.drop_index('ix_subscriptions_due_at', table_name='subscriptions', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_subscriptions_customer_id', table_name='subscriptions')
    op.drop_table('subscriptions')
    op.drop_index('ix_payment_intents_merchant_id_live_due_at', table_name='payment_intents', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_payment_intents_due_at', table_name='payment_intents', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_payment_intents_merchant_id_live_order_id', table_name='payment_intents')
    op.drop_index('ix_payment_intents_merchant_id_live_created_at_id', table_name='payment_intents')
    op.drop_index('ix_payment_intents_customer_id', table_name='payment_intents', postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.drop_table('payment_intents')
    op.drop_index('uq_mandates_rum', table_name='mandates', postgresql_where=sa.text('revoked_at IS NULL'))
    op.drop_index('ix_mandates_sepa_account_id', table_name='mandates')
    op.drop_index('ix_mandates_merchant_id_live_created_at_id', table_name='mandates')
    op.drop_table('mandates')
    op.drop_index('ix_account_checks_sepa_account_id', table_name='account_checks')
    op.drop_table('account_checks')
    op.drop_index('ix_sepa_accounts_merchant_id_live_last4', table_name='sepa_accounts')
    op.drop_index('ix_sepa_accounts_merchant_id_live_fingerprint', table_name='sepa_accounts')
    op.drop_index('ix_sepa_accounts_merchant_id_live_created_at_id', table_name='sepa_accounts')
    op.drop_index('ix_sepa_accounts_customer_id', table_name='sepa_accounts', postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.drop_table('sepa_accounts')
    op.drop_index('ix_payment_links_merchant_id_live_created_at_id', table_name='payment_links')
    op.drop_index('ix_payment_links_retry_of', table_name='payment_links', postgresql_where=sa.text('retry_of IS NOT NULL'))
    op.drop_table('payment_links')
    op.drop_index('ix_addresses_merchant_id_live_created_at_id', table_name='addresses')
    op.drop_table('addresses')
