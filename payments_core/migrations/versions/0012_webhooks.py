"""Webhooks: two secrets during a rotation, chosen event types, redelivery; events listed; versions of payers and mandates.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

VERSIONED = ("customers", "cards", "sepa_accounts", "mandates")


def upgrade() -> None:
    for table in VERSIONED:
        # The default stays: the previous release goes on inserting rows without a version.
        op.add_column(table, sa.Column('version', sa.BigInteger(), server_default='0', nullable=False))
    op.create_index('ix_events_merchant_id_live_created_at', 'events', ['merchant_id', 'live', 'created_at', 'version', 'id'], unique=False)
    op.add_column('webhook_endpoints', sa.Column('events', sa.ARRAY(sa.String(length=64)), nullable=True, comment='types, or noun.*; null: all'))
    op.add_column('webhook_endpoints', sa.Column('disabled_reason', sa.String(length=16), nullable=True, comment='gone: the receiver answered 410'))
    op.add_column('webhook_endpoints', sa.Column('previous_secret_sealed', sa.LargeBinary(), nullable=True, comment='the same, of the secret before a rotation'))
    op.add_column('webhook_endpoints', sa.Column('previous_until', sa.DateTime(timezone=True), nullable=True, comment='real time until which both secrets sign'))
    op.add_column('webhook_endpoints', sa.Column('rotated_by', sa.String(length=24), nullable=True, comment='id suffix of the request that rotated last'))
    op.create_index('ix_webhook_endpoints_previous_until', 'webhook_endpoints', ['previous_until'], unique=False, postgresql_where=sa.text('previous_until IS NOT NULL'))
    op.alter_column('deliveries', 'last_error',
               comment='a code of outbound_targets.PROBLEMS, or why it ended',
               existing_type=sa.String(length=200),
               existing_nullable=True)
    op.drop_constraint(op.f('uq_deliveries_event_id_endpoint_id'), 'deliveries', type_='unique')
    op.create_index('ix_deliveries_event_id_endpoint_id', 'deliveries', ['event_id', 'endpoint_id'], unique=False)
    op.create_index('ix_deliveries_endpoint_id_created_at_id', 'deliveries', ['endpoint_id', 'created_at', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_deliveries_endpoint_id_created_at_id', table_name='deliveries')
    op.drop_index('ix_deliveries_event_id_endpoint_id', table_name='deliveries')
    # The former schema knows one delivery of an event per endpoint: the latest one stays.
    op.execute(
        "DELETE FROM deliveries older USING deliveries newer WHERE older.event_id = newer.event_id"
        " AND older.endpoint_id = newer.endpoint_id AND (older.created_at, older.id) < (newer.created_at, newer.id)"
    )
    op.create_unique_constraint(op.f('uq_deliveries_event_id_endpoint_id'), 'deliveries', ['event_id', 'endpoint_id'])
    op.alter_column('deliveries', 'last_error',
               comment=None,
               existing_type=sa.String(length=200),
               existing_comment='a code of outbound_targets.PROBLEMS, or why it ended',
               existing_nullable=True)
    op.drop_index('ix_webhook_endpoints_previous_until', table_name='webhook_endpoints', postgresql_where=sa.text('previous_until IS NOT NULL'))
    for column in ('rotated_by', 'previous_until', 'previous_secret_sealed', 'disabled_reason', 'events'):
        op.drop_column('webhook_endpoints', column)
    op.drop_index('ix_events_merchant_id_live_created_at', table_name='events')
    for table in VERSIONED:
        op.drop_column(table, 'version')
