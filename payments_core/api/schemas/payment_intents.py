"""Payment intents (wire contract 2.11): methods and customer by id only."""

from __future__ import annotations

from marshmallow import validate

from payments_core.api.schemas.base import (
    AnyJson,
    Body,
    Currency,
    Flag,
    ObjectId,
    ShortList,
    Text,
    Whole,
    day,
    https_url,
    one_of,
)
from payments_core.api.schemas.payments import all_different
from payments_core.payment_rules import MAXIMUM_AMOUNT, METHODS


class IntentChanges(Body):
    """PATCH."""

    amount = Whole(0, MAXIMUM_AMOUNT)
    currency = Currency(allow_none=True)
    capture = Flag()
    card = ObjectId("card")
    sepa = ObjectId("sepa")
    customer = ObjectId("cust")
    description = Text(3, 64)
    metadata = AnyJson()
    methods_allowed = ShortList(
        one_of(*METHODS, allow_none=False),
        allow_none=True,
        validate=[validate.Length(1, error="must name a method"), all_different],
    )
    order_id = Text(1, 36)
    return_url = https_url()
    threeds = one_of("required", "none")
    date_settlement = day()
    billing_address = ObjectId("addr")
    shipping_address = ObjectId("addr")


class NewIntentBody(IntentChanges):
    """POST."""

    amount = Whole(0, MAXIMUM_AMOUNT, required=True, allow_none=False)
    unique_id = Text(1, 36)


class IntentCapture(Body):
    """POST …/capture: PHP names the intent again; `amount` captures a part and releases the rest."""

    id = ObjectId("pi")
    amount = Whole(1, MAXIMUM_AMOUNT)
