"""Rows written in one round trip, without the session's unit of work: for the one path that every sale takes.

The unit of work finds out by itself what changed, in which order it must be written, and reads each row again under its lock. All that
costs several times the writing. Here the caller knows it: new rows are added in order, a changed row says under which condition it
is still as the caller left it, and all statements leave together in the session's own transaction. When a condition
does not hold, somebody else was quicker: nothing is written, and the caller goes the long way, with locks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Table, inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import make_transient_to_detached

from payments_core.db import FILLING, Base, db
from payments_core.driver import DIALECT, driver

_Bind = Callable[[Any], Any]


class Batch:
    """Changes and new rows to come."""

    def __init__(self) -> None:
        self._watched: list[tuple[Base, dict[str, Any], dict[str, Any]]] = []
        self._increased: list[tuple[Base, dict[str, int]]] = []
        self._new: list[Base] = []

    def add(self, row: Base) -> None:
        """A new row; its foreign keys are set as columns, not by relationships alone."""
        for attribute, default in _shape(type(row)).defaults.items():
            if vars(row).get(attribute) is None:
                setattr(row, attribute, default)
        self._new.append(row)

    def watch(self, row: Base, **still: Any) -> None:
        """A stored row that may be changed from here on, by nobody else while its columns are `still` of these values."""
        self._watched.append((row, dict(vars(row)), still))

    def increase(self, row: Base, **by: int) -> None:
        """Adds to columns of a stored row, whatever they hold."""
        self._increased.append((row, by))

    def write(self) -> bool:
        """Sends everything in one statement and commits; False, and all is undone, when a changed row was not as expected.

        Raises what the session would: IntegrityError, OperationalError.
        """
        db.session.flush()  # what the batch refers to
        statement = _Statement()
        for row, before, still in self._watched:
            statement.change(row, before, still)
        for row, by in self._increased:
            statement.increase(row, by)
        for row in self._new:
            statement.insert(row)
        if statement.changes == 0:
            with driver() as raw, raw.pipeline():
                raw.execute(statement.text(), statement.values)
                raw.execute("COMMIT")  # on the same way; the session's own commit then finds nothing left to send
        elif not _as_expected(statement):
            db.session.rollback()
            return False
        db.session.commit()
        return True


def _as_expected(statement: _Statement) -> bool:
    """Whether every change found its row. A new row that breaks a rule tells the same: its event has been recorded already."""
    try:
        with driver() as raw:
            changed: int = raw.execute(statement.text(), statement.values).fetchone()[0]
    except IntegrityError:
        return False
    return changed == statement.changes


def adopt(*rows: Base) -> None:
    """Gives rows that were written in batches to the session, as if it had written them."""
    for row in rows:
        for name in _shape(type(row)).columns:
            vars(row).setdefault(name, None)
        make_transient_to_detached(row)
    db.session.add_all(rows)


@contextmanager
def filling() -> Iterator[Batch]:
    """What `db.keep` is given meanwhile goes into the batch."""
    batch = Batch()
    db.session.info[FILLING] = batch
    try:
        yield batch
    finally:
        del db.session.info[FILLING]


class _Statement:
    """One statement of many parts, each a common table expression; it answers how many rows were changed.

    The parts run in the order in which the answer names them, which is why it names all (PostgreSQL runs what is not named
    last part first). Null and booleans are written out: what is left to send fits
    what psycopg keeps parsed (50 values).
    """

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.changes = 0
        self._parts: list[str] = []

    def text(self) -> str:
        """The whole."""
        parts = ", ".join(f"p{number} AS ({part} RETURNING 1)" for number, part in enumerate(self._parts))
        counts = [f"(SELECT count(*) FROM p{number})" for number in range(len(self._parts))]  # noqa: S608
        changed = " + ".join(counts[: self.changes]) or "0"
        return f"WITH {parts} SELECT {', '.join([changed, *counts[self.changes :]])}"

    def insert(self, row: Base) -> None:
        """After all changes."""
        shape, held = _shape(type(row)), vars(row)
        given = [name for name in shape.columns if held.get(name) is not None]
        marks = ", ".join(self._mark(shape, name, held[name]) for name in given)
        columns = ", ".join(shape.columns[name] for name in given)
        self._parts.append(f"INSERT INTO {shape.table} ({columns}) VALUES ({marks})")  # noqa: S608

    def change(self, row: Base, before: dict[str, Any], still: dict[str, Any]) -> None:
        """What is different from `before`."""
        shape, held = _shape(type(row)), vars(row)
        changed = [name for name in shape.columns if held.get(name) != before.get(name)]
        if changed:
            sets = [f"{shape.columns[name]} = {self._mark(shape, name, held.get(name))}" for name in changed]
            self._update(shape, row, sets, still)

    def increase(self, row: Base, by: dict[str, int]) -> None:
        """Of columns that are never null."""
        shape = _shape(type(row))
        column = shape.columns
        sets = [f"{column[name]} = {column[name]} + {self._mark(shape, name, amount)}" for name, amount in by.items()]
        self._update(shape, row, sets, {})

    def _update(self, shape: _Shape, row: Base, sets: list[str], still: dict[str, Any]) -> None:
        wanted = {**{key: getattr(row, key) for key in shape.keys}, **still}
        where = [
            f"{shape.columns[name]} IS NULL"
            if value is None
            else f"{shape.columns[name]} = {self._mark(shape, name, value)}"
            for name, value in wanted.items()
        ]
        self._parts.append(f"UPDATE {shape.table} SET {', '.join(sets)} WHERE {' AND '.join(where)}")  # noqa: S608
        self.changes += 1

    def _mark(self, shape: _Shape, name: str, value: Any) -> str:
        if value is None or isinstance(value, bool):
            return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
        bind, kind = shape.columns_bound[name]
        self.values.append(value if bind is None else bind(value))
        return f"%s::{kind}"


class _Shape:
    """The columns of a model and how their values are sent."""

    def __init__(self, model: type[Base]) -> None:
        mapper = inspect(model)
        table = mapper.local_table
        assert isinstance(table, Table)
        self.table = table.name
        self.columns: dict[str, str] = {}  # by attribute
        self.columns_bound: dict[str, tuple[_Bind | None, str]] = {}
        self.defaults: dict[str, Any] = {}
        for column in table.columns:
            attribute = mapper.get_property_by_column(column).key
            if column.identity is None:
                kind = column.type.dialect_impl(DIALECT)
                self.columns[attribute] = column.name
                self.columns_bound[attribute] = kind.bind_processor(DIALECT), kind.compile(DIALECT)
                if column.default is not None:
                    self.defaults[attribute] = column.default.arg
        self.keys = [mapper.get_property_by_column(column).key for column in table.primary_key]


@cache
def _shape(model: type[Base]) -> _Shape:
    return _Shape(model)
