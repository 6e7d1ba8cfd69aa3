"""What may be asked of a payment intent, before anything is written."""

from __future__ import annotations

from typing import Any

from payments_core import cards, customers, payment_rules, sepa_accounts
from payments_core.errors import InvalidRequest
from payments_core.models import PaymentIntent
from payments_core.scope import Scope


def check_update(scope: Scope, intent: PaymentIntent, changes: dict[str, Any]) -> None:
    """Raises InvalidRequest, NotFound. A currency without direct debits takes SEPA off an intent that allowed all methods."""
    currency = changes.get("currency", intent.currency)
    if currency != "eur" and "methods_allowed" not in changes and intent.methods_allowed == all_methods("eur"):
        changes["methods_allowed"] = all_methods(currency)
    methods = changes.get("methods_allowed", intent.methods_allowed)
    payment_rules.check_currency(currency, methods)
    amount = changes.get("amount", intent.amount)
    if "amount" in changes or "capture" in changes:
        payment_rules.check_amount(amount, changes.get("capture", intent.capture))
    check_methods(scope, changes.get("card_id"), changes.get("sepa_account_id"), currency, methods, amount)
    if changes.get("customer_id") is not None:
        customers.get(scope, changes["customer_id"])


def check_methods(
    scope: Scope, card_id: str | None, account_id: str | None, currency: str, methods: list[str], amount: int
) -> None:
    if card_id is not None and account_id is not None:
        raise InvalidRequest("sepa", "A payment has one method: a card or a SEPA account", code="two_methods")
    if card_id is not None:
        payment_rules.check_method_allowed(methods, "card")
        cards.get(scope, card_id)
    if account_id is not None:
        payment_rules.check_sepa(currency, methods, amount)
        sepa_accounts.get(scope, account_id)


def all_methods(currency: str) -> list[str]:
    return ["card", "sepa"] if currency == "eur" else ["card"]
