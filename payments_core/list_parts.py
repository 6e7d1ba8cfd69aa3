"""A part of a long list by offset: each mark also says how many rows of which part lie between it and the one before.

The few rows of a rare part may lie anywhere among millions, and marks of their own would need an index of their own to be made. With
counts along the marks that are there, only those thousands are looked at that hold what is asked for. Whoever first asks for
a part counts them, some at a time. A row that changes what parts it is in, long after it was added, is noted by the database
itself (ListChange); the next reader forgets what was counted of its thousand and counts it again.

A part may also begin at a moment of another column than the list lies along. Along the list that moment differs from row to row, yet
little: the thousands that lie wholly behind it or before it are known by their first and last one, those in between are looked at.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    not_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from payments_core.db import db
from payments_core.list_marks import ListName, MarkedList, WholeList, marks_of
from payments_core.models import ListChange, ListMark

_COUNTED_PER_READ = 1000
_FORGOTTEN_PER_ROUND = 1000
_FORGOTTEN_AFTER = timedelta(hours=1)  # longer than any transaction
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # before any row
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, eq=False)
class Trait:
    """A condition on rows under a name that stands for it. `looked_up`: an index of its own finds such rows."""

    name: str
    condition: ColumnElement[bool]
    looked_up: bool = False


def having(column: Any, value: str, *, looked_up: bool) -> Trait:
    """Rows whose column is this."""
    return Trait(f"{column.key}={value}", column == value, looked_up)


def beginning(column: Any, text: str) -> Trait:
    """Rows whose column begins so."""
    return Trait(f"{column.key}^{text}", column.startswith(text, autoescape=True))


def without(column: Any) -> Trait:
    """Rows that lack the column."""
    return Trait(f"{column.key}-", column.is_(None))


def with_any(column: Any) -> Trait:
    """Rows that have the column."""
    return Trait(f"{column.key}+", column.is_not(None))


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of a list that have every trait, and whose column `later[0]` is a moment from `later[1]` on."""

    traits: tuple[Trait, ...] = ()
    later: tuple[Any, datetime] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no row is left out."""
        return not self.traits and self.later is None

    @property
    def counted(self) -> tuple[Trait, ...]:
        """What is counted along the list: the part without its moment."""
        there = (with_any(self.later[0]),) if self.later is not None else ()
        return (*self.traits, *there)

    @property
    def name(self) -> str:
        """What its counts are kept under."""
        return "&".join(sorted(trait.name for trait in self.counted))

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What a row of the part meets."""
        moment = (self.later[0] >= self.later[1],) if self.later is not None else ()
        return (*_met(self.traits), *moment)


EVERYTHING = Part()


def chosen(model: Any, wanted: Mapping[str, str | None], common: Container[str] = ()) -> tuple[Trait, ...]:
    """Traits for what is wanted of a model's columns; None: anything. Each has an index but for the `common` ones."""
    given = {name: value for name, value in wanted.items() if value is not None}
    return tuple(having(getattr(model, name), value, looked_up=name not in common) for name, value in given.items())


class PartList(MarkedList):
    """A part of a long list, from its beginning or from a moment on."""

    def __init__(self, whole: WholeList, part: Part, since: datetime | None = None) -> None:
        self.part = part
        MarkedList(whole).extend()
        _keep_counts(whole, part)
        self._straddling = _count_straddling(whole, part)
        super().__init__(whole, since, *part.conditions())

    def _end(self) -> Any:
        return self._last()

    def _marks(self) -> Any:
        """Those up to which every stride is counted: how many rows are `there` in theirs, how many are `shown` up to its end."""
        strides = _strides(self.whole)
        missing = select(func.min(strides.c.position)).where(not_(_is_counted(strides.c.counts, self.part)))
        there = self._there(strides)
        shown = cast(func.sum(there).over(order_by=strides.c.position), BigInteger)
        every = select(*strides.c, there.label("there"), shown.label("shown"))
        return every.where(strides.c.position < func.coalesce(missing.scalar_subquery(), 2**62)).subquery()

    def _there(self, strides: Any) -> ColumnElement[int]:
        """How many rows of the part a stride holds."""
        counted = cast(strides.c.counts.op("->>")(literal(self.part.name)), Integer)
        if self.part.later is None:
            return counted
        column, since = self.part.later
        first, last = _extent(strides.c.counts, column)
        looked_at = cast(literal(self._straddling, JSONB).op("->>")(cast(strides.c.position, String)), Integer)
        return case(
            (first >= _microseconds(since), counted),
            (func.coalesce(last, -1) < _microseconds(since), 0),
            else_=func.coalesce(looked_at, 0),
        )

    def _from(self, statement: Select[Any], position: int, limit: int) -> list[Any]:
        """Of those thousands alone that hold the rows: one after the other, or the planner may walk the list."""
        marks, found, key = self._marks(), list[Any](), self.whole.key()
        holding = (marks.c.shown > position, marks.c.shown - marks.c.there < position + limit, marks.c.there > 0)
        for stride in db.session.execute(select(marks).where(*holding).order_by(marks.c.position)).all():
            passed = max(0, position - (stride.shown - stride.there))
            rows = statement.where(*self._mine, *_inside(self.whole, stride)).order_by(*key)
            found += db.session.scalars(rows.offset(passed).limit(limit - len(found))).unique()
        if len(found) < limit:
            last = self._last()
            rows = statement.where(*self._mine, *self._after(last)).order_by(*key)
            found += db.session.scalars(
                rows.offset(max(0, position - last.position)).limit(limit - len(found))
            ).unique()
        return found


def _keep_counts(whole: WholeList, part: Part) -> None:
    """Forgets what changed rows have made stale and counts the next strides that nobody has counted."""
    changed = select(exists().where(*_changes_of(whole)))
    if not db.session.scalar(select(exists(_uncounted(whole, part).select()))) and not db.session.scalar(changed):
        return
    _forget_changed(whole)
    missing = _uncounted(whole, part)
    rows = select(_summary(part)).where(*whole.conditions, *_inside(whole, missing.c)).correlate(missing)
    counted = update(ListMark).where(*marks_of(whole), ListMark.position == missing.c.position)
    counted = counted.values(counts=ListMark.counts.op("||")(rows.scalar_subquery()))
    db.session.execute(counted.execution_options(synchronize_session=False))
    db.session.commit()


def forget_old() -> int:
    """Forgets for good what rows changed an hour ago or more, of lists whose parts nobody asks for. Returns of how many lists."""
    oldest = select(ListChange.name, ListChange.owner_id, ListChange.live, ListChange.noted_at)
    first = oldest.order_by(ListChange.id).limit(_FORGOTTEN_PER_ROUND).subquery().c
    old = select(first.name, first.owner_id, first.live).where(first.noted_at < func.now() - _FORGOTTEN_AFTER)
    lists = [ListName(*row) for row in db.session.execute(old.distinct())]
    for one in lists:
        _forget_changed(one)
        db.session.commit()
    return len(lists)


def _forget_changed(of: WholeList | ListName) -> None:
    """Under a lock that one reader has at a time: none may write what it counted before another one learned of a change."""
    lock = func.hashtextextended(f"list_parts {of.name} {of.owner_id}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(lock)))
    gone = delete(ListChange).where(*_changes_of(of)).returning(ListChange.moment, ListChange.row_id)
    rows = gone.cte("changed")
    stride = select(ListMark.position).where(
        *marks_of(of), tuple_(ListMark.moment, ListMark.row_id) >= tuple_(rows.c.moment, rows.c.row_id)
    )
    first = stride.order_by(ListMark.moment, ListMark.row_id).limit(1).correlate(rows).scalar_subquery()
    stale = update(ListMark).where(*marks_of(of), ListMark.position.in_(select(first).select_from(rows)))
    db.session.execute(stale.values(counts={}).execution_options(synchronize_session=False))


def _uncounted(whole: WholeList, part: Part) -> Any:
    """The next strides that were not counted for a part."""
    strides = _strides(whole)
    missing = select(strides).where(not_(_is_counted(strides.c.counts, part)))
    return missing.order_by(strides.c.position).limit(_COUNTED_PER_READ).subquery("missing")


def _count_straddling(whole: WholeList, part: Part) -> dict[str, int]:
    """How many rows of a part with a moment there are in those strides that hold some before and some behind it, by position."""
    if part.later is None:
        return {}
    column, since = part.later
    strides = _strides(whole)
    first, last = _extent(strides.c.counts, column)
    among = and_(first < _microseconds(since), last >= _microseconds(since))
    straddling = select(strides).where(_is_counted(strides.c.counts, part), among).subquery("straddling")
    inside = (*whole.conditions, *part.conditions(), *_inside(whole, straddling.c))
    number = select(func.count()).select_from(whole.model).where(*inside).correlate(straddling).scalar_subquery()
    return {str(position): found for position, found in db.session.execute(select(straddling.c.position, number))}


def _summary(part: Part) -> ColumnElement[Any]:
    """What a mark says of its stride: the number of the part's rows and, of the part's other moment, the first and the last."""
    parts: list[Any] = [literal(part.name), func.count().filter(*_met(part.counted))]
    if part.later is not None:
        column = part.later[0]
        first, last = (
            cast(func.extract("epoch", moment(column)) * 1_000_000, BigInteger) for moment in (func.min, func.max)
        )
        parts += [literal(_extent_name(column)), func.jsonb_build_array(first, last)]
    return func.jsonb_build_object(*parts)


def _is_counted(counts: Any, part: Part) -> ColumnElement[bool]:
    counted: ColumnElement[bool] = counts.has_key(part.name)
    return and_(counted, counts.has_key(_extent_name(part.later[0]))) if part.later is not None else counted


def _extent(counts: Any, column: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The first and the last moment of a column in a stride, in microseconds of Unix time; null where no row has one."""
    both = counts.op("->")(literal(_extent_name(column)))
    first, last = (cast(both.op("->>")(literal(place, Integer)), BigInteger) for place in (0, 1))
    return first, last


def _extent_name(column: Any) -> str:
    return f"{column.key}.."


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _met(traits: Iterable[Trait]) -> list[ColumnElement[bool]]:
    return [trait.condition for trait in traits]


def _changes_of(of: WholeList | ListName) -> tuple[ColumnElement[bool], ...]:
    return ListChange.name == of.name, ListChange.owner_id == of.owner_id, ListChange.live.is_(of.live)


def _inside(whole: WholeList, stride: Any) -> tuple[Any, Any]:
    """The condition that a row lies in a stride."""
    key = tuple_(*whole.key())
    return key > tuple_(stride.from_moment, stride.from_id), key <= tuple_(stride.moment, stride.row_id)


def _strides(whole: WholeList) -> Any:
    """Every mark of a list with the row that its stride begins after."""
    marks = select(
        ListMark.position,
        ListMark.moment,
        ListMark.row_id,
        ListMark.counts,
        func.coalesce(func.lag(ListMark.moment).over(order_by=ListMark.position), _EPOCH).label("from_moment"),
        func.coalesce(func.lag(ListMark.row_id).over(order_by=ListMark.position), "").label("from_id"),
    )
    return marks.where(*marks_of(whole)).subquery()
