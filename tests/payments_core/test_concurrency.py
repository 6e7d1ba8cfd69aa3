"""Several processes at once: refunds, sweeps, keys, the same idempotency key."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import func, select

from payments_core import (
    attempts,
    captures,
    due,
    idempotency,
    keys,
    ledger_check,
    merchants,
    page_payments,
    payments,
    refunds,
    sweep,
)
from payments_core.db import db
from payments_core.errors import AttemptInProgress, Duplicate, IdempotencyInProgress, RefundRefused
from payments_core.merchants import MerchantInput
from payments_core.models import ApiKey, Event, Payment, Refund
from payments_core.payments import NewPayment
from payments_core.scope import Scope
from tests.payments_core.conftest import FrozenClock, Shop, card

T = TypeVar("T")


def together(core_app: Flask, work: Callable[[int], T], times: int = 8) -> list[T | Exception]:
    """Runs the work in that many threads, each in its own application context."""

    def one(number: int) -> T | Exception:
        with core_app.app_context():
            try:
                return work(number)
            except Exception as error:
                db.session.rollback()
                return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_concurrent_refunds_never_exceed_the_captured_amount(core: Flask, shop: Shop) -> None:
    shop.captured(5000)
    payment = shop.captured(1000)
    scope = shop.scope
    db.session.commit()
    outcomes = together(core, lambda _: refunds.create(scope, payment.id, 300))
    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 3
    assert all(isinstance(outcome, Refund | RefundRefused) for outcome in outcomes)
    assert db.session.scalar(select(func.sum(Refund.amount)).where(Refund.payment_id == payment.id)) == 900
    assert ledger_check.check().differences == []


def test_of_concurrent_refunds_decided_on_the_same_page_one_goes_through(core: Flask, shop: Shop) -> None:
    payment = shop.captured(5000)
    scope = shop.scope
    db.session.commit()
    outcomes = together(core, lambda _: refunds.create(scope, payment.id, 300, seen=5000))
    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 1
    codes = {outcome.code for outcome in outcomes if isinstance(outcome, RefundRefused)}
    assert codes == {"changed_meanwhile"}
    assert ledger_check.check().differences == []


def test_concurrent_refunds_of_several_payments_never_exceed_the_cover(core: Flask, shop: Shop) -> None:
    made = [shop.captured(1000) for _ in range(2)]
    shop.advance(days=20)  # paid out
    shop.captured(971)
    scope = shop.scope
    db.session.commit()
    outcomes = together(core, lambda number: refunds.create(scope, made[number % 2].id, 500))
    refunded = sum(outcome.amount for outcome in outcomes if isinstance(outcome, Refund))
    assert refunded == 500  # of 949 of cover; 51 would be missing for another 500, and 44 of commissions may be
    codes = {outcome.code for outcome in outcomes if isinstance(outcome, RefundRefused)}
    assert codes <= {"insufficient_funds", "nothing_left"}
    assert ledger_check.check().differences == []


def test_sweeps_at_the_same_time_do_everything_once(
    core: Flask, new_shop: Callable[[str], Shop], clock: FrozenClock
) -> None:
    shops = [new_shop(f"account-{number}") for number in range(3)]
    made = [shop.pay(1000 + number) for number in range(8) for shop in shops]
    db.session.commit()
    for _ in range(3):
        clock.tick(days=1)
        together(core, lambda _: sweep.sweep(), 4)
    sweep.sweep()
    for payment in made:
        db.session.refresh(payment)
    assert {payment.status for payment in made} == {"captured"}
    kinds = select(Event.type, func.count()).group_by(Event.type)
    assert {str(kind): int(count) for kind, count in db.session.execute(kinds)} == {
        "card.created": 3,  # each shop's payments were made with the same card
        "payment.created": 24,
        "payment.to_capture": 24,
        "payment.capture_sent": 24,
        "payment.captured": 24,
    }
    assert ledger_check.check().differences == []


def test_many_clicks_on_the_page_charge_once(core: Flask, shop: Shop) -> None:
    payment = payments.create(shop.scope, NewPayment(amount=1000, return_url="https://shop.example/"))
    scope = shop.scope
    db.session.commit()
    outcomes = together(
        core, lambda _: page_payments.pay(scope, payment.id, card(), device=None, page_url="https://payment/x").kind
    )
    assert all(outcome == "paid" or isinstance(outcome, AttemptInProgress) for outcome in outcomes)
    assert "paid" in outcomes
    assert [attempt.result for attempt in attempts.of_payment(payment.id)] == ["accepted"]


def test_a_merchant_whose_rows_cannot_move_keeps_nobody_else_waiting(
    core: Flask, new_shop: Callable[[str], Shop], clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [new_shop(f"account-{number}").pay(1000) for number in range(3)]
    broken = sorted(made, key=lambda payment: payment.merchant_id)[0]
    real = captures.emit

    def refuse(scope: Scope, kind: str, subject: Payment, **data: object) -> object:
        if subject.id == broken.id:
            raise RuntimeError("cannot be moved")
        return real(scope, kind, subject, **data)

    monkeypatch.setattr(captures, "emit", refuse)
    clock.tick(days=1)
    sweep.sweep()
    for payment in made:
        db.session.refresh(payment)
    assert {payment.status for payment in made if payment.id != broken.id} == {"capture_sent"}
    assert broken.status == "to_capture"


def test_one_unique_id_makes_one_payment(core: Flask, shop: Shop) -> None:
    scope = shop.scope
    db.session.commit()
    new = NewPayment(amount=1000, unique_id="order-7", card=card())
    outcomes = together(core, lambda _: payments.create(scope, new), 6)
    made = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert len(made) == 1
    duplicates = [outcome for outcome in outcomes if isinstance(outcome, Duplicate)]
    assert {duplicate.existing_id for duplicate in duplicates} == {made[0].id}
    assert len(duplicates) == 5


def test_one_idempotency_key_is_taken_once(core: Flask, shop: Shop, clock: FrozenClock) -> None:
    outcomes = together(core, lambda _: idempotency.begin("mrch:test", "key-1", b"POST /x {}", clock()), 6)
    assert sum(isinstance(outcome, idempotency.Slot) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IdempotencyInProgress) for outcome in outcomes) == 5


def test_one_reference_makes_one_merchant_and_one_label_one_pair_of_keys(core: Flask, clock: FrozenClock) -> None:
    wanted = MerchantInput("account-9", "Bar", "bar@exemple.fr", "732829320", "FR1420041010050500013M02606")
    outcomes = together(core, lambda _: merchants.create(wanted, clock())[0].id, 6)
    assert len(set(outcomes)) == 1
    merchant_id = str(outcomes[0])
    together(core, lambda _: keys.create_pair(merchant_id, False, "Boutique", "btq_1", clock()), 6)
    in_force = select(func.count()).where(ApiKey.merchant_id == merchant_id, ApiKey.revoked_at.is_(None))
    assert db.session.scalar(in_force) == 2


@pytest.mark.parametrize("kind", due.KINDS, ids=lambda kind: kind.model.__tablename__)
def test_a_sweep_of_nothing_moves_nothing(core: Flask, kind: due.Kind, clock: FrozenClock) -> None:
    assert due.sweep(kind, clock()) == 0
