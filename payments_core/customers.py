"""Customers: the payers as the merchant describes them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from payments_core import list_marks
from payments_core.db import db, locked, new_id
from payments_core.errors import InvalidRequest, NotFound
from payments_core.events import emit
from payments_core.list_parts import Part, chosen
from payments_core.models import Customer
from payments_core.paging import Page, by_position
from payments_core.scope import Scope
from payments_core.text import fold

FIELDS = (
    "name",
    "email",
    "mobile",
    "external_id",
    "legal_id",
    "country",
    "date_birth",
    "billing_address_id",
    "shipping_address_id",
)
_IDENTITY = ("name", "email", "mobile", "external_id")  # v1: the same four make the same customer
_FILTERS = ("external_id", "email", "name", "country", "legal_id")


@dataclass(frozen=True)
class CustomerInput:
    """What a request says of a payer; lengths were checked at the door."""

    name: str | None = None
    email: str | None = None
    mobile: str | None = None
    external_id: str | None = None
    legal_id: str | None = None
    country: str | None = None
    date_birth: date | None = None
    billing_address_id: str | None = None
    shipping_address_id: str | None = None


def create(scope: Scope, wanted: CustomerInput, *, suffix: str | None = None) -> Customer:
    """A new customer. Raises InvalidRequest without e-mail and mobile."""
    customer = add(scope, wanted, suffix=suffix)
    db.session.commit()
    return customer


def add(scope: Scope, wanted: CustomerInput, *, suffix: str | None = None) -> Customer:
    """The same within the caller's transaction."""
    if not wanted.email and not wanted.mobile:
        raise InvalidRequest(
            "email",
            "You must provide an email or a phone number to create a customer",
            code="customer_unreachable",
        )
    customer_id = new_id("cust", suffix)
    if suffix is not None and (found := db.session.get(Customer, customer_id)) is not None:
        return found
    customer = Customer(
        id=customer_id,
        merchant_id=scope.merchant_id,
        live=scope.live,
        created_at=scope.now,
        search=_search(wanted.name, wanted.email),
        version=0,
        **asdict(wanted),
    )
    db.session.add(customer)
    emit(scope, "customer.created", customer)
    return customer


def find_same(scope: Scope, wanted: CustomerInput) -> Customer | None:
    """The customer v1 considers identical: same name, e-mail, mobile and external id."""
    conditions = [getattr(Customer, field).is_not_distinct_from(getattr(wanted, field)) for field in _IDENTITY]
    # IS NOT DISTINCT FROM uses no index; the reachable field narrows the search down first.
    narrow = Customer.email == wanted.email if wanted.email else Customer.mobile == wanted.mobile
    return db.session.scalars(
        select(Customer)
        .where(*list_marks.shown(Customer, scope), narrow, *conditions)
        .order_by(Customer.created_at)
        .limit(1)
    ).first()


def get(scope: Scope, customer_id: str) -> Customer:
    """Raises NotFound, also for a deleted customer."""
    customer = db.session.get(Customer, customer_id)
    if (
        customer is None
        or customer.merchant_id != scope.merchant_id
        or customer.live != scope.live
        or customer.deleted_at is not None
    ):
        raise NotFound("customer", customer_id)
    return customer


def update(scope: Scope, customer_id: str, changes: dict[str, Any]) -> Customer:
    """Changes the named fields. Raises NotFound, InvalidRequest when neither e-mail nor mobile is left."""
    customer = _locked(scope, customer_id)
    if not changes.get("email", customer.email) and not changes.get("mobile", customer.mobile):
        raise InvalidRequest("email", "A customer needs an email or a phone number", code="customer_unreachable")
    for name in FIELDS:
        if name in changes:
            setattr(customer, name, changes[name])
    if db.session.is_modified(customer):
        customer.search = _search(customer.name, customer.email)
        emit(scope, "customer.updated", customer, fields=sorted(changes))
    db.session.commit()
    return customer


def delete(scope: Scope, customer_id: str) -> Customer:
    """Hides the customer from every read; payments keep what was agreed. Raises NotFound."""
    customer = _locked(scope, customer_id)
    list_marks.take_off(customer, scope.now)
    emit(scope, "customer.deleted", customer)
    db.session.commit()
    return customer


def page(scope: Scope, filters: dict[str, Any], *, start: int, limit: int, count: bool = True) -> Page[Customer]:
    """Newest first; `filters` may hold created (a moment), external_id, email, name, country, legal_id."""
    whole = list_marks.of_merchant(Customer, scope)
    part = Part(chosen(Customer, {name: filters.get(name) for name in _FILTERS}))
    since = filters.get("created")
    return by_position(whole, select(Customer), part, since=since, start=start, limit=limit, count=count)


def _locked(scope: Scope, customer_id: str) -> Customer:
    """One that nobody else changes until the transaction ends: its events count without gaps. Raises NotFound."""
    get(scope, customer_id)
    locked(Customer, customer_id)
    return get(scope, customer_id)


def _search(name: str | None, email: str | None) -> str:
    return fold(f"{name or ''} {email or ''}")
