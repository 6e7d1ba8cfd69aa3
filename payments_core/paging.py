"""Pages of lists: by offset as the wire contract wants, by position where the list may be long, by keyset for the platform."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select, tuple_

from payments_core.db import db
from payments_core.errors import InvalidRequest
from payments_core.list_counts import PartList
from payments_core.list_marks import EXACT, MarkedList, WholeList
from payments_core.list_parts import EVERYTHING, Part

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Items of one page. `count` is the whole number when it was asked for; `next` the keyset cursor."""

    items: Sequence[T]
    has_more: bool
    count: int | None = None
    next: str | None = None


Listing = Callable[[int, int], Page[T]]


def by_offset(statement: Select[T], start: int, limit: int, count: bool = False) -> Page[T]:
    """The statement must be ordered. One row more than asked tells whether there is more."""
    rows = list(db.session.scalars(statement.offset(start).limit(limit + 1)))
    total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) if count else None
    return Page(rows[:limit], len(rows) > limit, total)


def by_position(
    whole: WholeList,
    statement: Select[T],
    part: Part = EVERYTHING,
    *,
    since: datetime | None = None,
    start: int,
    limit: int,
    newest_first: bool = True,
    count: bool = True,
) -> Page[T]:
    """A page of a whole list or a part of it, or of its end from `since` on, however long the list is.

    `statement` selects the model with what is loaded beside it, without order or other conditions of its own. Short lists and small
    parts are counted and walked; long ones go by their marks (list_marks.py, list_counts.py).
    """
    mine = [*whole.conditions, *part.conditions()]
    if since is not None:
        mine.append(whole.moment >= since)
    plain = statement.where(*mine).order_by(*directed(whole.key(), newest_first))
    if part.is_everything:
        known = _count_to(select(whole.model.id).where(*mine), EXACT) if count or start > EXACT else 0
        if start <= EXACT and known <= EXACT:
            return replace(by_offset(plain, start, limit), count=known if count else None)
    elif not whole.changes_noted or _is_small(whole, part):
        return by_offset(plain, start, limit, count)
    marked = MarkedList(whole, since) if part.is_everything else PartList.of(whole, part, since)
    if marked is None:
        return by_offset(plain, start, limit, count)
    rows = marked.rows(statement, start, limit + 1, newest_first)
    return Page(rows[:limit], len(rows) > limit, marked.count() if count else None)


def one_after_the_other(first: Listing[T], second: Listing[T], *, start: int, limit: int) -> Page[T]:
    """A page of two lists as if they were one; each is asked with `start` and `limit` and counts."""
    head = first(start, limit)
    assert head.count is not None
    tail = second(max(0, start - head.count), limit - len(head.items))
    assert tail.count is not None
    return Page([*head.items, *tail.items], head.has_more or tail.has_more, head.count + tail.count)


def _is_small(whole: WholeList, part: Part) -> bool:
    """Whether walking the part is no more work than EXACT rows: it has a trait that an index finds few of, or the list is short."""
    narrowed = [(trait.condition,) for trait in part.traits if trait.indexed]
    few = (select(whole.model.id).where(*whole.conditions, *trait) for trait in [*narrowed, ()])
    return any(_count_to(rows, EXACT) <= EXACT for rows in few)


def directed(key: tuple[Any, ...], newest_first: bool) -> list[Any]:
    """An order by all of these columns in one direction."""
    return [column.desc() if newest_first else column.asc() for column in key]


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
