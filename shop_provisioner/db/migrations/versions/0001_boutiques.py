"""Boutiques, commands, steps, mail outbox, reserved names, and the portal's views."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
revision = '0001_boutiques'
down_revision = None

BOUTIQUES = """
CREATE VIEW portal_boutiques AS
SELECT b.id, b.merchant_id, b.domain,
       CASE WHEN b.domain IS NOT NULL THEN u.origin || '/' END AS url,
       CASE WHEN b.domain IS NOT NULL THEN u.origin || '/gestion/' END AS admin_url,
       b.wanted, b.state,
       COALESCE((SELECT jsonb_agg(jsonb_build_object(
                            'name', s.name,
                            'started_at', to_char(s.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                            'finished_at', to_char(s.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                            'seconds', round(extract(epoch FROM s.finished_at - s.started_at)::numeric, 3))
                          ORDER BY s.started_at, s.id)
                   FROM step s WHERE s.boutique_id = b.id), '[]'::jsonb) AS steps,
       b.error_code, b.error_params, b.prestashop_version,
       COALESCE(b.claimed_at, b.created_at) AS created_at, b.live_at, b.archived_at, b.archive_expires_at
  FROM boutique b
  CROSS JOIN LATERAL (SELECT 'https://' || b.domain || COALESCE(
         (SELECT ':' || p.boutiques_port FROM provisioning p WHERE p.boutiques_port <> 443), '') AS origin) u
 WHERE b.merchant_id IS NOT NULL AND b.state <> 'expired'
"""

COMMANDS = """
CREATE VIEW portal_commands AS
SELECT id AS command_id, boutique_id, action, status, reason_code, reason_params, created_at FROM command
"""

DOMAINS = """
CREATE VIEW portal_domains AS
SELECT domain, boutique_id, merchant_id, GREATEST(kept_until, closed_until) AS until
  FROM reserved_domain WHERE kept_until IS NULL OR GREATEST(kept_until, closed_until) > now()
"""

PROVISIONING = """
CREATE VIEW portal_provisioning AS
SELECT available, missing_code, missing_params, prestashop_version,
       (SELECT count(*) FROM boutique b WHERE b.wanted = 'pooled' AND b.state = 'pooled')::int AS pool_ready, checked_at
  FROM provisioning
"""

VIEWS = {
    "portal_boutiques": BOUTIQUES,
    "portal_commands": COMMANDS,
    "portal_domains": DOMAINS,
    "portal_provisioning": PROVISIONING,
}


def upgrade() -> None:
    op.create_table('boutique',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('merchant_id', sa.Text(), nullable=True),
    sa.Column('domain', sa.Text(), nullable=True, comment='bare host name in ASCII, lower case'),
    sa.Column('wanted', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('template', sa.Text(), nullable=False, comment='digest of the template below its overlay'),
    sa.Column('prestashop_version', sa.Text(), nullable=False),
    sa.Column('nonce', sa.Text(), nullable=False, comment="input of the first admin password's derivation"),
    sa.Column('owner_name', sa.Text(), nullable=True),
    sa.Column('owner_email', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), server_default='fr', nullable=False, comment='ISO 639-1, of mails and back office'),
    sa.Column('database_ready', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('files_ready', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('payments_ready', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('identity_host', sa.Text(), nullable=True, comment='host and port that domain, admin and name were set for'),
    sa.Column('announced', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='credentials mail is in the outbox'),
    sa.Column('durable', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='restored definitions are flushed'),
    sa.Column('archived', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='a verified archive exists'),
    sa.Column('error_code', sa.Text(), nullable=True),
    sa.Column('error_params', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True, comment='null: as soon as a sweep sees it'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True, comment='when its create command was accepted'),
    sa.Column('live_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('archive_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(wanted = 'pooled') = (merchant_id IS NULL)", name=op.f('ck_boutique_owner')),
    sa.CheckConstraint("state IN ('archived', 'changing', 'creating', 'expired', 'failed', 'live', 'pooled', 'queued', 'suspended')", name=op.f('ck_boutique_state')),
    sa.CheckConstraint("wanted IN ('deleted', 'live', 'pooled', 'suspended')", name=op.f('ck_boutique_wanted')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_boutique'))
    )
    op.create_index(op.f('ix_boutique_merchant_id'), 'boutique', ['merchant_id'], unique=False)
    op.create_index(op.f('ix_boutique_wanted_state'), 'boutique', ['wanted', 'state'], unique=False)
    op.create_table('provisioning',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('available', sa.Boolean(), nullable=False),
    sa.Column('missing_code', sa.Text(), nullable=True),
    sa.Column('missing_params', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('template', sa.Text(), nullable=True),
    sa.Column('prestashop_version', sa.Text(), nullable=True),
    sa.Column('boutiques_port', sa.Integer(), nullable=True, comment='of the addresses shown; null: 443'),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_provisioning_single')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provisioning'))
    )
    op.create_table('reserved_domain',
    sa.Column('domain', sa.Text(), nullable=False),
    sa.Column('boutique_id', sa.Text(), nullable=False),
    sa.Column('merchant_id', sa.Text(), nullable=False),
    sa.Column('kept_until', sa.DateTime(timezone=True), nullable=True, comment='null: in use; until then only a restore may use it'),
    sa.Column('closed_until', sa.DateTime(timezone=True), nullable=True, comment='until then closed to other merchants'),
    sa.PrimaryKeyConstraint('domain', name=op.f('pk_reserved_domain'))
    )
    op.create_table('command',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('boutique_id', sa.Text(), nullable=True),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('merchant_id', sa.Text(), nullable=False),
    sa.Column('domain', sa.Text(), nullable=True),
    sa.Column('person', sa.Text(), nullable=False, comment='who asked, for the audit log'),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('reason_code', sa.Text(), nullable=True),
    sa.Column('reason_params', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("action IN ('create', 'delete', 'restore', 'resume', 'retry', 'suspend')", name=op.f('ck_command_action')),
    sa.CheckConstraint("status IN ('accepted', 'done', 'refused')", name=op.f('ck_command_status')),
    sa.ForeignKeyConstraint(['boutique_id'], ['boutique.id'], name=op.f('fk_command_boutique_id_boutique')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_command'))
    )
    op.create_index(op.f('ix_command_boutique_id'), 'command', ['boutique_id'], unique=False)
    op.create_table('mail',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('boutique_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False, comment='what makes a second mail of a kind another mail'),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('message_id', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['boutique_id'], ['boutique.id'], name=op.f('fk_mail_boutique_id_boutique'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail')),
    sa.UniqueConstraint('boutique_id', 'kind', 'key', name=op.f('uq_mail_boutique_id_kind_key')),
    sa.UniqueConstraint('message_id', name=op.f('uq_mail_message_id'))
    )
    op.create_index(op.f('ix_mail_sent_at_next_try_at'), 'mail', ['sent_at', 'next_try_at'], unique=False)
    op.create_table('step',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('boutique_id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['boutique_id'], ['boutique.id'], name=op.f('fk_step_boutique_id_boutique'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_step')),
    sa.UniqueConstraint('boutique_id', 'name', name=op.f('uq_step_boutique_id_name'))
    )
    for statement in VIEWS.values():
        op.execute(statement)


def downgrade() -> None:
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
    op.drop_table('step')
    op.drop_index(op.f('ix_mail_sent_at_next_try_at'), table_name='mail')
    op.drop_table('mail')
    op.drop_index(op.f('ix_command_boutique_id'), table_name='command')
    op.drop_table('command')
    op.drop_table('reserved_domain')
    op.drop_table('provisioning')
    op.drop_index(op.f('ix_boutique_wanted_state'), table_name='boutique')
    op.drop_index(op.f('ix_boutique_merchant_id'), table_name='boutique')
    op.drop_table('boutique')
