"""Cards: create, read, change, delete; lists in v2."""

from __future__ import annotations

from typing import Any

from payments_core import cards, customers
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.cards import CardChangesV1, CardChangesV2, CardV1, CardV2
from payments_core.api.schemas.lists import CardsQuery
from payments_core.api.versions import v1, v2, version
from payments_core.card_rules import CardInput
from payments_core.db import new_id
from payments_core.errors import Duplicate

_REQUIRED = ("exp_month", "exp_year")


def card_input(fields: dict[str, Any]) -> CardInput:
    """The domain's input from a loaded card body. Raises NotFound for an unknown customer."""
    values = {name: value for name, value in fields.items() if value is not None}
    customer_id = values.pop("customer", None)
    if customer_id is not None:
        customers.get(current_scope(), customer_id)
    return CardInput(**values, customer_id=customer_id)


@v1.post("/cards")
def create_card_v1() -> dict[str, Any]:
    """v1 answers 409 with the existing id for a number and expiry it knows."""
    card, new = cards.create(current_scope(), card_input(load_body(CardV1)), suffix=suffix())
    begun_before = suffix() is not None and card.id == new_id("card", suffix())
    if not new and not begun_before:
        raise Duplicate("card", card.id)
    return objects.card(card)


@v2.post("/cards")
def create_card_v2() -> dict[str, Any]:
    """v2 answers with the existing card."""
    card, _ = cards.create(current_scope(), card_input(load_body(CardV2)), suffix=suffix())
    return objects.card(card)


@v1.get("/cards/<card_id>")
@v2.get("/cards/<card_id>")
def read_card(card_id: str) -> dict[str, Any]:
    """A deleted card is gone in v1 and readable, marked, in v2."""
    read = cards.get if version() == 1 else cards.get_any
    return objects.card(read(current_scope(), card_id))


@v1.patch("/cards/<card_id>")
@v2.patch("/cards/<card_id>")
def change_card(card_id: str) -> dict[str, Any]:
    changes = load_body(CardChangesV1 if version() == 1 else CardChangesV2)
    return objects.card(cards.update(current_scope(), card_id, changes_of(changes)))


@v1.delete("/cards/<card_id>")
def delete_card_v1(card_id: str) -> tuple[str, int]:
    cards.delete(current_scope(), card_id)
    return "", 204


@v2.delete("/cards/<card_id>")
def delete_card_v2(card_id: str) -> dict[str, Any]:
    return objects.card(cards.delete(current_scope(), card_id))


@v2.get("/cards")
def list_cards() -> dict[str, Any]:
    query = load_query(CardsQuery)
    page = cards.page(current_scope(), query.get("customer"), start=query["start"], limit=query["limit"])
    return envelope("cards", [objects.card(card) for card in page.items], page, query)


def changes_of(fields: dict[str, Any]) -> dict[str, Any]:
    """What a PATCH changes: a null empties a field, except the expiry, which a card cannot be without."""
    return {name: value for name, value in fields.items() if value is not None or name not in _REQUIRED}
