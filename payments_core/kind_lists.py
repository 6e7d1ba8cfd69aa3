"""The rows of one kind in a long list by offset: each mark also says how many rows of which kind lie between it and the one before.

The few rows of a rare kind may lie anywhere among millions, and marks of their own would need an index of their own to be made. With
counts along the marks that are there, only those thousands are looked at that hold what is asked for. Whoever first asks for
a kind counts them, some at a time: rows up to a mark are never added, and the kind of a row does not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, cast, func, literal, select, tuple_, update

from payments_core.db import db
from payments_core.list_marks import MarkedList, WholeList, count_of, marks_of
from payments_core.models import ListMark

_COUNTED_PER_READ = 200
_EARLIEST = datetime.min.replace(year=1970, tzinfo=UTC)  # before any row


@dataclass(frozen=True)
class Kind:
    """Rows whose `column`, which never changes, is `name`, or begins with it where `begins`."""

    column: Any
    name: str
    begins: bool = False

    def of_row(self) -> ColumnElement[bool]:
        """The condition that a row is of this kind."""
        found: ColumnElement[bool] = (
            self.column.startswith(self.name, autoescape=True) if self.begins else self.column == self.name
        )
        return found

    def among(self, counts: Any) -> ColumnElement[int]:
        """How many there are by a mark's counts."""
        if not self.begins:
            return func.coalesce(cast(counts.op("->>")(literal(self.name)), Integer), 0)
        each = func.jsonb_each_text(counts).table_valued("key", "value")
        fitting = each.c.key.startswith(self.name, autoescape=True)
        return select(func.coalesce(func.sum(cast(each.c.value, Integer)), 0)).where(fitting).scalar_subquery()


class KindList:
    """One kind of a long list, from its beginning or from a moment on. No row of the list is ever deleted."""

    def __init__(self, whole: WholeList, kind: Kind, since: datetime | None = None) -> None:
        self._whole, self._model, self._kind = whole, whole.model, kind
        self._mine = (*whole.conditions, kind.of_row())
        MarkedList(whole).extend()
        self._count_strides()
        self._strides = self._counted()
        self._last = self._find()
        self._before = self._count_before(since) if since is not None else 0
        behind = select(self._model.id).where(*self._mine, self._after(self._last))
        self.count = self._last.shown + count_of(behind) - self._before  # of all rows

    def rows(self, statement: Select[Any], start: int, limit: int) -> list[Any]:
        """`limit` rows from the offset `start`, newest first. `statement` selects the model, unordered."""
        first = self.count - start - limit  # counted from the list's beginning
        taken = limit + min(first, 0)
        if taken <= 0:
            return []
        position = self._before + max(first, 0)
        found = self._in_strides(statement, position, taken)
        if len(found) < taken:
            behind = statement.where(*self._mine, self._after(self._last)).order_by(*self._key)
            passed = max(0, position - self._last.shown)
            found += db.session.scalars(behind.offset(passed).limit(taken - len(found))).all()
        return found[::-1]

    @property
    def _key(self) -> tuple[Any, Any]:
        return self._model.created_at, self._model.id

    def _in_strides(self, statement: Select[Any], position: int, limit: int) -> list[Any]:
        """Of those thousands alone that hold the rows from a position on: one after the other, or the planner may walk the list."""
        every, found = self._strides, list[Any]()
        holding = (every.c.shown > position, every.c.shown - every.c.there < position + limit, every.c.there > 0)
        for stride in db.session.execute(select(every).where(*holding).order_by(every.c.position)).all():
            passed = max(0, position - (stride.shown - stride.there))
            rows = statement.where(*self._mine, *self._inside(stride)).order_by(*self._key)
            found += db.session.scalars(rows.offset(passed).limit(limit - len(found))).all()
        return found

    def _inside(self, stride: Any) -> tuple[Any, Any]:
        """The condition that a row lies in a stride."""
        return (
            tuple_(*self._key) > tuple_(stride.from_at, stride.from_id),
            tuple_(*self._key) <= tuple_(stride.created_at, stride.row_id),
        )

    def _counted(self) -> Any:
        """The marks whose stride is counted, from the list's beginning: where it begins, how many are `there` and `shown` up to it."""
        strides = _strides(self._whole)
        there = self._kind.among(strides.c.kinds)
        shown = func.sum(there).over(order_by=strides.c.position)
        return (
            select(
                *(strides.c[name] for name in ("position", "created_at", "row_id", "from_at", "from_id")),
                there.label("there"),
                cast(shown, BigInteger).label("shown"),
            )
            .where(strides.c.kinds.is_not(None))
            .subquery()
        )

    def _find(self, *conditions: Any) -> _End:
        """The last counted mark that meets the conditions."""
        every = self._strides
        ends = select(every.c.shown, every.c.created_at, every.c.row_id).where(*conditions)
        row = db.session.execute(ends.order_by(every.c.position.desc()).limit(1)).first()
        return _End(*row) if row is not None else _End(0, None, "")

    def _after(self, end: _End) -> Any:
        return tuple_(*self._key) > tuple_(end.created_at or _EARLIEST, end.row_id)

    def _count_before(self, since: datetime) -> int:
        end = self._find(self._strides.c.created_at < since)
        rows = select(self._model.id).where(*self._mine, self._after(end), self._model.created_at < since)
        return end.shown + count_of(rows)

    def _count_strides(self) -> None:
        """Counts the next strides that nobody has counted; two at once count the same."""
        strides = _strides(self._whole)
        missing = select(strides).where(strides.c.kinds.is_(None)).order_by(strides.c.position)
        for stride in db.session.execute(missing.limit(_COUNTED_PER_READ)).all():
            kinds = select(self._kind.column, func.count()).where(*self._whole.conditions, *self._inside(stride))
            counts = {str(kind): int(number) for kind, number in db.session.execute(kinds.group_by(self._kind.column))}
            mine = (*marks_of(self._whole), ListMark.position == stride.position)
            db.session.execute(update(ListMark).where(*mine).values(kinds=counts))
        db.session.commit()


@dataclass(frozen=True)
class _End:
    """A mark with how many rows of the kind there are up to it."""

    shown: int
    created_at: datetime | None
    row_id: str


def _strides(whole: WholeList) -> Any:
    """Every mark of a list with the row that its stride begins after."""
    marks = select(
        ListMark.position,
        ListMark.created_at,
        ListMark.row_id,
        ListMark.kinds,
        func.coalesce(func.lag(ListMark.created_at).over(order_by=ListMark.position), _EARLIEST).label("from_at"),
        func.coalesce(func.lag(ListMark.row_id).over(order_by=ListMark.position), "").label("from_id"),
    )
    return marks.where(*marks_of(whole)).subquery()
