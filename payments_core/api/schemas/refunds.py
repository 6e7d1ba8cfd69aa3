"""Refunds (wire contract 2.6)."""

from __future__ import annotations

from payments_core.api.schemas.base import Body, ObjectId, Whole
from payments_core.payment_rules import MAXIMUM_AMOUNT


class RefundAmount(Body):
    """The shortcut below a payment: an amount, or nothing for all that remains."""

    amount = Whole(1, MAXIMUM_AMOUNT)


class NewRefund(RefundAmount):
    """POST /refunds."""

    payment = ObjectId("paym", required=True, allow_none=False)
