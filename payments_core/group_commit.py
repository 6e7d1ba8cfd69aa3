"""Statements of several requests in one transaction: one round trip and one commit for all.

They leave in one go in libpq's pipeline mode, where all that lies before its sync is one transaction. If one of them fails, all are
undone and each is sent again alone, as if there had been no group. So are they when one would have to wait for a lock: nobody
waits long for somebody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import abc, errors, generators
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

LOCK_TIMEOUT = "100ms"
_PREPARED = "prepared statements"  # of a connection
_MOST_PREPARED = 100
# What a statement is to blame for, and not its connection.
_REFUSED = (errors.IntegrityError, errors.DataError, errors.LockNotAvailable, errors.DeadlockDetected)


class Statement:
    """One with PostgreSQL's own placeholders, and its values: a transaction of its own, that may be part of a larger one.

    Once it was sent it has its `rows` or an `error`; with neither it is to be sent again, alone. `place` says where among the
    others it goes, for the sake of the locks it takes: everybody's places have the same order.
    """

    __slots__ = ("error", "place", "rows", "text", "values")

    def __init__(self, text: bytes, values: Sequence[Any], place: str = "") -> None:
        self.text, self.values, self.place = text, values, place
        self.rows: list[tuple[Any, ...]] | None = None
        self.error: psycopg.Error | None = None


class _Kind(NamedTuple):
    """What is prepared once: a text and the types its values are sent as."""

    text: bytes
    types: tuple[int, ...]


class _Written(NamedTuple):
    statement: Statement
    kind: _Kind
    formats: Sequence[Format]
    values: Sequence[Any]


def send(engine: Engine, statements: Sequence[Statement]) -> None:
    """Sets the rows of all, or of none, or an error where the connection broke and nobody knows what became of them.

    The engine's connections commit by themselves and wait for a lock no longer than LOCK_TIMEOUT. One alone is not a group.
    """
    if len(statements) == 1:
        return
    try:
        held: Any = engine.raw_connection()
    except (psycopg.Error, DBAPIError, NoConnection):
        return  # each finds out by itself
    try:
        refusal = _exchange(held.driver_connection, held.info.setdefault(_PREPARED, {}), statements)
        if refusal is not None and not isinstance(refusal, _REFUSED):  # what was prepared may not fit any more
            held.invalidate()
    except psycopg.Error as error:
        held.invalidate()
        for statement in statements:
            statement.error = error
    except BaseException:
        held.invalidate()
        raise
    finally:
        held.close()


def _exchange(
    connection: psycopg.Connection[Any], prepared: dict[_Kind, bytes], statements: Sequence[Statement]
) -> psycopg.Error | None:
    """What was wrong with the first that failed; None when all have their rows. Raises psycopg.Error when the connection broke."""
    transformer, server = Transformer(connection), connection.pgconn
    ordered = sorted(statements, key=lambda statement: statement.place)
    try:  # all are written down before one leaves: none may fail with some of the others on their way
        written = [_write(transformer, statement) for statement in ordered]
    except psycopg.Error as error:
        return error
    if (refusal := _prepare(connection, prepared, written)) is not None:
        return refusal
    server.enter_pipeline_mode()
    for one in written:
        server.send_query_prepared(prepared[one.kind], one.values, one.formats)
    server.pipeline_sync()
    results = connection.wait(_results(server, len(written)))
    server.exit_pipeline_mode()
    if (refusal := _refusal(results)) is not None:
        return refusal
    for one, result in zip(written, results, strict=True):
        transformer.set_pgresult(result)
        one.statement.rows = transformer.load_rows(0, result.ntuples, tuple)
    return None


def _write(transformer: abc.Transformer, statement: Statement) -> _Written:
    values = transformer.dump_sequence(statement.values, [PyFormat.AUTO] * len(statement.values))
    return _Written(statement, _Kind(statement.text, transformer.types or ()), transformer.formats or (), values)


def _prepare(
    connection: psycopg.Connection[Any], prepared: dict[_Kind, bytes], written: Sequence[_Written]
) -> psycopg.Error | None:
    """What is not prepared on this connection yet, and the server's objection to it."""
    fresh = {one.kind for one in written if one.kind not in prepared}
    if fresh and len(prepared) >= _MOST_PREPARED:
        connection.execute("DEALLOCATE ALL")
        prepared.clear()
        fresh = {one.kind for one in written}
    for kind in fresh:
        name = b"group_%d" % len(prepared)
        connection.pgconn.send_prepare(name, kind.text, kind.types)
        if (refusal := _refusal(connection.wait(generators.execute(connection.pgconn)))) is not None:
            return refusal
        prepared[kind] = name
    return None


def _results(server: PGconn, count: int) -> PQGen[list[PGresult]]:
    """One result for each of `count` statements; the last answer is the sync's."""
    yield from generators.send(server)
    found = []
    for _ in range(count + 1):
        found += yield from generators.fetch_many(server)
    return found[:-1]


def _refusal(results: Sequence[PGresult]) -> psycopg.Error | None:
    failed = next((result for result in results if result.status == ExecStatus.FATAL_ERROR), None)
    return errors.error_from_result(failed) if failed is not None else None
