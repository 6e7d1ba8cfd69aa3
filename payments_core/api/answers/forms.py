"""Short ways to write down the forms that answers are made of."""

from __future__ import annotations

from typing import Any

from payments_core.money import CURRENCIES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SECONDS: Schema = {"type": "integer"}  # unix seconds, UTC
DAY: Schema = {"type": "string", "format": "date"}
COUNTRY: Schema = {"type": "string", "pattern": "^[A-Z]{2}$"}
CURRENCY: Schema = {"type": "string", "enum": list(CURRENCIES)}
ANYTHING: Schema = {}


def words(*choices: str) -> Schema:
    """One of a few words."""
    return {"type": "string", "enum": list(choices)}


def identifier(*prefixes: str) -> Schema:
    """An id: prefix and 24 letters and digits."""
    start = prefixes[0] if len(prefixes) == 1 else f"({'|'.join(prefixes)})"
    return {"type": "string", "pattern": f"^{start}_[A-Za-z0-9]{{24}}$"}


def ref(name: str) -> Schema:
    """Another schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **choices}


def several(schema: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": schema}


def record(*, optional: Schema | None = None, **properties: Schema) -> Schema:
    """An object with exactly these properties, all of them always there but the optional ones."""
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
        "additionalProperties": False,
    }


def page(key: str, name: str, version: int, **echoed: Schema) -> Schema:
    """The envelope of a list (wire contract 4); `echoed` is in v1's range beside the usual."""
    extent = {"start": COUNT, "end": COUNT, "limit": COUNT}
    items = {key: several(ref(name))}
    if version == 2:
        return record(**items, range=record(**extent, count=COUNT, has_more=FLAG))
    return record(**items, live_mode=FLAG, range=record(**extent, has_more=FLAG, **echoed))
