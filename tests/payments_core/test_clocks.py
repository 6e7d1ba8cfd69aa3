"""The test clock: forward only, step by step through everything due, resumable; live time is never touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from payments_core import captures, clocks, due, ledger_check, payments, refunds, sweep
from payments_core.db import db
from payments_core.errors import Conflict, InvalidRequest
from payments_core.models import CaptureBatch, Event, Payment
from payments_core.payments import NewPayment
from payments_core.scope import scope_of
from payments_core.step import Step
from tests.payments_core.conftest import START, FrozenClock, Shop, card, own


def test_a_clock_only_moves_forward_and_not_too_far(shop: Shop, clock: FrozenClock) -> None:
    merchant = shop.merchant
    assert clocks.read(merchant, clock.now).offset_seconds == 0
    for goal in (clock.now, clock.now - timedelta(hours=1)):
        with pytest.raises(Conflict, match="only moves forward"):
            clocks.ask_advance(merchant.id, clock.now, to=goal)
        db.session.rollback()
    with pytest.raises(InvalidRequest):
        clocks.ask_advance(merchant.id, clock.now, days=801)
    db.session.rollback()
    with pytest.raises(InvalidRequest):
        clocks.ask_advance(merchant.id, clock.now)
    db.session.rollback()
    reading = clocks.ask_advance(merchant.id, clock.now, days=2)
    assert reading.advancing_to is not None
    assert clocks.ask_advance(merchant.id, clock.now, days=3).advancing_to == reading.advancing_to + timedelta(days=3)
    clocks.advance(merchant.id)
    db.session.refresh(merchant)
    reading = clocks.read(merchant, clock.now)
    assert (reading.offset_seconds, reading.advancing_to) == (5 * 86400, None)


def test_what_happens_on_the_way_happens_at_its_own_moment(shop: Shop) -> None:
    payment = shop.pay(1000)
    shop.advance(days=10)
    moments = {event.type: event.created_at.isoformat() for event in db.session.scalars(select(Event))}
    assert moments["payment.capture_sent"] == "2026-09-15T21:00:00+00:00"
    assert moments["payment.captured"] == "2026-09-16T05:00:00+00:00"
    assert payment.funds == "available"


def test_advancing_resumes_where_it_was_killed(
    shop: Shop, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, do_sweep: Callable[[], dict[str, int]]
) -> None:
    made = [shop.pay(1000 + number) for number in range(3)]
    shop.captured(4000)
    refund = refunds.create(shop.scope, shop.captured(500).id, 200)
    real = captures.funds.captured
    killed = iter([False, True])

    def sometimes(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        if next(killed, False):
            raise KeyboardInterrupt  # nobody catches it on the way, as kill -9

    another = shop.pay(800)
    last = shop.pay(900)
    monkeypatch.setattr(captures.funds, "captured", sometimes)
    goal = clocks.read(shop.merchant, clock.now).now + timedelta(days=12)
    clocks.ask_advance(shop.merchant.id, clock.now, to=goal)
    with pytest.raises(KeyboardInterrupt):
        clocks.advance(shop.merchant.id)
    db.session.rollback()
    assert clocks.advancing() == [shop.merchant.id]
    assert ledger_check.check().differences == []  # the interrupted step left nothing
    do_sweep()
    assert clocks.advancing() == []
    for payment in (*made, another, last):
        db.session.refresh(payment)
        assert (payment.status, payment.funds) == ("captured", "available")
    db.session.refresh(refund)
    assert refund.status == "refunded"
    assert ledger_check.check().differences == []
    versions = select(Event.object_id, Event.version).order_by(Event.object_id, Event.version)
    seen: dict[str, list[int]] = {}
    for object_id, version in db.session.execute(versions):
        seen.setdefault(object_id, []).append(version)
    assert all(found == list(range(1, len(found) + 1)) for found in seen.values())


def test_the_sweep_moves_test_merchants_ahead_and_others_by_their_own_time(
    new_shop: Callable[[str], Shop], clock: FrozenClock
) -> None:
    ahead, here = new_shop("ahead"), new_shop("here")
    ahead.advance(days=2)
    first, second = ahead.pay(1000), here.pay(1000)
    clock.now = START + timedelta(hours=14)  # past the cut-off for both
    sweep.sweep()
    assert (first.status, second.status) == ("capture_sent", "capture_sent")
    third = ahead.pay(1000)
    ahead.merchant.clock_offset_seconds += 86400  # as if advanced, but with the row left due
    db.session.commit()
    sweep.sweep()
    assert third.status == "capture_sent"
    assert second.status == "capture_sent"


def test_live_rows_ignore_the_test_clock(shop: Shop, core: Flask, clock: FrozenClock) -> None:
    shop.merchant.status = "active"
    db.session.commit()
    live = scope_of(shop.merchant, True, clock(), "key:live")
    payment = own(payments.create(live, NewPayment(amount=1000, card=card())))
    shop.advance(days=30)
    sweep.sweep()
    assert payment.status == "to_capture"
    clock.tick(hours=13.5)
    sweep.sweep()
    assert payment.status == "capture_sent"
    clock.tick(hours=8)
    sweep.sweep()
    assert payment.status == "captured"


def test_a_sweep_that_comes_late_sends_the_captures_then_and_pretends_nothing(shop: Shop, clock: FrozenClock) -> None:
    payment = shop.pay(1000)
    clock.tick(days=2)  # nothing ran for two days
    sweep.sweep()
    batch = db.session.get(CaptureBatch, payment.capture_batch_id)
    assert batch is not None
    assert (payment.status, batch.cut_off_on, batch.settles_on) == (
        "capture_sent",
        date(2026, 9, 17),
        date(2026, 9, 18),
    )


def test_a_due_row_that_does_not_move_on_is_a_bug_that_shows(shop: Shop) -> None:
    payment = shop.pay(1000)
    stuck = due.Kind(Payment, lambda step, row: None)
    with pytest.raises(AssertionError, match="must move on"):
        due.handle(stuck, Step(shop.scope), [payment])
