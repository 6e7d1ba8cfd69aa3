"""Errors: the envelope of each version, and v2's list of wrong values (wire contract 1.6)."""

from __future__ import annotations

from payments_core.api.answers.forms import NUMBER, TEXT, Schema, record, several, words

_MESSAGE: Schema = {"anyOf": [TEXT, record(id=TEXT, error=TEXT)]}

ANSWERS: dict[str, Schema] = {
    "ErrorV1": record(error=record(type=words("invalid_request_error", "api_error"), message=_MESSAGE)),
    "Error": record(error=TEXT),
    "InvalidInput": record(detail=several(record(loc=several({"anyOf": [TEXT, NUMBER]}), msg=TEXT, type=TEXT))),
}
