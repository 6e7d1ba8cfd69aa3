"""The db object, constraint names, column types and ids. PostgreSQL is the only dialect.

Public domain functions ("operations") commit; helpers whose docstring says "within the caller's transaction" do not. Several
operations, or one and what belongs to it, become one transaction in `one_commit`.
Objects stay readable after a commit (`expire_on_commit=False`); whoever needs a fresh row locks it with `locked`.
"""

from __future__ import annotations

import os
import secrets
import string
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import BigInteger, DateTime, Dialect, MetaData, Select, String, TypeDecorator, select
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

from payments_core.connections import GIVING_UP, refuse_ended

_ALPHABET = (string.digits + string.ascii_uppercase + string.ascii_lowercase).encode()  # in the order of their codes
_SUFFIX_LENGTH = 24
STAMP_LENGTH = 9
# Random bytes to characters in one step: 248 of the 256 values are four times the alphabet, the others are left out.
_CHARACTERS = bytes(_ALPHABET[value % len(_ALPHABET)] for value in range(256))
_LEFT_OUT = bytes(range(256 - 256 % len(_ALPHABET), 256))
_PAIRS = [first + second for first in _ALPHABET.decode() for second in _ALPHABET.decode()]
_DRAWN = 1024
_READY: list[str] = []  # suffixes that nobody has taken yet
os.register_at_fork(after_in_child=_READY.clear)

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """`timestamptz` that takes aware datetimes only and gives them back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the database")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None


class Base(DeclarativeBase):
    """Base of every model."""

    registry = registry(
        metadata=MetaData(naming_convention=CONSTRAINT_NAMES),
        type_annotation_map={datetime: UtcDateTime, int: BigInteger, str: String},
    )


PAST_SESSION = "connection past the session"


class OneCommitSession(Session):
    """A session whose commits can be held back (`one_commit`), with a connection past it (driver.py) that is closed with it."""

    def commit(self) -> None:
        if self.info.get(_HELD_BACK):
            self.flush()
        elif self.in_transaction():
            super().commit()

    def close(self) -> None:
        try:
            if self.in_transaction() or self.identity_map:  # one that held nothing, as a sale's, has nothing to give up
                super().close()
        finally:
            self.release_connection()

    def release_connection(self) -> None:
        connection = self.info.pop(PAST_SESSION, None)
        if connection is not None:
            connection.close()


_HELD_BACK = "commits are held back"


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False, "class_": OneCommitSession},
    engine_options={
        "pool_size": 16,
        "max_overflow": 4,
        "pool_use_lifo": True,  # a few warm connections rather than many that idle
        "pool_events": [(refuse_ended, "checkout")],
        "pool_recycle": 1800,
        "hide_parameters": True,
        "connect_args": {"options": "-c timezone=UTC", **GIVING_UP},
    },
)
GROUPED = "grouped"  # the engine of those that lanes commit together (group_commit.py)
AT_ONCE = "at once"  # the engine whose statements are each committed when they are answered (driver.py)

ObjectId = Annotated[str, mapped_column(String(32), primary_key=True)]

Row = TypeVar("Row", bound=Base)

FILLING = "batch being filled"


def in_transaction() -> bool:
    """Whether the session has begun something that belongs together."""
    session = db.session()
    return bool(session.in_transaction() or session.info.get(_HELD_BACK))


def commit_and_release() -> None:
    """Commits and holds no connection any more: before somebody outside is asked, who may think for long."""
    assert not db.session.info.get(_HELD_BACK), "what is held back would stay locked meanwhile"
    db.session.commit()
    release_connection()


def release_connection() -> None:
    """The connection past the session (driver.py), if there is one, goes to its pool."""
    cast(OneCommitSession, db.session()).release_connection()


def keep(model: type[Row], **values: Any) -> Row:
    """A new row of the present transaction: the session writes it, or the batch that is being filled (batch.py).

    Its foreign keys are given as columns, beside the rows they refer to where somebody looks at those.
    """
    session = db.session()
    rows = session.info.get(FILLING)
    if rows is not None:
        return cast("Row", rows.keep(model, **values))
    row = model(**values)
    session.add(row)
    return row


def keep_values(model: type[Base], **values: Any) -> None:
    """The same of a row that is written and not looked at: a batch takes its columns without making an object of them."""
    session = db.session()
    rows = session.info.get(FILLING)
    if rows is not None:
        rows.insert(model, values)
    else:
        session.add(model(**values))


@contextmanager
def one_commit() -> Iterator[None]:
    """What is done within is committed at its end, whole; an error rolls all of it back.

    Not for operations that ask somebody outside between two commits: what they have asked would be forgotten with a killed process.
    """
    assert not db.session.info.get(_HELD_BACK), "one within another would commit the outer one early"
    db.session.info[_HELD_BACK] = True
    try:
        yield
    except BaseException:
        db.session.rollback()
        raise
    finally:
        del db.session.info[_HELD_BACK]
    db.session.commit()


def new_suffix() -> str:
    """24 random characters of [A-Za-z0-9] (142 bits), for what must not be guessed."""
    while True:
        try:
            return _READY.pop()
        except IndexError:  # asking the kernel once for many costs as much as once for one
            drawn = secrets.token_bytes(_DRAWN).translate(_CHARACTERS, _LEFT_OUT).decode()
            ends = range(_SUFFIX_LENGTH, len(drawn) + 1, _SUFFIX_LENGTH)
            _READY.extend(drawn[end - _SUFFIX_LENGTH : end] for end in ends)


def id_suffix() -> str:
    """The same length for ids: nine characters that grow with real time, then 15 random ones (89 bits, not to be guessed).

    Rows made together then lie together in every index on an id. With random ids each row of millions touches pages of its own, and
    after every checkpoint PostgreSQL writes each page touched to its log once, whole. What one process makes in one
    transaction sorts by id as it was made.
    """
    return stamp(time.time_ns() // 1000) + new_suffix()[STAMP_LENGTH:]


def stamp(microseconds: int) -> str:
    """Unix time in nine digits of base 62, in the order of their codes."""
    pairs = ""
    for _ in range((STAMP_LENGTH + 1) // 2):
        microseconds, pair = divmod(microseconds, len(_PAIRS))
        pairs = _PAIRS[pair] + pairs
    return pairs[-STAMP_LENGTH:]


def new_id(prefix: str, suffix: str | None = None) -> str:
    """A new public id such as `paym_…`; `suffix` comes from an idempotency slot when the request carried a key."""
    return f"{prefix}_{suffix or id_suffix()}"


def locked(model: type[Row], key: Any) -> Row | None:
    """The row locked until the end of the transaction, read afresh, or None. New rows may still refer to it meanwhile."""
    db.session.flush()  # reading afresh must not overwrite what this transaction already changed
    return db.session.get(model, key, with_for_update={"key_share": True}, populate_existing=True)


def lock_rows(statement: Select[Row], *, skip_locked: bool = False) -> Sequence[Row]:
    """The rows of a statement of one model, locked in its order and read afresh; `skip_locked` leaves out what others hold.

    New rows may still refer to them meanwhile.
    """
    of = statement.column_descriptions[0]["entity"]
    locking = statement.with_for_update(of=of, skip_locked=skip_locked, key_share=True)
    return db.session.scalars(locking.execution_options(populate_existing=True)).all()


def first(model: type[Row], *conditions: Any) -> Row | None:
    """The one row that meets the conditions, or None."""
    return db.session.scalars(select(model).where(*conditions).limit(1)).first()
