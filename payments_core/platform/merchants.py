"""Merchants."""

from __future__ import annotations

from typing import Any

from flask import g
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from payments_core import bins, merchants
from payments_core.merchants import MerchantInput
from payments_core.models import Merchant
from payments_core.platform.answers import Answer, body, time
from payments_core.platform.door import bp, merchant_or_404, once
from payments_core.runtime import runtime
from payments_core.text import LABEL_LENGTH

# What every bank prints: capitals, digits and some signs, with a letter among them; no blank at either end.
_LABEL = rf"^(?=.*[A-Z])[A-Z0-9](?:[A-Z0-9 .,'*/+-]{{0,{LABEL_LENGTH - 2}}}[A-Z0-9.*+])?\Z"


class MerchantSchema(Schema):
    reference = fields.String(required=True, validate=validate.Length(1, 128))
    name = fields.String(required=True, validate=validate.Length(1, 128))
    email = fields.Email(required=True, validate=validate.Length(max=254))
    siren = fields.String(required=True, validate=validate.Length(max=20))
    iban = fields.String(required=True, validate=validate.Length(max=50))
    country = fields.String(load_default="FR", validate=validate.Regexp(r"^[A-Z]{2}\Z"))
    language = fields.String(load_default="fr", validate=validate.Regexp(r"^[a-z]{2}\Z"))


class MerchantChangesSchema(Schema):
    preferred_network = fields.String(validate=validate.OneOf([bins.NATIONAL, bins.BRAND]))
    statement_label = fields.String(allow_none=True, validate=validate.Regexp(_LABEL))

    @validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if not data:
            raise ValidationError("Name something to change")


def view(merchant: Merchant) -> dict[str, Any]:
    return {
        "id": merchant.id,
        "reference": merchant.reference,
        "name": merchant.name,
        "email": merchant.email,
        "siren": merchant.siren,
        "iban_masked": merchant.iban_masked,
        "country": merchant.country,
        "language": merchant.language,
        "status": merchant.status,
        "preferred_network": merchant.preferred_network,
        "statement_label": merchants.statement_label(merchant),
        "statement_label_chosen": merchant.statement_label,
        "created_at": time(merchant.created_at),
    }


@bp.post("/merchants")
@once
def create_merchant() -> Answer:
    wanted = MerchantInput(**body(MerchantSchema()))
    merchant, new = merchants.create(wanted, runtime().clock(), g.suffix)
    return view(merchant), 201 if new else 200


@bp.get("/merchants/<merchant_id>")
def get_merchant(merchant_id: str) -> Answer:
    return view(merchant_or_404(merchant_id)), 200


@bp.patch("/merchants/<merchant_id>")
def change_merchant(merchant_id: str) -> Answer:
    """The network marked beforehand on the payment page, the label on payers' bank statements."""
    return view(merchants.change(merchant_id, body(MerchantChangesSchema()))), 200
