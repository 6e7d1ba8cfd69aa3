"""The objects of an answer in the version being spoken. v2 objects are those of webhooks (representation.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from payments_core import links, payout_lines, representation, representation_intents
from payments_core.api import objects_v1
from payments_core.api.access import current_scope
from payments_core.api.versions import version
from payments_core.models import (
    Address,
    Card,
    Customer,
    Dispute,
    Mandate,
    Payment,
    PaymentIntent,
    PaymentLink,
    Payout,
    Refund,
    SepaAccount,
    Subscription,
)
from payments_core.payout_lines import Sums
from payments_core.refunds import of_payment, of_payments

Json = dict[str, Any]


def payment(found: Payment) -> Json:
    """One payment; v1 carries its refunds."""
    return payments([found])[0]


def new_payment(made: Payment) -> Json:
    """One that this request made: nobody can have refunded it yet, so nothing is asked."""
    return representation.payment_v2(made, None) if version() == 2 else objects_v1.payment(made, [])


def payments(found: Sequence[Payment]) -> list[Json]:
    """A list of payments; refunds or payouts of all are read in one statement."""
    if version() == 2:
        # Only funds that were released can be in a payout: most lists and every creation ask nothing.
        inside = payout_lines.payout_ids([item.id for item in found if item.funds == "available"])
        return [representation.payment_v2(item, inside.get(item.id)) for item in found]
    given_back = _refunds_of(found)
    return [objects_v1.payment(item, given_back[item.id]) for item in found]


def card(found: Card) -> Json:
    return representation.card_v2(found) if version() == 2 else objects_v1.card(found)


def customer(found: Customer) -> Json:
    return representation.customer_v2(found) if version() == 2 else objects_v1.customer(found)


def sepa(found: SepaAccount) -> Json:
    return representation.sepa_v2(found) if version() == 2 else objects_v1.sepa(found)


def mandate(found: Mandate) -> Json:
    """v2 only."""
    return representation.mandate_v2(found)


def address(found: Address) -> Json:
    return representation.address_v2(found) if version() == 2 else objects_v1.address(found)


def payment_intent(found: PaymentIntent) -> Json:
    """v2 only."""
    return representation_intents.payment_intent_v2(found)


def payment_link(found: PaymentLink) -> Json:
    """v2 only, with what it is at this moment."""
    return representation_intents.payment_link_v2(found, links.state(found, current_scope().now))


def subscription(found: Subscription) -> Json:
    """v2 only."""
    return representation_intents.subscription_v2(found)


def refund(found: Refund) -> Json:
    return refunds([found])[0]


def refunds(found: Sequence[Refund]) -> list[Json]:
    if version() == 1:
        return [objects_v1.refund(item) for item in found]
    inside = payout_lines.payout_ids([item.id for item in found])
    return [representation.refund_v2(item, inside.get(item.id)) for item in found]


def disputes(found: Sequence[Dispute]) -> list[Json]:
    if version() == 1:
        return [objects_v1.dispute(item) for item in found]
    inside = payout_lines.payout_ids([item.id for item in found])
    return [representation.dispute_v2(item, inside.get(item.id)) for item in found]


def payout(found: Payout, sums: Sums) -> Json:
    return representation.payout_v2(found, sums) if version() == 2 else objects_v1.payout(found, sums)


def _refunds_of(found: Sequence[Payment]) -> dict[str, list[Refund]]:
    if len(found) == 1:
        return {found[0].id: of_payment(found[0].id)}
    return of_payments([item.id for item in found])
