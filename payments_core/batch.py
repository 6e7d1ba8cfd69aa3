"""Rows written in one statement, without the session's unit of work: for the one path that every sale takes.

The unit of work finds out by itself what changed, in which order it must be written, and reads each row again under its lock. All that
costs several times the writing. Here the caller knows it: new rows are added in order, a changed row says under which condition it
is still as the caller left it, and all of it leaves in one statement: a transaction of its own, or part of the session's where
that has begun one. When a condition does not hold, somebody else was quicker: nothing is written, and the caller goes
the long way, with locks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

from psycopg.errors import DivisionByZero
from psycopg.types.numeric import Int8
from sqlalchemy import BigInteger, Table, inspect
from sqlalchemy.exc import DBAPIError, IntegrityError

from payments_core import hints
from payments_core.db import FILLING, Base, Row, db, in_transaction
from payments_core.driver import DIALECT, at_once, in_session

_Bind = Callable[[Any], Any]
_LENGTH = re.compile(r"\(\d+\)")


class Batch:
    """Changes and new rows to come."""

    def __init__(self, may_be_refused: bool = False) -> None:
        self.may_be_refused = may_be_refused
        self._watched: list[tuple[Base, dict[str, Any], dict[str, Any]]] = []
        self._increased: list[tuple[Base, dict[str, int]]] = []
        self._absent: list[tuple[type[Base], dict[str, Any]]] = []
        self._new: list[tuple[_Shape, dict[str, Any]]] = []

    def add(self, row: Base) -> None:
        """A new row that is looked at or changed before it is written; its foreign keys are set as columns."""
        shape, held = _shape(model_of(row)), vars(row)
        for attribute, default in shape.defaults.items():
            if held.get(attribute) is None:
                setattr(row, attribute, default)
        self._new.append((shape, held))

    def keep(self, model: type[Row], **values: Any) -> Row:
        """The same of a row that is made here, as a draft."""
        row = draft(model, **values)
        self.add(row)
        return row

    def insert(self, model: type[Base], values: dict[str, Any]) -> None:
        """A new row that nobody looks at: its columns alone, by attribute."""
        shape = _shape(model)
        self._new.append((shape, {**shape.defaults, **values}))

    def watch(self, row: Base, **still: Any) -> None:
        """A stored row that may be changed from here on, by nobody else while its columns are `still` of these values."""
        self._watched.append((row, dict(vars(row)), still))

    def increase(self, row: Base, **by: int) -> None:
        """Adds to columns of a stored row, whatever they hold."""
        self._increased.append((row, by))

    def absent(self, model: type[Base], **columns: Any) -> None:
        """Nothing is to be written if there is a row with these values."""
        self._absent.append((model, columns))

    def write(self) -> bool:
        """Sends everything in one statement and commits; False, and all is undone, when a condition did not hold.

        Raises what the session would: IntegrityError, OperationalError.
        """
        statement = self._statement()
        try:
            if in_transaction():
                db.session.flush()  # what the batch refers to
                in_session(statement.text(), statement.values)
                db.session.commit()
            else:
                at_once(statement.text(), statement.values, self._place())
                hints.committed(db.session())
        except DBAPIError as error:
            hints.forget(db.session())
            # A new row that breaks a rule tells the same as a condition: its event, for one, has been recorded already.
            if not (
                isinstance(error.orig, DivisionByZero) or (self.may_be_refused and isinstance(error, IntegrityError))
            ):
                raise
            db.session.rollback()
            return False
        return True

    def _place(self) -> tuple[str, ...]:
        """The balance that is increased, as others do, else the merchant alone."""
        if self._increased:
            row, _ = self._increased[0]
            return tuple(str(vars(row)[key]) for key in _shape(model_of(row)).keys)
        merchant_id = self._new[0][1].get("merchant_id") if self._new else None
        return (merchant_id,) if merchant_id is not None else ()

    def _statement(self) -> _Statement:
        statement = _Statement()
        for row, before, still in self._watched:
            statement.change(row, before, still)
        for row, by in self._increased:
            statement.increase(row, by)
        for model, columns in self._absent:
            statement.absent(model, columns)
        for shape, held in self._new:
            statement.insert(shape, held)
        return statement


def stored(model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """A row as a Query read it, all its columns named: the session's own where it has it, else a draft, to be looked at."""
    columns = dict(zip(names, values, strict=True))
    key = inspect(model).identity_key_from_primary_key(tuple(columns[name] for name in _shape(model).keys))
    known = cast("Row | None", db.session().identity_map.get(key))
    return known if known is not None else draft(model, **columns)


class Draft:
    """What is taken for a row without being one: plain attributes, of which nobody keeps account.

    An ORM object notices each attribute that is set, and a sale sets some eighty: that alone was a quarter of its computing. A
    draft is in no session and loads nothing: what it was not given is null, what it refers to are the rows it was given.
    """

    drafted: type[Base]


def draft(model: type[Row], **values: Any) -> Row:
    """A draft with these attributes. Typed as the row for which the domain's functions take it."""
    row = cast("Row", _drafts(model)())
    vars(row).update(values)
    return row


@cache
def _drafts(model: type[Base]) -> type[Draft]:
    return type(f"{model.__name__}Draft", (Draft,), {"drafted": model, **dict.fromkeys(inspect(model).attrs.keys())})


@contextmanager
def filling(*, may_be_refused: bool = False) -> Iterator[Batch]:
    """What `db.keep` and `db.keep_values` are given meanwhile goes into the batch.

    `may_be_refused` says that there is another way to go.
    """
    batch = Batch(may_be_refused)
    db.session.info[FILLING] = batch
    try:
        yield batch
    finally:
        del db.session.info[FILLING]


def model_of(row: Any) -> type[Base]:
    """The model of a row or of its draft."""
    return getattr(type(row), "drafted", type(row))


class _Part(NamedTuple):
    """One common table expression: its shape, and the names of the columns it sets and of those it asks about (with null or not)."""

    kind: str
    shape: _Shape
    names: tuple[str, ...]
    asked: tuple[tuple[str, bool], ...] = ()


class _Statement:
    """One statement of many parts, each a common table expression. The first of them are conditions: each must find one row.

    The parts run in the order in which the answer names them, which is why it names all (PostgreSQL runs what is not named
    last part first). If a condition finds nothing the answer divides by zero, which undoes the whole.
    """

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._parts: list[_Part] = []

    def text(self) -> bytes:
        """The whole, written once for all batches of these parts."""
        return _text(tuple(self._parts))

    def insert(self, shape: _Shape, held: dict[str, Any]) -> None:
        """After all conditions. Columns without a value are left to their defaults."""
        names = tuple(name for name in shape.columns if held.get(name) is not None)
        self._take(shape, held, names)
        self._parts.append(_Part("insert", shape, names))

    def change(self, row: Base, before: dict[str, Any], still: dict[str, Any]) -> None:
        """What is different from `before`."""
        shape, held = _shape(model_of(row)), vars(row)
        changed = tuple(name for name in shape.columns if held.get(name) != before.get(name))
        assert changed, "a watched row that is left as it is would be no condition"
        self._take(shape, held, changed)
        asked = {**{key: held[key] for key in shape.keys}, **still}
        self._parts.append(_Part("change", shape, changed, self._ask(shape, asked)))

    def increase(self, row: Base, by: dict[str, int]) -> None:
        """Of columns that are never null."""
        shape, held = _shape(model_of(row)), vars(row)
        self._take(shape, by, tuple(by))
        self._parts.append(
            _Part("increase", shape, tuple(by), self._ask(shape, {key: held[key] for key in shape.keys}))
        )

    def absent(self, model: type[Base], columns: dict[str, Any]) -> None:
        """A condition that changes nothing."""
        shape = _shape(model)
        self._parts.append(_Part("absent", shape, (), self._ask(shape, columns)))

    def _take(self, shape: _Shape, held: dict[str, Any], names: tuple[str, ...]) -> None:
        binds = shape.binds
        for name in names:
            value, bind = held.get(name), binds[name]
            self.values.append(value if bind is None or value is None else bind(value))

    def _ask(self, shape: _Shape, wanted: dict[str, Any]) -> tuple[tuple[str, bool], ...]:
        self._take(shape, wanted, tuple(name for name in wanted if wanted[name] is not None))
        return tuple((name, value is None) for name, value in wanted.items())


@lru_cache(maxsize=256)  # callers choose which columns are given
def _text(parts: tuple[_Part, ...]) -> bytes:
    written, numbers = [], iter(range(1, 10_000))
    for kind, shape, names, asked in parts:
        marks = [f"${next(numbers)}::{shape.kinds[name]}" for name in names]
        columns = [shape.columns[name] for name in names]
        where = " AND ".join(
            f"{shape.columns[name]} IS NULL"
            if null
            else f"{shape.columns[name]} = ${next(numbers)}::{shape.kinds[name]}"
            for name, null in asked
        )
        if kind == "insert":
            part = f"INSERT INTO {shape.table} ({', '.join(columns)}) VALUES ({', '.join(marks)}) RETURNING 1"  # noqa: S608
        elif kind == "absent":
            part = f"SELECT 1 WHERE NOT EXISTS (SELECT FROM {shape.table} WHERE {where})"  # noqa: S608
        else:
            plus = [f"{column} + " if kind == "increase" else "" for column in columns]
            sets = ", ".join(map("{} = {}{}".format, columns, plus, marks))
            part = f"UPDATE {shape.table} SET {sets} WHERE {where} RETURNING 1"  # noqa: S608
        written.append(part)
    counts = [f"(SELECT count(*) FROM p{number})" for number in range(len(parts))]  # noqa: S608
    conditions = sum(part.kind != "insert" for part in parts)
    met = " + ".join(counts[:conditions]) or "0"
    listed = ", ".join(f"p{number} AS ({part})" for number, part in enumerate(written))
    inserted = ", ".join(counts[conditions:]) or 1
    return f"WITH {listed} SELECT 1 / CASE {met} WHEN {conditions} THEN 1 ELSE 0 END, {inserted}".encode()


class _Shape:
    """The columns of a model and how their values are sent. Compared by identity: there is one of each model."""

    def __init__(self, model: type[Base]) -> None:
        mapper = inspect(model)
        table = mapper.local_table
        assert isinstance(table, Table)
        self.table = table.name
        self.columns: dict[str, str] = {}  # by attribute
        self.kinds: dict[str, str] = {}
        self.binds: dict[str, _Bind | None] = {}
        self.defaults: dict[str, Any] = {}
        for column in table.columns:
            attribute = mapper.get_property_by_column(column).key
            if column.identity is None:
                kind = column.type.dialect_impl(DIALECT)
                # Without its length: a cast to VARCHAR(64) cuts what is longer, where storing it is refused.
                self.columns[attribute], self.kinds[attribute] = column.name, _LENGTH.sub("", kind.compile(DIALECT))
                # The driver chooses an integer's type by its size, and the server prepares one statement for each choice.
                self.binds[attribute] = Int8 if isinstance(kind, BigInteger) else kind.bind_processor(DIALECT)
                if column.default is not None:
                    self.defaults[attribute] = column.default.arg
        self.keys = [mapper.get_property_by_column(column).key for column in table.primary_key]


@cache
def _shape(model: type[Base]) -> _Shape:
    return _Shape(model)
