"""Statements of several requests in one transaction: all or none, and nobody suffers from another one's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine

from payments_core import group_commit
from payments_core.db import GROUPED, db
from payments_core.group_commit import Statement

PUT = b"INSERT INTO grouped (id) VALUES ($1) RETURNING id, position, pg_current_xact_id()::text"


@pytest.fixture
def engine(core: Flask, core_database: str) -> Iterator[Engine]:
    """A lane's engine, beside a table to write to."""
    with psycopg.connect(core_database.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("CREATE TABLE grouped (id integer PRIMARY KEY, position integer GENERATED ALWAYS AS IDENTITY)")
        try:
            yield db.engines[GROUPED]
        finally:
            db.engines[GROUPED].dispose()
            owner.execute("DROP TABLE grouped")


@pytest.fixture
def other(core_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(core_database.replace("+psycopg", "")) as connection:
        yield connection


def put(*ids: object) -> list[Statement]:
    return [Statement(PUT, [one]) for one in ids]


def stored(other: psycopg.Connection[Any]) -> list[int]:
    found = [row[0] for row in other.execute("SELECT id FROM grouped ORDER BY id")]
    other.commit()
    return found


def pid(engine: Engine) -> int:
    asked = [Statement(b"SELECT pg_backend_pid()", []) for _ in range(2)]
    group_commit.send(engine, asked)
    assert asked[0].rows is not None
    return int(asked[0].rows[0][0])


def untouched(statements: list[Statement]) -> bool:
    """All are to be sent again, alone."""
    return all(statement.rows is None and statement.error is None for statement in statements)


def test_all_are_one_transaction(engine: Engine, other: psycopg.Connection[Any]) -> None:
    statements = [*put(1, 2), Statement(b"SELECT count(*) FROM grouped WHERE id > $1", [1])]
    group_commit.send(engine, statements)
    rows = [statement.rows or [] for statement in statements]
    assert [row[0][0] for row in rows] == [1, 2, 1]
    assert rows[0][0][2] == rows[1][0][2]
    assert stored(other) == [1, 2]


def test_one_alone_is_left_to_who_asks(engine: Engine, other: psycopg.Connection[Any]) -> None:
    statements = put(1)
    group_commit.send(engine, statements)
    assert untouched(statements)
    assert stored(other) == []


def test_they_are_sent_in_the_order_of_their_places(engine: Engine) -> None:
    statements = [Statement(PUT, [number], place) for number, place in enumerate(["mrch_b", "", "mrch_a"])]
    group_commit.send(engine, statements)
    by_position = sorted((statement.rows or [(0, 0)])[0][1::-1] for statement in statements)
    assert [number for _, number in by_position] == [1, 2, 0]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param(PUT, [1], id="twice the same key"),
        pytest.param(b"SELECT 1 / $1::integer", [0], id="a condition that does not hold"),
        pytest.param(b"SELECT $1::text", ["a\0b"], id="a character that cannot be sent"),
    ],
)
def test_when_one_fails_all_are_undone_and_the_connection_stays(
    engine: Engine, other: psycopg.Connection[Any], text: bytes, values: list[Any]
) -> None:
    before = pid(engine)
    statements = [*put(1, 2), Statement(text, values), *put(3)]
    group_commit.send(engine, statements)
    assert untouched(statements)
    assert stored(other) == []
    assert pid(engine) == before


def test_nobody_waits_long_for_a_lock(engine: Engine, other: psycopg.Connection[Any]) -> None:
    other.execute("INSERT INTO grouped (id) VALUES (2)")  # not committed: who inserts it as well has to wait
    began = time.monotonic()
    statements = put(1, 2)
    group_commit.send(engine, statements)
    assert time.monotonic() - began < 10
    assert untouched(statements)
    other.rollback()
    group_commit.send(engine, statements)
    assert stored(other) == [1, 2]


def test_a_connection_that_breaks_says_so_to_everybody_and_is_replaced(
    engine: Engine, other: psycopg.Connection[Any]
) -> None:
    statements = [*put(1), Statement(b"SELECT pg_terminate_backend(pg_backend_pid())", []), *put(2)]
    group_commit.send(engine, statements)
    assert all(isinstance(statement.error, psycopg.OperationalError) for statement in statements)
    assert all(statement.rows is None for statement in statements)
    assert stored(other) == []
    again = put(1, 2)
    group_commit.send(engine, again)
    assert stored(other) == [1, 2]


def test_a_connection_that_the_server_ended_meanwhile_is_replaced_unnoticed(
    engine: Engine, other: psycopg.Connection[Any]
) -> None:
    before = pid(engine)
    assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [before]).fetchone() == (True,)
    other.commit()
    group_commit.send(engine, put(1, 2))
    assert stored(other) == [1, 2]


def test_what_was_prepared_before_a_table_changed_is_prepared_anew(
    engine: Engine, other: psycopg.Connection[Any]
) -> None:
    look = b"SELECT * FROM grouped WHERE id = $1"
    group_commit.send(engine, put(1, 2))
    for columns, wanted in ((2, True), (3, False), (3, True)):
        statements = [Statement(look, [number]) for number in (1, 2)]
        group_commit.send(engine, statements)
        if wanted:
            assert [len((statement.rows or [()])[0]) for statement in statements] == [columns, columns]
        else:
            assert untouched(statements), "alone it is not this connection's"
        if columns == 2:
            other.execute("ALTER TABLE grouped ADD COLUMN amount integer")
            other.commit()


def test_no_more_is_prepared_than_can_be_kept(engine: Engine, other: psycopg.Connection[Any]) -> None:
    most = group_commit._MOST_PREPARED
    before = pid(engine)
    for start in range(0, most + 40, 20):
        statements = [Statement(b"SELECT $1::integer + %d" % number, [1]) for number in range(start, start + 20)]
        group_commit.send(engine, statements)
        assert [statement.rows for statement in statements] == [[(number + 1,)] for number in range(start, start + 20)]
    count = [Statement(b"SELECT count(*) FROM pg_prepared_statements", []) for _ in range(2)]
    group_commit.send(engine, count)
    assert count[0].rows is not None
    assert count[0].rows[0][0] <= most + 1
    assert pid(engine) == before


def test_a_server_that_is_away_is_left_to_each_to_find_out(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(engine, "raw_connection", away)
    statements = put(1, 2)
    group_commit.send(engine, statements)
    assert untouched(statements)
