"""How the platform API reads requests and writes answers: ISO-8601 UTC times, minor units, one shape of error."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask, request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import HTTPException

from payments_core.business_days import at_hour
from payments_core.db import db
from payments_core.errors import InvalidRequest, PaymentsError
from payments_core.http_errors import status_of

Answer = tuple[dict[str, Any], int]

MAX_LIMIT = 100
DEFAULT_LIMIT = 50


def time(moment: datetime | None) -> str | None:
    """ISO-8601 in UTC with "Z", or None."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def error_body(error: PaymentsError) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": error.message, "params": error.params}}


def register(app: Flask) -> None:
    """Errors of the platform application as JSON, those of HTTP itself included."""
    app.register_error_handler(PaymentsError, _domain_error)
    app.register_error_handler(ValidationError, _malformed)
    app.register_error_handler(HTTPException, _http_error)


def body(schema: Schema) -> dict[str, Any]:
    """The request's JSON body as the schema reads it. Raises InvalidRequest and ValidationError."""
    given = request.get_json() if request.get_data() else {}
    if not isinstance(given, dict):
        raise InvalidRequest("body", "The body must be a JSON object", code="bad_json")
    loaded: dict[str, Any] = schema.load(given)
    return loaded


def no_fields() -> None:
    """For a request that takes none. Raises ValidationError naming those that were sent."""
    body(Schema())


def live() -> bool:
    """The `live` parameter, false by default."""
    return flag(request.args.get("live", "false"))


def flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise InvalidRequest("live", "`live` is true or false")
    return text.lower() in ("true", "1")


def limit() -> int:
    """The `limit` parameter, 1 to 100."""
    text = request.args.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidRequest("limit", f"`limit` is between 1 and {MAX_LIMIT}")
    return int(text)


def moment(name: str, *, end_of_day: bool = False) -> datetime | None:
    """A parameter that is a time, or a Paris day: its beginning, or with `end_of_day` the beginning of the next."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        if len(text) == len("2026-01-31"):
            day = date.fromisoformat(text)
            return at_hour(day + timedelta(days=1) if end_of_day else day, 0)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(name, "This is neither an ISO-8601 time nor a day") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _domain_error(error: PaymentsError) -> Answer:
    db.session.rollback()
    return error_body(error), status_of(error)


def _malformed(error: ValidationError) -> Answer:
    problem = {"code": "invalid_request", "message": "Some fields are wrong", "params": {"fields": error.messages}}
    return {"error": problem}, 422


def _http_error(error: HTTPException) -> tuple[dict[str, Any], int, dict[str, str]]:
    code = (error.name or "error").lower().replace(" ", "_")
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return {"error": {"code": code, "message": error.description or code, "params": {}}}, error.code or 500, headers
