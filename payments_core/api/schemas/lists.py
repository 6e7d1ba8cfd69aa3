"""Query strings of lists (wire contract 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields, validate

from payments_core.api.schemas.base import ObjectId, Text, one_of

_LATEST = 253_402_300_799  # the last second of the year 9999
_FARTHEST_START = 2**31


class QueryNumber(fields.Field[int]):
    """A whole number written in a query string."""

    default_error_messages = {"invalid": "must be a whole number"}

    def __init__(self, lowest: int, highest: int, **settings: Any) -> None:
        span = validate.Range(lowest, highest, error=f"must be between {lowest} and {highest}")
        super().__init__(validate=span, **settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> int:
        text = str(value).strip()
        if not (text.isascii() and text.lstrip("-").isdigit() and len(text) <= 15):
            raise self.make_error("invalid")
        return int(text)


class Moment(QueryNumber):
    """Unix seconds; gives an aware datetime."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(0, _LATEST, **settings)


def moment(seconds: int | None) -> datetime | None:
    """The time of a Moment's value."""
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None


class ListQuery(Schema):
    """Every list: `created` keeps items from that second on; `start` is an offset."""

    created = Moment()
    limit = QueryNumber(1, 100, load_default=10)
    start = QueryNumber(0, _FARTHEST_START, load_default=0)


class PaymentsQuery(ListQuery):
    """Lists of payments; from `paid` on they are v2's."""

    order_id = Text(1, 36)
    unique_id = Text(1, 36)
    paid = Moment()
    card = ObjectId("card")
    sepa = ObjectId("sepa")
    payout = ObjectId("pout")
    order = one_of("asc", "desc")
    field = one_of("created", "paid")


class CustomersQuery(ListQuery):
    """v2 lists of customers."""

    external_id = Text(1, 36)
    email = Text(1, 64)
    name = Text(1, 64)
    country = Text(2, 2)
    legal_id = Text(1, 16)


class CardsQuery(ListQuery):
    """v2 lists of cards."""

    customer = ObjectId("cust")


class SepaQuery(ListQuery):
    """v2 lists of SEPA accounts."""

    customer = ObjectId("cust")


class PayoutsQuery(ListQuery):
    """Lists of payouts; `order_id` and `unique_id` are echoed in v1's range."""

    order_id = Text(1, 36)
    unique_id = Text(1, 36)
    payment = ObjectId("paym")


class IntentsQuery(ListQuery):
    """Lists of payment intents; `due` orders by the wished settlement."""

    order_id = Text(1, 36)
    unique_id = Text(1, 36)
    card = ObjectId("card")
    sepa = ObjectId("sepa")
    customer = ObjectId("cust")
    order = one_of("asc", "desc")
    field = one_of("created", "due")


class SubscriptionsQuery(ListQuery):
    """Lists of subscriptions."""

    customer = ObjectId("cust")
