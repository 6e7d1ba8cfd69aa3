"""The provisioner's database: engine, sessions, and one advisory lock per boutique."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

BOUTIQUE_LOCK = 0x42545151  # first key of the advisory locks taken per boutique
SWEEP_LOCK = 0x42545152
LOCK_NOT_AVAILABLE = "55P03"


def make_engine(url: str) -> Engine:
    """An engine whose connections survive a restart of PostgreSQL."""
    return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def exclusive(engine: Engine, space: int, name: str, wait_seconds: float = 0) -> Iterator[bool]:
    """An advisory lock held by a connection of its own, so that it ends with the process that holds it.

    Yields False when another holder keeps it longer than ``wait_seconds``.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if wait_seconds:
            got = _wait(connection, space, name, wait_seconds)
        else:
            query = text("SELECT pg_try_advisory_lock(:space, hashtext(:name))")
            got = bool(connection.execute(query, {"space": space, "name": name}).scalar())
        try:
            yield got
        finally:
            if got:
                connection.execute(
                    text("SELECT pg_advisory_unlock(:space, hashtext(:name))"), {"space": space, "name": name}
                )


def _wait(connection: Connection, space: int, name: str, wait_seconds: float) -> bool:
    connection.execute(text(f"SET lock_timeout = {int(wait_seconds * 1000)}"))
    try:
        connection.execute(text("SELECT pg_advisory_lock(:space, hashtext(:name))"), {"space": space, "name": name})
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        return False
    finally:
        connection.execute(text("SET lock_timeout = DEFAULT"))
    return True
