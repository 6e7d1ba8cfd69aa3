"""Payment intents: create, read, change, cancel, capture, refund, list (wire contract 2.11)."""

from __future__ import annotations

from typing import Any

from payments_core import customers, disputes, intents, payment_lists, refunds
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import json_body, load_body, load_query
from payments_core.api.customers import addresses_of
from payments_core.api.idempotency import suffix, whole
from payments_core.api.lists import envelope, slice_of
from payments_core.api.schemas.lists import IntentsQuery, ListQuery, moment
from payments_core.api.schemas.payment_intents import IntentCapture, IntentChanges, NewIntentBody
from payments_core.api.schemas.refunds import RefundAmount
from payments_core.api.versions import v2
from payments_core.intents import NewIntent
from payments_core.payment_lists import Filters

# How the wire calls what is a column of another name.
_COLUMNS = {"card": "card_id", "sepa": "sepa_account_id", "customer": "customer_id", "metadata": "details"}
_CANNOT_BE_EMPTIED = frozenset({"amount", "currency", "capture", "card", "sepa", "threeds", "methods_allowed"})


@v2.post("/payment_intents")
def create_intent() -> dict[str, Any]:
    """Without a method its `url` is where the payer pays."""
    given = {name: value for name, value in load_body(NewIntentBody).items() if value is not None}
    intent = intents.create(current_scope(), NewIntent(**_columns(given)), suffix=suffix())
    return objects.payment_intent(intent)


@v2.get("/payment_intents/<payment_intent_id>")
def read_intent(payment_intent_id: str) -> dict[str, Any]:
    return objects.payment_intent(intents.get(current_scope(), payment_intent_id))


@v2.patch("/payment_intents/<payment_intent_id>")
def change_intent(payment_intent_id: str) -> dict[str, Any]:
    intents.get(current_scope(), payment_intent_id)
    fields = load_body(IntentChanges)
    given = {name: value for name, value in fields.items() if value is not None or name not in _CANNOT_BE_EMPTIED}
    return objects.payment_intent(intents.update(current_scope(), payment_intent_id, _columns(given)))


@v2.delete("/payment_intents/<payment_intent_id>")
def cancel_intent(payment_intent_id: str) -> dict[str, Any]:
    """Cancels it, with what was accepted and not captured yet."""
    return objects.payment_intent(intents.cancel(current_scope(), payment_intent_id))


@v2.post("/payment_intents/<payment_intent_id>/capture")
@whole
def capture_intent(payment_intent_id: str) -> dict[str, Any]:
    """The body may name the intent again, as an object or as a bare JSON string."""
    intents.get(current_scope(), payment_intent_id)
    body = json_body()
    amount = None if isinstance(body, str) else load_body(IntentCapture, body).get("amount")
    return objects.payment_intent(intents.capture(current_scope(), payment_intent_id, amount))


@v2.post("/payment_intents/<payment_intent_id>/refund")
def refund_intent(payment_intent_id: str) -> dict[str, Any]:
    """Refunds the amount of the body, or all that remains; answers with the refund."""
    intents.get(current_scope(), payment_intent_id)
    amount = load_body(RefundAmount).get("amount")
    return objects.refund(intents.refund(current_scope(), payment_intent_id, amount, suffix=suffix()))


@v2.get("/payment_intents/<payment_intent_id>/payments")
def payments_of_intent(payment_intent_id: str) -> dict[str, Any]:
    intent, query = intents.get(current_scope(), payment_intent_id), load_query(ListQuery)
    found = payment_lists.page(
        current_scope(), Filters(parent_id=intent.id), start=query["start"], limit=query["limit"], count=True
    )
    return envelope("payments", objects.payments(found.items), found, query)


@v2.get("/payment_intents/<payment_intent_id>/refunds")
def refunds_of_intent(payment_intent_id: str) -> dict[str, Any]:
    intent, query = intents.get(current_scope(), payment_intent_id), load_query(ListQuery)
    found = slice_of(refunds.of_payment(intent.payment_id)[::-1] if intent.payment_id else [], query)
    return envelope("refunds", objects.refunds(found.items), found, query)


@v2.get("/payment_intents/<payment_intent_id>/disputes")
def disputes_of_intent(payment_intent_id: str) -> dict[str, Any]:
    intent, query = intents.get(current_scope(), payment_intent_id), load_query(ListQuery)
    found = slice_of(disputes.of_payment(intent.payment_id)[::-1] if intent.payment_id else [], query)
    return envelope("disputes", objects.disputes(found.items), found, query)


@v2.get("/payment_intents")
def list_intents() -> dict[str, Any]:
    return _page(load_query(IntentsQuery))


@v2.get("/customers/<customer_id>/payment_intents")
def intents_of_customer(customer_id: str) -> dict[str, Any]:
    customers.get(current_scope(), customer_id)
    return _page({**load_query(IntentsQuery), "customer": customer_id})


def _page(query: dict[str, Any]) -> dict[str, Any]:
    filters = _columns({name: query.get(name) for name in ("order_id", "unique_id", "card", "sepa", "customer")})
    found = intents.page(
        current_scope(),
        {**filters, "created": moment(query.get("created"))},
        start=query["start"],
        limit=query["limit"],
        newest_first=query.get("order") != "asc",
        by_settlement=query.get("field") == "due",
    )
    return envelope("payment_intents", [objects.payment_intent(intent) for intent in found.items], found, query)


def _columns(fields: dict[str, Any]) -> dict[str, Any]:
    """The body's fields as columns. Raises NotFound for an unknown address."""
    addresses = addresses_of(fields)
    named = {name: value for name, value in fields.items() if f"{name}_id" not in addresses}
    return {_COLUMNS.get(name, name): value for name, value in named.items()} | addresses
