"""From what a request says of a payment to what the domain understands."""

from __future__ import annotations

from typing import Any

from payments_core import cards, customers, sepa_accounts
from payments_core.api.access import current_scope
from payments_core.api.cards import card_input
from payments_core.api.cards import changes_of as card_changes_of
from payments_core.api.customers import addresses_of, customer_input
from payments_core.api.customers import changes_of as customer_changes_of
from payments_core.api.problems import MISSING, InvalidInput, Problem
from payments_core.api.sepa import changes_of as sepa_changes_of
from payments_core.api.sepa import sepa_input
from payments_core.api.versions import version
from payments_core.card_rules import CardInput
from payments_core.customers import CustomerInput
from payments_core.payments import AuthRequest, NewPayment
from payments_core.sepa_accounts import SepaAccountInput

_SIMPLE = ("currency", "description", "order_id", "unique_id", "methods_allowed", "capture", "device", "return_url")
_CANNOT_BE_EMPTIED = ("currency", "capture")
_NEEDED_FROM_DEVICE = ("ip", "port")


def new_payment(fields: dict[str, Any]) -> NewPayment:
    """Raises InvalidRequest, NotFound."""
    simple = {name: fields[name] for name in (*_SIMPLE, "date_settlement") if fields.get(name) is not None}
    card, auth = card_of(fields), auth_of(fields)
    if card is not None and auth is not None:
        check_device(fields.get("device") or auth.device)
    return NewPayment(
        amount=fields["amount"],
        card=card,
        customer=customer_of(fields),
        reuse_customer=version() == 1,
        auth=auth,
        sepa=sepa_of(fields),
        **simple,
        **addresses_of(fields),
    )


def changes(fields: dict[str, Any]) -> dict[str, Any]:
    """What a PATCH changes besides card and status; a null empties what may be empty. Raises InvalidRequest, NotFound."""
    names = [name for name in (*_SIMPLE, "date_settlement") if name in fields and name != "unique_id"]
    changed = {name: fields[name] for name in names if fields[name] is not None or name not in _CANNOT_BE_EMPTIED}
    values = {"amount": fields.get("amount"), "customer": customer_of(fields), "auth": auth_of(fields)}
    changed |= addresses_of(fields)
    return changed | {name: value for name, value in values.items() if value is not None}


def card_of(fields: dict[str, Any]) -> CardInput | str | None:
    """The card of a payment's body: an id, a new card, or (v1) a known one with changes."""
    card = fields.get("card")
    if card is None or isinstance(card, str):
        return card
    card_id = card.pop("id", None)
    if card_id is None:
        _require(card, ("number", "exp_month", "exp_year"), "card")
        return card_input(card)
    changed = {name: value for name, value in card_changes_of(card).items() if name in cards.CHANGEABLE}
    if changed:
        cards.update(current_scope(), card_id, changed)
    return str(card_id)


def customer_of(fields: dict[str, Any]) -> CustomerInput | str | None:
    """The customer of a payment's body: an id, a new customer, or (v1) a known one with changes."""
    customer = fields.get("customer")
    if customer is None or isinstance(customer, str):
        return customer
    customer_id = customer.pop("id", None)
    if customer_id is None:
        return customer_input(customer)
    if customer:
        customers.update(current_scope(), customer_id, customer_changes_of(customer))
    return str(customer_id)


def auth_of(fields: dict[str, Any]) -> AuthRequest | None:
    """The wish for 3-D Secure, if any."""
    auth = fields.get("auth")
    return AuthRequest(return_url=auth.get("return_url"), device=auth.get("device")) if auth is not None else None


def sepa_of(fields: dict[str, Any]) -> SepaAccountInput | str | None:
    """The SEPA account of a payment's body: an id, a new account, or (v1) a known one with changes."""
    sepa = fields.get("sepa")
    if sepa is None or isinstance(sepa, str):
        return sepa
    sepa_id = sepa.pop("id", None)
    if sepa_id is None:
        _require(sepa, ("iban", "name"), "sepa")
        return sepa_input(sepa)
    changed = sepa_changes_of({name: value for name, value in sepa.items() if name != "iban"})
    if changed:
        sepa_accounts.update(current_scope(), sepa_id, changed)
    return str(sepa_id)


def check_device(device: dict[str, Any] | None) -> None:
    """3-D Secure from server to server needs to know the payer's address (wire contract 2.10). Raises InvalidRequest."""
    _require(device or {}, _NEEDED_FROM_DEVICE, "device")


def _require(values: dict[str, Any], names: tuple[str, ...], place: str) -> None:
    missing = [Problem(("body", place, name), MISSING) for name in names if values.get(name) is None]
    if missing:
        raise InvalidInput(missing)
