"""Alembic's entry: runs on the connection given by migrate.py."""

from alembic import context

from merchant_portal import models  # noqa: F401  fills the metadata
from merchant_portal.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
