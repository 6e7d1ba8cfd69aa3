"""Customers, cards, SEPA accounts with their checks and mandates, and addresses."""

from __future__ import annotations

from payments_core.api.schemas.addresses import NewAddress
from payments_core.api.schemas.cards import CardChangesV1, CardChangesV2, CardV1, CardV2
from payments_core.api.schemas.customers import CustomerV1, CustomerV2
from payments_core.api.schemas.lists import CardsQuery, CustomersQuery, ListQuery, SepaQuery
from payments_core.api.schemas.sepa import (
    MandateChanges,
    NewCheck,
    NewMandate,
    NewSepa,
    NewSepaV2,
    SepaChanges,
    WantedScore,
)
from payments_core.docs.operations.forms import NOTHING, Answer, Operation, lists, read
from payments_core.docs.operations.payments import CARD_ERRORS, IBAN_ERRORS

_UNREACHABLE = "customer_unreachable"

CUSTOMERS: dict[str, Operation] = {
    "create_customer_v1": Operation(
        "Create a customer", (Answer("Customer"),), body={1: CustomerV1}, errors=("duplicate", _UNREACHABLE)
    ),
    "create_customer_v2": Operation(
        "Create a customer", (Answer("Customer"),), body={2: CustomerV2}, errors=(_UNREACHABLE,)
    ),
    "read_customer": read("Read a customer", "Customer"),
    "change_customer": Operation(
        "Change a customer", (Answer("Customer"),), body={1: CustomerV1, 2: CustomerV2}, errors=(_UNREACHABLE,)
    ),
    "delete_customer_v1": Operation("Delete a customer", (NOTHING,)),
    "delete_customer_v2": Operation("Delete a customer", (Answer("Customer"),)),
    "list_customers": lists("List customers", "customers", "Customer", CustomersQuery),
}

CARDS: dict[str, Operation] = {
    "create_card_v1": Operation(
        "Store a card", (Answer("Card"),), body={1: CardV1}, errors=("duplicate", *CARD_ERRORS)
    ),
    "create_card_v2": Operation("Store a card", (Answer("Card"),), body={2: CardV2}, errors=CARD_ERRORS),
    "read_card": read("Read a card", "Card"),
    "change_card": Operation(
        "Change a card",
        (Answer("Card"),),
        body={1: CardChangesV1, 2: CardChangesV2},
        errors=("bad_expiry", "card_expired", "duplicate_card"),
    ),
    "delete_card_v1": Operation("Delete a card", (NOTHING,)),
    "delete_card_v2": Operation("Delete a card", (Answer("Card"),)),
    "list_cards": lists("List cards", "cards", "Card", CardsQuery, "created"),
}

SEPA: dict[str, Operation] = {
    "create_sepa": Operation(
        "Store a SEPA account", (Answer("SepaAccount"),), body={1: NewSepa, 2: NewSepaV2}, errors=IBAN_ERRORS
    ),
    "read_sepa": read("Read a SEPA account", "SepaAccount"),
    "change_sepa": Operation(
        "Change a SEPA account",
        (Answer("SepaAccount"),),
        body=SepaChanges,
        errors=("bad_bic", "mandate_undated", "mandate_in_use", "mandate_fixed"),
    ),
    "delete_sepa_v1": Operation("Delete a SEPA account", (NOTHING,)),
    "delete_sepa_v2": Operation("Delete a SEPA account", (Answer("SepaAccount"),)),
    "list_sepa": lists("List SEPA accounts", "sepa", "SepaAccount", SepaQuery, "created"),
    "create_check": Operation(
        "Check who holds an account",
        (Answer("SepaAccountCheck"), Answer("IbanCheckAsked", only=2)),
        body=NewCheck,
        text="Of a stored account (`id`), of a new one, or in v2 of an IBAN with the person or company thought to hold it.",
        errors=(*IBAN_ERRORS, "bank_unavailable"),
    ),
    "read_check_v1": Operation("Read the check of an account", (Answer("SepaAccountCheck"),), errors=("gone",)),
    "read_check_v2": Operation(
        "Read a check",
        (Answer("IbanCheck"), Answer("SepaAccountCheck")),
        errors=("gone",),
        text="By its own id, or by the id of the account.",
    ),
    "generate_iban": Operation(
        "Get a test IBAN for a score", (Answer("TestIban"),), body=WantedScore, errors=("forbidden",)
    ),
}

MANDATES: dict[str, Operation] = {
    "create_mandate": Operation("Create a mandate", (Answer("Mandate"),), body=NewMandate, errors=("mandate_in_use",)),
    "read_mandate": read("Read a mandate", "Mandate"),
    "mandate_pdf": Operation("Get a mandate as a PDF", (Answer(media_type="application/pdf"),)),
    "change_mandate": Operation(
        "Change a mandate",
        (Answer("Mandate"),),
        body=MandateChanges,
        errors=("mandate_in_use", "mandate_fixed", "mandate_revoked"),
    ),
    "revoke_mandate": Operation("Revoke a mandate", (Answer("Mandate"),)),
    "list_mandates": lists("List mandates", "mandates", "Mandate", ListQuery, "created"),
}

ADDRESSES: dict[str, Operation] = {
    "create_address": Operation("Create an address", (Answer("Address"),), body=NewAddress),
    "read_address": read("Read an address", "Address"),
    "delete_address_v1": Operation("Delete an address", (NOTHING,)),
    "delete_address_v2": Operation("Delete an address", (Answer("Address"),)),
    "list_addresses": lists("List addresses", "addresses", "Address", ListQuery, "created"),
}
