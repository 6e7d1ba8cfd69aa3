"""Holds real answers against the document: path, status, media type, schema."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
from werkzeug.test import TestResponse

from tests.payments_core.public_door import Caller

Operation = tuple[str, str]  # method and path template


class Conformity:
    """One document, with its schemas compiled once each."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._paths = [
            (path, re.compile(re.sub(r"\{\w+\}", "[^/]+", path.replace(".", r"\.")))) for path in document["paths"]
        ]
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    def operations(self) -> set[Operation]:
        """Every operation of the document."""
        return {(method.upper(), path) for path, methods in self.document["paths"].items() for method in methods}

    def operation_of(self, method: str, path: str) -> Operation:
        """The operation of a request; the template that says most comes first."""
        plain = path.partition("?")[0].rstrip("/")
        fitting = [template for template, pattern in self._paths if pattern.fullmatch(plain)]
        assert fitting, f"{plain} is not in the document"
        return method, min(fitting, key=lambda template: (template.count("{"), -len(template)))

    def check(self, operation: Operation, answer: TestResponse) -> None:
        """Fails unless the answer is documented."""
        method, path = operation
        responses = self.document["paths"][path][method.lower()]["responses"]
        status = str(answer.status_code)
        assert status in responses, f"{method} {path} answered {status}: {answer.get_data(as_text=True)[:500]}"
        content = self.resolve(responses[status]).get("content", {})
        if not content:
            assert not answer.get_data(), (operation, answer.get_data())
            return
        assert answer.mimetype in content, (operation, answer.mimetype)
        schema = content[answer.mimetype].get("schema")
        if schema is not None:
            self.check_value(schema, answer.get_json(), f"{method} {path} {status}")

    def check_value(self, schema: dict[str, Any], value: Any, what: str) -> None:
        """Fails unless the value is what the schema says."""
        key = repr(schema)
        if key not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        problems = [f"{error.instance_path}: {error.message}" for error in self._validators[key].iter_errors(value)]
        assert not problems, f"{what}: {problems} in {value}"

    def resolve(self, value: dict[str, Any]) -> dict[str, Any]:
        """What a reference refers to."""
        while "$ref" in value:
            place: Any = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                place = place[part]
            value = place
        return value


@dataclass
class Watched:
    """Calls the API and holds every answer against the document; remembers which operations answered well."""

    api: Caller
    conformity: Conformity
    answered: set[Operation] = field(default_factory=set)

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """The JSON of the answer, None for what is none. Fails for another status than the expected one."""
        operation = self.conformity.operation_of(method, path)
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        answer = self.api.call(method, path, **sent)
        assert answer.status_code == status, (
            f"{method} {path}: {answer.status_code} {answer.get_data(as_text=True)[:500]}"
        )
        self.conformity.check(operation, answer)
        if status < 300:
            self.answered.add(operation)
        return answer.get_json(silent=True)

    def get(self, path: str, status: int = 200) -> Any:
        return self.call("GET", path, None, status)

    def delete(self, path: str, status: int = 200) -> Any:
        return self.call("DELETE", path, None, status)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.call("POST", path, body, status)

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        return self.call("PATCH", path, body, status)
