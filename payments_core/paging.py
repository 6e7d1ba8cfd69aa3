"""Pages of lists: by offset as the wire contract wants, by keyset for the platform."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select, tuple_

from payments_core.db import db
from payments_core.errors import InvalidRequest

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Items of one page. `count` is the whole number when it was asked for; `next` the keyset cursor."""

    items: Sequence[T]
    has_more: bool
    count: int | None = None
    next: str | None = None


def by_offset(statement: Select[T], start: int, limit: int, count: bool = False) -> Page[T]:
    """The statement must be ordered. One row more than asked tells whether there is more."""
    rows = list(db.session.scalars(statement.offset(start).limit(limit + 1)))
    total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) if count else None
    return Page(rows[:limit], len(rows) > limit, total)


def by_keyset(model: Any, statement: Select[T], cursor: str | None, limit: int) -> Page[T]:
    """Newest first by (created_at, id). Raises InvalidRequest for a cursor that is not ours."""
    if cursor:
        statement = statement.where(tuple_(model.created_at, model.id) < tuple_(*_decode(cursor)))
    statement = statement.order_by(model.created_at.desc(), model.id.desc()).limit(limit + 1)
    rows = list(db.session.scalars(statement))
    more = len(rows) > limit
    rows = rows[:limit]
    last: Any = rows[-1] if rows else None
    return Page(rows, more, next=_encode(last.created_at, last.id) if more else None)


def _encode(moment: datetime, key: str) -> str:
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{key}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, key = text.partition("|")
        at = datetime.fromisoformat(moment)
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise InvalidRequest("cursor", "This cursor was not given by this service", code="bad_cursor") from error
    if at.tzinfo is None:
        raise InvalidRequest("cursor", "This cursor was not given by this service", code="bad_cursor")
    return at, key
