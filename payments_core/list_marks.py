"""Long lists by offset without walking them: a kept count, and a row known by its position every thousand rows.

A list lies along a moment of its rows: their creation, or that of another step each row takes once, as the processing of a payment.
A mark says how many rows of it, oldest first, there are up to one of them; a position is then found from the mark
before it in one index range of at most a stride, and the whole number is the last mark plus the few rows behind it. Marks are made
by whoever reads a list that has outgrown its last mark, and only over rows older than five minutes, behind
which no transaction can still add one. Where rows can be deleted (`deleted_at`), a mark also counts those of its stride that
were deleted since it was made: what is shown up to a mark is its position less what is gone up to it.

Parts of such a list are in list_counts.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from payments_core.db import db
from payments_core.models import ListMark
from payments_core.scope import Scope

STRIDE = 1000
EXACT = 10_000  # lists up to this length need no marks
_SETTLED = timedelta(minutes=5)
_MARKS_AT_ONCE = 200
_BEGINNING = "0"


@dataclass(frozen=True)
class Place:
    """`position` rows are shown up to and with (moment, row_id); `made_at` were when its mark was made."""

    position: int
    moment: datetime | None = None
    row_id: str = _BEGINNING
    made_at: int = 0


class ListName(NamedTuple):
    """What a list's marks and the changes of its rows are kept under."""

    name: str
    owner_id: str
    live: bool


@dataclass(frozen=True)
class WholeList:
    """A list that may become long: all rows of a model that meet its conditions and have the moment it lies along.

    `owner_id` names it among those of its model. `along` is the column of that moment (None: `created_at`), set once and to the time
    at which it is set; `now` is by its clock. `changes_noted`: the database notes which rows changed their parts (list_counts.py).
    """

    model: Any
    owner_id: str
    live: bool
    conditions: tuple[ColumnElement[bool], ...]
    now: datetime
    along: Any = None
    changes_noted: bool = True

    @property
    def moment(self) -> Any:
        """The column the list lies along."""
        return self.model.created_at if self.along is None else self.along

    @property
    def name(self) -> str:
        """What its marks and the changes of its rows are kept under (migration 0020 writes the latter)."""
        table: str = self.model.__tablename__
        return table if self.along is None else f"{table}.{self.along.key}"

    def key(self) -> tuple[Any, Any]:
        """What the list is ordered by, oldest first."""
        return self.moment, self.model.id

    def after(self, moment: Any, row_id: Any) -> tuple[ColumnElement[bool], ...]:
        """The conditions of a row behind another one. The planner knows the range by the moment alone, said once more."""
        return self.moment >= moment, tuple_(*self.key()) > tuple_(moment, row_id)

    def up_to(self, moment: Any, row_id: Any) -> tuple[ColumnElement[bool], ...]:
        """Those of a row up to and with another one."""
        return self.moment <= moment, tuple_(*self.key()) <= tuple_(moment, row_id)


def of_merchant(model: Any, scope: Scope, along: Any = None) -> WholeList:
    """A merchant's whole list of a model in one mode, without deleted rows and those that lack the moment it lies along."""
    there = () if along is None else (along.is_not(None),)
    return WholeList(model, scope.merchant_id, scope.live, (*shown(model, scope), *there), scope.now, along)


def of_ids(model: Any, scope: Scope, owner_id: str, ids: Select[str], along: Any = None) -> WholeList:
    """The rows of a merchant that a statement of ids names, as the list of an owner; they are the same for good."""
    mine = of_merchant(model, scope, along)
    return replace(mine, owner_id=owner_id, conditions=(*mine.conditions, model.id.in_(ids)), changes_noted=False)


class LongList(ABC):
    """A list by places along it that are known, oldest first, from its beginning or from a moment on; `besides` keeps to a part."""

    def __init__(self, whole: WholeList, since: datetime | None = None, *besides: ColumnElement[bool]) -> None:
        self.whole, self.model = whole, whole.model
        self._mine = (*whole.conditions, *besides)
        self._before = self._count_before(since) if since is not None else 0

    def count(self) -> int:
        """How many rows there are."""
        return self._count

    def rows(self, statement: Select[Any], start: int, limit: int, newest_first: bool) -> list[Any]:
        """`limit` rows from the offset `start` of the list in either direction. `statement` selects the model, unordered."""
        if newest_first:
            first = self.count() - start - limit  # counted from the list's beginning
            taken = limit + min(first, 0)
            if taken <= 0:
                return []
            return list(reversed(self._from(statement, self._before + max(first, 0), taken)))
        return self._from(statement, self._before + start, limit)

    @cached_property
    def _count(self) -> int:
        last = self._end()
        behind = select(self.model.id).where(*self._mine, *self._after(last))
        return last.position + _count(behind) - self._before

    def _count_before(self, since: datetime) -> int:
        place = self._place_before(since)
        rows = select(self.model.id).where(*self._mine, *self._after(place), self.whole.moment < since)
        return place.position + _count(rows)

    def _after(self, place: Place) -> tuple[ColumnElement[bool], ...]:
        return () if place.moment is None else self.whole.after(place.moment, place.row_id)

    def _behind(self, place: Place, statement: Select[Any], position: int, limit: int) -> list[Any]:
        """Rows from a position on that is known to lie behind a place."""
        found = statement.where(*self._mine, *self._after(place)).order_by(*self.whole.key())
        return list(db.session.scalars(found.offset(max(0, position - place.position)).limit(limit)).unique())

    @abstractmethod
    def _from(self, statement: Select[Any], position: int, limit: int) -> list[Any]:
        """Rows from a position of the whole list on."""

    @abstractmethod
    def _end(self) -> Place:
        """The last place that is known: behind it rows are counted."""

    @abstractmethod
    def _place_before(self, since: datetime) -> Place:
        """The last place known before a moment."""


class MarkedList(LongList):
    """A whole list by its marks, in the same time for millions of rows as for thousands."""

    def _from(self, statement: Select[Any], position: int, limit: int) -> list[Any]:
        marks = self._marks()
        return self._behind(self._find(marks.c.shown <= position, marks=marks), statement, position, limit)

    def _end(self) -> Place:
        return self.extend()

    def _place_before(self, since: datetime) -> Place:
        marks = self._marks()
        return self._find(marks.c.moment < since, marks=marks)

    def _marks(self) -> Any:
        """The list's marks with what is shown up to each, as a subquery."""
        shown_to: Any = ListMark.position
        if _deletable(self.model):
            shown_to = ListMark.position - func.sum(ListMark.gone).over(order_by=ListMark.position)
        marks = select(shown_to.label("shown"), ListMark.moment, ListMark.row_id, ListMark.position)
        return marks.where(*marks_of(self.whole)).subquery()

    def _find(self, *conditions: Any, marks: Any = None) -> Place:
        """The last mark that meets the conditions."""
        marks = self._marks() if marks is None else marks
        row = db.session.execute(select(marks).where(*conditions).order_by(marks.c.position.desc()).limit(1)).first()
        return Place(int(row.shown), row.moment, row.row_id, row.position) if row is not None else Place(0)

    def extend(self) -> Place:
        """Sets the next marks, if the list has grown by so much; two readers at once set the same ones. The last mark."""
        while self._has_outgrown(last := self._find()):
            self._set_marks(last)
        return last

    def _set_marks(self, last: Place) -> None:
        if _deletable(self.model):  # nobody may delete a row between its being counted and its mark being there
            db.session.execute(select(func.pg_advisory_xact_lock(_lock_of(self.model, self.whole.owner_id))))
            last = self._find()
        moment, key = self.whole.moment, self.whole.key()
        number = func.row_number().over(order_by=key).label("number")
        behind = (*self._mine, *self._after(last), moment <= self.whole.now - _SETTLED)
        rows = select(moment.label("moment"), self.model.id, number).where(*behind).order_by(*key)
        settled = rows.limit(_MARKS_AT_ONCE * STRIDE).subquery()
        owner = (literal(self.whole.name), literal(self.whole.owner_id), literal(self.whole.live))
        new = select(*owner, literal(last.made_at) + settled.c.number, settled.c.moment, settled.c.id)
        columns = (ListMark.name, ListMark.owner_id, ListMark.live, ListMark.position, ListMark.moment, ListMark.row_id)
        marks = insert(ListMark).from_select(columns, new.where(settled.c.number % STRIDE == 0))
        db.session.execute(marks.on_conflict_do_nothing())
        db.session.commit()

    def _has_outgrown(self, last: Place) -> bool:
        """Whether there is a row for the mark after this one that is old enough."""
        found = select(self.whole.moment).where(*self._mine, *self._after(last)).order_by(*self.whole.key())
        moment = db.session.scalar(found.offset(STRIDE - 1).limit(1))
        return moment is not None and moment <= self.whole.now - _SETTLED


def shown(model: Any, scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a merchant's whole list: its rows, without deleted ones."""
    mine = (model.merchant_id == scope.merchant_id, model.live.is_(scope.live))
    return (*mine, model.deleted_at.is_(None)) if _deletable(model) else mine


def take_off(row: Any, moment: datetime) -> None:
    """Marks a locked row as deleted, within the caller's transaction; its mark, if it has one, counts it."""
    row.deleted_at = moment
    model = type(row)
    db.session.execute(select(func.pg_advisory_xact_lock_shared(_lock_of(model, row.merchant_id))))
    mine = marks_of(ListName(model.__tablename__, row.merchant_id, row.live))
    behind = tuple_(ListMark.moment, ListMark.row_id) >= tuple_(row.created_at, row.id)
    stride = select(func.min(ListMark.position)).where(*mine, behind).scalar_subquery()
    counted = update(ListMark).where(*mine, ListMark.position == stride).values(gone=ListMark.gone + 1)
    db.session.execute(counted.execution_options(synchronize_session=False))


def marks_of(of: WholeList | ListName) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a list's marks."""
    return ListMark.name == of.name, ListMark.owner_id == of.owner_id, ListMark.live.is_(of.live)


def _deletable(model: Any) -> bool:
    return hasattr(model, "deleted_at")


def _lock_of(model: Any, owner_id: str) -> ColumnElement[int]:
    return func.hashtextextended(f"list_marks {model.__tablename__} {owner_id}", 0)


def _count(rows: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
