"""What may be asked of a payment, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payments_core.errors import Conflict, Forbidden, InvalidRequest, WrongState
from payments_core.models import Payment
from payments_core.money import CURRENCIES
from payments_core.scope import Scope
from payments_core.states import statuses

if TYPE_CHECKING:
    from payments_core.payments import NewPayment

MINIMUM_AMOUNT = 50  # wire contract 2.1; 0 verifies a card without taking money
MAXIMUM_AMOUNT = 2**32 - 1
METHODS = ("card", "sepa")
PLAIN_FIELDS = (
    "currency",
    "description",
    "order_id",
    "methods_allowed",
    "capture",
    "device",
    "return_url",
    "date_settlement",
    "billing_address_id",
    "shipping_address_id",
)
# Once the card was charged only what a merchant calls the payment may change, as long as it is not over for good.
CHANGEABLE_LATER = frozenset({"order_id", "description", "billing_address_id", "shipping_address_id"})
OVER = frozenset({"refused", "failed", "canceled", "expired"})


def check_may_take(scope: Scope) -> None:
    """Live payments are for active merchants. Raises Forbidden."""
    if scope.live and scope.merchant_status != "active":
        raise Forbidden("This account cannot take live payments yet", account_status=scope.merchant_status)


def check_new(new: NewPayment) -> None:
    """Raises InvalidRequest."""
    check_amount(new.amount, new.capture)
    check_currency(new.currency, new.methods_allowed)
    if new.card is not None and new.sepa is not None:
        raise InvalidRequest("sepa", "A payment has one method: a card or a SEPA account", code="two_methods")
    if new.card is not None:
        check_method_allowed(new.methods_allowed, "card")
    if new.sepa is not None:
        check_sepa(new.currency, new.methods_allowed, new.amount)


def check_amount(amount: int, capture: bool) -> None:
    """50 and above; 0 only to verify a card, without capture. Raises InvalidRequest."""
    if not (MINIMUM_AMOUNT <= amount <= MAXIMUM_AMOUNT or (amount == 0 and not capture)):
        raise InvalidRequest("amount", f"Amount must be at least {MINIMUM_AMOUNT}", code="bad_amount")


def check_currency(currency: str, methods_allowed: list[str] | None) -> None:
    """Raises InvalidRequest for an unknown currency or SEPA in anything but euros."""
    if currency not in CURRENCIES:
        raise InvalidRequest("currency", "This currency is not supported", code="bad_currency")
    if methods_allowed and "sepa" in methods_allowed and currency != "eur":
        raise InvalidRequest("methods_allowed", "SEPA payments are in euros only", code="sepa_needs_eur")


def check_sepa(currency: str, methods_allowed: list[str] | None, amount: int) -> None:
    """Direct debits are of something, in euros, where the payment allows them. Raises InvalidRequest."""
    check_method_allowed(methods_allowed, "sepa")
    if currency != "eur":
        raise InvalidRequest("sepa", "SEPA payments are in euros only", code="sepa_needs_eur")
    if amount == 0:
        raise InvalidRequest("amount", "A bank account is verified by a check, not by a payment", code="bad_amount")


def check_method_allowed(methods_allowed: list[str] | None, method: str) -> None:
    """Raises InvalidRequest."""
    if methods_allowed and method not in methods_allowed:
        raise InvalidRequest(method, f"This payment does not allow the method {method}", code="method_not_allowed")


def check_payable(payment: Payment) -> None:
    """The payment waits for its method. Raises Conflict."""
    if payment.status is not None:
        raise WrongState("payment_fixed", "payment", payment.status, "be changed this way", [None])
    if payment.open_attempt is not None:
        raise Conflict("An attempt on this payment is in progress", code="attempt_in_progress")


def check_change(payment: Payment, changes: dict[str, Any]) -> None:
    """Raises Conflict for what the status no longer allows, InvalidRequest for wrong values."""
    labels_only = CHANGEABLE_LATER.issuperset(changes)
    if payment.status in OVER or (payment.status is not None and not labels_only):
        wanted = statuses("payment") - OVER if labels_only else {None}
        raise WrongState("payment_fixed", "payment", payment.status, "be changed this way", wanted)
    if payment.open_attempt is not None and not labels_only:
        raise Conflict("An attempt on this payment is in progress", code="attempt_in_progress")
    if "amount" in changes or "capture" in changes:
        check_amount(changes.get("amount", payment.amount), changes.get("capture", payment.capture))
    if "currency" in changes or "methods_allowed" in changes:
        check_currency(
            changes.get("currency", payment.currency), changes.get("methods_allowed", payment.methods_allowed)
        )
