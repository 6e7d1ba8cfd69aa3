"""Histories that chance tells rarely, against the same model as the random ones (test_random_histories.py)."""

from __future__ import annotations

import pytest

from tests.payments_core.conftest import FrozenClock
from tests.payments_core.histories.comparison import compare
from tests.payments_core.histories.methods import AT_ONCE, GOOD
from tests.payments_core.histories.shop import opening
from tests.payments_core.histories.steps import Steps

PAID_OUT = 10  # days in which money that was captured at once is settled, held and gone


@pytest.fixture
def steps(core_database: str, clock: FrozenClock) -> Steps:
    return Steps(opening(core_database, clock), None)


def as_the_model_says(steps: Steps) -> None:
    compare(steps.shop, steps.model)


def test_money_that_is_not_settled_yet_covers_a_refund(steps: Steps) -> None:
    steps.pay(AT_ONCE, 4500)
    steps.wait(PAID_OUT, 12)
    steps.pay(AT_ONCE, 3000)
    assert (steps.model.pending, steps.model.held, steps.model.available) == (3000 - 36, 0, 0)
    steps.refund(steps.model.payments[-1], 2000, "v2")
    as_the_model_says(steps)
    steps.refund(steps.model.payments[0], None, "v2")
    assert [one.amount for one in steps.model.refunds] == [2000]  # the other one lacks cover
    as_the_model_says(steps)


def test_what_was_refunded_may_be_disputed_as_well(steps: Steps) -> None:
    steps.pay(AT_ONCE, 5000)
    payment = steps.model.payments[0]
    steps.refund(payment, 2500, "v2")
    steps.wait(3, 12)
    steps.contest(payment, None, contestable=True)
    assert (payment.refunded, payment.disputed, payment.refundable) == (2500, 5000, 0)
    as_the_model_says(steps)
    steps.wait(32, 12)
    as_the_model_says(steps)


def test_a_refund_of_a_collection_waits_until_it_can_no_longer_come_back(steps: Steps) -> None:
    steps.pay(GOOD, 3000)
    steps.wait(16, 12)
    steps.refund(steps.model.payments[0], 1000, "v1")
    for _ in range(20):
        steps.wait(1, 12)
        as_the_model_says(steps)
    assert steps.model.refunds[0].status == "refunded"


def test_a_key_is_good_for_one_body_even_after_weeks(steps: Steps) -> None:
    steps.pay(AT_ONCE, 5000)
    steps.refund(steps.model.payments[0], 100, "v1", twice=True)
    steps.wait(20, 12)
    steps.repeat(0)
    steps.repeat(0, with_other_body=True)
    as_the_model_says(steps)
