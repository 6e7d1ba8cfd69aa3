"""A merchant's payments and refunds."""

from __future__ import annotations

from flask import g, request
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from payments_core import captures, disputes, payment_search, payments, refunds
from payments_core.models import Refund
from payments_core.paging import by_keyset
from payments_core.payment_search import Search
from payments_core.platform.answers import Answer, body, limit, live, moment
from payments_core.platform.disputes import item as dispute_item
from payments_core.platform.door import bp, merchant_or_404, once, once_whole, payment_scope, scope
from payments_core.platform.payment_views import detail, item, refund_item


class AmountSchema(Schema):
    amount = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 2**32 - 1))


class RefundSchema(AmountSchema):
    """`seen`: what was shown as refundable, in minor units."""

    seen = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(0, 2**32 - 1))


@bp.get("/merchants/<merchant_id>/payments")
def list_payments(merchant_id: str) -> Answer:
    names = [name for name in request.args.get("status", "").split(",") if name]
    search = Search(
        q=request.args.get("q") or None,
        statuses=tuple(None if name == "null" else name for name in names),
        since=moment("from"),
        until=moment("to", end_of_day=True),
    )
    found = payment_search.page(
        scope(merchant_id, live()), search, cursor=request.args.get("cursor") or None, limit=limit()
    )
    return {"payments": [item(payment) for payment in found.items], "next": found.next}, 200


@bp.get("/merchants/<merchant_id>/payments/<payment_id>")
def get_payment(merchant_id: str, payment_id: str) -> Answer:
    payment = payments.get(payment_scope(merchant_id, payment_id), payment_id)
    language = request.accept_languages.best_match(("fr", "en", "it")) or merchant_or_404(merchant_id).language
    shown = detail(payment, language)
    now = payment_scope(merchant_id, payment_id).now
    shown["disputes"] = [dispute_item(one, now, language) for one in disputes.of_payment(payment_id)]
    return shown, 200


@bp.post("/merchants/<merchant_id>/payments/<payment_id>/refunds")
@once
def create_refund(merchant_id: str, payment_id: str) -> Answer:
    refund = refunds.create(payment_scope(merchant_id, payment_id), payment_id, suffix=g.suffix, **body(RefundSchema()))
    return refund_item(refund), 201


@bp.post("/merchants/<merchant_id>/payments/<payment_id>/capture")
@once_whole
def capture_payment(merchant_id: str, payment_id: str) -> Answer:
    amount = body(AmountSchema())["amount"]
    return item(captures.capture(payment_scope(merchant_id, payment_id), payment_id, amount)), 200


@bp.get("/merchants/<merchant_id>/refunds")
def list_refunds(merchant_id: str) -> Answer:
    where = scope(merchant_id, live())
    statement = select(Refund).where(Refund.merchant_id == where.merchant_id, Refund.live.is_(where.live))
    found = by_keyset(Refund, statement, request.args.get("cursor") or None, limit())
    return {"refunds": [refund_item(refund) for refund in found.items], "next": found.next}, 200
