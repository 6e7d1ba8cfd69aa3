"""Migrations from code: the same on every start, and in tests."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

MIGRATION_LOCK = 0x42545153


def _config(connection: Connection, view_role: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["view_role"] = view_role
    return config


def upgrade(engine: Engine, view_role: str = "", revision: str = "head") -> None:
    """Brings the schema to ``revision``; two starting processes do it one after the other.

    ``view_role`` is granted SELECT on the portal's views, again at each start because the role may be newer.
    """
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        try:
            command.upgrade(_config(connection, view_role), revision)
            connection.commit()
            if view_role:
                _grant(connection, view_role)
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()


def downgrade(engine: Engine, revision: str = "base") -> None:
    with engine.connect() as connection:
        command.downgrade(_config(connection, ""), revision)
        connection.commit()


def _grant(connection: Connection, role: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    database = connection.dialect.identifier_preparer.quote_identifier(connection.engine.url.database or "")
    views = "portal_boutiques, portal_commands, portal_domains, portal_provisioning"
    connection.execute(text(f"GRANT CONNECT ON DATABASE {database} TO {quoted}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT SELECT ON {views} TO {quoted}"))
    connection.commit()
