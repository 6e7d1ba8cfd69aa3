"""Subscriptions, our extension of the wire contract (which has them read only)."""

from __future__ import annotations

from payments_core.api.schemas.base import Body, Currency, Flag, ObjectId, Text, Whole, day, one_of
from payments_core.payment_rules import MAXIMUM_AMOUNT, MINIMUM_AMOUNT
from payments_core.timetable import INTERVALS

_MOST_INSTALMENTS = 1200


class SubscriptionChanges(Body):
    """PATCH: what later instalments are."""

    amount = Whole(MINIMUM_AMOUNT, MAXIMUM_AMOUNT)
    description = Text(3, 64)
    card = ObjectId("card")
    sepa = ObjectId("sepa")
    instalments = Whole(1, _MOST_INSTALMENTS)
    cancel_at = day()
    retry = Flag()


class NewSubscriptionBody(SubscriptionChanges):
    """POST."""

    customer = ObjectId("cust", required=True, allow_none=False)
    amount = Whole(MINIMUM_AMOUNT, MAXIMUM_AMOUNT, required=True, allow_none=False)
    currency = Currency(allow_none=True)
    interval = one_of(*INTERVALS, required=True, allow_none=False)
    interval_count = Whole(1, 366)
    start_at = day()
