"""The OpenAPI document says what the code does: every view, the schemas it loads, the codes it gives."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from marshmallow import Schema

from payments_core.docs.error_table import TABLE
from payments_core.docs.operations import NOT_DESCRIBED, OPERATIONS
from payments_core.docs.routes import views
from payments_core.docs.schemas import takes
from tests.payments_core.docs.conformity import Conformity
from tests.payments_core.public_door import API


def test_the_document_is_valid_openapi_31(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(document).validate()


def test_every_view_is_described_and_every_description_has_its_view(described_app: Flask) -> None:
    assert {view for _, view in views(described_app)} == set(OPERATIONS) | NOT_DESCRIBED


def test_every_address_of_the_api_is_in_the_document(described_app: Flask, conformity: Conformity) -> None:
    for rule in described_app.url_map.iter_rules():
        if rule.endpoint.startswith(("api_v1.", "api_v2.")) and rule.endpoint.partition(".")[2] not in NOT_DESCRIBED:
            sample = rule.rule.replace("<part>", "refunds")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert conformity.operation_of(method, sample) in conformity.operations(), rule


def test_a_description_names_the_schemas_that_its_view_loads(described_app: Flask) -> None:
    for version, view in views(described_app):
        if view in NOT_DESCRIBED:
            continue
        function = inspect.unwrap(described_app.view_functions[f"api_v{version}.{view}"])
        operation = OPERATIONS[view]
        assert loaded_by(function, "load_body", version) == operation.body_of(version), (view, version)
        assert loaded_by(function, "load_query", version) == operation.query, (view, version)


def test_descriptions_name_codes_of_the_error_table_only() -> None:
    named = {code for operation in OPERATIONS.values() for code in operation.errors}
    assert named <= set(TABLE)


def test_every_type_of_field_is_described() -> None:
    """`metadata` is anything, which is what an unknown type is taken for."""
    bodies = [operation.body_of(version) for operation in OPERATIONS.values() for version in (1, 2)]
    queries = [operation.query for operation in OPERATIONS.values()]
    unknown = {
        f"{schema.__name__}.{name}"
        for schema in (*bodies, *queries)
        if schema is not None
        for name, field in schema().load_fields.items()
        if name != "metadata" and takes.dispatch(type(field)) is takes.dispatch(object)
    }
    assert not unknown


def test_every_field_and_parameter_has_words(document: dict[str, Any]) -> None:
    silent = {
        f"{name}.{place}"
        for name, schema in document["components"]["schemas"].items()
        for place in without_words(schema)
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            silent |= {
                f"{method} {path} {parameter['name']}"
                for parameter in operation["parameters"]
                if parameter.get("in") == "query" and not parameter.get("description")
            }
    assert not silent


def test_every_reference_leads_somewhere_and_names_are_unique(document: dict[str, Any], conformity: Conformity) -> None:
    for reference in references(document):
        assert conformity.resolve({"$ref": reference}) is not None
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def test_posts_take_an_idempotency_key_and_every_answer_is_documented(document: dict[str, Any]) -> None:
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert (key in operation["parameters"]) == (method == "post"), (method, path)
            assert {"401", "429", "500", "503"} <= set(operation["responses"]), (method, path)


def test_unknown_fields_are_refused_in_v2_and_taken_in_v1(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["NewPaymentBody"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["NewPaymentBodyV1"]
    assert schemas["NewPaymentBody"]["required"] == ["amount"]


@pytest.mark.parametrize("host", ["https://payment.localhost:8443", "https://3ds.localhost:8443"])
def test_the_document_is_on_the_api_host_only(described_app: Flask, host: str) -> None:
    client = described_app.test_client()
    assert client.get("/openapi.json", base_url=host).status_code == 404
    answer = client.get("/openapi.json", base_url=API)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def loaded_by(function: Any, loader: str, version: int) -> type[Schema] | None:
    """The schema that a view gives to `loader` when it answers a version, read from its source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == loader:
            name = chosen(node.args[0], version)
            found: type[Schema] = function.__globals__[name]
            return found
    return None


def chosen(node: ast.expr, version: int) -> str:
    """The name that `A if version() == 1 else B` comes to."""
    if isinstance(node, ast.IfExp):
        assert isinstance(node.test, ast.Compare)
        compared = node.test.comparators[0]
        assert isinstance(compared, ast.Constant)
        return chosen(node.body if compared.value == version else node.orelse, version)
    assert isinstance(node, ast.Name), ast.dump(node)
    return node.id


def without_words(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for inner in schema:
            yield from without_words(inner)
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            if not inner.get("description"):
                yield name
            yield from without_words(inner)
        for key in ("anyOf", "items"):
            yield from without_words(schema.get(key))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)
