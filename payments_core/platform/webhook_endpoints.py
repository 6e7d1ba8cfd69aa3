"""Where a merchant's events go, by label."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from payments_core import webhooks
from payments_core.errors import NotFound
from payments_core.platform.answers import Answer, body, live
from payments_core.platform.door import bp, scope


class EndpointSchema(Schema):
    url = fields.String(required=True, validate=validate.Length(9, 2048))
    live = fields.Boolean(load_default=False)


@bp.put("/merchants/<merchant_id>/webhook_endpoints/<label>")
def put_webhook_endpoint(merchant_id: str, label: str) -> Answer:
    wanted = body(EndpointSchema())
    endpoint = webhooks.put_endpoint(scope(merchant_id, wanted["live"]), label[:64], wanted["url"])
    return {"id": endpoint.id, "url": endpoint.url, "secret": webhooks.secret_of(endpoint).hex()}, 200


@bp.delete("/merchants/<merchant_id>/webhook_endpoints/<label>")
def delete_webhook_endpoint(merchant_id: str, label: str) -> Answer:
    """Absent already is as good as deleted: the caller reconciles."""
    where = scope(merchant_id, live())
    try:
        webhooks.delete_endpoint(where, label)
    except NotFound:
        return {"deleted": False}, 200
    return {"deleted": True}, 200
