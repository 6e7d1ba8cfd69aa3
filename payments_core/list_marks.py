"""Long lists by offset without walking them: a kept count, and a row known by its position every thousand rows.

For lists of rows that are only ever added (payments, refunds, disputes, intents). A mark says how many rows of a merchant's list,
oldest first, there are up to one of them; a position is then found from the mark before it in one index range of at most a
stride, and the whole number is the last mark plus the few rows behind it. Marks are made by whoever reads a list that has
outgrown its last mark, some at a time, and only over rows older than a minute, behind which no transaction can still add one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_
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
    """`position` rows are up to and with (created_at, row_id)."""

    position: int
    created_at: datetime | None = None
    row_id: str = _BEGINNING


class MarkedList:
    """A merchant's list of one model, oldest first, whole or from a moment on."""

    def __init__(self, model: Any, scope: Scope, since: datetime | None = None) -> None:
        self.model, self.scope = model, scope
        self._mine = (model.merchant_id == scope.merchant_id, model.live.is_(scope.live))
        self._before = self._count_before(since) if since is not None else 0

    def count(self) -> int:
        """How many rows there are, in the same time for millions as for thousands."""
        last = self._extend(self._last())
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

    def _marks(self) -> Select[Any]:
        return select(ListMark).where(
            ListMark.name == self.model.__tablename__,
            ListMark.merchant_id == self.scope.merchant_id,
            ListMark.live.is_(self.scope.live),
        )

    def _last(self) -> _Place:
        return _place(db.session.scalars(self._marks().order_by(ListMark.position.desc()).limit(1)).first())

    def _mark_at(self, position: int) -> _Place:
        before = self._marks().where(ListMark.position <= position).order_by(ListMark.position.desc()).limit(1)
        return _place(db.session.scalars(before).first())

    def _count_before(self, since: datetime) -> int:
        before = self._marks().where(ListMark.created_at < since).order_by(ListMark.position.desc()).limit(1)
        mark = _place(db.session.scalars(before).first())
        rows = select(self.model.id).where(*self._mine, *self._after(mark), self.model.created_at < since)
        return mark.position + _count(rows)

    def _extend(self, last: _Place) -> _Place:
        """Sets the next marks, if the list has grown by so much; two readers at once set the same ones."""
        settled = self.scope.now - _SETTLED
        new: list[dict[str, Any]] = []
        while len(new) < _MARKS_PER_READ:
            found = (
                select(self.model.created_at, self.model.id)
                .where(*self._mine, *self._after(last))
                .order_by(self.model.created_at, self.model.id)
                .offset(STRIDE - 1)
                .limit(1)
            )
            row = db.session.execute(found).first()
            if row is None or row.created_at > settled:
                break
            last = _Place(last.position + STRIDE, row.created_at, row.id)
            new.append(
                {
                    "name": self.model.__tablename__,
                    "merchant_id": self.scope.merchant_id,
                    "live": self.scope.live,
                    "position": last.position,
                    "created_at": last.created_at,
                    "row_id": last.row_id,
                }
            )
        if new:
            db.session.execute(insert(ListMark).values(new).on_conflict_do_nothing())
            db.session.commit()
        return last


def _place(mark: ListMark | None) -> _Place:
    return _Place(mark.position, mark.created_at, mark.row_id) if mark is not None else _Place(0)


def _count(rows: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
