"""Refunds and cancellation (stancer-api.md 2.6 and 6)."""

from __future__ import annotations

from typing import Any

import pytest
import stancer
from stancer.exceptions import ConflictError, InvalidAmountError, MethodNotAllowedError, NotFoundError
from stancer.status.refund import RefundStatus

from tests.e2e.stancer_clients.objects import IMMEDIATE, Objects
from tests.e2e.stancer_clients.wire import Wire


def _captured(objects: Objects, amount: int = 3000, **more: Any) -> Any:
    return objects.payment(amount=amount, card=objects.card(IMMEDIATE), **more).send()


@pytest.mark.parametrize("capture", [True, False])
def test_a_full_refund_before_capture_cancels(objects: Objects, capture: bool) -> None:
    payment = objects.payment(card=objects.card(), capture=capture).send()
    refund = payment.refund()
    assert refund.id.startswith("refd_")
    assert (refund.status, refund.amount, refund.currency) == (RefundStatus.PAYMENT_CANCELED, 2590, "eur")
    assert payment.status == stancer.Payment(payment.id).status == "canceled"
    assert (payment.is_success, payment.is_error) == (False, True)


@pytest.mark.parametrize("capture", [True, False])
def test_a_partial_refund_waits_for_the_capture(objects: Objects, capture: bool) -> None:
    payment = objects.payment(card=objects.card(), capture=capture).send()
    with pytest.raises(ConflictError) as refused:
        payment.refund(500)
    assert str(refused.value) == "Payment cannot be partially refunded before it has been captured"
    assert stancer.Payment(payment.id).status == payment.status


def test_three_refunds_make_the_whole_in_the_order_they_were_made(objects: Objects, version: int) -> None:
    payment = _captured(objects)
    made = [payment.refund(1000), payment.refund(777), payment.refund()]
    assert [refund.amount for refund in made] == [1000, 777, 1223]
    assert {refund.status for refund in made} == {"to_refund"}
    assert (payment.refunded_amount, payment.refundable_amount) == (3000, 0)
    assert [refund.id for refund in payment.refunds] == [refund.id for refund in made]
    read = stancer.Payment(payment.id)
    assert read.status == "captured"
    # v2 gives refunds an address of their own, of which this client knows nothing.
    assert [refund.id for refund in read.refunds] == ([refund.id for refund in made] if version == 1 else [])


def test_a_refund_is_read_by_its_id(objects: Objects, version: int) -> None:
    payment = _captured(objects)
    made = payment.refund(500)
    read = stancer.Refund(made.id)
    assert (read.amount, read.currency, read.status) == (500, "eur", RefundStatus.TO_REFUND)
    assert stancer.Payment(read.payment.id).amount == 3000
    assert (read.date_refund, read.date_bank) == (None, None)
    assert read.created >= payment.created
    assert read.live_mode is (False if version == 1 else None)


def test_a_refund_can_be_made_without_the_payments_help(objects: Objects) -> None:
    payment = _captured(objects)
    refund = stancer.Refund(payment=payment, amount=600).send()
    assert (refund.status, refund.amount) == ("to_refund", 600)


def test_too_much_is_refused_by_client_and_server(objects: Objects, wire: Wire) -> None:
    payment = _captured(objects)
    payment.refund(2900)
    mark = len(wire.sent)
    with pytest.raises(InvalidAmountError, match="more than possible"):
        payment.refund(101)
    with pytest.raises(InvalidAmountError):
        payment.refund(49)
    assert [line for line in wire.since(mark) if not line.startswith("GET")] == []
    with pytest.raises(ConflictError):
        stancer.Refund(payment=payment, amount=101).send()


def test_a_refused_payment_is_not_refunded(objects: Objects) -> None:
    payment = objects.payment(card=objects.card("4000000000000002")).send()
    with pytest.raises(ConflictError):
        payment.refund()


def test_refunds_are_neither_changed_nor_deleted(objects: Objects) -> None:
    refund = _captured(objects).refund(500)
    with pytest.raises(MethodNotAllowedError) as unchanged:
        stancer.Refund(refund.id, amount=600).send()
    with pytest.raises(MethodNotAllowedError):
        stancer.Refund(refund.id).delete()
    assert (unchanged.value.status_code, unchanged.value.reason) == (405, "Method Not Allowed")
    assert stancer.Refund(refund.id).amount == 500


def test_an_unknown_refund_is_404_with_the_exact_text(version: int) -> None:
    key = "refd_hT4kQ9sLw2VbXz7RcJm0NdEy"
    with pytest.raises(NotFoundError) as refused:
        stancer.Refund(key).populate()
    assert str(refused.value) == (f"No such refund {key}" if version == 1 else f"Refund `{key}` not found")
