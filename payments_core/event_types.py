"""What merchants are told about: each model that has events, its noun, how it is shown, and what can happen to it.

A model becomes a subject of events by one line here and a `version` column. A single-use card is part of its payment and has no
events of its own. An endpoint chooses types by name ("payment.captured") or by noun ("payment.*").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from payments_core import payout_lines, representation, representation_intents, states
from payments_core.db import Base
from payments_core.errors import InvalidRequest
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

Json = dict[str, Any]
ALL = "*"
_STORED = ("created", "updated", "deleted")


@dataclass(frozen=True)
class Subject:
    """`happenings` follow the noun in a type; `represent` gives the v2 object a webhook carries."""

    noun: str
    represent: Callable[[Any], Json]
    happenings: Iterable[str]

    @cached_property
    def types(self) -> list[str]:
        """The noun with each happening."""
        return [f"{self.noun}.{happening}" for happening in dict.fromkeys(self.happenings)]


def _inside(represent: Callable[[Any, str | None], Json]) -> Callable[[Any], Json]:
    """The representation of something that may be in a payout."""
    return lambda subject: represent(subject, payout_lines.payout_ids([subject.id]).get(subject.id))


def _payout(payout: Payout) -> Json:
    return representation.payout_v2(payout, payout_lines.sums(payout))


def _statuses(kind: str) -> list[str]:
    return sorted(status for status in states.statuses(kind) if status is not None)


SUBJECTS: dict[type[Base], Subject] = {
    Payment: Subject(
        "payment",
        _inside(representation.payment_v2),
        ("created", "updated", "collection_scheduled", "claim_refused", "paid_twice", *_statuses("payment")),
    ),
    Refund: Subject("refund", _inside(representation.refund_v2), ("created", *_statuses("refund"))),
    Dispute: Subject("dispute", _inside(representation.dispute_v2), ("opened", "days_left", *_statuses("dispute"))),
    Payout: Subject("payout", _payout, _statuses("payout")),
    PaymentIntent: Subject(
        "payment_intent",
        representation_intents.payment_intent_v2,
        ("created", "updated", *_statuses("payment_intent")),
    ),
    PaymentLink: Subject("payment_link", representation_intents.payment_link_v2, ("created", "disabled")),
    Subscription: Subject(
        "subscription", representation_intents.subscription_v2, ("created", "updated", *_statuses("subscription"))
    ),
    Address: Subject("address", representation.address_v2, ("created", "deleted")),
    Customer: Subject("customer", representation.customer_v2, _STORED),
    Card: Subject("card", representation.card_v2, _STORED),
    SepaAccount: Subject("sepa", representation.sepa_v2, _STORED),
    Mandate: Subject("mandate", representation.mandate_v2, ("created", "updated", "signed", "revoked")),
}


def names() -> dict[str, list[str]]:
    """Every type by noun, in the order of the table."""
    return {subject.noun: subject.types for subject in SUBJECTS.values()}


def known(wanted: str) -> bool:
    """Whether this is a type, a noun with `.*`, or `*`."""
    by_noun = names()
    return (
        wanted == ALL
        or (wanted.endswith(".*") and wanted[:-2] in by_noun)
        or any(wanted in types for types in by_noun.values())
    )


def chosen(wanted: list[str] | None) -> list[str] | None:
    """The choice as it is kept, without repetitions; None for all. Raises InvalidRequest naming what is no type."""
    if wanted is None or ALL in wanted:
        return None
    if not wanted:
        raise InvalidRequest("events", "Choose at least one event type, or `*` for all", "no_event_type")
    for name in wanted:
        if not known(name):
            raise InvalidRequest("events", f"`{name}` is not an event type", "unknown_event_type", type=name)
    return list(dict.fromkeys(wanted))


def wants(wanted: list[str] | None, kind: str) -> bool:
    """Whether an endpoint that chose so is told of this type."""
    return wanted is None or kind in wanted or f"{kind.partition('.')[0]}.*" in wanted
