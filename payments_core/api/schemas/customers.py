"""Customers (wire contract 2.3)."""

from __future__ import annotations

import phonenumbers
from marshmallow import ValidationError, validates

from payments_core.api.schemas.base import Body, ObjectId, Text, country, day, email


class CustomerV1(Body):
    """v1: e-mail or mobile is required, which the domain says with the contract's text."""

    name = Text(3, 64)
    email = email()
    mobile = Text(8, 16)
    external_id = Text(1, 36)
    date_birth = day()
    legal_id = Text(1, 16)


class NestedCustomerV1(CustomerV1):
    """Inside a v1 payment; with an `id`, the other fields change that customer."""

    id = ObjectId("cust")


class CustomerV2(CustomerV1):
    """v2 adds the country and addresses, and checks mobile numbers against the numbering plans of the world."""

    country = country()
    billing_address = ObjectId("addr")
    shipping_address = ObjectId("addr")

    @validates("mobile")
    def check_mobile(self, value: str | None, **_: object) -> None:
        if value is None:
            return
        try:
            number = phonenumbers.parse(value, "FR")
        except phonenumbers.NumberParseException as error:
            raise ValidationError("must be a phone number such as +33612345678") from error
        if not phonenumbers.is_valid_number(number):
            raise ValidationError("is not a number of any numbering plan")
