"""The db object, constraint names, column types and ids. PostgreSQL is the only dialect.

Public domain functions ("operations") commit; helpers whose docstring says "within the caller's transaction" do not.
Objects stay readable after a commit (`expire_on_commit=False`); whoever needs a fresh row locks it with `locked`.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from datetime import UTC, datetime
from select import POLLIN, poll
from typing import Annotated, Any, TypeVar

import psycopg
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Dialect, MetaData, Pool, Select, String, TypeDecorator, event, select
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

_ALPHABET = string.ascii_letters + string.digits

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


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False},
    engine_options={
        "pool_size": 10,
        "max_overflow": 10,
        "pool_use_lifo": True,  # a few warm connections rather than many that idle
        "pool_recycle": 1800,
        "hide_parameters": True,
    },
)

ObjectId = Annotated[str, mapped_column(String(32), primary_key=True)]

Row = TypeVar("Row", bound=Base)


FILLING = "batch being filled"


def keep(row: Base) -> None:
    """A new row of the present transaction: the session writes it, or the batch that is being filled (batch.py)."""
    db.session.info.get(FILLING, db.session).add(row)


@event.listens_for(Pool, "checkout")
def _check_alive(connection: Any, *_: Any) -> None:
    """A server that went away leaves its word or the end of the stream on an idle connection: a look costs nothing, a ping a round
    trip. Only where something lies there is the server asked. Raises DisconnectionError, for which the pool connects again."""
    look = poll()
    look.register(connection, POLLIN)
    if not look.poll(0):
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError() from error


def new_suffix() -> str:
    """24 random characters of [A-Za-z0-9]: the part of an id after its prefix (142 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(24))


def new_id(prefix: str, suffix: str | None = None) -> str:
    """A new public id such as `paym_…`; `suffix` comes from an idempotency slot when the request carried a key."""
    return f"{prefix}_{suffix or new_suffix()}"


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
