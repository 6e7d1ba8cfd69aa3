"""Disputes: visible at once after a payment with one of the contract's dispute cards (stancer-api.md 2.7 and 8)."""

from __future__ import annotations

from typing import Any

import pytest
import stancer
from stancer.exceptions import MethodNotAllowedError, NotFoundError, StancerHTTPClientError

from tests.e2e.stancer_clients.objects import Objects

pytestmark = pytest.mark.usefixtures("contested_merchant")
NUMBERS = ["4000000000000259", "4000000000001976", "4000000000005423"]


@pytest.fixture
def contested_merchant(contested: Any) -> None:
    contested()


def _disputed(objects: Objects, number: str = NUMBERS[0]) -> Any:
    return objects.payment(card=objects.card(number), order_id="contested").send()


def _disputes_of(payment: Any) -> list[Any]:
    return [found for found in stancer.Dispute.list(created=payment.created) if found.payment.id == payment.id]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_dispute_is_listed_with_its_payment(objects: Objects, version: int, number: str) -> None:
    payment = _disputed(objects, number)
    [dispute] = _disputes_of(payment)
    read = stancer.Dispute(dispute.id)
    assert dispute.id.startswith("dspt_")
    assert (read.payment.id, read.amount) == (payment.id, 2590)
    assert read.order_id == "contested"
    assert 2 <= len(read.response) <= 4
    assert read.created >= payment.created
    assert read.currency in ("eur", None if version == 1 else "eur")
    assert read.live_mode is (False if version == 1 else None)
    assert stancer.Payment(payment.id).status == "disputed"


def test_disputes_are_listed_page_by_page(objects: Objects) -> None:
    for _ in range(3):
        _disputed(objects)
    every = [found.id for found in stancer.Dispute.list(created=0)]
    assert len(every) == len(set(every)) >= 3
    assert [found.id for found in stancer.Dispute.list(limit=1)] == every
    assert [found.id for found in stancer.Dispute.list(start=2, limit=100)] == every[2:]


def test_disputes_are_only_read(objects: Objects) -> None:
    payment = _disputed(objects)
    [dispute] = _disputes_of(payment)
    with pytest.raises(MethodNotAllowedError):
        stancer.Dispute(amount=500).send()
    with pytest.raises(MethodNotAllowedError):
        stancer.Dispute(dispute.id, amount=500).send()
    with pytest.raises(MethodNotAllowedError):
        stancer.Dispute(dispute.id).delete()
    assert stancer.Dispute(dispute.id).amount == 2590


def test_a_disputed_payment_is_not_refunded(objects: Objects) -> None:
    payment = _disputed(objects)
    with pytest.raises(StancerHTTPClientError) as refused:
        payment.refund()
    assert refused.value.status_code == 409


def test_an_unknown_dispute_is_404_with_the_exact_text(version: int) -> None:
    key = "dspt_hT4kQ9sLw2VbXz7RcJm0NdEy"
    with pytest.raises(NotFoundError) as refused:
        stancer.Dispute(key).populate()
    assert str(refused.value) == (f"No such dispute {key}" if version == 1 else f"Dispute `{key}` not found")
