"""The OpenAPI document as the reference pages show it: operations with their fields, and objects with theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from payments_core.api.answers.forms import Schema
from payments_core.docs.operations import GROUPS, Group
from payments_core.docs.operations.forms import JSON

METHODS = ("get", "post", "patch", "delete")
_SCHEMAS = "#/components/schemas/"
_DEEPEST = 3  # levels of fields inside fields


@dataclass(frozen=True)
class Field:
    """One line of a table. `link` is the name of an object that has its own table."""

    name: str
    kind: str
    text: str
    required: bool = False
    choices: list[str] = field(default_factory=list)
    link: str | None = None
    inside: list[Field] = field(default_factory=list)


@dataclass(frozen=True)
class Operation:
    """One operation as it is shown."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    deprecated: bool
    parameters: list[Field]
    body: list[Field]
    answer: str
    answer_link: str | None
    status: str | None
    errors: list[str]
    scope: str | None


@dataclass(frozen=True)
class Object:
    """One object of the answers."""

    name: str
    fields: list[Field]


class Reference:
    """Reads one document."""

    def __init__(self, document: Schema) -> None:
        self._document = document

    def groups(self, version: int) -> list[Group]:
        """The groups that a version has something of."""
        return [group for group in GROUPS if any(self._of(group, version))]

    def operations(self, group: Group, version: int) -> list[Operation]:
        """The operations of a group, in the document's order."""
        return [self._operation(path, method, what) for path, method, what in self._of(group, version)]

    def objects(self, group: Group, version: int) -> list[Object]:
        """The objects whose home is the page of this group."""
        return [
            Object(name, self.fields(self._schema(name)))
            for name, home in self._homes[version].items()
            if home == group.slug
        ]

    def home_of(self, name: str, version: int) -> str | None:
        """The page an object is described on."""
        return self._homes[version].get(name)

    def fields(self, schema: Schema, depth: int = 0) -> list[Field]:
        """The properties of an object."""
        required = schema.get("required", ())
        return [
            self._field(name, inner, name in required, depth) for name, inner in schema.get("properties", {}).items()
        ]

    def _of(self, group: Group, version: int) -> Iterator[tuple[str, str, Schema]]:
        for path, methods in self._document["paths"].items():
            if path.startswith(f"/v{version}/"):
                for method in METHODS:
                    if method in methods and group.title in methods[method]["tags"]:
                        yield path, method, methods[method]

    def _operation(self, path: str, method: str, what: Schema) -> Operation:
        good = next((status for status in what["responses"] if status.startswith("2")), None)
        answer = what["responses"][good].get("content", {}) if good else {}
        shown, link = self._answer(answer)
        parameters = [self._resolve(parameter) for parameter in what["parameters"]]
        content = what.get("requestBody", {}).get("content", {})
        body = self.fields(self._object_in(content[JSON]["schema"])) if JSON in content else []  # not an upload
        return Operation(
            anchor=what["operationId"],
            method=method.upper(),
            path=path,
            summary=what["summary"],
            text=what.get("description", ""),
            deprecated=what.get("deprecated", False),
            parameters=[
                self._field(
                    one["name"], {**one["schema"], "description": one.get("description", "")}, one["required"], 0
                )
                for one in parameters
            ],
            body=body,
            answer=shown,
            answer_link=link,
            status=good,
            errors=what["x-error-codes"],
            scope=what.get("x-scope"),
        )

    def _answer(self, content: Schema) -> tuple[str, str | None]:
        """In words, and the object it links to."""
        if not content:
            return "nothing", None
        media_type, inside = next(iter(content.items()))
        if media_type != JSON:
            return media_type, None
        schema = inside["schema"]
        listed = next((part for part in schema.get("properties", {}).values() if part.get("type") == "array"), None)
        if listed is not None:
            return f"a list of {self._name(listed['items'])}", self._name(listed["items"])
        return self.kind(schema), self._name(schema.get("items", schema))

    def _field(self, name: str, schema: Schema, required: bool, depth: int) -> Field:
        inner = self._object_in(schema)
        link = self._name_inside(schema)
        is_object = link is not None and link in self._homes[1] | self._homes[2]
        inside = [] if is_object or depth >= _DEEPEST else self.fields(inner, depth + 1)
        return Field(
            name=name,
            kind=self.kind(schema),
            text=schema.get("description", ""),
            required=required,
            choices=[str(choice) for choice in _choices(schema) if choice is not None],
            link=link if is_object else None,
            inside=inside,
        )

    def kind(self, schema: Schema) -> str:
        """What values a schema takes, in words."""
        if "$ref" in schema:
            name = self._name(schema) or ""
            return "object" if name.removesuffix("V1").endswith("Body") else name
        if "anyOf" in schema:
            return " or ".join(dict.fromkeys(self.kind(option) for option in schema["anyOf"]))
        if "const" in schema:
            return "true" if schema["const"] is True else str(schema["const"])
        types = schema.get("type", "any JSON")
        types = types if isinstance(types, list) else [types]
        return " or ".join(_in_words(one, schema, self) for one in types)

    def _object_in(self, schema: Schema) -> Schema:
        """The object a schema is, refers to, holds a list of, or may be; an empty one for plain values."""
        for option in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
            if "$ref" in option:
                return self._schema(self._name(option) or "")
            if "properties" in option:
                found: Schema = option
                return found
            if "anyOf" in option and option is not schema:
                return self._object_in(option)
        return {}

    def _name_inside(self, schema: Schema) -> str | None:
        options = (schema, schema.get("items", {}), *schema.get("anyOf", ()))
        return next((name for name in map(self._name, options) if name), None)

    def _name(self, schema: Schema) -> str | None:
        reference: str = schema.get("$ref", "")
        return reference.removeprefix(_SCHEMAS) if reference.startswith(_SCHEMAS) else None

    def _schema(self, name: str) -> Schema:
        found: Schema = self._document["components"]["schemas"][name]
        return found

    def _resolve(self, parameter: Schema) -> Schema:
        """A parameter, written out or referred to."""
        if "$ref" not in parameter:
            return parameter
        found: Schema = self._document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
        return found

    @cached_property
    def _homes(self) -> dict[int, dict[str, str]]:
        """The page of each object: the first group that answers with it, else the first whose objects hold it."""
        homes: dict[int, dict[str, str]] = {}
        for version in (1, 2):
            homes[version] = {}
            for group in GROUPS:
                for _, _, what in self._of(group, version):
                    for name in _references(
                        [what["responses"][status] for status in what["responses"] if status < "3"]
                    ):
                        homes[version].setdefault(name, group.slug)
            for name, slug in list(homes[version].items()):
                for held in self._held_by(name):
                    homes[version].setdefault(held, slug)
        return homes

    def _held_by(self, name: str) -> Iterator[str]:
        for held in _references(self._schema(name)):
            yield held
            yield from self._held_by(held)


def _references(value: Any) -> Iterator[str]:
    """The names of all schemas that are referred to anywhere inside."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            yield reference.removeprefix(_SCHEMAS)
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _choices(schema: Schema) -> list[Any]:
    """The words a value may be, of a list those of its items."""
    for place in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "enum" in place:
            return list(place["enum"])
    return []


def _in_words(kind: str, schema: Schema, reference: Reference) -> str:
    if kind == "array":
        return f"list of {reference.kind(schema.get('items', {}))}"
    if kind == "integer":
        return "whole number" + _bounds(schema, "minimum", "maximum", "")
    if kind != "string":
        return {"boolean": "true or false"}.get(kind, kind)
    if "enum" in schema:
        return "word"
    if schema.get("format") == "date":
        return "day, YYYY-MM-DD"
    pattern: str = schema.get("pattern", "")
    if pattern.endswith("_[A-Za-z0-9]{24}$"):
        return f"id, {pattern[1:].split('_[')[0]}_…"
    if pattern.startswith("^(?:https:"):
        return "https address"
    return "text" + _bounds(schema, "minLength", "maxLength", " characters")


def _bounds(schema: Schema, lowest: str, highest: str, unit: str) -> str:
    low, high = schema.get(lowest), schema.get(highest)
    if low is None and high is None:
        return ""
    if high is None:
        return f", {low}{unit} or more"
    return f", {low}{unit}" if low == high else f", {low or 0} to {high}{unit}"
