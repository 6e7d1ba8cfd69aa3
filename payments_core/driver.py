"""Straight to the driver, past SQLAlchemy's execution: for the few statements that every sale runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from payments_core.db import db

DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


@contextmanager
def driver(connection: Connection | None = None) -> Iterator[Any]:
    """The psycopg connection under a connection, by default the session's own within its transaction.

    Raises what SQLAlchemy would: IntegrityError, OperationalError.
    """
    try:
        yield (connection or db.session.connection()).connection.driver_connection
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error, hide_parameters=True, dialect=DIALECT) from error


class Query:
    """A Core statement that is compiled once. Its values are sent as they are, its rows come as tuples."""

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=DIALECT)  # type: ignore[attr-defined]
        self._sql: str = compiled.string
        self._values: dict[str, Any] = compiled.params

    def rows(self, connection: Connection | None = None, **values: Any) -> list[tuple[Any, ...]]:
        """Runs it, by default within the session's transaction."""
        with driver(connection) as raw:
            found: list[tuple[Any, ...]] = raw.execute(self._sql, {**self._values, **values}).fetchall()
        return found
