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
from payments_core.list_marks import MarkedList, WholeList, marks_of
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


class KindList(MarkedList):
    """One kind of a long list, from its beginning or from a moment on. No row of the list is ever deleted."""

    def __init__(self, whole: WholeList, kind: Kind, since: datetime | None = None) -> None:
        self._kind = kind
        MarkedList(whole).extend()
        _count_strides(whole, kind.column)
        super().__init__(whole, since, kind.of_row())

    def _end(self) -> Any:
        return self._last()

    def _marks(self) -> Any:
        """Those whose stride is counted: where it begins, how many rows are `there`, and how many are `shown` up to its end."""
        strides = _strides(self.whole)
        there = self._kind.among(strides.c.kinds)
        shown = cast(func.sum(there).over(order_by=strides.c.position), BigInteger)
        every = select(*strides.c, there.label("there"), shown.label("shown"))
        return every.where(strides.c.kinds.is_not(None)).subquery()

    def _from(self, statement: Select[Any], position: int, limit: int, key: tuple[Any, Any]) -> list[Any]:
        """Of those thousands alone that hold the rows: one after the other, or the planner may walk the list."""
        marks, found = self._marks(), list[Any]()
        holding = (marks.c.shown > position, marks.c.shown - marks.c.there < position + limit, marks.c.there > 0)
        for stride in db.session.execute(select(marks).where(*holding).order_by(marks.c.position)).all():
            passed = max(0, position - (stride.shown - stride.there))
            rows = statement.where(*self._mine, *_inside(self.model, stride)).order_by(*key)
            found += db.session.scalars(rows.offset(passed).limit(limit - len(found))).all()
        if len(found) < limit:
            last = self._last()
            rows = statement.where(*self._mine, *self._after(last)).order_by(*key)
            found += db.session.scalars(rows.offset(max(0, position - last.position)).limit(limit - len(found))).all()
        return found


def _count_strides(whole: WholeList, column: Any) -> None:
    """Counts the next strides that nobody has counted; two at once count the same."""
    strides = _strides(whole)
    missing = select(strides).where(strides.c.kinds.is_(None)).order_by(strides.c.position)
    for stride in db.session.execute(missing.limit(_COUNTED_PER_READ)).all():
        kinds = select(column, func.count()).where(*whole.conditions, *_inside(whole.model, stride))
        counts = {str(kind): int(number) for kind, number in db.session.execute(kinds.group_by(column))}
        mine = (*marks_of(whole), ListMark.position == stride.position)
        db.session.execute(update(ListMark).where(*mine).values(kinds=counts))
    db.session.commit()


def _inside(model: Any, stride: Any) -> tuple[Any, Any]:
    """The condition that a row lies in a stride."""
    key = tuple_(model.created_at, model.id)
    return key > tuple_(stride.from_at, stride.from_id), key <= tuple_(stride.created_at, stride.row_id)


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
