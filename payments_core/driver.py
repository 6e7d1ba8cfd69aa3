"""Straight to the driver, past SQLAlchemy's execution: for the few statements that every sale runs.

Placeholders are PostgreSQL's own ($1) and texts are bytes, so that nothing is parsed on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

from payments_core import lanes
from payments_core.connections import refuse_ended
from payments_core.db import AT_ONCE, GROUPED, PAST_SESSION, db, in_transaction
from payments_core.group_commit import Sender, Statement

DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_CURSORS = "cursors"  # of a connection, by the text they run
_MOST_CURSORS = 100  # as many as there are prepared statements


def _rows(cursor: psycopg.RawCursor[Any], text: bytes, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    try:
        found: list[tuple[Any, ...]] = cursor.execute(text, values).fetchall()
    except psycopg.Error as error:
        raise _as_sqlalchemy(error) from error
    return found


def _as_sqlalchemy(error: psycopg.Error) -> BaseException:
    return DBAPIError.instance(None, None, error, psycopg.Error, hide_parameters=True, dialect=DIALECT)


def in_session(text: bytes, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """One statement within the session's transaction. Raises what SQLAlchemy would: IntegrityError, OperationalError."""
    connection: Any = db.session.connection().connection.driver_connection
    return _rows(psycopg.RawCursor(connection), text, values)


def at_once(text: bytes, values: Sequence[Any], place: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """One statement in a transaction of its own, committed when it is answered. Raises what `in_session` does.

    In a lane (lanes.py) it is committed with others; `place` is said in group_commit.py.
    """
    return _alone(text, values) if in_transaction() else _past_session(text, values, place)


def _past_session(text: bytes, values: Sequence[Any], place: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    lane = lanes.current()
    if lane is not None:
        statement = Statement(text, values, place)
        lane.together(_sender(db.engines[GROUPED]), statement)
        if statement.error is not None:
            raise _as_sqlalchemy(statement.error) from statement.error
        if statement.rows is not None:
            return statement.rows
    return _alone(text, values)


@cache
def _sender(engine: Engine) -> Sender:
    """Of an application."""
    return Sender(engine)


def _alone(text: bytes, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The connection is past the session but stays with it, so that a request need not take one each time, until the session is closed
    or releases it (`db.release_connection`). A text that comes again finds its cursor there, which knows by then how its
    values are sent and its columns read.
    """
    info = db.session().info
    held = info.get(PAST_SESSION)
    if held is not None and _ended(held):
        info.pop(PAST_SESSION).invalidate()
        held = None
    if held is None:
        held = info[PAST_SESSION] = _taken()
    try:
        return _rows(_cursor(held, text), text, values)
    except BaseException:
        # Broken, or left in the middle of a statement.
        if held.driver_connection.pgconn.transaction_status != TransactionStatus.IDLE:
            info.pop(PAST_SESSION).invalidate()
        raise


def _ended(held: Any) -> bool:
    """Whether the server has ended it since, as a restarted one has: nothing was asked yet, so another will do."""
    try:
        refuse_ended(held.driver_connection)
    except InvalidatePoolError:
        return True
    return False


def _taken() -> Any:
    try:
        return db.engines[AT_ONCE].raw_connection()
    except psycopg.Error as error:
        raise _as_sqlalchemy(error) from error


def _cursor(held: Any, text: bytes) -> psycopg.RawCursor[Any]:
    cursors: dict[bytes, psycopg.RawCursor[Any]] = held.info.setdefault(_CURSORS, {})
    cursor = cursors.get(text)
    if cursor is None:
        if len(cursors) >= _MOST_CURSORS:
            cursors.clear()
        cursor = cursors[text] = psycopg.RawCursor(held.driver_connection)
    return cursor


class Query:
    """A Core statement that is compiled once. Its values are sent as they are, its rows come as tuples."""

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=DIALECT)  # type: ignore[attr-defined]
        self._text: bytes = compiled.string.encode()
        self._values: dict[str, Any] = compiled.params
        self._order: list[str] = compiled.positiontup
        self._asked = {name for name in self._order if self._values[name] is None}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Runs it within the session's transaction, or at once when none has begun."""
        if in_transaction():
            return in_session(self._text, self._in_order(values))
        return _past_session(self._text, self._in_order(values))

    def at_once(self, **values: Any) -> list[tuple[Any, ...]]:
        """Runs it in a transaction of its own."""
        return at_once(self._text, self._in_order(values))

    def _in_order(self, values: dict[str, Any]) -> list[Any]:
        assert values.keys() == self._asked, f"{values.keys() ^ self._asked} is missing or unknown"
        given = {**self._values, **values}
        return [given[name] for name in self._order]
