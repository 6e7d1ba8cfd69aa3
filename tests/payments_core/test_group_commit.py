"""Statements of several requests in one transaction: all or none, and nobody suffers from another one's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask

from payments_core import group_commit
from payments_core.db import GROUPED, db
from payments_core.group_commit import Sender, Statement

PUT = b"INSERT INTO grouped (id) VALUES ($1) RETURNING id, position, pg_current_xact_id()::text"


@pytest.fixture
def send(core: Flask, core_database: str) -> Iterator[Sender]:
    """A lane's sender, beside a table to write to."""
    with psycopg.connect(core_database.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("CREATE TABLE grouped (id integer PRIMARY KEY, position integer GENERATED ALWAYS AS IDENTITY)")
        try:
            yield Sender(db.engines[GROUPED])
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


def pid(send: Sender) -> int:
    asked = [Statement(b"SELECT pg_backend_pid()", []) for _ in range(2)]
    send(asked)
    assert asked[0].rows is not None
    return int(asked[0].rows[0][0])


def untouched(statements: list[Statement]) -> bool:
    """All are to be sent again, alone."""
    return all(statement.rows is None and statement.error is None for statement in statements)


def test_all_are_one_transaction(send: Sender, other: psycopg.Connection[Any]) -> None:
    statements = [*put(1, 2), Statement(b"SELECT count(*) FROM grouped WHERE id > $1", [1])]
    send(statements)
    rows = [statement.rows or [] for statement in statements]
    assert [row[0][0] for row in rows] == [1, 2, 1]
    assert rows[0][0][2] == rows[1][0][2]
    assert stored(other) == [1, 2]


def test_one_alone_is_a_group_as_well(send: Sender, other: psycopg.Connection[Any]) -> None:
    statements = put(1)
    send(statements)
    assert stored(other) == [1]


def test_they_are_sent_in_the_order_of_their_places(send: Sender) -> None:
    statements = [
        Statement(PUT, [number], place)
        for number, place in enumerate([("mrch_b",), (), ("mrch_a", "False", "usd"), ("mrch_a", "False", "eur")])
    ]
    send(statements)
    by_position = sorted((statement.rows or [(0, 0)])[0][1::-1] for statement in statements)
    assert [number for _, number in by_position] == [1, 3, 2, 0]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param(PUT, [1], id="twice the same key"),
        pytest.param(b"SELECT 1 / $1::integer", [0], id="a condition that does not hold"),
        pytest.param(b"SELECT $1::text", ["a\0b"], id="a character that cannot be sent"),
    ],
)
def test_one_that_fails_is_left_out_and_the_others_go_on(
    send: Sender, other: psycopg.Connection[Any], text: bytes, values: list[Any]
) -> None:
    before = pid(send)
    bad, others = Statement(text, values), put(1, 2, 3)
    send([*others[:2], bad, others[2]])
    assert untouched([bad])
    assert stored(other) == [1, 2, 3]
    assert all(one.rows for one in others)
    assert pid(send) == before


def test_a_group_in_which_too_many_fail_is_left_to_each(send: Sender, other: psycopg.Connection[Any]) -> None:
    bad = [Statement(b"SELECT 1 / $1::integer", [0]) for _ in range(4)]
    statements = [*put(1), *bad]
    send(statements)
    assert untouched(statements)
    assert stored(other) == []


def test_a_merchant_that_disturbed_a_group_stays_apart_for_a_moment(
    send: Sender, other: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(group_commit.time, "monotonic", lambda: now)
    bad = Statement(b"SELECT 1 / $1::integer", [0], ("mrch_a",))
    its_own, others = Statement(PUT, [1], ("mrch_a", "False", "eur")), Statement(PUT, [2], ("mrch_b",))
    send([its_own, bad, others])
    assert untouched([its_own, bad])
    assert stored(other) == [2]
    send([its_own])
    assert untouched([its_own])
    now += group_commit._APART_SECONDS
    send([its_own])
    assert stored(other) == [1, 2]


def test_nobody_waits_long_for_a_lock(send: Sender, other: psycopg.Connection[Any]) -> None:
    other.execute("INSERT INTO grouped (id) VALUES (2)")  # not committed: who inserts it as well has to wait
    waiting, others = Statement(PUT, [2], ("mrch_a",)), put(1, 3)
    began = time.monotonic()
    send([*others, waiting])
    assert time.monotonic() - began < 10
    assert untouched([waiting])
    other.rollback()
    assert stored(other) == [1, 3]


def test_what_is_wrong_with_the_commit_undoes_all(
    send: Sender, other: psycopg.Connection[Any], core_database: str
) -> None:
    with psycopg.connect(core_database.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("ALTER TABLE grouped ADD UNIQUE (position) DEFERRABLE INITIALLY DEFERRED")
    same = b"INSERT INTO grouped (id, position) OVERRIDING SYSTEM VALUE VALUES ($1, 7) RETURNING 1"
    statements = [Statement(same, [number]) for number in (1, 2)]
    send(statements)
    assert untouched(statements)
    assert stored(other) == []
    send(put(3))
    assert stored(other) == [3]


def test_a_connection_that_breaks_says_so_to_everybody_and_is_replaced(
    send: Sender, other: psycopg.Connection[Any]
) -> None:
    asking, writing = Statement(b"SELECT pg_terminate_backend(pg_backend_pid())", []), put(1, 2)
    send([writing[0], asking, writing[1]])
    assert all(isinstance(statement.error, psycopg.OperationalError) for statement in writing)
    assert all(statement.rows is None for statement in writing)
    assert untouched([asking]), "who only asks may ask again"
    assert stored(other) == []
    again = put(1, 2)
    send(again)
    assert stored(other) == [1, 2]


def test_a_connection_that_the_server_ended_meanwhile_is_replaced_unnoticed(
    send: Sender, other: psycopg.Connection[Any]
) -> None:
    before = pid(send)
    assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [before]).fetchone() == (True,)
    other.commit()
    send(put(1, 2))
    assert stored(other) == [1, 2]


def test_what_was_prepared_before_a_table_changed_is_prepared_anew(
    send: Sender, other: psycopg.Connection[Any]
) -> None:
    def look() -> list[int | None]:
        statements = [Statement(b"SELECT * FROM grouped WHERE id = $1", [number]) for number in (1, 2)]
        send(statements)
        return [len(statement.rows[0]) if statement.rows else None for statement in statements]

    send(put(1, 2))
    assert [look() for _ in range(group_commit._PREPARE_AFTER + 1)] == [[2, 2]] * (group_commit._PREPARE_AFTER + 1)
    other.execute("ALTER TABLE grouped ADD COLUMN amount integer")
    other.commit()
    assert look() == [None, 3], "the first one found out"
    assert look() == [3, 3]


def test_what_comes_often_is_prepared_but_no_more_than_can_be_kept(
    send: Sender, other: psycopg.Connection[Any]
) -> None:
    def prepared() -> int:
        count = Statement(b"SELECT count(*) FROM pg_prepared_statements", [])
        send([count])
        return int((count.rows or [(0,)])[0][0])

    before, seen = pid(send), [0]
    for start in range(0, group_commit._MOST_PREPARED + 40, 20):
        numbers = range(start, start + 20)
        for _ in range(group_commit._PREPARE_AFTER):
            statements = [Statement(b"SELECT $1::integer + %d" % number, [1]) for number in numbers]
            send(statements)
            assert [statement.rows for statement in statements] == [[(number + 1,)] for number in numbers]
        seen.append(prepared())
    assert 20 <= max(seen) <= group_commit._MOST_PREPARED
    assert pid(send) == before


def test_a_server_that_is_away_is_left_to_each_to_find_out(send: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(send._engine, "raw_connection", away)
    statements = put(1, 2)
    send(statements)
    assert untouched(statements)
