"""Payments, their authentication request and device (wire contract 2.2, 2.9, 2.10)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from payments_core.api.schemas.base import (
    Body,
    Currency,
    Flag,
    ObjectId,
    ObjectOrId,
    Part,
    ShortList,
    Text,
    Whole,
    country,
    day,
    https_url,
    one_of,
    ready,
)
from payments_core.api.schemas.cards import CardV2, NestedCardV1
from payments_core.api.schemas.customers import CustomerV2, NestedCustomerV1
from payments_core.api.schemas.sepa import NestedSepa, NestedSepaV2
from payments_core.payment_rules import MAXIMUM_AMOUNT, METHODS


def _is_ip(value: str) -> None:
    try:
        ipaddress.ip_address(value)
    except ValueError as error:
        raise ValidationError("must be an IPv4 or IPv6 address") from error


class Device(Body):
    """The payer's browser."""

    ip = Text(2, 45, checks=[_is_ip])
    port = Whole(1, 65535)
    user_agent = Text(1, 256)
    http_accept = Text(1, 2048)
    languages = Text(1, 128)
    city = Text(1, 50)
    country = country()
    zip_code = Text(2, 16)


class Auth(Body):
    """A wish for 3-D Secure with details."""

    status = one_of("request")
    return_url = https_url()
    device = Part(Device)


class AuthWish(fields.Field[Any]):
    """`true`, or an object: {} for a bare wish; None for none. v2 takes no `false`."""

    default_error_messages = {"invalid": "must be true or an object"}

    def __init__(self, *, takes_false: bool) -> None:
        super().__init__(allow_none=True)
        self.takes_false = takes_false

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        if value is True:
            return {}
        if value is False and self.takes_false:
            return None
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        assert isinstance(self.parent, Schema)
        return ready(Auth, self.parent.unknown).load(value)


def all_different(value: list[str]) -> None:
    if len(set(value)) != len(value):
        raise ValidationError("must not name a method twice")


class PaymentChangesV1(Body):
    """PATCH in v1; `status` drives the payment."""

    amount = Whole(0, MAXIMUM_AMOUNT)
    currency = Currency(allow_none=True)
    description = Text(3, 64)
    order_id = Text(1, 36)
    methods_allowed = ShortList(
        one_of(*METHODS, allow_none=False),
        allow_none=True,
        validate=[validate.Length(1, error="must name a method"), all_different],
    )
    card = ObjectOrId(NestedCardV1, "card")
    sepa = ObjectOrId(NestedSepa, "sepa")
    customer = ObjectOrId(NestedCustomerV1, "cust")
    capture = Flag()
    auth = AuthWish(takes_false=True)
    device = Part(Device)
    return_url = https_url()
    status = one_of("authorize", "capture")


class PaymentChangesV2(PaymentChangesV1):
    """PATCH in v2."""

    card = ObjectOrId(CardV2, "card")
    sepa = ObjectOrId(NestedSepaV2, "sepa")
    customer = ObjectOrId(CustomerV2, "cust")
    auth = AuthWish(takes_false=False)
    date_settlement = day()
    billing_address = ObjectId("addr")
    shipping_address = ObjectId("addr")


class NewPaymentV1(PaymentChangesV1):
    """POST in v1."""

    class Meta:
        exclude = ("status",)

    amount = Whole(0, MAXIMUM_AMOUNT, required=True, allow_none=False)
    unique_id = Text(1, 36)


class NewPaymentV2(PaymentChangesV2):
    """POST in v2."""

    class Meta:
        exclude = ("status",)

    amount = Whole(0, MAXIMUM_AMOUNT, required=True, allow_none=False)
    unique_id = Text(1, 36)


class CaptureBody(Body):
    """POST …/capture: PHP names the payment again; `amount` captures a part and releases the rest."""

    id = ObjectId("paym")
    amount = Whole(1, MAXIMUM_AMOUNT)
