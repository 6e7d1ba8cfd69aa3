"""Pages of lists: by offset as the wire contract wants, by position where the list may be long, by keyset for the platform."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select, tuple_

from payments_core.db import db
from payments_core.errors import InvalidRequest
from payments_core.kind_lists import Kind, KindList
from payments_core.list_marks import EXACT, MarkedList, WholeList

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


def by_position(
    whole: WholeList,
    statement: Select[T],
    *,
    since: datetime | None = None,
    start: int,
    limit: int,
    newest_first: bool = True,
    count: bool = True,
) -> Page[T]:
    """A page of a whole list by creation, or of its end from `since` on, however long the list is.

    `statement` selects the model with what is loaded beside it, without order or other conditions of its own. Short lists are counted
    and walked; long ones go by their marks (list_marks.py).
    """
    model, mine = whole.model, [*whole.conditions]
    if since is not None:
        mine.append(model.created_at >= since)
    known = _count_to(select(model.id).where(*mine), EXACT) if count or start > EXACT else 0
    if start <= EXACT and known <= EXACT:
        key = (model.created_at.desc(), model.id.desc()) if newest_first else (model.created_at, model.id)
        page = by_offset(statement.where(*mine).order_by(*key), start, limit)
        return replace(page, count=known if count else None)
    marked = MarkedList(whole, since)
    rows = marked.rows(statement, start, limit + 1, newest_first)
    return Page(rows[:limit], len(rows) > limit, marked.count() if count else None)


def by_kind(
    whole: WholeList, kind: Kind, statement: Select[T], *, since: datetime | None = None, start: int, limit: int
) -> Page[T]:
    """A page of the rows of one kind in a list whose rows are never deleted, newest first and counted, however long the list is."""
    model, mine = whole.model, [*whole.conditions, kind.of_row()]
    if _count_to(select(model.id).where(*whole.conditions), EXACT) <= EXACT:
        mine += [model.created_at >= since] if since is not None else []
        return by_offset(statement.where(*mine).order_by(model.created_at.desc(), model.id.desc()), start, limit, True)
    found = KindList(whole, kind, since)
    rows = found.rows(statement, start, limit + 1, newest_first=True)
    return Page(rows[:limit], len(rows) > limit, found.count())


def _count_to(rows: Select[Any], most: int) -> int:
    """How many rows there are, counted no further than one above `most`."""
    return db.session.scalar(select(func.count()).select_from(rows.limit(most + 1).subquery())) or 0


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
