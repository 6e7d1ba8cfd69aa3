"""First tables: people, accounts, sign-ups, sessions, mails, boutique commands, journal, throttle."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('company', sa.String(length=64), nullable=False),
    sa.Column('siren', sa.String(length=9), nullable=False),
    sa.Column('iban', sa.String(length=34), nullable=True, comment='kept only until the core has it'),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=True, comment='null until the core made it'),
    sa.Column('terms_version', sa.String(length=16), nullable=False),
    sa.Column('terms_accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('merchant_id', name=op.f('uq_account_merchant_id'))
    )
    op.create_table('outgoing_mail',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('message_id', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('recipient', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('text', sa.String(), nullable=True, comment='wiped once sent: it may hold a link that opens something'),
    sa.Column('html', sa.String(), nullable=True),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outgoing_mail')),
    sa.UniqueConstraint('message_id', name=op.f('uq_outgoing_mail_message_id'))
    )
    op.create_index('ix_outgoing_mail_due', 'outgoing_mail', ['next_try_at'], unique=False, postgresql_where=sa.text('sent_at IS NULL'))
    op.create_table('person',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False, comment='lower case'),
    sa.Column('password_hash', sa.String(), nullable=True, comment='argon2id; null: no password chosen yet'),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False, comment='when the address was proven'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('email', name=op.f('uq_person_email'))
    )
    op.create_table('sign_up',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False, comment='SHA-256 of the mailed token'),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=True),
    sa.Column('company', sa.String(length=64), nullable=False),
    sa.Column('siren', sa.String(length=9), nullable=False),
    sa.Column('iban', sa.String(length=34), nullable=True),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('terms_version', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_up')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_up_token_hash'))
    )
    op.create_index(op.f('ix_sign_up_email'), 'sign_up', ['email'], unique=False)
    op.create_table('throttle',
    sa.Column('key', sa.String(length=80), nullable=False, comment='kind and SHA-256 of what is counted'),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('window_started_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_throttle'))
    )
    op.create_table('audit_entry',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('actor', sa.String(length=254), nullable=False, comment='e-mail at that time'),
    sa.Column('action', sa.String(length=48), nullable=False),
    sa.Column('target', sa.String(length=254), nullable=True),
    sa.Column('params', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('address', sa.String(length=45), nullable=True, comment='IP address of the browser'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_audit_entry_account_id_account')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_audit_entry_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    op.create_index('ix_audit_entry_account_id_id', 'audit_entry', ['account_id', 'id'], unique=False)
    op.create_table('boutique_command',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('merchant_id', sa.String(length=32), nullable=False),
    sa.Column('action', sa.String(length=16), nullable=False),
    sa.Column('boutique_id', sa.String(length=32), nullable=True, comment='null for create until the view shows it'),
    sa.Column('domain', sa.String(length=80), nullable=True, comment='create only'),
    sa.Column('person', sa.String(length=254), nullable=False, comment='who asked; audited by the provisioner'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sends', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True, comment="when the provisioner's view first showed it"),
    sa.CheckConstraint("(action = 'create') = (domain IS NOT NULL)", name=op.f('ck_boutique_command_domain_for_create')),
    sa.CheckConstraint("action IN ('create', 'suspend', 'resume', 'delete', 'restore', 'retry')", name=op.f('ck_boutique_command_action')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_boutique_command_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_boutique_command'))
    )
    op.create_index(op.f('ix_boutique_command_account_id'), 'boutique_command', ['account_id'], unique=False)
    op.create_index('ix_boutique_command_unseen', 'boutique_command', ['created_at'], unique=False, postgresql_where=sa.text('seen_at IS NULL'))
    op.create_table('membership',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('owner', 'manager', 'accountant', 'developer', 'support')", name=op.f('ck_membership_role')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_membership_account_id_account')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_membership_person_id_person')),
    sa.PrimaryKeyConstraint('person_id', 'account_id', name=op.f('pk_membership'))
    )
    op.create_index(op.f('ix_membership_account_id'), 'membership', ['account_id'], unique=False)
    op.create_table('password_reset',
    sa.Column('token_hash', sa.String(length=64), nullable=False, comment='SHA-256 of the mailed token'),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_password_reset_person_id_person')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_password_reset'))
    )
    op.create_index(op.f('ix_password_reset_person_id'), 'password_reset', ['person_id'], unique=False)
    op.create_table('web_session',
    sa.Column('token_hash', sa.String(length=64), nullable=False, comment="SHA-256 of the cookie's token"),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False, comment='to the minute'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_web_session_person_id_person')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_web_session'))
    )
    op.create_index(op.f('ix_web_session_person_id'), 'web_session', ['person_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_web_session_person_id'), table_name='web_session')
    op.drop_table('web_session')
    op.drop_index(op.f('ix_password_reset_person_id'), table_name='password_reset')
    op.drop_table('password_reset')
    op.drop_index(op.f('ix_membership_account_id'), table_name='membership')
    op.drop_table('membership')
    op.drop_index('ix_boutique_command_unseen', table_name='boutique_command', postgresql_where=sa.text('seen_at IS NULL'))
    op.drop_index(op.f('ix_boutique_command_account_id'), table_name='boutique_command')
    op.drop_table('boutique_command')
    op.drop_index('ix_audit_entry_account_id_id', table_name='audit_entry')
    op.drop_table('audit_entry')
    op.drop_table('throttle')
    op.drop_index(op.f('ix_sign_up_email'), table_name='sign_up')
    op.drop_table('sign_up')
    op.drop_table('person')
    op.drop_index('ix_outgoing_mail_due', table_name='outgoing_mail', postgresql_where=sa.text('sent_at IS NULL'))
    op.drop_table('outgoing_mail')
    op.drop_table('account')
