"""Runs the migrations: at every start, idempotent, one process at a time."""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from payments_core.db import db

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x636F7265  # "core": the key of the advisory lock
_WAIT_SECONDS = 0.2


def upgrade(revision: str = "head") -> None:
    """Brings the database to a revision, the newest by default."""
    _run(lambda configuration: command.upgrade(configuration, revision))


def downgrade(revision: str) -> None:
    """Takes the database back to a revision; "base" removes everything."""
    _run(lambda configuration: command.downgrade(configuration, revision))


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def _run(action: object) -> None:
    assert callable(action)
    with db.engine.connect() as connection:
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}):
            # Whoever waits inside a statement holds up an index that is made concurrently, and that holds up whoever waits.
            connection.commit()
            time.sleep(_WAIT_SECONDS)
        connection.commit()
        try:
            action(configuration(connection))
            connection.commit()
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()
