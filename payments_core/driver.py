"""Straight to the driver, past SQLAlchemy's execution: for the few statements that every sale runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from payments_core.db import AT_ONCE, db, in_transaction

DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class Driver:
    """A psycopg connection; placeholders are PostgreSQL's own ($1), so that no text is parsed on its way."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Runs one statement. Raises what SQLAlchemy would: IntegrityError, OperationalError."""
        with _errors():
            found: list[tuple[Any, ...]] = psycopg.RawCursor(self._connection).execute(text, values).fetchall()
        return found


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error, hide_parameters=True, dialect=DIALECT) from error


def of_session() -> Driver:
    """Within the session's transaction."""
    return Driver(db.session.connection().connection.driver_connection)


@contextmanager
def past_session() -> Iterator[Driver]:
    """A connection on which each statement is a transaction of its own, committed when it has been answered.

    Raises OperationalError.
    """
    with _errors():
        connection = db.engines[AT_ONCE].raw_connection()
    raw: Any = connection.driver_connection
    try:
        yield Driver(raw)
    finally:
        if raw.pgconn.transaction_status != TransactionStatus.IDLE:  # broken, or left in the middle of a statement
            connection.invalidate()
        connection.close()


class Query:
    """A Core statement that is compiled once. Its values are sent as they are, its rows come as tuples."""

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=DIALECT)  # type: ignore[attr-defined]
        self._text: str = compiled.string
        self._values: dict[str, Any] = compiled.params
        self._order: list[str] = compiled.positiontup
        self._asked = {name for name in self._order if self._values[name] is None}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Runs it within the session's transaction, or at once when none has begun."""
        if in_transaction():
            return of_session().rows(self._text, self._in_order(values))
        return self.at_once(**values)

    def at_once(self, **values: Any) -> list[tuple[Any, ...]]:
        """Runs it in a transaction of its own."""
        with past_session() as driver:
            return driver.rows(self._text, self._in_order(values))

    def _in_order(self, values: dict[str, Any]) -> list[Any]:
        assert values.keys() == self._asked, f"{values.keys() ^ self._asked} is missing or unknown"
        given = {**self._values, **values}
        return [given[name] for name in self._order]
