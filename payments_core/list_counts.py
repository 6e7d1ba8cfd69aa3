"""A part of a long list by offset: each mark also says how many rows of which part lie between it and the one before.

The few rows of a rare part may lie anywhere among millions, and marks of their own would need an index of their own to be made. With
counts along the marks that are there, only those thousands are looked at that hold what is asked for. Whoever first asks for
a part counts them. A row that changes what parts it is in is noted by the database itself (ListChange); the next reader forgets what
was counted of its thousand and counts it again.

A part may also begin at a moment of another column than the list lies along. Along the list that moment differs from row to row, yet
little: the thousands that lie wholly behind it or before it are known by their first and last one, those in between are looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    not_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import OperationalError

from payments_core.db import db
from payments_core.list_marks import ListName, LongList, MarkedList, Place, WholeList, marks_of
from payments_core.list_parts import Part
from payments_core.models import ListChange, ListMark

_COUNTED_AT_ONCE = 200  # strides, a fifth of a second or so; what was counted is kept
_ROOM = 1500  # bytes that a mark keeps counts in: parts that are asked for go on, those that were are forgotten with the rest
_FORGOTTEN_AT_ONCE = 10_000
_FORGOTTEN_AFTER = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # before any row
_MICROSECOND = timedelta(microseconds=1)
_BEGINNING = Place(0)


@dataclass(frozen=True)
class _Stride:
    """The rows behind one mark up to and with the next: how many of the part are there. None: nobody has counted them.

    `extent`: the first and the last of the part's other moment, in microseconds of Unix time; None where no row has one.
    """

    start: Place
    end: Place
    there: int | None
    extent: tuple[int, int] | None = None


class PartList(LongList):
    """A part of a long list, from its beginning or from a moment on."""

    def __init__(self, whole: WholeList, part: Part, strides: Sequence[_Stride], since: datetime | None) -> None:
        self._strides = strides
        totals = accumulate(stride.there or 0 for stride in strides)
        self._places = [replace(stride.end, position=total) for stride, total in zip(strides, totals, strict=True)]
        super().__init__(whole, since, *part.conditions())

    @classmethod
    def of(cls, whole: WholeList, part: Part, since: datetime | None = None) -> PartList | None:
        """The part, counted if need be. None while others count so much of this list that it is quicker to walk it."""
        MarkedList(whole).extend()
        if db.session.scalar(select(exists().where(*_changes_of(whole)))) and not _forget_changed(whole):
            return None
        strides = _read(whole, part)
        while any(stride.there is None for stride in strides):
            if not _count(whole, part):
                return None
            strides = _read(whole, part)
        return cls(whole, part, _look_at_straddling(whole, part, strides), since)

    def _from(self, statement: Select[Any], position: int, limit: int) -> list[Any]:
        """Of those thousands alone that hold the rows: one after the other, or the planner may walk the list."""
        found: list[Any] = []
        number = bisect_right(self._places, position, key=lambda place: place.position)
        for stride, place in zip(self._strides[number:], self._places[number:], strict=True):
            if len(found) == limit:
                return found
            if stride.there:
                rows = statement.where(*self.whole.up_to(stride.end.moment, stride.end.row_id))
                passed = replace(stride.start, position=place.position - stride.there)
                found += self._behind(passed, rows, position, limit - len(found))
        if len(found) < limit:
            found += self._behind(self._end(), statement, position, limit - len(found))
        return found

    def _end(self) -> Place:
        return self._places[-1] if self._places else _BEGINNING

    def _place_before(self, since: datetime) -> Place:
        number = sum(place.moment < since for place in self._places if place.moment is not None)
        return self._places[number - 1] if number else _BEGINNING


def _read(whole: WholeList, part: Part) -> list[_Stride]:
    """Every stride of a list with what is known of a part there."""
    there = cast(ListMark.counts.op("->>")(literal(part.name)), Integer)
    known = [case((ListMark.counts.has_key(part.extent_name), there)), ListMark.counts[part.extent_name]]
    marks = select(ListMark.position, ListMark.moment, ListMark.row_id, *known).where(*marks_of(whole))
    start, strides = _BEGINNING, []
    for made_at, moment, row_id, number, ends in db.session.execute(marks.order_by(ListMark.position)):
        end = Place(0, moment, row_id, made_at)
        extent = tuple(ends) if part.later is not None and ends is not None and None not in ends else None
        strides.append(_Stride(start, end, number, extent))
        start = end
    return strides


def _look_at_straddling(whole: WholeList, part: Part, strides: list[_Stride]) -> list[_Stride]:
    """With a moment of its own, the part begins in the midst of some strides: these are counted now, the others are known."""
    if part.later is None:
        return strides
    since = (part.later[1] - _EPOCH) // _MICROSECOND
    ends = [(stride, stride.extent) for stride in strides if stride.extent is not None]
    known = {stride.end.made_at: stride.there for stride, (first, _) in ends if first >= since}
    looked_at = [stride.end.made_at for stride, (first, last) in ends if first < since <= last]
    places = _strides(whole)
    chosen = select(places).where(places.c.position.in_(looked_at)).subquery("chosen")
    rows = select(func.count()).select_from(whole.model)
    rows = rows.where(*whole.conditions, *part.conditions(), *_inside(whole, chosen.c)).correlate(chosen)
    if looked_at:
        found = db.session.execute(select(chosen.c.position, rows.scalar_subquery()))
        known |= {position: number for position, number in found}  # noqa: C416
    return [replace(stride, there=known.get(stride.end.made_at, 0)) for stride in strides]


def _count(whole: WholeList, part: Part) -> bool:
    """Counts the strides that nobody has counted, some at a time: each time is kept. False when others are at it for too long."""
    strides = _strides(whole)
    is_counted = strides.c.counts.has_key(part.name) & strides.c.counts.has_key(part.extent_name)
    uncounted = select(strides).where(not_(is_counted)).order_by(strides.c.position)
    missing = uncounted.limit(_COUNTED_AT_ONCE).subquery("missing")
    rows = select(_summary(part)).where(*whole.conditions, *_inside(whole, missing.c)).correlate(missing)
    kept = case((func.pg_column_size(ListMark.counts) > _ROOM, literal({}, JSONB)), else_=ListMark.counts)
    counting = update(ListMark).where(*marks_of(whole), ListMark.position == missing.c.position)
    counting = counting.values(counts=kept.op("||")(rows.scalar_subquery()))
    while _has_turn(whole):
        counted = db.session.execute(counting.returning(ListMark.position).execution_options(synchronize_session=False))
        number = len(counted.all())
        db.session.commit()
        if number < _COUNTED_AT_ONCE:
            return True
    return False


def forget_old() -> int:
    """Forgets what rows changed an hour ago or more, in lists whose parts nobody asks for. Returns in how many lists."""
    oldest = select(ListChange.name, ListChange.owner_id, ListChange.live, ListChange.noted_at)
    first = oldest.order_by(ListChange.id).limit(_FORGOTTEN_AT_ONCE).subquery().c
    old = select(first.name, first.owner_id, first.live).where(first.noted_at < func.now() - _FORGOTTEN_AFTER)
    lists = [ListName(*row) for row in db.session.execute(old.distinct())]
    return sum(_forget_changed(one) for one in lists)


def _forget_changed(of: WholeList | ListName) -> bool:
    """Forgets the counts of all strides that rows changed in. False when others are at it for too long."""
    while _has_turn(of):
        some = select(ListChange.id).where(*_changes_of(of)).limit(_FORGOTTEN_AT_ONCE)
        gone = delete(ListChange).where(ListChange.id.in_(some)).returning(ListChange.moment, ListChange.row_id)
        changed = gone.cte("changed")
        strides = select(ListMark.position).where(
            *marks_of(of), tuple_(ListMark.moment, ListMark.row_id) >= tuple_(changed.c.moment, changed.c.row_id)
        )
        first = strides.order_by(ListMark.moment, ListMark.row_id).limit(1).correlate(changed).scalar_subquery()
        touched = select(first).select_from(changed).distinct()
        stale = update(ListMark).where(*marks_of(of), ListMark.counts != {}, ListMark.position.in_(touched))
        db.session.execute(stale.values(counts={}).execution_options(synchronize_session=False))
        db.session.commit()
        if not db.session.scalar(select(exists().where(*_changes_of(of)))):
            return True
    return False


def _has_turn(of: WholeList | ListName) -> bool:
    """Locks the counts of a list until the transaction ends, after a second at most, or not at all.

    One reader at a time: none may write what it counted before another one learned of a change.
    """
    key = func.hashtextextended(f"list_parts {of.name} {of.owner_id} {of.live}", 0)
    db.session.execute(text("SET LOCAL lock_timeout = '1s'"))
    try:
        db.session.execute(select(func.pg_advisory_xact_lock(key)))
    except OperationalError as error:
        db.session.rollback()
        if isinstance(error.orig, LockNotAvailable):
            return False
        raise
    return True


def _summary(part: Part) -> ColumnElement[Any]:
    """What a mark says of its stride: the number of the part's rows and, of the part's other moment, the first and the last."""
    known: list[Any] = [literal(part.name), func.count().filter(*(trait.condition for trait in part.counted_traits))]
    if part.later is not None:
        ends = (func.extract("epoch", end(part.later[0])) * 1_000_000 for end in (func.min, func.max))
        known += [literal(part.extent_name), func.jsonb_build_array(*(cast(end, BigInteger) for end in ends))]
    return func.jsonb_build_object(*known)


def _changes_of(of: WholeList | ListName) -> tuple[ColumnElement[bool], ...]:
    return ListChange.name == of.name, ListChange.owner_id == of.owner_id, ListChange.live.is_(of.live)


def _inside(whole: WholeList, stride: Any) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a row in one of _strides()."""
    return *whole.after(stride.from_moment, stride.from_id), *whole.up_to(stride.moment, stride.row_id)


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
