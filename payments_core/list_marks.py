"""Long lists by offset without walking them: a kept count, and a row known by its position every thousand rows.

A mark says how many rows of a list, oldest first, there are up to one of them; a position is then found from the mark
before it in one index range of at most a stride, and the whole number is the last mark plus the few rows behind it. Marks are made
by whoever reads a list that has outgrown its last mark, some at a time, and only over rows older than a minute, behind
which no transaction can still add one. Where rows can be deleted (`deleted_at`), a mark also counts those of its stride that
were deleted since it was made: what is shown up to a mark is its position less what is gone up to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from payments_core.db import db
from payments_core.models import ListMark
from payments_core.scope import Scope

STRIDE = 1000
EXACT = 10_000  # lists up to this length need no marks
_SETTLED = timedelta(minutes=1)
_MARKS_PER_READ = 200
_BEGINNING = "0"


@dataclass(frozen=True)
class _Place:
    """`position` rows are shown up to and with (created_at, row_id); `made_at` were when its mark was made."""

    position: int
    created_at: datetime | None = None
    row_id: str = _BEGINNING
    made_at: int = 0


@dataclass(frozen=True)
class WholeList:
    """A list that may become long: all rows of a model that belong to one owner. `now` is by the clock of their `created_at`."""

    model: Any
    owner_id: str
    live: bool
    conditions: tuple[ColumnElement[bool], ...]
    now: datetime


def of_merchant(model: Any, scope: Scope) -> WholeList:
    """A merchant's whole list of a model in one mode, without deleted rows."""
    return WholeList(model, scope.merchant_id, scope.live, shown(model, scope), scope.now)


class MarkedList:
    """A list by its marks, oldest first, from its beginning or from a moment on; `besides` keeps to a part of it (kind_lists.py)."""

    def __init__(self, whole: WholeList, since: datetime | None = None, *besides: ColumnElement[bool]) -> None:
        self.whole, self.model = whole, whole.model
        self._mine = (*whole.conditions, *besides)
        self._before = self._count_before(since) if since is not None else 0

    def count(self) -> int:
        """How many rows there are, in the same time for millions as for thousands."""
        last = self._end()
        behind = select(self.model.id).where(*self._mine, *self._after(last))
        return last.position + _count(behind) - self._before

    def rows(self, statement: Select[Any], start: int, limit: int, newest_first: bool) -> list[Any]:
        """`limit` rows from the offset `start` of the list in either direction. `statement` selects the model, unordered."""
        key = (self.model.created_at, self.model.id)
        if newest_first:
            first = self.count() - start - limit  # counted from the list's beginning
            taken = limit + min(first, 0)
            if taken <= 0:
                return []
            return list(reversed(self._from(statement, self._before + max(first, 0), taken, key)))
        return self._from(statement, self._before + start, limit, key)

    def _from(self, statement: Select[Any], position: int, limit: int, key: tuple[Any, Any]) -> list[Any]:
        mark = self._mark_at(position)
        found = statement.where(*self._mine, *self._after(mark)).order_by(*key)
        return list(db.session.scalars(found.offset(position - mark.position).limit(limit)).unique())

    def _after(self, place: _Place) -> tuple[ColumnElement[bool], ...]:
        if place.created_at is None:
            return ()
        return (tuple_(self.model.created_at, self.model.id) > tuple_(place.created_at, place.row_id),)

    def _marks(self) -> Any:
        """The list's marks with what is shown up to each, as a subquery."""
        shown_to: Any = ListMark.position
        if _deletable(self.model):
            shown_to = ListMark.position - func.sum(ListMark.gone).over(order_by=ListMark.position)
        marks = select(shown_to.label("shown"), ListMark.created_at, ListMark.row_id, ListMark.position)
        return marks.where(*marks_of(self.whole)).subquery()

    def _find(self, *conditions: Any, marks: Any = None) -> _Place:
        """The last mark that meets the conditions."""
        marks = self._marks() if marks is None else marks
        row = db.session.execute(select(marks).where(*conditions).order_by(marks.c.position.desc()).limit(1)).first()
        return _Place(int(row.shown), row.created_at, row.row_id, row.position) if row is not None else _Place(0)

    def _last(self) -> _Place:
        return self._find()

    def _end(self) -> _Place:
        """The mark behind which rows are counted."""
        return self.extend()

    def _mark_at(self, position: int) -> _Place:
        marks = self._marks()
        return self._find(marks.c.shown <= position, marks=marks)

    def _count_before(self, since: datetime) -> int:
        marks = self._marks()
        mark = self._find(marks.c.created_at < since, marks=marks)
        rows = select(self.model.id).where(*self._mine, *self._after(mark), self.model.created_at < since)
        return mark.position + _count(rows)

    def extend(self) -> _Place:
        """Sets the next marks, if the list has grown by so much; two readers at once set the same ones. The last mark."""
        last = self._last()
        if self._next(last) is None:
            return last
        if _deletable(self.model):  # nobody may delete a row between its being counted and its mark being there
            db.session.execute(select(func.pg_advisory_xact_lock(_lock_of(self.model, self.whole.owner_id))))
            last = self._last()
        new: list[dict[str, Any]] = []
        common = {"name": self.model.__tablename__, "owner_id": self.whole.owner_id, "live": self.whole.live}
        while len(new) < _MARKS_PER_READ and (row := self._next(last)) is not None:
            last = _Place(last.position + STRIDE, row.created_at, row.id, last.made_at + STRIDE)
            place = {"position": last.made_at, "created_at": last.created_at, "row_id": last.row_id}
            new.append({**common, **place})
        if new:
            db.session.execute(insert(ListMark).values(new).on_conflict_do_nothing())
        db.session.commit()
        return last

    def _next(self, last: _Place) -> Any:
        """The row for the mark after this one, or None while there is none that is old enough."""
        found = (
            select(self.model.created_at, self.model.id)
            .where(*self._mine, *self._after(last))
            .order_by(self.model.created_at, self.model.id)
            .offset(STRIDE - 1)
            .limit(1)
        )
        row = db.session.execute(found).first()
        return row if row is not None and row.created_at <= self.whole.now - _SETTLED else None


def shown(model: Any, scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a merchant's whole list: its rows, without deleted ones."""
    mine = (model.merchant_id == scope.merchant_id, model.live.is_(scope.live))
    return (*mine, model.deleted_at.is_(None)) if _deletable(model) else mine


def take_off(row: Any, moment: datetime) -> None:
    """Marks a locked row as deleted, within the caller's transaction; its mark, if it has one, counts it."""
    row.deleted_at = moment
    model = type(row)
    db.session.execute(select(func.pg_advisory_xact_lock_shared(_lock_of(model, row.merchant_id))))
    mine = _of(model, row.merchant_id, row.live)
    behind = tuple_(ListMark.created_at, ListMark.row_id) >= tuple_(row.created_at, row.id)
    stride = select(func.min(ListMark.position)).where(*mine, behind).scalar_subquery()
    counted = update(ListMark).where(*mine, ListMark.position == stride).values(gone=ListMark.gone + 1)
    db.session.execute(counted.execution_options(synchronize_session=False))


def marks_of(whole: WholeList) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a list's marks."""
    return _of(whole.model, whole.owner_id, whole.live)


def _of(model: Any, owner_id: str, live: bool) -> tuple[ColumnElement[bool], ...]:
    name = ListMark.name == model.__tablename__
    return name, ListMark.owner_id == owner_id, ListMark.live.is_(live)


def _deletable(model: Any) -> bool:
    return hasattr(model, "deleted_at")


def _lock_of(model: Any, owner_id: str) -> ColumnElement[int]:
    return func.hashtextextended(f"list_marks {model.__tablename__} {owner_id}", 0)


def _count(rows: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
