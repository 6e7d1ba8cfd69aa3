"""Payment links, our extension of the wire contract."""

from __future__ import annotations

from marshmallow import ValidationError, validate, validates_schema

from payments_core.api.schemas.base import (
    Body,
    Currency,
    DayOrSeconds,
    Flag,
    ObjectId,
    ShortList,
    Text,
    Whole,
    https_url,
    one_of,
)
from payments_core.api.schemas.payments import all_different
from payments_core.payment_rules import MAXIMUM_AMOUNT, METHODS, MINIMUM_AMOUNT


class NewLinkBody(Body):
    """POST: an amount with its details, or `retry_of`, the failed payment to ask for again with its own."""

    amount = Whole(MINIMUM_AMOUNT, MAXIMUM_AMOUNT)
    currency = Currency(allow_none=True)
    description = Text(3, 64)
    order_id = Text(1, 36)
    methods_allowed = ShortList(
        one_of(*METHODS, allow_none=False),
        allow_none=True,
        validate=[validate.Length(1, error="must name a method"), all_different],
    )
    return_url = https_url()
    multiple = Flag()
    expires_at = DayOrSeconds()
    retry_of = ObjectId("paym")

    @validates_schema
    def ask_for_one_thing(self, data: dict[str, object], **_: object) -> None:
        given = {name for name, value in data.items() if value is not None}
        if "retry_of" not in given and "amount" not in given:
            raise ValidationError("field required", "amount")
        if "retry_of" in given and len(given) > 1:
            raise ValidationError("stands alone: the link asks for what the payment asked for", "retry_of")
