"""What may be asked of a long list: rows with certain traits, or from a moment on of another column than the list lies along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement


@dataclass(frozen=True, eq=False)
class Trait:
    """A condition on rows under a name that stands for it. `indexed`: rows that meet it are found without the list."""

    name: str
    condition: ColumnElement[bool]
    indexed: bool = False


def having(column: Any, value: str, *, indexed: bool) -> Trait:
    """Rows whose column is this."""
    return Trait(f"{column.key}={json.dumps(value)}", column == value, indexed)


def beginning(column: Any, start: str) -> Trait:
    """Rows whose column begins so."""
    return Trait(f"{column.key}^{json.dumps(start)}", column.startswith(start, autoescape=True))


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
    def counted_traits(self) -> tuple[Trait, ...]:
        """What is counted along the list: the part without its moment."""
        there = (with_any(self.later[0]),) if self.later is not None else ()
        return (*self.traits, *there)

    @property
    def name(self) -> str:
        """What its counts are kept under."""
        return "&".join(sorted(trait.name for trait in self.counted_traits))

    @property
    def extent_name(self) -> str:
        """What the first and the last of its other moments are kept under; the name itself without one."""
        return f"{self.later[0].key}.." if self.later is not None else self.name

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What a row of the part meets."""
        moment = (self.later[0] >= self.later[1],) if self.later is not None else ()
        return (*(trait.condition for trait in self.traits), *moment)


EVERYTHING = Part()


def chosen(model: Any, wanted: Mapping[str, str | None]) -> tuple[Trait, ...]:
    """Traits for what is wanted of a model's columns, all of them indexed; None: anything."""
    given = {name: value for name, value in wanted.items() if value is not None}
    return tuple(having(getattr(model, name), value, indexed=True) for name, value in given.items())
