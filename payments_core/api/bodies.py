"""Reading request bodies and query strings through their schemas.

Only POST and PATCH call this: lib-php sends the previous body again, card number included, on GET and DELETE, and there it is
never read, parsed or logged (wire contract 0.1, line 3).
"""

from __future__ import annotations

import json
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError

from payments_core.api.problems import InvalidInput, Problem
from payments_core.api.schemas.base import Body, ready
from payments_core.api.versions import version


def json_body() -> Any:
    """The JSON value of the body, an empty object for an empty body. Raises InvalidInput.

    The content type is not looked at: clients differ and none of them sends anything else.
    """
    raw = request.get_data()
    if not raw.strip():
        return {}
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput([Problem(("body",), "The body is not valid JSON")]) from error


def load_body(schema: type[Schema], body: Any = None, *, partial: bool = False) -> dict[str, Any]:
    """The body (or the given part of it) through a schema: v1 ignores unknown fields, v2 names and refuses them."""
    value = json_body() if body is None else body
    if not isinstance(value, dict):
        raise InvalidInput([Problem(("body",), "The body must be a JSON object")])
    return _load(ready(schema, "exclude" if version() == 1 else "raise", partial), value, "body")


def no_fields() -> None:
    """For a request that takes no fields: one that is sent is named and refused as everywhere. Raises InvalidInput."""
    load_body(Body)


def load_query(schema: type[Schema]) -> dict[str, Any]:
    """The query string through a schema; parameters it does not know are ignored in both versions."""
    return _load(ready(schema, "exclude"), request.args.to_dict(), "query")


def _load(schema: Schema, value: dict[str, Any], where: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(value)
    except ValidationError as error:
        raise InvalidInput(list(_problems((where,), error.messages))) from error
    return loaded


def _problems(place: tuple[str | int, ...], messages: Any) -> list[Problem]:
    """Flattens marshmallow's nested messages; `_schema` marks a message about the object itself."""
    if isinstance(messages, dict):
        found = []
        for name, inner in messages.items():
            found += _problems(place if name == "_schema" else (*place, name), inner)
        return found
    if isinstance(messages, list):
        return [problem for message in messages for problem in _problems(place, message)]
    return [Problem(place, str(messages))]


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
