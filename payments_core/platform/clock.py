"""A merchant's test clock."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from payments_core import clocks
from payments_core.clocks import Reading
from payments_core.platform.answers import Answer, body, time
from payments_core.platform.door import bp, merchant_or_404, once_whole
from payments_core.runtime import runtime


class ClockSchema(Schema):
    to = fields.AwareDateTime(load_default=None, allow_none=True)
    days = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 800))


def view(reading: Reading) -> dict[str, Any]:
    return {
        "now": time(reading.now),
        "offset_seconds": reading.offset_seconds,
        "advancing_to": time(reading.advancing_to),
    }


@bp.get("/merchants/<merchant_id>/clock")
def get_clock(merchant_id: str) -> Answer:
    return view(clocks.read(merchant_or_404(merchant_id), runtime().clock())), 200


@bp.post("/merchants/<merchant_id>/clock")
@once_whole
def advance_clock(merchant_id: str) -> Answer:
    wanted = body(ClockSchema())
    return view(clocks.ask_advance(merchant_id, runtime().clock(), **wanted)), 202
