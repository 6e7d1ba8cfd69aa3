"""Customers: create, read, change, delete; lists in v2."""

from __future__ import annotations

from typing import Any

from payments_core import addresses, customers
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.customers import CustomerV1, CustomerV2
from payments_core.api.schemas.lists import CustomersQuery, moment
from payments_core.api.versions import v1, v2, version
from payments_core.customers import CustomerInput
from payments_core.db import new_id
from payments_core.errors import Duplicate

ADDRESSES = ("billing_address", "shipping_address")


def customer_input(fields: dict[str, Any]) -> CustomerInput:
    """The domain's input from a loaded customer body. Raises NotFound for an unknown address."""
    return CustomerInput(**changes_of(fields))


def changes_of(fields: dict[str, Any]) -> dict[str, Any]:
    """What a request says of a customer. Raises NotFound for an unknown address."""
    changes = {name: value for name, value in fields.items() if name not in ADDRESSES} | addresses_of(fields)
    if changes.get("country"):
        changes["country"] = changes["country"].upper()
    return changes


def addresses_of(fields: dict[str, Any]) -> dict[str, Any]:
    """The addresses a body names, as columns. Raises NotFound for one that is not in use."""
    named = {name: fields[name] for name in ADDRESSES if name in fields}
    for address_id in named.values():
        if address_id is not None:
            addresses.get(current_scope(), address_id)
    return {f"{name}_id": address_id for name, address_id in named.items()}


@v1.post("/customers")
def create_customer_v1() -> dict[str, Any]:
    """v1 answers 409 with the existing id when name, e-mail, mobile and external id are all the same."""
    scope, wanted = current_scope(), customer_input(load_body(CustomerV1))
    same = customers.find_same(scope, wanted) if wanted.email or wanted.mobile else None
    begun_before = same is not None and suffix() is not None and same.id == new_id("cust", suffix())
    if same is not None and not begun_before:
        raise Duplicate("customer", same.id)
    return objects.customer(customers.create(scope, wanted, suffix=suffix()))


@v2.post("/customers")
def create_customer_v2() -> dict[str, Any]:
    """v2 makes a new customer every time."""
    wanted = customer_input(load_body(CustomerV2))
    return objects.customer(customers.create(current_scope(), wanted, suffix=suffix()))


@v1.get("/customers/<customer_id>")
@v2.get("/customers/<customer_id>")
def read_customer(customer_id: str) -> dict[str, Any]:
    return objects.customer(customers.get(current_scope(), customer_id))


@v1.patch("/customers/<customer_id>")
@v2.patch("/customers/<customer_id>")
def change_customer(customer_id: str) -> dict[str, Any]:
    customers.get(current_scope(), customer_id)  # a deleted one is 404 whatever the body says
    changes = changes_of(load_body(CustomerV1 if version() == 1 else CustomerV2))
    return objects.customer(customers.update(current_scope(), customer_id, changes))


@v1.delete("/customers/<customer_id>")
def delete_customer_v1(customer_id: str) -> tuple[str, int]:
    customers.delete(current_scope(), customer_id)
    return "", 204


@v2.delete("/customers/<customer_id>")
def delete_customer_v2(customer_id: str) -> dict[str, Any]:
    return objects.customer(customers.delete(current_scope(), customer_id))


@v2.get("/customers")
def list_customers() -> dict[str, Any]:
    query = load_query(CustomersQuery)
    filters = {**query, "created": moment(query.get("created"))}
    page = customers.page(current_scope(), filters, start=query["start"], limit=query["limit"])
    return envelope("customers", [objects.customer(customer) for customer in page.items], page, query)
