"""Alembic's entry: runs on the connection given by ``db.migrate``."""

from alembic import context

from shop_provisioner.db.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
