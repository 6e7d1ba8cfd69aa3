"""Errors on the wire: the envelope of each version (wire contract 1.6) around one domain error.

v1: `{"error": {"type", "message"}}`, where `message` may be `{"id", "error"}` for a duplicate; wrong input is 400.
v2: `{"error": "text"}`; wrong input is 422 with `{"detail": [{"loc", "msg", "type"}]}`.
The stable code of our own error table travels in the header `Error-Code`, where no client's parser meets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify

from payments_core.api.versions import version
from payments_core.db import db
from payments_core.errors import Duplicate, InvalidRequest, NotFound, PaymentsError, Unauthorized
from payments_core.http_errors import status_of
from payments_core.text import masked

EXTRA = "extra fields not permitted"
MISSING = "field required"
_TYPES = {EXTRA: "value_error.extra", MISSING: "value_error.missing"}
_KINDS_V2 = {"sepa": "SEPA"}  # the others are written as they are called


@dataclass(frozen=True)
class Problem:
    """One wrong value: where it is (`body` or `query`, then names and positions) and what is wrong with it."""

    place: tuple[str | int, ...]
    message: str


MOST_PROBLEMS = 50  # an answer is read by people


class InvalidInput(InvalidRequest):
    """A body or query that its schema refuses, with what is wrong with it, up to MOST_PROBLEMS."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(str(_shown(first.place[-1])), first.message, "invalid_request")
        self.problems = [
            Problem(tuple(_shown(part) for part in problem.place), problem.message)
            for problem in problems[:MOST_PROBLEMS]
        ]


def _shown(part: str | int) -> str | int:
    """A field's name as an answer may repeat it: a card number can be sent as one."""
    return masked(part) if isinstance(part, str) else part


def answer_domain_error(error: PaymentsError) -> Response:
    """The answer to a domain error in the version being spoken. Nothing the request began is kept."""
    db.session.rollback()
    number = version()
    status = 400 if number == 1 and isinstance(error, InvalidRequest) else status_of(error)
    response = jsonify(_body_v1(error, status) if number == 1 else _body_v2(error))
    response.status_code = status
    response.headers["Error-Code"] = error.code
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = 'Basic realm="API", charset="UTF-8"'
    return response


def envelope(number: int, status: int, message: str) -> dict[str, Any]:
    """The plain envelope of a version around a text."""
    if number == 2:
        return {"error": message}
    return {"error": {"type": "api_error" if status >= 500 else "invalid_request_error", "message": message}}


def _body_v1(error: PaymentsError, status: int) -> dict[str, Any]:
    if isinstance(error, Duplicate):
        message: Any = {"id": error.existing_id, "error": error.message}
        return {"error": {"type": "invalid_request_error", "message": message}}
    if isinstance(error, InvalidInput):
        texts = (
            f"{'.'.join(str(part) for part in problem.place[1:])}: {problem.message}" for problem in error.problems
        )
        return envelope(1, status, "; ".join(text.removeprefix(": ") for text in texts))
    return envelope(1, status, error.message)


def _body_v2(error: PaymentsError) -> dict[str, Any]:
    if isinstance(error, InvalidInput):
        return {"detail": [_detail(problem.place, problem.message) for problem in error.problems]}
    if isinstance(error, InvalidRequest):
        return {"detail": [_detail(("body", str(error.params["field"])), error.message)]}
    if isinstance(error, NotFound):
        kind = _KINDS_V2.get(error.kind, error.kind.replace("_", " ").capitalize())
        return envelope(2, 404, f"{kind} `{error.key}` not found")
    if isinstance(error, Duplicate):
        return envelope(2, 409, f"{error.message} ({error.existing_id})")
    return envelope(2, status_of(error), error.message)


def _detail(place: tuple[str | int, ...], message: str) -> dict[str, Any]:
    return {"loc": list(place), "msg": message, "type": _TYPES.get(message, "value_error")}
