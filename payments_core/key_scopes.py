"""What a secret key may do: the words that restrict it. A key that names none may do everything.

Reading and writing are apart: a word that writes does not read. Which request needs which word is the doors' business
(api/permissions.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from payments_core.errors import InvalidRequest

# Each word with what it opens. New objects get their pair of words here.
SCOPES = {
    "payments:read": "payments, payment intents and payment links, with their refunds and disputes",
    "payments:write": "create, change, capture and cancel them, with the card, account and customer inside",
    "refunds:read": "refunds",
    "refunds:write": "give money back",
    "customers:read": "customers and addresses",
    "customers:write": "create, change and delete them",
    "cards:read": "cards",
    "cards:write": "create, change and delete them",
    "sepa:read": "SEPA accounts, their checks and mandates",
    "sepa:write": "create, check, change and delete them",
    "subscriptions:read": "subscriptions and their payments",
    "subscriptions:write": "create, change, pause and cancel them",
    "disputes:read": "disputes and the proof against them",
    "disputes:write": "gather and send proof, give in",
    "payouts:read": "payouts and what is in them",
    "payouts:write": "ask for a payout",
    "webhooks:read": "webhook endpoints with their secrets, events with what they are about, deliveries",
    "webhooks:write": "create, change, try and delete endpoints, send events again",
}


def checked(words: Sequence[str] | None) -> list[str] | None:
    """The words in the table's order, each once; None stays None. Raises InvalidRequest naming the unknown ones."""
    if words is None:
        return None
    unknown = sorted(set(words) - SCOPES.keys())
    if unknown:
        raise InvalidRequest("scopes", f"Unknown scopes: {', '.join(unknown)}", code="unknown_scope", unknown=unknown)
    if not words:
        raise InvalidRequest("scopes", "Name at least one scope, or none at all for every one", code="no_scope")
    return [word for word in SCOPES if word in words]
