"""Processes die at the worst moments; the sweep ends every story, and nothing is charged twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from payments_core import authorizations, clocks, ledger_check, payments, refunds
from payments_core.acquirer import Answer, AuthorizationRequest, OrderRequest
from payments_core.acquirer_simulator import AcquirerSimulator
from payments_core.clock import Clock
from payments_core.db import db
from payments_core.errors import AcquirerUnavailable
from payments_core.models import AcquirerOrder, Attempt, Payment, SimulatorRecord
from payments_core.orders import order_id
from payments_core.payments import NewPayment
from payments_core.runtime import EXTENSION, Runtime
from tests.payments_core.conftest import FrozenClock, Shop, card


class Killed(BaseException):
    """Stands for kill -9: nothing of ours may catch it."""


class Shaky(AcquirerSimulator):
    """The simulator over a line that fails when told to."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.fail_before: BaseException | None = None
        self.fail_after: BaseException | None = None

    def authorize(self, request: AuthorizationRequest) -> Answer:
        return self._through(lambda: super(Shaky, self).authorize(request))

    def order(self, request: OrderRequest) -> Answer:
        return self._through(lambda: super(Shaky, self).order(request))

    def _through(self, ask: Callable[[], Answer]) -> Answer:
        if self.fail_before is not None:
            raise self.fail_before
        answer = ask()
        if self.fail_after is not None:
            raise self.fail_after
        return answer


@pytest.fixture
def line(core: Flask, clock: FrozenClock) -> Shaky:
    shaky = Shaky(clock)
    known: Runtime = core.extensions[EXTENSION]
    core.extensions[EXTENSION] = replace(known, acquirer=shaky)
    return shaky


def charges() -> int:
    kinds = select(func.count()).where(SimulatorRecord.kind == "authorization", SimulatorRecord.response == "00")
    return db.session.scalar(kinds) or 0


def test_killed_after_the_acquirer_answered_the_sweep_records_the_same_answer(
    shop: Shop, line: Shaky, clock: FrozenClock, do_sweep: Callable[[], dict[str, int]]
) -> None:
    line.fail_after = Killed()
    with pytest.raises(Killed):
        shop.pay(1000, unique_id="order-1")
    db.session.rollback()
    line.fail_after = None
    payment = db.session.scalars(select(Payment)).one()
    assert (payment.status, charges()) == (None, 1)
    do_sweep()
    assert payment.status is None  # its process might still be at it
    clock.tick(seconds=30)
    assert do_sweep()["attempts"] == 1
    db.session.refresh(payment)
    assert (payment.status, payment.open_attempt, charges()) == ("to_capture", None, 1)
    assert do_sweep()["attempts"] == 0


def test_killed_before_the_acquirer_heard_the_sweep_asks_with_the_same_reference(
    shop: Shop, line: Shaky, clock: FrozenClock, do_sweep: Callable[[], dict[str, int]]
) -> None:
    line.fail_before = Killed()
    with pytest.raises(Killed):
        shop.pay(1000)
    db.session.rollback()
    line.fail_before = None
    clock.tick(seconds=30)
    do_sweep()
    attempt = db.session.scalars(select(Attempt)).one()
    assert (attempt.result, charges()) == ("accepted", 1)


def test_an_unreachable_acquirer_leaves_the_payment_undecided_until_it_is_back(
    shop: Shop, line: Shaky, clock: FrozenClock, do_sweep: Callable[[], dict[str, int]]
) -> None:
    line.fail_after = AcquirerUnavailable("line cut")
    payment = shop.pay(1000)
    assert payment.status is None
    clock.tick(seconds=30)
    do_sweep()
    db.session.refresh(payment)
    assert payment.status is None
    line.fail_after = None
    clock.tick(seconds=30)
    do_sweep()
    db.session.refresh(payment)
    assert (payment.status, charges()) == ("to_capture", 1)


def test_a_repeated_request_with_the_same_suffix_finishes_the_first_one(shop: Shop, line: Shaky) -> None:
    new = NewPayment(amount=1000, card=card())
    line.fail_after = Killed()
    with pytest.raises(Killed):
        payments.create(shop.scope, new, suffix="a" * 24)
    db.session.rollback()
    line.fail_after = None
    payment = payments.create(shop.scope, new, suffix="a" * 24)
    assert (payment.id, payment.status, charges()) == ("paym_" + "a" * 24, "to_capture", 1)


def test_an_answer_recorded_twice_changes_nothing(shop: Shop) -> None:
    payment = shop.pay(1000)
    version = payment.version
    authorizations.record(shop.scope, payment.attempt_id or "", Answer("00", "ABC123"))
    assert (payment.status, payment.version) == ("to_capture", version)


def test_an_answer_that_comes_after_the_payment_ended_is_reversed(
    shop: Shop, line: Shaky, do_sweep: Callable[[], dict[str, int]]
) -> None:
    line.fail_after = AcquirerUnavailable("line cut")
    payment = shop.pay(1000)
    payment.status, payment.due_at = "expired", None
    db.session.commit()
    line.fail_after = None
    attempt = db.session.scalars(select(Attempt)).one()
    authorizations.ask(shop.scope, attempt)
    do_sweep()
    reversal = db.session.scalars(select(SimulatorRecord).where(SimulatorRecord.kind == "reverse")).one()
    assert reversal.original == attempt.id
    assert payment.status == "expired"


def test_a_test_clock_waits_while_the_acquirer_is_away(
    shop: Shop, line: Shaky, do_sweep: Callable[[], dict[str, int]]
) -> None:
    payment = shop.pay(1000)
    line.fail_before = AcquirerUnavailable("line cut")
    shop.advance(days=3)
    db.session.refresh(payment)
    assert payment.status == "capture_sent"
    assert clocks.advancing() == [shop.merchant.id]
    line.fail_before = None
    do_sweep()
    db.session.refresh(payment)
    assert (payment.status, clocks.advancing()) == ("captured", [])


def test_a_refund_the_payers_bank_refuses_gives_everything_back(shop: Shop, line: Shaky) -> None:
    shop.captured(5000)
    payment = shop.captured(1000)
    before = ledger_check.check()
    assert before.balanced
    refund = refunds.create(shop.scope, payment.id, 400)
    shop.advance(hours=16)
    assert refund.status == "refund_sent"
    order = db.session.get(AcquirerOrder, order_id("refund", refund.id))
    assert order is not None
    order.response = "57"
    db.session.commit()
    shop.advance(days=1)
    assert (refund.status, refund.reason, payment.refunded_amount) == ("not_honored", "refused_by_bank", 0)
    assert refunds.refundable(payment) == 1000
    assert ledger_check.check().differences == []
