"""The acquirer simulator's script (our extension, acquirer_script.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from payments_core import responses
from payments_core.acquirer_script import KINDS, LONGEST_DELAY_MS, LOSSES, MOST_TIMES, MOST_WAITING
from payments_core.api.problems import MISSING
from payments_core.api.schemas.base import Body, Flag, ShortList, Text, Whole, one_of


def _is_response(value: str) -> None:
    if value not in responses.MEANINGS:
        raise ValidationError("must be a response code")


class ScriptEntry(Body):
    """What happens to one question."""

    kind = one_of(*KINDS)
    response = Text(2, 4, checks=[_is_response])
    delay_ms = Whole(0, LONGEST_DELAY_MS)
    loss = one_of(*LOSSES)
    duplicate = Flag()
    times = Whole(1, MOST_TIMES)


class EntryField(fields.Field[dict[str, Any]]):
    """One of a list: unknown fields are treated as in the body around it."""

    default_error_messages = {"invalid": "must be an object", "null": "must be an object"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        assert isinstance(self.root, Schema)
        loaded: dict[str, Any] = ScriptEntry(unknown=self.root.unknown).load(value)
        return loaded


class Script(Body):
    """POST: entries for the end of the script."""

    answers = ShortList(
        EntryField(),
        required=True,
        validate=validate.Length(1, MOST_WAITING, error=f"must have 1 to {MOST_WAITING} entries"),
        error_messages={
            "required": MISSING,
            "invalid": "must be a list",
            "null": "must be a list",
            "too_many": f"must have 1 to {MOST_WAITING} entries",
        },
    )
