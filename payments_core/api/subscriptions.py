"""Subscriptions: create, read, change, pause, resume, renew, cancel, list (read only in the contract, 2.12; the rest is ours)."""

from __future__ import annotations

from typing import Any

from payments_core import customers, payment_lists, subscriptions
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query, no_fields
from payments_core.api.idempotency import suffix, whole
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import ListQuery, SubscriptionsQuery, moment
from payments_core.api.schemas.subscriptions import NewSubscriptionBody, SubscriptionChanges
from payments_core.api.versions import v2
from payments_core.payment_lists import Filters
from payments_core.subscriptions import NewSubscription

_COLUMNS = {
    "customer": "customer_id",
    "card": "card_id",
    "sepa": "sepa_account_id",
    "start_at": "start_on",
    "cancel_at": "cancel_on",
}
_MAY_BE_EMPTIED = frozenset({"description", "instalments", "cancel_at"})


@v2.post("/subscriptions")
def create_subscription() -> dict[str, Any]:
    """A saved card or a SEPA account is charged by the timetable, from `start_at` on."""
    given = {name: value for name, value in load_body(NewSubscriptionBody).items() if value is not None}
    wanted = NewSubscription(**_columns(given))
    return objects.subscription(subscriptions.create(current_scope(), wanted, suffix=suffix()))


@v2.get("/subscriptions/<subscription_id>")
def read_subscription(subscription_id: str) -> dict[str, Any]:
    return objects.subscription(subscriptions.get(current_scope(), subscription_id))


@v2.patch("/subscriptions/<subscription_id>")
def change_subscription(subscription_id: str) -> dict[str, Any]:
    subscriptions.get(current_scope(), subscription_id)
    fields = load_body(SubscriptionChanges)
    given = {name: value for name, value in fields.items() if value is not None or name in _MAY_BE_EMPTIED}
    return objects.subscription(subscriptions.update(current_scope(), subscription_id, _columns(given)))


@v2.delete("/subscriptions/<subscription_id>")
def cancel_subscription(subscription_id: str) -> dict[str, Any]:
    """No further instalment; one under way goes on."""
    return objects.subscription(subscriptions.cancel(current_scope(), subscription_id))


@v2.post("/subscriptions/<subscription_id>/pause")
@whole
def pause_subscription(subscription_id: str) -> dict[str, Any]:
    no_fields()
    return objects.subscription(subscriptions.pause(current_scope(), subscription_id))


@v2.post("/subscriptions/<subscription_id>/resume")
@whole
def resume_subscription(subscription_id: str) -> dict[str, Any]:
    """Days that passed while it was paused are left out."""
    no_fields()
    return objects.subscription(subscriptions.resume(current_scope(), subscription_id))


@v2.post("/subscriptions/<subscription_id>/renew")
def renew_subscription(subscription_id: str) -> dict[str, Any]:
    """Charges the rejected instalment again."""
    no_fields()
    return objects.subscription(subscriptions.renew(current_scope(), subscription_id, suffix=suffix()))


@v2.get("/subscriptions/<subscription_id>/payments")
def payments_of_subscription(subscription_id: str) -> dict[str, Any]:
    subscription, query = subscriptions.get(current_scope(), subscription_id), load_query(ListQuery)
    found = payment_lists.page(
        current_scope(), Filters(parent_id=subscription.id), start=query["start"], limit=query["limit"], count=True
    )
    return envelope("payments", objects.payments(found.items), found, query)


@v2.get("/subscriptions")
def list_subscriptions() -> dict[str, Any]:
    return _page(load_query(SubscriptionsQuery))


@v2.get("/customers/<customer_id>/subscriptions")
def subscriptions_of_customer(customer_id: str) -> dict[str, Any]:
    customers.get(current_scope(), customer_id)
    return _page({**load_query(SubscriptionsQuery), "customer": customer_id})


def _page(query: dict[str, Any]) -> dict[str, Any]:
    created = moment(query.get("created"))
    found = subscriptions.page(
        current_scope(), query.get("customer"), created, start=query["start"], limit=query["limit"]
    )
    return envelope("subscriptions", [objects.subscription(one) for one in found.items], found, query)


def _columns(fields: dict[str, Any]) -> dict[str, Any]:
    return {_COLUMNS.get(name, name): value for name, value in fields.items()}
