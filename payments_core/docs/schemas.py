"""From the marshmallow schemas that requests are really loaded through to JSON Schema.

Nearly every field type is our own, both versions treat unknown fields differently under the same class, and marshmallow matches a
pattern at the start of a text where JSON Schema searches it: a general converter would need an exception for each, so this small
one names what each type takes.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from marshmallow import Schema as Marshmallow
from marshmallow import fields, missing, validate

from payments_core.api.answers.forms import Schema, nullable, ref
from payments_core.api.schemas import base, lists, payments, test_helpers
from payments_core.money import CURRENCIES

_TAKEN_ONLY = frozenset({"number", "cvc", "iban"})  # never given back


class Requests:
    """The request schemas of one version, each under its name; `components` grows by what is asked for."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.components: dict[str, Schema] = {}

    def name_of(self, schema: type[Marshmallow]) -> str:
        """NewPaymentV2 is NewPaymentBody in v2, NewRefund is NewRefundBodyV1 in v1."""
        name = schema.__name__.removesuffix("V1").removesuffix("V2")
        name = name if name.endswith("Body") else f"{name}Body"
        return f"{name}V1" if self.version == 1 else name

    def refer(self, schema: type[Marshmallow]) -> Schema:
        """A reference to the schema, which is described when it is first asked for."""
        name = self.name_of(schema)
        if name not in self.components:
            self.components[name] = {}  # taken, should it hold itself
            self.components[name] = self._describe(schema)
        return ref(name)

    def query_of(self, schema: type[Marshmallow]) -> dict[str, Schema]:
        """The parameters of a query string. A parameter is left out rather than null."""
        return {name: _with_default(field, self._bare(field)) for name, field in schema().load_fields.items()}

    def _describe(self, schema: type[Marshmallow]) -> Schema:
        properties: Schema = {}
        for name, field in schema().load_fields.items():
            described = self._bare(field)
            if name in _TAKEN_ONLY:
                described["writeOnly"] = True
            properties[name] = _with_default(field, _nullable(described) if field.allow_none else described)
        whole: Schema = {"type": "object", "description": _first_line(schema), "properties": properties}
        required = [name for name, field in schema().load_fields.items() if field.required]
        if required:
            whole["required"] = required
        if self.version == 2:
            whole["additionalProperties"] = False
        return whole

    def _bare(self, field: fields.Field[Any]) -> Schema:
        described = takes(field, self)
        for check in field.validators:
            described |= _limits(check, described.get("type"))
        return described


@singledispatch
def takes(field: fields.Field[Any], requests: Requests) -> Schema:
    """What values a field takes, apart from its validators: anything, where nobody described its type (a test fails)."""
    return {}


@takes.register(fields.String)
def _(field: fields.String, requests: Requests) -> Schema:
    return {"type": "string"}


@takes.register(base.Digits)
def _(field: base.Digits, requests: Requests) -> Schema:
    return {"type": ["string", "integer"]}


@takes.register(base.Currency)
def _(field: base.Currency, requests: Requests) -> Schema:
    return {"type": "string", "enum": list(CURRENCIES)}


@takes.register(base.ObjectId)
def _(field: base.ObjectId, requests: Requests) -> Schema:
    return {"type": "string", "pattern": f"^{field.prefix}_[A-Za-z0-9]{{24}}$"}


@takes.register(base.Whole)
@takes.register(lists.QueryNumber)
def _(field: fields.Field[int], requests: Requests) -> Schema:
    return {"type": "integer"}


@takes.register(base.Flag)
def _(field: base.Flag, requests: Requests) -> Schema:
    return {"type": "boolean"}


@takes.register(base.ObjectOrId)
def _(field: base.ObjectOrId, requests: Requests) -> Schema:
    return {"anyOf": [takes(field.by_id, requests), requests.refer(field.schema)]}


@takes.register(base.Part)
def _(field: base.Part, requests: Requests) -> Schema:
    return {"anyOf": [requests.refer(field.schema)]}


@takes.register(base.DayOrSeconds)
def _(field: base.DayOrSeconds, requests: Requests) -> Schema:
    return {"anyOf": [{"type": "string", "format": "date"}, {"type": "integer"}]}


@takes.register(fields.Date)
def _(field: fields.Date, requests: Requests) -> Schema:
    return {"type": "string", "format": "date"}


@takes.register(base.AnyJson)
def _(field: base.AnyJson, requests: Requests) -> Schema:
    return {}


@takes.register(fields.List)
def _(field: fields.List[Any], requests: Requests) -> Schema:
    inner = takes(field.inner, requests)
    for check in field.inner.validators:
        inner |= _limits(check, inner.get("type"))
    return {"type": "array", "items": inner}


@takes.register(test_helpers.EntryField)
def _(field: test_helpers.EntryField, requests: Requests) -> Schema:
    return requests.refer(test_helpers.ScriptEntry)


@takes.register(payments.AuthWish)
def _(field: payments.AuthWish, requests: Requests) -> Schema:
    wish: Schema = {"type": "boolean"} if field.takes_false else {"const": True}
    return {"anyOf": [wish, requests.refer(payments.Auth)]}


def _limits(check: Any, kind: Any) -> Schema:
    """What a validator adds. Checks by function are rules no schema can say, but for the one about lists."""
    if isinstance(check, validate.Length):
        names = ("minItems", "maxItems") if kind == "array" else ("minLength", "maxLength")
        return {name: bound for name, bound in zip(names, (check.min, check.max), strict=True) if bound is not None}
    if isinstance(check, validate.Range):
        return {"minimum": check.min, "maximum": check.max}
    if isinstance(check, validate.OneOf):
        return {"enum": list(check.choices)}
    if isinstance(check, validate.Regexp):
        pattern = check.regex.pattern.replace(r"\Z", "$")  # which JSON Schema's dialect does not know
        return {"pattern": f"^(?:{pattern})"}
    return {"uniqueItems": True} if check is payments.all_different else {}


def _with_default(field: fields.Field[Any], described: Schema) -> Schema:
    return described if field.load_default is missing else {**described, "default": field.load_default}


def _nullable(described: Schema) -> Schema:
    """nullable(), also for what takes several types already and for what takes anything."""
    if not described:
        return described
    if isinstance(described.get("type"), list):
        return {**described, "type": [*described["type"], "null"]}
    return nullable(described)


def _first_line(schema: type[Marshmallow]) -> str:
    return (schema.__doc__ or "").strip().split("\n")[0]
