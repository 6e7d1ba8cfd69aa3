"""How often an attempt was asked, and the acquirer simulator's script.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('attempts', sa.Column('asks', sa.SmallInteger(), server_default=sa.text('1'), nullable=False, comment='how often it was asked'))
    op.alter_column('attempts', 'asked_at', existing_type=sa.DateTime(timezone=True), existing_nullable=False,
        existing_comment='real time', comment='real time of the latest asking')
    op.alter_column('attempts', 'result', existing_type=sa.String(length=16), existing_nullable=True,
        existing_comment='accepted, declined, soft_declined, failed', comment='accepted, declined, soft_declined, failed, reversed')
    op.create_table('simulator_script',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('position', sa.BigInteger(), sa.Identity(always=True), nullable=False, comment='order of use'),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False, comment='authorization, capture or refund'),
    sa.Column('response', sa.String(length=4), nullable=True, comment='null: as the card says'),
    sa.Column('delay_ms', sa.BigInteger(), nullable=False),
    sa.Column('loss', sa.String(length=8), nullable=True, comment='question or answer'),
    sa.Column('duplicate', sa.Boolean(), nullable=False),
    sa.Column('times', sa.SmallInteger(), nullable=False, comment='how many askings of its question it disturbs'),
    sa.Column('asked', sa.SmallInteger(), nullable=False, comment='how many it has seen'),
    sa.Column('reference', sa.String(length=32), nullable=True, comment='the question it went to; null: still waiting'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_simulator_script'))
    )
    op.create_index('ix_simulator_script_merchant_id_kind_position', 'simulator_script', ['merchant_id', 'kind', 'position'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_simulator_script_merchant_id_kind_position', table_name='simulator_script')
    op.drop_table('simulator_script')
    op.alter_column('attempts', 'result', existing_type=sa.String(length=16), existing_nullable=True,
        existing_comment='accepted, declined, soft_declined, failed, reversed', comment='accepted, declined, soft_declined, failed')
    op.alter_column('attempts', 'asked_at', existing_type=sa.DateTime(timezone=True), existing_nullable=False,
        existing_comment='real time of the latest asking', comment='real time')
    op.drop_column('attempts', 'asks')
