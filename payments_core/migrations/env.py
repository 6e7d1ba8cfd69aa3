"""Alembic's environment: the connection comes from migrating.py, which also holds a lock so that two starts do not collide."""

from __future__ import annotations

from alembic import context

import payments_core.models  # noqa: F401  registers every table
from payments_core.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
