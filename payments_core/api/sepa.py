"""SEPA accounts: create, read, change, delete; lists in v2 (wire contract 2.5)."""

from __future__ import annotations

from typing import Any

from payments_core import customers, sepa_accounts
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import SepaQuery
from payments_core.api.schemas.sepa import NewSepa, NewSepaV2, SepaChanges
from payments_core.api.versions import v1, v2, version
from payments_core.sepa_accounts import SepaAccountInput


def sepa_input(fields: dict[str, Any]) -> SepaAccountInput:
    """The domain's input from a loaded body. Raises NotFound for an unknown customer."""
    values = {name: value for name, value in fields.items() if value is not None}
    customer_id = values.pop("customer", None)
    if customer_id is not None:
        customers.get(current_scope(), customer_id)
    return SepaAccountInput(**values, customer_id=customer_id)


@v1.post("/sepa")
@v2.post("/sepa")
def create_sepa() -> dict[str, Any]:
    wanted = sepa_input(load_body(NewSepa if version() == 1 else NewSepaV2))
    return objects.sepa(sepa_accounts.create(current_scope(), wanted, suffix=suffix()))


@v1.get("/sepa/<sepa_id>")
@v2.get("/sepa/<sepa_id>")
def read_sepa(sepa_id: str) -> dict[str, Any]:
    """A deleted account is gone in v1 and readable, marked, in v2."""
    read = sepa_accounts.get if version() == 1 else sepa_accounts.get_any
    return objects.sepa(read(current_scope(), sepa_id))


@v1.patch("/sepa/<sepa_id>")
@v2.patch("/sepa/<sepa_id>")
def change_sepa(sepa_id: str) -> dict[str, Any]:
    sepa_accounts.get(current_scope(), sepa_id)  # a deleted one is 404 whatever the body says
    changes = changes_of(load_body(SepaChanges))
    return objects.sepa(sepa_accounts.update(current_scope(), sepa_id, changes))


@v1.delete("/sepa/<sepa_id>")
def delete_sepa_v1(sepa_id: str) -> tuple[str, int]:
    sepa_accounts.delete(current_scope(), sepa_id)
    return "", 204


@v2.delete("/sepa/<sepa_id>")
def delete_sepa_v2(sepa_id: str) -> dict[str, Any]:
    return objects.sepa(sepa_accounts.delete(current_scope(), sepa_id))


@v2.get("/sepa")
@v2.get("/sepa/ibanonly")
def list_sepa() -> dict[str, Any]:
    query = load_query(SepaQuery)
    page = sepa_accounts.page(current_scope(), query.get("customer"), start=query["start"], limit=query["limit"])
    return envelope("sepa", [objects.sepa(account) for account in page.items], page, query)


def changes_of(fields: dict[str, Any]) -> dict[str, Any]:
    """What a PATCH changes: an account keeps its name and its mandate."""
    return {name: value for name, value in fields.items() if value is not None or name in ("bic", "date_birth")}
