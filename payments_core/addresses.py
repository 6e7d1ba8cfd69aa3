"""Postal addresses: made, read, deleted; never changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from payments_core import list_marks
from payments_core.db import db, locked, new_id
from payments_core.errors import NotFound
from payments_core.events import emit
from payments_core.models import Address
from payments_core.paging import Page, by_position
from payments_core.scope import Scope


def create(scope: Scope, fields: dict[str, Any], *, suffix: str | None = None) -> Address:
    """A new address, also when an identical one exists. `fields` are columns of Address, checked at the door."""
    address_id = new_id("addr", suffix)
    if suffix is not None and (known := db.session.get(Address, address_id)) is not None:
        return known
    place = {"merchant_id": scope.merchant_id, "live": scope.live, "created_at": scope.now, "version": 0}
    address = Address(id=address_id, **place, **fields)
    db.session.add(address)
    emit(scope, "address.created", address)
    db.session.commit()
    return address


def get(scope: Scope, address_id: str) -> Address:
    """An address in use. Raises NotFound, also for a deleted one."""
    address = get_any(scope, address_id)
    if address.deleted_at is not None:
        raise NotFound("address", address_id)
    return address


def get_any(scope: Scope, address_id: str) -> Address:
    """An address, deleted or not. Raises NotFound."""
    address = db.session.get(Address, address_id)
    if address is None or address.merchant_id != scope.merchant_id or address.live != scope.live:
        raise NotFound("address", address_id)
    return address


def delete(scope: Scope, address_id: str) -> Address:
    """Takes the address out of use; payments and customers keep it. Raises NotFound."""
    get(scope, address_id)
    locked(Address, address_id)
    address = get(scope, address_id)  # somebody else may have deleted it a moment ago
    list_marks.take_off(address, scope.now)
    emit(scope, "address.deleted", address)
    db.session.commit()
    return address


def page(scope: Scope, *, start: int, limit: int) -> Page[Address]:
    """Newest first, without deleted ones."""
    return by_position(list_marks.of_merchant(Address, scope), select(Address), start=start, limit=limit)
