"""The objects of an answer in the version being spoken. v2 objects are those of webhooks (representation.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from payments_core import refunds, representation
from payments_core.api import objects_v1
from payments_core.api.versions import version
from payments_core.models import Card, Customer, Payment, Refund

Json = dict[str, Any]


def payment(found: Payment) -> Json:
    """One payment; v1 carries its refunds."""
    if version() == 2:
        return representation.payment_v2(found)
    return objects_v1.payment(found, refunds.of_payment(found.id))


def payments(found: Sequence[Payment]) -> list[Json]:
    """A list of payments, the refunds of all read in one statement."""
    if version() == 2:
        return [representation.payment_v2(item) for item in found]
    given_back = refunds.of_payments([item.id for item in found])
    return [objects_v1.payment(item, given_back[item.id]) for item in found]


def card(found: Card) -> Json:
    return representation.card_v2(found) if version() == 2 else objects_v1.card(found)


def customer(found: Customer) -> Json:
    return representation.customer_v2(found) if version() == 2 else objects_v1.customer(found)


def refund(found: Refund) -> Json:
    return representation.refund_v2(found) if version() == 2 else objects_v1.refund(found)
