"""An answer that stays away: asked again, then reversed; whatever comes late takes no money, and nobody pays twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from payments_core import acquirer_script, attempts, authorizations, ledger_check, page_payments, payments, responses
from payments_core.acquirer import Answer, AuthorizationRequest
from payments_core.acquirer_script import Entry
from payments_core.acquirer_simulator import AcquirerSimulator
from payments_core.clock import Clock
from payments_core.db import db
from payments_core.errors import AcquirerUnavailable, AttemptInProgress
from payments_core.models import AcquirerOrder, Attempt, Event, Payment, SimulatorRecord
from payments_core.page_payments import PageOutcome
from payments_core.payment_page import reasons
from payments_core.payments import NewPayment
from payments_core.runtime import EXTENSION
from tests.payments_core.conftest import FrozenClock, Shop, card
from tests.payments_core.test_concurrency import together
from tests.payments_core.test_crashes import Shaky, line

__all__ = ["line"]

Sweep = Callable[[], dict[str, int]]
PAGE = "https://payment.localhost:8443/ptest_x/paym_x"
NEVER = Entry(loss="answer", times=10)


class Held(AcquirerSimulator):
    """The simulator over a line that keeps the answer until told to let it go."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.answered, self.go_on = threading.Event(), threading.Event()

    def authorize(self, request: AuthorizationRequest) -> Answer:
        answer = super().authorize(request)
        self.answered.set()
        assert self.go_on.wait(60)
        return answer


def script(shop: Shop, *entries: Entry) -> None:
    acquirer_script.append(shop.scope, entries)


def charged() -> set[str]:
    """References the issuer accepted and nobody reversed."""
    kinds = db.session.execute(select(SimulatorRecord.kind, SimulatorRecord.reference, SimulatorRecord.original)).all()
    approved = set(
        db.session.scalars(
            select(SimulatorRecord.reference).where(
                SimulatorRecord.kind == "authorization", SimulatorRecord.response == "00"
            )
        )
    )
    return approved - {original for kind, _, original in kinds if kind == "reverse"}


def captures() -> int:
    return db.session.scalar(select(func.count()).where(SimulatorRecord.kind == "capture")) or 0


def attempt_of(payment: Payment) -> Attempt:
    (attempt,) = attempts.of_payment(payment.id)
    db.session.refresh(attempt)
    return attempt


def wait_out(clock: FrozenClock, sweep: Sweep, rounds: int = 4) -> None:
    for _ in range(rounds):
        clock.tick(seconds=25)
        sweep()


def on_page(shop: Shop, payment: Payment) -> PageOutcome:
    return page_payments.pay(shop.scope, payment.id, card(), device=None, page_url=PAGE)


@pytest.fixture
def a_row_appears(core: Flask) -> Callable[[str], None]:
    """Waits until the simulator remembers a question of this kind."""

    def wait(kind: str) -> None:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            db.session.rollback()
            if db.session.scalar(select(func.count()).where(SimulatorRecord.kind == kind)):
                return
            time.sleep(0.02)
        raise AssertionError(f"no {kind} arrived")

    return wait


@pytest.mark.parametrize("loss", ["question", "answer"])
def test_what_was_lost_once_is_asked_again_with_the_same_reference(
    shop: Shop, clock: FrozenClock, do_sweep: Sweep, loss: str
) -> None:
    script(shop, Entry(loss=loss))
    payment = shop.pay(1000)
    assert (payment.status, payment.response) == (None, None)
    clock.tick(seconds=25)
    do_sweep()
    db.session.refresh(payment)
    attempt = attempt_of(payment)
    assert (payment.status, attempt.result, attempt.asks) == ("to_capture", "accepted", 2)
    assert charged() == {attempt.id}


def test_an_answer_that_never_comes_is_given_up_and_reversed(shop: Shop, clock: FrozenClock, do_sweep: Sweep) -> None:
    script(shop, NEVER)
    payment = shop.pay(1000)
    wait_out(clock, do_sweep, 3)
    db.session.refresh(payment)
    assert (payment.status, len(charged())) == (None, 1)  # the issuer holds the money for it
    wait_out(clock, do_sweep, 1)
    db.session.refresh(payment)
    attempt = attempt_of(payment)
    assert (payment.status, payment.response, payment.open_attempt) == ("failed", "68", None)
    assert (attempt.result, attempt.response) == ("reversed", "68")
    assert "annulé auprès de la banque" in responses.advice(attempt.response, "fr")
    assert charged() == set()
    failed = select(func.count()).where(Event.object_id == payment.id, Event.type == "payment.failed")
    assert db.session.scalar(failed) == 1
    assert do_sweep()["attempts"] == 0


def test_an_acceptance_that_comes_after_the_reversal_is_never_captured(
    shop: Shop, clock: FrozenClock, do_sweep: Sweep
) -> None:
    script(shop, NEVER)
    payment = shop.pay(1000)
    wait_out(clock, do_sweep)
    attempt = attempt_of(payment)
    authorizations.record(shop.scope, attempt.id, Answer("00", "ABC123"))
    authorizations.ask(shop.scope, attempt)
    shop.advance(days=3)
    db.session.refresh(payment)
    assert (payment.status, attempt_of(payment).result, captures()) == ("failed", "reversed", 0)
    assert charged() == set()
    assert ledger_check.check().differences == []


def test_a_question_that_reaches_the_acquirer_after_the_reversal_is_refused(
    shop: Shop, clock: FrozenClock, do_sweep: Sweep
) -> None:
    script(shop, Entry(loss="question", times=5))
    payment = shop.pay(1000)
    wait_out(clock, do_sweep)
    attempt = attempt_of(payment)
    assert attempt.result == "reversed"
    acquirer_script.clear(shop.scope)
    authorizations.ask(shop.scope, attempt)
    stored = db.session.get(SimulatorRecord, attempt.id)
    assert stored is not None
    assert (stored.response, charged()) == ("68", set())


def test_the_reversal_is_repeated_until_the_acquirer_acknowledges_it(
    shop: Shop, line: Shaky, clock: FrozenClock, do_sweep: Sweep
) -> None:
    line.fail_after = AcquirerUnavailable("line cut")
    payment = shop.pay(1000)
    wait_out(clock, do_sweep)
    db.session.refresh(payment)
    assert payment.status == "failed"
    order = db.session.scalars(select(AcquirerOrder)).one()
    assert (order.kind, order.attempt_id, order.answered_at) == ("reverse", attempt_of(payment).id, None)
    wait_out(clock, do_sweep, 2)
    line.fail_after = None
    do_sweep()
    db.session.refresh(order)
    assert (order.response, charged()) == ("00", set())
    reversals = db.session.scalars(select(SimulatorRecord).where(SimulatorRecord.kind == "reverse")).all()
    assert [reversal.asked > 1 for reversal in reversals] == [True]


def test_on_the_page_the_payment_is_payable_again_and_no_try_is_spent(
    shop: Shop, clock: FrozenClock, do_sweep: Sweep
) -> None:
    script(shop, NEVER)
    payment = payments.create(shop.scope, NewPayment(amount=1000))
    on_page(shop, payment)
    first = attempt_of(payment)
    for _ in range(2):  # a second try has to wait for the end of the first
        with pytest.raises(AttemptInProgress):
            on_page(shop, payment)
        clock.tick(seconds=25)
    wait_out(clock, do_sweep, 3)
    db.session.refresh(payment)
    assert (payment.status, payment.open_attempt, payment.attempts_left) == (None, None, 5)
    db.session.refresh(first)
    assert (first.result, reasons.of_last_try(payment, first)) == ("reversed", "unreachable")
    assert on_page(shop, payment).kind == "paid"
    assert charged() == {payment.attempt_id}
    assert payment.attempt_id != first.id


def test_the_payers_own_looks_at_the_page_end_the_wait_without_any_sweep(shop: Shop, clock: FrozenClock) -> None:
    script(shop, NEVER)
    payment = payments.create(shop.scope, NewPayment(amount=1000))
    on_page(shop, payment)
    for _ in range(3):
        clock.tick(seconds=25)
        with pytest.raises(AttemptInProgress):
            page_payments.resume(shop.scope, payment.id, page_url=PAGE)
        db.session.rollback()
    clock.tick(seconds=25)
    assert page_payments.resume(shop.scope, payment.id, page_url=PAGE).kind == "form"
    assert attempt_of(payment).result == "reversed"


def test_many_sweeps_and_clicks_at_once_ask_once(core: Flask, shop: Shop, clock: FrozenClock) -> None:
    script(shop, Entry(loss="answer"))
    payment = payments.create(shop.scope, NewPayment(amount=1000))
    on_page(shop, payment)
    clock.tick(seconds=25)
    scope, now = shop.scope, clock()
    db.session.commit()

    def one(number: int) -> str:
        if number % 2:
            return str(authorizations.resume_open(now))
        return page_payments.resume(scope, payment.id, page_url=PAGE).kind

    outcomes = together(core, one)
    assert all(isinstance(outcome, str | AttemptInProgress) for outcome in outcomes), outcomes
    db.session.refresh(payment)
    attempt = attempt_of(payment)
    stored = db.session.get(SimulatorRecord, attempt.id, populate_existing=True)
    assert stored is not None
    assert (payment.status, attempt.asks, stored.asked) == ("to_capture", 2, 2)


def test_many_givings_up_and_late_answers_at_once_have_one_end(core: Flask, shop: Shop) -> None:
    script(shop, NEVER)
    payment = shop.pay(1000)
    attempt, scope = attempt_of(payment), shop.scope
    db.session.commit()

    def one(number: int) -> str | None:
        if number % 2:
            return authorizations.give_up(scope, attempt.id).status
        return authorizations.record(scope, attempt.id, Answer("00", "ABC123")).status

    outcomes = set(together(core, one))
    assert outcomes in ({"failed"}, {"to_capture"})
    reversals = db.session.scalar(select(func.count()).select_from(AcquirerOrder))
    db.session.refresh(payment)
    assert (payment.status, reversals) in (("failed", 1), ("to_capture", 0))


def test_a_slow_acceptance_finds_its_attempt_given_up(
    core: Flask, shop: Shop, clock: FrozenClock, do_sweep: Sweep
) -> None:
    acquirer = Held(clock)
    core.extensions[EXTENSION] = replace(core.extensions[EXTENSION], acquirer=acquirer)
    scope = shop.scope
    db.session.commit()

    def pay() -> str | None:
        with core.app_context():
            return payments.create(scope, NewPayment(amount=1000, card=card())).status

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(pay)
        assert acquirer.answered.wait(60)
        attempt = db.session.scalars(select(Attempt)).one()
        authorizations.give_up(shop.scope, attempt.id)
        do_sweep()
        acquirer.go_on.set()
        assert slow.result(timeout=60) == "failed"
    shop.advance(days=3)
    assert (captures(), charged()) == (0, set())


def test_the_same_request_again_finishes_what_was_lost(shop: Shop) -> None:
    script(shop, Entry(loss="answer"))
    new = NewPayment(amount=1000, card=card(), unique_id="order-1")
    first = payments.create(shop.scope, new, suffix="k" * 24)
    assert first.status is None
    again = payments.create(shop.scope, new, suffix="k" * 24)
    assert (again.id, again.status) == (first.id, "to_capture")
    assert len(charged()) == 1
    third = payments.create(shop.scope, new, suffix="k" * 24)
    assert (third.id, third.status, len(charged())) == (first.id, "to_capture", 1)


def test_a_terminals_question_is_reversed_and_not_asked_again_without_its_chip(
    shop: Shop, clock: FrozenClock, do_sweep: Sweep
) -> None:
    script(shop, Entry(loss="question"))
    payment = shop.pay(1000, capture=False)
    payment.source = "terminal"
    db.session.commit()
    clock.tick(seconds=25)
    do_sweep()
    db.session.refresh(payment)
    assert (payment.status, attempt_of(payment).result, charged()) == ("failed", "reversed", set())


PAYING = """
from payments_core import create_app, merchants, payments
from payments_core.payments import NewPayment
from payments_core.scope import scope_of
from tests.payments_core.conftest import FrozenClock, card, config_for

clock = FrozenClock()
app = create_app(config_for({url!r}), clock, doors=())
with app.app_context():
    scope = scope_of(merchants.get({merchant!r}), False, clock(), "key:test")
    payments.create(scope, NewPayment(amount=1000, card=card()))
"""


def test_a_process_killed_between_question_and_record_leaves_one_charge(
    core_database: str, shop: Shop, clock: FrozenClock, do_sweep: Sweep, a_row_appears: Callable[[str], None]
) -> None:
    script(shop, Entry(delay_ms=30_000))
    code = PAYING.format(url=core_database, merchant=shop.merchant.id)
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    try:
        a_row_appears("authorization")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    payment = db.session.scalars(select(Payment)).one()
    assert (payment.status, len(charged())) == (None, 1)
    clock.tick(seconds=25)
    do_sweep()
    db.session.refresh(payment)
    assert (payment.status, charged()) == ("to_capture", {payment.attempt_id})
