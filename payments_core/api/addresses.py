"""Addresses: create, read, delete, list (wire contract 2.12). There is no PATCH."""

from __future__ import annotations

from typing import Any

from payments_core import addresses
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.addresses import NewAddress
from payments_core.api.schemas.lists import ListQuery
from payments_core.api.versions import v1, v2, version


@v1.post("/addresses")
@v2.post("/addresses")
def create_address() -> dict[str, Any]:
    fields = load_body(NewAddress)
    fields["country"] = fields["country"].upper()
    fields["details"] = fields.pop("metadata", None)
    return objects.address(addresses.create(current_scope(), fields, suffix=suffix()))


@v1.get("/addresses/<address_id>")
@v2.get("/addresses/<address_id>")
def read_address(address_id: str) -> dict[str, Any]:
    """A deleted address is gone in v1 and readable, marked, in v2."""
    read = addresses.get if version() == 1 else addresses.get_any
    return objects.address(read(current_scope(), address_id))


@v1.delete("/addresses/<address_id>")
def delete_address_v1(address_id: str) -> tuple[str, int]:
    addresses.delete(current_scope(), address_id)
    return "", 204


@v2.delete("/addresses/<address_id>")
def delete_address_v2(address_id: str) -> dict[str, Any]:
    return objects.address(addresses.delete(current_scope(), address_id))


@v2.get("/addresses")
def list_addresses() -> dict[str, Any]:
    query = load_query(ListQuery)
    page = addresses.page(current_scope(), start=query["start"], limit=query["limit"])
    return envelope("addresses", [objects.address(address) for address in page.items], page, query)
