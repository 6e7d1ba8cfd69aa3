"""A merchant's past: what settlement, deadlines and the bank made of payments and refunds (stancer-api.md 3.1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import stancer

from tests.e2e.stancer_clients.objects import IMMEDIATE, Objects


def _is_day(value: Any, version: int) -> bool:
    """A value date is a moment in v1 and a day as text in v2."""
    return isinstance(value, datetime) if version == 1 else date.fromisoformat(value) is not None


def test_a_settled_payment_is_captured(history: dict[str, str], version: int) -> None:
    payment = stancer.Payment(history["settled"])
    assert (payment.status, payment.is_success, payment.is_error) == ("captured", True, False)
    assert _is_day(payment.date_bank, version)
    assert payment.fee > 0


def test_an_authorization_that_was_not_captured_expired(history: dict[str, str]) -> None:
    payment = stancer.Payment(history["expired"])
    assert (payment.status, payment.is_success, payment.is_error) == ("expired", False, True)


def test_a_refund_has_reached_the_payer(history: dict[str, str], version: int) -> None:
    refund = stancer.Refund(history["refund"])
    assert (refund.status, refund.amount, refund.payment.id) == ("refunded", 1000, history["refunded"])
    assert isinstance(refund.date_refund, datetime)
    assert _is_day(refund.date_bank, version)


def test_what_is_left_can_be_refunded(history: dict[str, str], objects: Objects, version: int) -> None:
    objects.payment(card=objects.card(IMMEDIATE)).send()  # cover: the earlier money is at the merchant's bank
    payment = stancer.Payment(history["refunded"])
    already = 1000 if version == 1 else 0  # v2 does not tell this client of refunds made elsewhere
    assert (payment.refunded_amount, payment.refundable_amount) == (already, 2590 - already)
    refund = payment.refund()
    assert (refund.status, refund.amount) == ("to_refund", 1590)


def test_a_debit_was_collected(history: dict[str, str]) -> None:
    payment = stancer.Payment(history["debited"])
    assert (payment.status, payment.method, payment.sepa.last4) == ("captured", "sepa", "2606")


def test_the_past_is_listed_from_the_beginning(history: dict[str, str]) -> None:
    found = {payment.id: payment.status for payment in stancer.Payment.list(created=0, limit=3)}
    names = ("settled", "expired", "refunded", "debited")
    assert {history[name] for name in names} <= set(found)
    assert found[history["expired"]] == "expired"
