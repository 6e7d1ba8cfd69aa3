"""Statements of several requests in one transaction: one round trip and one commit for all.

They leave in one go in libpq's pipeline mode, where all that lies before its sync is one transaction. If one of them fails, all are
undone; it is left to be sent again alone, as if there had been no group, and the others are sent once more. The same goes for one that
would have to wait for a lock. Who disturbed a group, its whole merchant, stays out of groups for a moment: nobody pays for
somebody else's mistakes or patience.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import abc, errors, generators
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

LOCK_TIMEOUT = "25ms"  # some commits' worth
_ROUNDS = 3  # a group whose third version fails as well is left alone
_APART_SECONDS = 1.0
_PREPARE_AFTER = 5  # times a kind was sent over a connection
_MOST_PREPARED = 100
# What a statement is to blame for, and not its connection.
_REFUSED = (errors.IntegrityError, errors.DataError, errors.LockNotAvailable, errors.DeadlockDetected)


class Statement:
    """One with PostgreSQL's own placeholders, and its values: a transaction of its own, that may be part of a larger one.

    Once it was sent it has its `rows` or an `error`; with neither it is to be sent again, alone. `place` names the rows it locks that
    others lock as well, in the order in which everybody locks them: merchant first, then what is the merchant's.
    """

    __slots__ = ("error", "place", "rows", "text", "values")

    def __init__(self, text: bytes, values: Sequence[Any], place: tuple[str, ...] = ()) -> None:
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


class _Refusal(NamedTuple):
    statement: Statement | None  # None: the commit itself
    error: psycopg.Error


class Sender:
    """Sends groups, one after the other. The engine's connections commit by themselves and wait for locks as long as LOCK_TIMEOUT."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._apart: dict[str, float] = {}  # merchants, until when

    def __call__(self, statements: Sequence[Statement]) -> None:
        """Sets their rows, or leaves them as they are, or sets an error: the connection broke, nobody knows what became of them."""
        now = time.monotonic()
        self._apart = {merchant: until for merchant, until in self._apart.items() if until > now}
        group = sorted((one for one in statements if not self._is_apart(one)), key=lambda one: one.place)
        for _ in range(_ROUNDS):
            if not group:
                return
            refusal = self._send(group)
            if refusal is None or refusal.statement is None:
                return
            if refusal.statement.place:
                self._apart[refusal.statement.place[0]] = now + _APART_SECONDS
            group = [one for one in group if one is not refusal.statement and not self._is_apart(one)]

    def _is_apart(self, statement: Statement) -> bool:
        return bool(self._apart and statement.place and statement.place[0] in self._apart)

    def _send(self, group: Sequence[Statement]) -> _Refusal | None:
        try:
            held: Any = self._engine.raw_connection()
        except (psycopg.Error, SQLAlchemyError):
            return None  # each finds out by itself
        try:
            refusal = _exchange(held.driver_connection, held.info, group)
            if refusal is not None and not isinstance(
                refusal.error, _REFUSED
            ):  # what was prepared may not fit any more
                held.invalidate()
            return refusal
        except psycopg.Error as error:
            held.invalidate()
            for statement in group:
                if not statement.text.startswith(b"SELECT "):  # who only asks may ask again
                    statement.error = error
            return None
        except BaseException:
            held.invalidate()
            raise
        finally:
            held.close()


def _exchange(connection: psycopg.Connection[Any], info: dict[str, Any], group: Sequence[Statement]) -> _Refusal | None:
    """What was wrong with the first that failed; None when all have their rows. Raises psycopg.Error when the connection broke."""
    transformer, server = Transformer(connection), connection.pgconn
    written = []
    for statement in group:  # before one leaves: none may fail with some of the others on their way
        try:
            written.append(_write(transformer, statement))
        except (psycopg.Error, UnicodeError) as error:
            return _Refusal(statement, psycopg.DataError(str(error)))
    names = _names(connection, info, written)
    server.enter_pipeline_mode()
    for one in written:
        name = names.get(one.kind)
        if name is not None:
            server.send_query_prepared(name, one.values, one.formats)
        else:
            server.send_query_params(one.kind.text, one.values, one.kind.types, one.formats)
    server.pipeline_sync()
    results = connection.wait(_results(server))
    server.exit_pipeline_mode()
    for number, result in enumerate(results):
        if result.status == ExecStatus.FATAL_ERROR:
            return _Refusal(group[number] if number < len(group) else None, errors.error_from_result(result))
    for one, result in zip(written, results, strict=True):
        transformer.set_pgresult(result)
        one.statement.rows = transformer.load_rows(0, result.ntuples, tuple)
    return None


def _write(transformer: abc.Transformer, statement: Statement) -> _Written:
    values = transformer.dump_sequence(statement.values, [PyFormat.AUTO] * len(statement.values))
    return _Written(statement, _Kind(statement.text, transformer.types or ()), transformer.formats or (), values)


def _names(
    connection: psycopg.Connection[Any], info: dict[str, Any], written: Sequence[_Written]
) -> dict[_Kind, bytes]:
    """The names of what is prepared on a connection, where its `info` keeps them, with what has come often enough by now."""
    names: dict[_Kind, bytes] = info.setdefault("prepared", {})
    sent: Counter[_Kind] = info.setdefault("sent", Counter())
    fresh = {one.kind for one in written if one.kind not in names}
    sent.update(fresh)
    wanted = [kind for kind in fresh if sent[kind] >= _PREPARE_AFTER]
    if len(names) + len(wanted) > _MOST_PREPARED or len(sent) > 10 * _MOST_PREPARED:
        connection.execute("DEALLOCATE ALL")
        names.clear()
        sent.clear()
    else:
        for kind in wanted:
            name = b"group_%d" % len(names)
            connection.pgconn.send_prepare(name, kind.text, kind.types)
            (answer,) = connection.wait(generators.execute(connection.pgconn))
            if answer.status == ExecStatus.COMMAND_OK:  # else it says so when it is sent
                names[kind] = name
    return names


def _results(server: PGconn) -> PQGen[list[PGresult]]:
    """Everything that is answered before the sync: a result for each statement, and perhaps what is wrong with the commit."""
    yield from generators.send(server)
    found: list[PGresult] = []
    while True:
        found += (answer := (yield from generators.fetch_many(server)))
        if not answer:
            raise psycopg.OperationalError("the connection ended before its last answer")
        if found[-1].status == ExecStatus.PIPELINE_SYNC:
            return found[:-1]
