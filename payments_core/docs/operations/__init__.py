"""Every operation of the API by the name of its view, in the groups the reference shows.

They stand here rather than at the views, which stay short enough to read. A view without an entry fails the tests, and so does an
entry whose schemas are not the ones its view loads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from payments_core.docs.operations import intents, payers, payments, test_helpers, webhooks
from payments_core.docs.operations.forms import Operation


@dataclass(frozen=True)
class Group:
    """Operations about one kind of object; `slug` is part of the page's address."""

    slug: str
    title: str
    text: str
    operations: Mapping[str, Operation]


GROUPS: tuple[Group, ...] = (
    Group(
        "payments",
        "Payments",
        "A payment moves money from a payer to you once. Give it a card or a SEPA account, or send the payer to the page.",
        payments.PAYMENTS,
    ),
    Group(
        "payment-intents",
        "Payment intents",
        "What you want to be paid, whichever way and however many tries it takes. Its url is where the payer pays.",
        intents.INTENTS,
    ),
    Group(
        "payment-links",
        "Payment links",
        "An amount that anybody with the address may pay, once or many times. To be mailed, printed or scanned.",
        intents.LINKS,
    ),
    Group(
        "subscriptions",
        "Subscriptions",
        "A saved card or account is charged by a timetable. A rejected instalment waits until you charge it again.",
        intents.SUBSCRIPTIONS,
    ),
    Group(
        "refunds",
        "Refunds",
        "Money given back, whole or in part, never more than was captured. Before the capture a refund is a cancellation.",
        payments.REFUNDS,
    ),
    Group(
        "disputes",
        "Disputes",
        "What payers contested with their banks. They are answered in the portal within 30 days.",
        payments.DISPUTES,
    ),
    Group(
        "payouts",
        "Payouts",
        "What reaches your bank account, with the payments, refunds, disputes and fees it is made of. Made automatically.",
        payments.PAYOUTS,
    ),
    Group("customers", "Customers", "Who pays. An e-mail address or a phone number is enough.", payers.CUSTOMERS),
    Group(
        "cards",
        "Cards",
        "Numbers are taken once, sealed, and never given back. A stored card can be charged again by its id.",
        payers.CARDS,
    ),
    Group(
        "sepa-accounts",
        "SEPA accounts",
        "Bank accounts that direct debits are collected from, and the question who holds one.",
        payers.SEPA,
    ),
    Group("mandates", "Mandates", "The payer's word that you may collect from an account.", payers.MANDATES),
    Group(
        "addresses",
        "Addresses",
        "Where things are billed and sent. They are not changed, only made anew.",
        payers.ADDRESSES,
    ),
    Group(
        "webhooks",
        "Webhook endpoints",
        "Addresses of yours that are told what happens. The webhooks page says what is sent and how to verify it.",
        webhooks.WEBHOOKS,
    ),
    Group(
        "events",
        "Events",
        "What happened, also when no endpoint listened. An event can be sent to an endpoint again.",
        webhooks.EVENTS,
    ),
    Group(
        "acquirer-script",
        "Acquirer script",
        "For tests of your own: what the simulated acquirer does with the next questions, in order. Test keys only.",
        test_helpers.SCRIPT,
    ),
    Group("ping", "Ping", "For a first call.", webhooks.PING),
)
OPERATIONS: dict[str, Operation] = {name: operation for group in GROUPS for name, operation in group.operations.items()}
# Views that answer 404 whatever they are asked: what v1 never had is not part of the API.
NOT_DESCRIBED = frozenset({"no_such_list"})


def group_of(view: str) -> Group:
    """The group a view belongs to."""
    return next(group for group in GROUPS if view in group.operations)
