"""How one operation of the API is described. The views say the rest: their addresses, methods and docstrings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema as Marshmallow

from payments_core.api.answers import name_of
from payments_core.api.answers.forms import NUMBER, TEXT, Schema, nullable, page, ref, several

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """What a good answer is: a schema of api/answers, alone, in an envelope under `key`, or as a plain array."""

    name: str = ""
    key: str | None = None
    plain_array: bool = False
    media_type: str = JSON
    status: int = 200
    echoed: Mapping[str, Schema] = field(default_factory=dict)  # into v1's range
    only: int | None = None  # the one version that answers so

    def schema(self, version: int) -> Schema:
        """Its JSON Schema in a version. A file has none."""
        if self.media_type != JSON:
            return {}
        name = name_of(self.name, version)
        if self.key is not None:
            return page(self.key, name, version, **self.echoed)
        return several(ref(name)) if self.plain_array else ref(name)


def listed(key: str, name: str, **echoed: Schema) -> Answer:
    """An envelope of objects."""
    return Answer(name, key=key, echoed=echoed)


def array(name: str) -> Answer:
    """A plain array of objects."""
    return Answer(name, plain_array=True)


NOTHING = Answer(status=204)
ECHOED_BY_PAYOUTS = {"created": nullable(NUMBER), "order_id": nullable(TEXT), "unique_id": nullable(TEXT)}

Body = type[Marshmallow]


@dataclass(frozen=True)
class Operation:
    """One view. `answers` are the forms a good answer may have; none for a view that always refuses.

    `body` and `query` are the schemas the view loads, by version where they differ (a test compares). `errors` are the codes of
    error_table.py that this operation may give beside those that every operation may.
    """

    summary: str
    answers: tuple[Answer, ...] = ()
    body: Body | Mapping[int, Body] | None = None
    query: Body | None = None
    unused: Mapping[int, frozenset[str]] = field(default_factory=dict)  # parameters a version ignores
    errors: tuple[str, ...] = ()
    text: str | None = None  # instead of the docstring of the view, where that speaks of the code
    bare_id: bool = False  # the body may be a JSON string, the object's own id
    upload: tuple[str, ...] = ()  # the body is a file of one of these media types
    parts: Mapping[str, Answer] = field(default_factory=dict)  # values of the path's last parameter, and their answers

    def body_of(self, version: int) -> Body | None:
        """The schema the body goes through in a version."""
        return self.body.get(version) if isinstance(self.body, Mapping) else self.body


def read(summary: str, name: str, *errors: str) -> Operation:
    """A view that shows one object."""
    return Operation(summary, (Answer(name),), errors=errors)


def lists(summary: str, key: str, name: str, query: Body, *ignored: str, **more: Any) -> Operation:
    """A view that lists objects; `ignored` are parameters of the schema that it does not look at."""
    unused = {1: frozenset(ignored), 2: frozenset(ignored)}
    return Operation(summary, (listed(key, name),), query=query, **{"unused": unused, **more})
