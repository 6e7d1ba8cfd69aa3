"""The wire objects of what makes payments: intents (spec/stancer-api.md 2.11), links and subscriptions (2.12 and our extension)."""

from __future__ import annotations

from typing import Any

from payments_core.models import PaymentIntent, PaymentLink, Subscription
from payments_core.representation import iso, unix
from payments_core.runtime import runtime
from payments_core.timetable import next_on


def page_url(object_id: str, live: bool) -> str:
    """Where a payer pays: test pages say so in their address (wire contract 0.1, line 19)."""
    return f"{runtime().config.payment_url}/{'' if live else 'test_'}{object_id}"


def payment_intent_v2(intent: PaymentIntent) -> dict[str, Any]:
    return {
        "id": intent.id,
        "amount": intent.amount,
        "currency": intent.currency,
        "capture": intent.capture,
        "card": intent.card_id,
        "sepa": intent.sepa_account_id,
        "customer": intent.customer_id,
        "payment": intent.payment_id,
        "description": intent.description,
        "metadata": intent.details,
        "methods_allowed": intent.methods_allowed,
        "order_id": intent.order_id,
        "unique_id": intent.unique_id,
        "return_url": intent.return_url,
        "threeds": intent.threeds,
        "status": intent.status,
        "url": page_url(intent.id, intent.live),
        "date_settlement": iso(intent.date_settlement),
        "billing_address": intent.billing_address_id,
        "shipping_address": intent.shipping_address_id,
        "origin": 1,
        "created_at": unix(intent.created_at),
    }


def payment_link_v2(link: PaymentLink, state: str | None = None) -> dict[str, Any]:
    """`state` is what it is now for a payer (links.state); events leave it out, as time alone changes it."""
    shown = {
        "id": link.id,
        "amount": link.amount,
        "currency": link.currency,
        "description": link.description,
        "order_id": link.order_id,
        "methods_allowed": link.methods_allowed,
        "return_url": link.return_url,
        "multiple": link.multiple,
        "url": page_url(link.id, link.live),
        "qr_code": f"{runtime().config.api_url}/v2/payment_links/{link.id}/qr_code.svg",
        "payment": link.payment_id,
        "retry_of": link.retry_of,
        "expires_at": unix(link.expires_at),
        "disabled_at": unix(link.disabled_at),
        "created_at": unix(link.created_at),
    }
    return shown if state is None else {**shown, "state": state}


def subscription_v2(subscription: Subscription) -> dict[str, Any]:
    """`items` and `free_until` are the contract's; without a catalogue of prices they hold nothing here."""
    return {
        "id": subscription.id,
        "customer": subscription.customer_id,
        "card": subscription.card_id,
        "sepa": subscription.sepa_account_id,
        "items": {},
        "status": subscription.status,
        "start_at": iso(subscription.start_on),
        "cancel_at": iso(subscription.cancel_on),
        "free_until": None,
        "methods_allowed": ["card" if subscription.card_id else "sepa"],
        "payment_intent": None,
        "payment": subscription.payment_id,
        "amount": subscription.amount,
        "currency": subscription.currency,
        "description": subscription.description,
        "interval": subscription.interval,
        "interval_count": subscription.interval_count,
        "instalments": subscription.instalments,
        "instalments_made": subscription.made,
        "instalment_on": iso(subscription.instalment_on),
        "next_on": iso(next_on(subscription)),
        "retry": subscription.retry,
        "created_at": unix(subscription.created_at),
        "canceled_at": unix(subscription.canceled_at),
    }
