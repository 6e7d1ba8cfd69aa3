"""The OpenAPI 3.1 document, made from the url map, the request schemas that are loaded, the answers' schemas, the docstrings of
the views and the error table. Nothing in it is written down a second time.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from marshmallow import Schema as Marshmallow

from payments_core.api.answers import ANSWERS
from payments_core.api.answers.forms import Schema, ref
from payments_core.api.permissions import NEEDED
from payments_core.api.schemas import base
from payments_core.config import Config
from payments_core.docs import webhook_events, words
from payments_core.docs.error_table import TABLE
from payments_core.docs.operations import GROUPS
from payments_core.docs.operations.forms import JSON
from payments_core.docs.routes import Route, parameter_schema, routes
from payments_core.docs.schemas import Requests

OPENAPI = "3.1.0"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INTRODUCTION = """Payments by card and direct debit, on our page or on yours. Both versions serve the same objects; new programs
speak v2, where unknown fields are refused by name. v1 is kept for programs that speak it."""
_ALWAYS = ("unauthorized", "rate_limited")
_OF_EVERY_POST = ("invalid_request", "idempotency_mismatch", "idempotency_in_progress")
_WITH_BODY = frozenset({"POST", "PATCH"})
_STATUSES = {
    400: "The request is malformed, or in v1 something in it is wrong.",
    401: "There is no good key.",
    403: "The key may not do this.",
    404: "There is no such object for this key.",
    409: "The present state does not allow this.",
    410: "It is kept no longer.",
    413: "The body is too large.",
    422: "Something in the request is wrong; everything is named.",
    429: "This key asked too often.",
    500: "Something is wrong on our side.",
    503: "A part is away for a moment.",
}
_HEADERS: dict[str, Schema] = {
    "Request-Id": {"description": "Names this request, for questions about it.", "schema": {"type": "string"}},
    "Error-Code": {"description": "The stable code of the error.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "`true` when this is the stored answer of an earlier request.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
    "RateLimit-Limit": {"description": "Requests this key may make in a window.", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "Requests left in this window.", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until the window ends.", "schema": {"type": "integer"}},
}
_LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_HEADERS_OF = {401: ("WWW-Authenticate",), 429: ("Retry-After", *_LIMITS), 503: ("Retry-After",)}


def build(app: Flask, config: Config) -> Schema:
    """The whole document as JSON values."""
    requests = {version: Requests(version) for version in (1, 2)}
    paths: dict[str, Any] = {}
    for route in routes(app):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, requests[route.version])
    schemas = {**ANSWERS, **webhook_events.messages(), **requests[2].components, **requests[1].components}
    return {
        "openapi": OPENAPI,
        "jsonSchemaDialect": DIALECT,
        "info": {"title": "Comptoir API", "version": "2", "description": _INTRODUCTION},
        "servers": [{"url": config.api_url}],
        "security": [{"basic": []}, {"bearer": []}],
        "tags": [{"name": group.title, "description": group.text} for group in GROUPS],
        "paths": paths,
        "webhooks": _webhooks(),
        "components": {
            "securitySchemes": {
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The secret key as user name, no password.",
                },
                "bearer": {"type": "http", "scheme": "bearer", "description": "The secret key as token."},
            },
            "parameters": {"IdempotencyKey": _IDEMPOTENCY_KEY},
            "headers": _HEADERS,
            "responses": _responses(),
            "schemas": {name: _with_words(name, schema) for name, schema in schemas.items()},
        },
    }


_IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request under the same key has one effect and one answer, for 24 hours at least.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def codes_of(route: Route) -> list[str]:
    """Every error code the operation may give."""
    operation = route.operation
    found = [*_ALWAYS, *operation.errors]
    if NEEDED.get(route.view):
        found.append("missing_scope")
    if route.method == "POST":
        found += ["forbidden", *_OF_EVERY_POST]  # what takes money needs an active account in live mode
    if operation.query or operation.body_of(route.version):
        found.append("invalid_request")
    if route.parameters or _names_objects(operation.body_of(route.version)):
        found.append("not_found")
    return sorted(set(found), key=list(TABLE).index)


def statuses_of(route: Route) -> list[int]:
    """Every status an error of the operation may have, the server's own included."""
    found = {TABLE[code].status(route.version) for code in codes_of(route)} | {500, 503}
    if route.method in _WITH_BODY:
        found |= {400, 413}  # a body that broke off, and one that is too large
    return sorted(found)


def _operation(route: Route, requests: Requests) -> Schema:
    described: Schema = {
        "operationId": route.name,
        "summary": route.operation.summary,
        "tags": [route.group.title],
        "parameters": _parameters(route, requests),
        "responses": {
            **_good_answers(route),
            **{
                str(status): _refer("responses", _response_name(status, route.version)) for status in statuses_of(route)
            },
        },
        "x-error-codes": codes_of(route),
        "x-scope": NEEDED.get(route.view),
    }
    if described["x-scope"] is None:
        del described["x-scope"]
    if text := route.operation.text or route.notes:
        described["description"] = text
    if route.deprecated:
        described["deprecated"] = True
    body = route.operation.body_of(route.version)
    if body is not None:
        described["requestBody"] = _body(body, requests, bare_id=route.operation.bare_id)
    if route.operation.upload:
        described["requestBody"] = {"required": True, "content": {kind: {} for kind in route.operation.upload}}
    return described


def _parameters(route: Route, requests: Requests) -> list[Schema]:
    found: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": parameter_schema(name)} for name in route.parameters
    ]
    if route.operation.query is not None:
        unused = route.operation.unused.get(route.version, frozenset())
        for name, schema in requests.query_of(route.operation.query).items():
            if name not in unused:
                text = words.of("query", name)
                described = {"description": text} if text else {}
                found.append({"name": name, "in": "query", "required": False, **described, "schema": schema})
    if route.method == "POST":
        found.append(_refer("parameters", "IdempotencyKey"))
    return found


def _body(body: type[Marshmallow], requests: Requests, *, bare_id: bool) -> Schema:
    schema = requests.refer(body)
    required = any(field.required for field in body().load_fields.values())
    if bare_id:
        schema = {"anyOf": [schema, {"type": "string"}]}
    return {"required": required, "content": {JSON: {"schema": schema}}}


def _good_answers(route: Route) -> dict[str, Schema]:
    if not route.answers:
        return {}
    names = ["Request-Id", *_LIMITS] + (["Idempotent-Replayed"] if route.method == "POST" else [])
    first = route.answers[0]
    answer: Schema = {"description": "Done.", "headers": {name: _refer("headers", name) for name in names}}
    if first.status != 204:
        forms = [form.schema(route.version) for form in route.answers if form.media_type == JSON]
        answer["content"] = {form.media_type: {} for form in route.answers}
        if forms:
            answer["content"][JSON] = {"schema": forms[0] if len(forms) == 1 else {"anyOf": forms}}
    return {str(first.status): answer}


def _responses() -> dict[str, Schema]:
    """One answer for each error status of each version."""
    return {
        _response_name(status, version): {
            "description": text,
            "headers": {
                name: _refer("headers", name) for name in ("Request-Id", "Error-Code", *_HEADERS_OF.get(status, ()))
            },
            "content": {JSON: {"schema": ref(_envelope(status, version))}},
        }
        for version in (1, 2)
        for status, text in _STATUSES.items()
        if not (version == 1 and status == 422)
    }


def _envelope(status: int, version: int) -> str:
    if version == 1:
        return "ErrorV1"
    return "InvalidInput" if status == 422 else "Error"


def _response_name(status: int, version: int) -> str:
    return f"Error{status}V{version}"


def _webhooks() -> dict[str, Schema]:
    """What is sent to the merchant's endpoints."""
    return {
        kind: {
            "post": {
                "summary": meaning,
                "requestBody": {
                    "required": True,
                    "content": {JSON: {"schema": ref(webhook_events.component_of(subject))}},
                },
                "responses": {"2XX": {"description": "The event was taken."}},
            }
        }
        for subject in webhook_events.SUBJECTS
        for kind, meaning in subject.types.items()
    }


def _refer(section: str, name: str) -> Schema:
    return {"$ref": f"#/components/{section}/{name}"}


def _names_objects(body: type[Marshmallow] | None) -> bool:
    """Whether a body may name objects that do not exist."""
    if body is None:
        return False
    return any(isinstance(field, base.ObjectId | base.ObjectOrId) for field in body().load_fields.values())


def _with_words(name: str, schema: Any) -> Any:
    """A copy with a description at every property, those of objects inside included. Parts may be shared, so none is changed."""
    if isinstance(schema, list):
        return [_with_words(name, inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    described = {key: _with_words(name, inner) if key in ("anyOf", "items") else inner for key, inner in schema.items()}
    if "properties" in schema:
        described["properties"] = {
            key: _property(name, key, _with_words(name, inner)) for key, inner in schema["properties"].items()
        }
    return described


def _property(name: str, key: str, schema: Schema) -> Schema:
    text = words.of(name, key)
    return {**schema, "description": text} if text else schema
