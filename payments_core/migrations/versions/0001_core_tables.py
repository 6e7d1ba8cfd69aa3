"""Every table of the first thread: accounts, payers, payments, ledger, events, and what the service keeps for itself.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('acquirer_orders',
    sa.Column('id', sa.String(length=32), nullable=False, comment='the reference the acquirer knows it by'),
    sa.Column('kind', sa.String(length=8), nullable=False, comment='capture, reverse, refund'),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('attempt_id', sa.String(length=32), nullable=False, comment='reference of the authorization'),
    sa.Column('object_id', sa.String(length=32), nullable=False, comment='the payment or refund'),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='real time'),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True, comment='real time'),
    sa.Column('response', sa.String(length=4), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_acquirer_orders'))
    )
    op.create_index('ix_acquirer_orders_unsent', 'acquirer_orders', ['created_at'], unique=False, postgresql_where=sa.text('answered_at IS NULL'))
    op.create_table('audit_log',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='real time'),
    sa.Column('service', sa.String(length=32), nullable=False),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=True),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('object_id', sa.String(length=64), nullable=True),
    sa.Column('data', postgresql.JSONB(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_log'))
    )
    op.create_index('ix_audit_log_merchant_id_id', 'audit_log', ['merchant_id', 'id'], unique=False)
    op.create_table('events',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('type', sa.String(length=40), nullable=False),
    sa.Column('object_id', sa.String(length=32), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('actor', sa.String(length=128), nullable=False),
    sa.Column('data', postgresql.JSONB(), nullable=False, comment='what the timeline shows'),
    sa.Column('snapshot', postgresql.JSONB(), nullable=True, comment='the v2 object; only when an endpoint listens'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='merchant time'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events')),
    sa.UniqueConstraint('object_id', 'version', name=op.f('uq_events_object_id_version'))
    )
    op.create_table('idempotency_slots',
    sa.Column('owner', sa.String(length=64), nullable=False, comment='merchant and mode, or service'),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('body_hash', sa.LargeBinary(), nullable=False, comment='keyed hash of method, path and body'),
    sa.Column('suffix', sa.String(length=24), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=False, comment='until then the first request may still be running'),
    sa.Column('status', sa.SmallInteger(), nullable=True),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True, comment='AES-GCM, purpose idempotency: answers may hold keys'),
    sa.PrimaryKeyConstraint('owner', 'key', name=op.f('pk_idempotency_slots'))
    )
    op.create_index('ix_idempotency_slots_created_at', 'idempotency_slots', ['created_at'], unique=False)
    op.create_table('merchants',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('reference', sa.String(length=128), nullable=False, comment="the account's id at the caller"),
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('siren', sa.String(length=9), nullable=False),
    sa.Column('iban_sealed', sa.LargeBinary(), nullable=False, comment='AES-GCM, purpose iban'),
    sa.Column('iban_masked', sa.String(length=40), nullable=False, comment='country, check digits and last four'),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('clock_offset_seconds', sa.BigInteger(), nullable=False, comment='test mode: seconds ahead of real time'),
    sa.Column('clock_goal', sa.DateTime(timezone=True), nullable=True, comment='test mode: the merchant time being advanced to'),
    sa.CheckConstraint("status IN ('test_only', 'in_review', 'active', 'restricted', 'closing', 'closed')", name=op.f('ck_merchants_status_known')),
    sa.CheckConstraint('clock_offset_seconds >= 0', name=op.f('ck_merchants_clock_forward_only')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_merchants')),
    sa.UniqueConstraint('reference', name=op.f('uq_merchants_reference'))
    )
    op.create_index('ix_merchants_clock_advancing', 'merchants', ['id'], unique=False, postgresql_where=sa.text('clock_goal IS NOT NULL'))
    op.create_index('ix_merchants_clock_ahead', 'merchants', ['id'], unique=False, postgresql_where=sa.text('clock_offset_seconds > 0'))
    op.create_table('policy_versions',
    sa.Column('version', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('applies_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settings', postgresql.JSONB(), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_policy_versions')),
    sa.UniqueConstraint('applies_from', name=op.f('uq_policy_versions_applies_from'))
    )
    op.create_table('simulator_records',
    sa.Column('reference', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False, comment='authorization, capture, reverse, refund'),
    sa.Column('original', sa.String(length=32), nullable=True, comment='the authorization an order belongs to'),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('response', sa.String(length=4), nullable=False),
    sa.Column('authorization_code', sa.String(length=6), nullable=True),
    sa.Column('immediate', sa.Boolean(), nullable=False, comment='the money moved with the authorization'),
    sa.Column('asked', sa.BigInteger(), nullable=False, comment='how often this reference was asked'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('reference', name=op.f('pk_simulator_records'))
    )
    op.create_table('api_keys',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('label', sa.String(length=64), nullable=True, comment='the boutique or tool the pair was minted for'),
    sa.Column('prefix', sa.String(length=6), nullable=False),
    sa.Column('last4', sa.String(length=4), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False, comment='SHA-256 of the whole key'),
    sa.Column('value', sa.String(length=30), nullable=True, comment='public keys only'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True, comment='to the minute'),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('secret', 'public')", name=op.f('ck_api_keys_kind_known')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_api_keys_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
    sa.UniqueConstraint('hash', name=op.f('uq_api_keys_hash'))
    )
    op.create_index('ix_api_keys_merchant_id_live_created_at', 'api_keys', ['merchant_id', 'live', 'created_at'], unique=False)
    op.create_index('uq_api_keys_label', 'api_keys', ['merchant_id', 'live', 'kind', 'label'], unique=True, postgresql_where=sa.text('revoked_at IS NULL AND label IS NOT NULL'))
    op.create_table('balances',
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('pending', sa.BigInteger(), nullable=False),
    sa.Column('held', sa.BigInteger(), nullable=False),
    sa.Column('available', sa.BigInteger(), nullable=False),
    sa.Column('in_transit', sa.BigInteger(), nullable=False),
    sa.Column('held_drawn', sa.BigInteger(), nullable=False),
    sa.Column('pending_drawn', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('held_drawn >= 0 AND pending_drawn >= 0', name=op.f('ck_balances_drawn_not_negative')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_balances_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('merchant_id', 'live', 'currency', name=op.f('pk_balances'))
    )
    op.create_table('capture_batches',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('cut_off_on', sa.Date(), nullable=False, comment='the Paris day whose cut-off sent it'),
    sa.Column('settles_on', sa.Date(), nullable=False, comment='the TARGET day of the settlement file'),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_capture_batches_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_capture_batches')),
    sa.UniqueConstraint('merchant_id', 'live', 'cut_off_on', name=op.f('uq_capture_batches_merchant_id_live_cut_off_on'))
    )
    op.create_table('customers',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=True),
    sa.Column('email', sa.String(length=64), nullable=True),
    sa.Column('mobile', sa.String(length=16), nullable=True),
    sa.Column('external_id', sa.String(length=36), nullable=True),
    sa.Column('legal_id', sa.String(length=16), nullable=True),
    sa.Column('country', sa.String(length=2), nullable=True),
    sa.Column('date_birth', sa.Date(), nullable=True),
    sa.Column('search', sa.String(), nullable=False, comment='name and e-mail without accents, case or punctuation'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_customers_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customers'))
    )
    op.create_index('ix_customers_merchant_id_live_created_at_id', 'customers', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_customers_merchant_id_live_email', 'customers', ['merchant_id', 'live', 'email'], unique=False)
    op.create_index('ix_customers_merchant_id_live_external_id', 'customers', ['merchant_id', 'live', 'external_id'], unique=False)
    op.create_index('ix_customers_merchant_id_live_mobile', 'customers', ['merchant_id', 'live', 'mobile'], unique=False)
    op.create_index('ix_customers_search', 'customers', [sa.literal_column("to_tsvector('simple', search)")], unique=False, postgresql_using='gin')
    op.create_table('ledger_entries',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('debit', sa.String(length=32), nullable=False),
    sa.Column('credit', sa.String(length=32), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False, comment='minor units'),
    sa.Column('code', sa.String(length=32), nullable=False, comment='posting rule, ledger.RULES'),
    sa.Column('reference', sa.String(length=32), nullable=False, comment='the payment, refund, dispute or payout it is for'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='merchant time'),
    sa.CheckConstraint('amount > 0', name=op.f('ck_ledger_entries_amount_positive')),
    sa.CheckConstraint('debit <> credit', name=op.f('ck_ledger_entries_two_accounts')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_ledger_entries_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_entries'))
    )
    op.create_index('ix_ledger_entries_merchant_id_live_currency_id', 'ledger_entries', ['merchant_id', 'live', 'currency', 'id'], unique=False)
    op.create_index('ix_ledger_entries_reference', 'ledger_entries', ['reference'], unique=False)
    op.create_table('webhook_endpoints',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('label', sa.String(length=64), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('secret_sealed', sa.LargeBinary(), nullable=False, comment='AES-GCM, purpose webhook; 32 bytes inside'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_webhook_endpoints_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_endpoints')),
    sa.UniqueConstraint('merchant_id', 'live', 'label', name=op.f('uq_webhook_endpoints_merchant_id_live_label'))
    )
    op.create_index('ix_webhook_endpoints_merchant_id_live', 'webhook_endpoints', ['merchant_id', 'live'], unique=False, postgresql_where=sa.text('deleted_at IS NULL'))
    op.create_table('cards',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('number_sealed', sa.LargeBinary(), nullable=False, comment='AES-GCM, purpose card'),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False, comment='HMAC of number and expiry'),
    sa.Column('last4', sa.String(length=4), nullable=False),
    sa.Column('bin', sa.String(length=8), nullable=False, comment='first six digits: issuer, never the whole number'),
    sa.Column('exp_month', sa.BigInteger(), nullable=False),
    sa.Column('exp_year', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=True),
    sa.Column('zip_code', sa.String(length=16), nullable=True),
    sa.Column('external_id', sa.String(length=36), nullable=True),
    sa.Column('preferred_network', sa.String(length=16), nullable=True),
    sa.Column('tokenize', sa.Boolean(), nullable=False, comment='false: single use'),
    sa.Column('customer_id', sa.String(length=32), nullable=True),
    sa.Column('brand', sa.String(length=16), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=True, comment='issuer; null when the BIN is unknown'),
    sa.Column('funding', sa.String(length=16), nullable=True),
    sa.Column('nature', sa.String(length=16), nullable=True, comment='personal or corporate; v1 writes personnal'),
    sa.Column('network', sa.String(length=16), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True, comment='a single-use card is spent once this is set'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('exp_month BETWEEN 1 AND 12', name=op.f('ck_cards_exp_month_in_year')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_cards_customer_id_customers')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_cards_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cards'))
    )
    op.create_index('ix_cards_customer_id', 'cards', ['customer_id'], unique=False, postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.create_index('ix_cards_merchant_id_live_created_at_id', 'cards', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_cards_merchant_id_live_last4', 'cards', ['merchant_id', 'live', 'last4'], unique=False)
    op.create_index('uq_cards_fingerprint', 'cards', ['merchant_id', 'live', 'fingerprint'], unique=True, postgresql_where=sa.text('deleted_at IS NULL AND tokenize'))
    op.create_table('deliveries',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('event_id', sa.String(length=32), nullable=False),
    sa.Column('endpoint_id', sa.String(length=32), nullable=False),
    sa.Column('object_id', sa.String(length=32), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False, comment='pending, delivered, abandoned'),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_status', sa.SmallInteger(), nullable=True),
    sa.Column('last_error', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['endpoint_id'], ['webhook_endpoints.id'], name=op.f('fk_deliveries_endpoint_id_webhook_endpoints')),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_deliveries_event_id_events')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('event_id', 'endpoint_id', name=op.f('uq_deliveries_event_id_endpoint_id'))
    )
    op.create_index('ix_deliveries_due', 'deliveries', ['next_attempt_at'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_index('ix_deliveries_order', 'deliveries', ['endpoint_id', 'object_id', 'version'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_table('payments',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False, comment='minor units; the captured amount after a partial capture'),
    sa.Column('authorized_amount', sa.BigInteger(), nullable=False, comment='minor units; the amount first asked'),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('description', sa.String(length=64), nullable=True),
    sa.Column('order_id', sa.String(length=36), nullable=True),
    sa.Column('unique_id', sa.String(length=36), nullable=True),
    sa.Column('methods_allowed', sa.ARRAY(sa.String(length=8)), nullable=True, comment='null: all'),
    sa.Column('method', sa.String(length=8), nullable=True),
    sa.Column('card_id', sa.String(length=32), nullable=True),
    sa.Column('customer_id', sa.String(length=32), nullable=True),
    sa.Column('capture', sa.Boolean(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=True),
    sa.Column('response', sa.String(length=4), nullable=True),
    sa.Column('response_author', sa.String(length=6), nullable=True, comment='authorization code'),
    sa.Column('auth_requested', sa.Boolean(), nullable=False),
    sa.Column('authentication_id', sa.String(length=36), nullable=True, comment='the latest authentication'),
    sa.Column('device', postgresql.JSONB(), nullable=True),
    sa.Column('return_url', sa.String(), nullable=True),
    sa.Column('country', sa.String(length=2), nullable=True, comment="the card's issuer"),
    sa.Column('fee', sa.BigInteger(), nullable=False, comment='minor units, fixed when capture is asked'),
    sa.Column('policy_version', sa.BigInteger(), nullable=True, comment='the tariff that produced the fee'),
    sa.Column('date_settlement', sa.Date(), nullable=True, comment='wished by the merchant (v2)'),
    sa.Column('origin', sa.SmallInteger(), nullable=False, comment='1: API'),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('boutique', sa.String(length=64), nullable=True, comment='the label of the key that created it'),
    sa.Column('attempts_left', sa.SmallInteger(), nullable=False),
    sa.Column('open_attempt', sa.String(length=32), nullable=True, comment='asked of the acquirer, not yet answered'),
    sa.Column('attempt_id', sa.String(length=32), nullable=True, comment='the attempt that was accepted'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True, comment='processing time (date_paym)'),
    sa.Column('captured_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('date_bank', sa.Date(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True, comment="merchant time of the clock's next step"),
    sa.Column('capture_batch_id', sa.String(length=32), nullable=True),
    sa.Column('funds', sa.String(length=16), nullable=True, comment='pending, held or available once captured'),
    sa.Column('funds_amount', sa.BigInteger(), nullable=False, comment='what moves on with the next step of its funds'),
    sa.Column('refunded_amount', sa.BigInteger(), nullable=False, comment='sum of the refunds that count'),
    sa.Column('disputed_amount', sa.BigInteger(), nullable=False, comment='sum of the disputes that are not won'),
    sa.Column('version', sa.BigInteger(), nullable=False, comment='number of its latest event'),
    sa.CheckConstraint('amount >= 0 AND authorized_amount >= 0', name=op.f('ck_payments_amounts_not_negative')),
    sa.CheckConstraint('refunded_amount <= amount', name=op.f('ck_payments_refunds_within_amount')),
    sa.CheckConstraint('refunded_amount >= 0 AND disputed_amount >= 0', name=op.f('ck_payments_returns_not_negative')),
    sa.ForeignKeyConstraint(['capture_batch_id'], ['capture_batches.id'], name=op.f('fk_payments_capture_batch_id_capture_batches')),
    sa.ForeignKeyConstraint(['card_id'], ['cards.id'], name=op.f('fk_payments_card_id_cards')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_payments_customer_id_customers')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_payments_merchant_id_merchants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payments')),
    sa.UniqueConstraint('merchant_id', 'live', 'unique_id', name=op.f('uq_payments_merchant_id_live_unique_id'))
    )
    op.create_index('ix_payments_card_id', 'payments', ['card_id'], unique=False)
    op.create_index('ix_payments_customer_id', 'payments', ['customer_id'], unique=False)
    op.create_index('ix_payments_due_at', 'payments', ['due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_payments_merchant_id_live_amount', 'payments', ['merchant_id', 'live', 'amount'], unique=False)
    op.create_index('ix_payments_merchant_id_live_created_at_id', 'payments', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_payments_merchant_id_live_due_at', 'payments', ['merchant_id', 'live', 'due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_payments_merchant_id_live_order_id', 'payments', ['merchant_id', 'live', 'order_id'], unique=False, postgresql_ops={'order_id': 'text_pattern_ops'})
    op.create_index('ix_payments_merchant_id_live_status_created_at', 'payments', ['merchant_id', 'live', 'status', 'created_at', 'id'], unique=False)
    op.create_table('attempts',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('payment_id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('card_id', sa.String(length=32), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('capture', sa.Boolean(), nullable=False, comment='go on to capture when accepted'),
    sa.Column('page_url', sa.String(), nullable=True, comment='the payment page it was made on: there a decline leaves the payment payable; null: server to server'),
    sa.Column('authentication_id', sa.String(length=36), nullable=True, comment='the authentication it relied on'),
    sa.Column('auth_status', sa.String(length=16), nullable=True),
    sa.Column('result', sa.String(length=16), nullable=True, comment='accepted, declined, soft_declined, failed'),
    sa.Column('response', sa.String(length=4), nullable=True),
    sa.Column('authorization_code', sa.String(length=6), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='merchant time'),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False, comment='real time'),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True, comment='real time'),
    sa.ForeignKeyConstraint(['card_id'], ['cards.id'], name=op.f('fk_attempts_card_id_cards')),
    sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name=op.f('fk_attempts_payment_id_payments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    op.create_index('ix_attempts_merchant_id_live_created_at', 'attempts', ['merchant_id', 'live', 'created_at'], unique=False)
    op.create_index('ix_attempts_payment_id_created_at', 'attempts', ['payment_id', 'created_at'], unique=False)
    op.create_index('ix_attempts_unanswered', 'attempts', ['asked_at'], unique=False, postgresql_where=sa.text('answered_at IS NULL'))
    op.create_table('authentications',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('payment_id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('card_id', sa.String(length=32), nullable=True),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('challenge', sa.Boolean(), nullable=False, comment='the issuer wants the payer to act'),
    sa.Column('on_page', sa.Boolean(), nullable=False, comment='run by our payment page'),
    sa.Column('redirect_url', sa.String(), nullable=True),
    sa.Column('return_url', sa.String(), nullable=True, comment='where the payer goes back to'),
    sa.Column('message', sa.String(), nullable=True),
    sa.Column('device', postgresql.JSONB(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True, comment='merchant time at which it expires'),
    sa.ForeignKeyConstraint(['card_id'], ['cards.id'], name=op.f('fk_authentications_card_id_cards')),
    sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name=op.f('fk_authentications_payment_id_payments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authentications'))
    )
    op.create_index('ix_authentications_due_at', 'authentications', ['due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_authentications_merchant_id_live_due_at', 'authentications', ['merchant_id', 'live', 'due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_authentications_payment_id', 'authentications', ['payment_id'], unique=False)
    op.create_table('refunds',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('payment_id', sa.String(length=32), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=True, comment='why it failed or was not honoured'),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('drawn_available', sa.BigInteger(), nullable=False),
    sa.Column('drawn_held', sa.BigInteger(), nullable=False),
    sa.Column('drawn_pending', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refunded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('date_bank', sa.Date(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("amount > 0 OR status = 'payment_canceled'", name=op.f('ck_refunds_amount_positive')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchants.id'], name=op.f('fk_refunds_merchant_id_merchants')),
    sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name=op.f('fk_refunds_payment_id_payments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refunds'))
    )
    op.create_index('ix_refunds_due_at', 'refunds', ['due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_refunds_merchant_id_live_created_at_id', 'refunds', ['merchant_id', 'live', 'created_at', 'id'], unique=False)
    op.create_index('ix_refunds_merchant_id_live_due_at', 'refunds', ['merchant_id', 'live', 'due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_refunds_payment_id_created_at', 'refunds', ['payment_id', 'created_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_refunds_payment_id_created_at', table_name='refunds')
    op.drop_index('ix_refunds_merchant_id_live_due_at', table_name='refunds', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_refunds_merchant_id_live_created_at_id', table_name='refunds')
    op.drop_index('ix_refunds_due_at', table_name='refunds', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_table('refunds')
    op.drop_index('ix_authentications_payment_id', table_name='authentications')
    op.drop_index('ix_authentications_merchant_id_live_due_at', table_name='authentications', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_authentications_due_at', table_name='authentications', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_table('authentications')
    op.drop_index('ix_attempts_unanswered', table_name='attempts', postgresql_where=sa.text('answered_at IS NULL'))
    op.drop_index('ix_attempts_payment_id_created_at', table_name='attempts')
    op.drop_index('ix_attempts_merchant_id_live_created_at', table_name='attempts')
    op.drop_table('attempts')
    op.drop_index('ix_payments_merchant_id_live_status_created_at', table_name='payments')
    op.drop_index('ix_payments_merchant_id_live_order_id', table_name='payments', postgresql_ops={'order_id': 'text_pattern_ops'})
    op.drop_index('ix_payments_merchant_id_live_due_at', table_name='payments', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_payments_merchant_id_live_created_at_id', table_name='payments')
    op.drop_index('ix_payments_merchant_id_live_amount', table_name='payments')
    op.drop_index('ix_payments_due_at', table_name='payments', postgresql_where=sa.text('due_at IS NOT NULL'))
    op.drop_index('ix_payments_customer_id', table_name='payments')
    op.drop_index('ix_payments_card_id', table_name='payments')
    op.drop_table('payments')
    op.drop_index('ix_deliveries_order', table_name='deliveries', postgresql_where=sa.text("state = 'pending'"))
    op.drop_index('ix_deliveries_due', table_name='deliveries', postgresql_where=sa.text("state = 'pending'"))
    op.drop_table('deliveries')
    op.drop_index('uq_cards_fingerprint', table_name='cards', postgresql_where=sa.text('deleted_at IS NULL AND tokenize'))
    op.drop_index('ix_cards_merchant_id_live_last4', table_name='cards')
    op.drop_index('ix_cards_merchant_id_live_created_at_id', table_name='cards')
    op.drop_index('ix_cards_customer_id', table_name='cards', postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.drop_table('cards')
    op.drop_index('ix_webhook_endpoints_merchant_id_live', table_name='webhook_endpoints', postgresql_where=sa.text('deleted_at IS NULL'))
    op.drop_table('webhook_endpoints')
    op.drop_index('ix_ledger_entries_reference', table_name='ledger_entries')
    op.drop_index('ix_ledger_entries_merchant_id_live_currency_id', table_name='ledger_entries')
    op.drop_table('ledger_entries')
    op.drop_index('ix_customers_search', table_name='customers', postgresql_using='gin')
    op.drop_index('ix_customers_merchant_id_live_mobile', table_name='customers')
    op.drop_index('ix_customers_merchant_id_live_external_id', table_name='customers')
    op.drop_index('ix_customers_merchant_id_live_email', table_name='customers')
    op.drop_index('ix_customers_merchant_id_live_created_at_id', table_name='customers')
    op.drop_table('customers')
    op.drop_table('capture_batches')
    op.drop_table('balances')
    op.drop_index('uq_api_keys_label', table_name='api_keys', postgresql_where=sa.text('revoked_at IS NULL AND label IS NOT NULL'))
    op.drop_index('ix_api_keys_merchant_id_live_created_at', table_name='api_keys')
    op.drop_table('api_keys')
    op.drop_table('simulator_records')
    op.drop_table('policy_versions')
    op.drop_index('ix_merchants_clock_ahead', table_name='merchants', postgresql_where=sa.text('clock_offset_seconds > 0'))
    op.drop_index('ix_merchants_clock_advancing', table_name='merchants', postgresql_where=sa.text('clock_goal IS NOT NULL'))
    op.drop_table('merchants')
    op.drop_index('ix_idempotency_slots_created_at', table_name='idempotency_slots')
    op.drop_table('idempotency_slots')
    op.drop_table('events')
    op.drop_index('ix_audit_log_merchant_id_id', table_name='audit_log')
    op.drop_table('audit_log')
    op.drop_index('ix_acquirer_orders_unsent', table_name='acquirer_orders', postgresql_where=sa.text('answered_at IS NULL'))
    op.drop_table('acquirer_orders')
