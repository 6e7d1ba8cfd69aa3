"""A merchant's API keys."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from payments_core import keys
from payments_core.errors import InvalidRequest
from payments_core.models import ApiKey
from payments_core.platform.answers import Answer, body, live, time
from payments_core.platform.door import bp, merchant_or_404, once_whole
from payments_core.runtime import runtime


class KeysSchema(Schema):
    name = fields.String(required=True, validate=validate.Length(1, 64))
    live = fields.Boolean(load_default=False)
    label = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 64))
    scopes = fields.List(fields.String(validate=validate.Length(1, 32)), load_default=None, allow_none=True)


class RotationSchema(Schema):
    overlap_hours = fields.Integer(strict=True, load_default=keys.OVERLAP_HOURS)


def view(key: ApiKey, value: str | None = None) -> dict[str, Any]:
    return {
        "id": key.id,
        "kind": key.kind,
        "live": key.live,
        "name": key.name,
        "label": key.label,
        "scopes": key.scopes,
        "prefix": key.prefix,
        "last4": key.last4,
        "value": value or key.value,
        "created_at": time(key.created_at),
        "last_used_at": time(key.last_used_at),
        "revoked_at": time(key.revoked_at),
        "expires_at": time(key.expires_at),
    }


@bp.get("/merchants/<merchant_id>/keys")
def list_keys(merchant_id: str) -> Answer:
    merchant_or_404(merchant_id)
    return {"keys": [view(key) for key in keys.of_merchant(merchant_id, live())]}, 200


@bp.post("/merchants/<merchant_id>/keys")
@once_whole
def create_keys(merchant_id: str) -> Answer:
    wanted = body(KeysSchema())
    secret, value, public = keys.create_pair(merchant_id, real_now=runtime().clock(), **wanted)
    return {"secret": view(secret, value), "public": view(public)}, 201


@bp.post("/merchants/<merchant_id>/keys/<key_id>/rotate")
@once_whole
def rotate_key(merchant_id: str, key_id: str) -> Answer:
    """A new pair in place of this secret key's, which goes on for `overlap_hours`, 0 to 720."""
    secret, value, public = keys.rotate(merchant_id, key_id, runtime().clock(), **body(RotationSchema()))
    return {"secret": view(secret, value), "public": view(public)}, 201


@bp.delete("/merchants/<merchant_id>/keys/<key_id>")
def revoke_key(merchant_id: str, key_id: str) -> Answer:
    merchant_or_404(merchant_id)
    keys.revoke(merchant_id, key_id, runtime().clock())
    return {}, 200


@bp.delete("/merchants/<merchant_id>/keys")
def revoke_label(merchant_id: str) -> Answer:
    merchant_or_404(merchant_id)
    label = request.args.get("label")
    if not label:
        raise InvalidRequest("label", "Name the label whose keys are revoked")
    return {"revoked": keys.revoke_label(merchant_id, label, runtime().clock())}, 200
