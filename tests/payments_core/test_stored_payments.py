"""A history made in SQL is one the core could have made itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from payments_core import attempts, events, ledger_check, list_marks, paging, payment_lists, stored_payments
from payments_core.db import STAMP_LENGTH, db, stamp
from payments_core.ledger import RULES
from payments_core.models import Attempt, LedgerEntry, ListMark, Payment
from payments_core.payment_lists import Filters
from tests.payments_core.conftest import Shop

SCHEMA = """
    SELECT conrelid::regclass::text || conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text !~ '^pg_' ORDER BY 1"""


@pytest.fixture
def shops(new_shop: Callable[[str], Shop]) -> list[Shop]:
    """Two whose payments may be made, one whose may not."""
    return [new_shop(reference) for reference in ("bench-0", "bench-1", "other")]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("without_indexes", [False, True])
def test_stored_payments_agree_with_ledger_balances_and_schema(
    shops: list[Shop], monkeypatch: pytest.MonkeyPatch, without_indexes: bool
) -> None:
    monkeypatch.setattr(stored_payments, "_CHUNK", 70)
    if without_indexes:
        monkeypatch.setattr(stored_payments, "_WITHOUT_INDEXES", 1)
    before = db.session.scalars(text(SCHEMA)).all()
    db.session.commit()
    shops[0].pay(1000, stored_payments.NUMBER)  # a real one among them
    now = shops[0].clock.now
    assert stored_payments.fill(200, now) == {"added": 199, "stored": 200}
    assert stored_payments.fill(300, now) == {"added": 100, "stored": 300}
    assert stored_payments.fill(300, now) == {"added": 0, "stored": 300}
    report = ledger_check.check()
    assert report.differences == []
    assert db.session.scalars(text(SCHEMA)).all() == before
    of_others = select(func.count()).where(Payment.merchant_id == shops[2].merchant.id)
    assert db.session.scalar(of_others) == 0


@pytest.mark.usefixtures("core")
def test_each_has_its_attempt_its_events_and_entries_as_the_rules_say(shops: list[Shop]) -> None:
    stored_payments.fill(300, shops[0].clock.now)
    for payment in db.session.scalars(select(Payment)).all():
        (attempt,) = attempts.of_payment(payment.id)
        assert (attempt.result == "accepted") == (payment.status == "captured") == (payment.attempt_id == attempt.id)
        assert [event.version for event in events.timeline([payment.id])] == list(range(1, payment.version + 1))
        assert (payment.due_at is None) == (payment.funds in (None, "available"))
        assert payment.due_at is None or payment.due_at > shops[0].clock.now
        made = stamp((payment.created_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
        assert {found.partition("_")[2][:STAMP_LENGTH] for found in (payment.id, attempt.id)} == {made}
    for entry in db.session.scalars(select(LedgerEntry)).all():
        assert (RULES[entry.code].debit, RULES[entry.code].credit) == (entry.debit, entry.credit)
    assert db.session.scalar(select(func.count()).select_from(Attempt).where(Attempt.result == "declined"))


@pytest.mark.usefixtures("core")
def test_the_clock_goes_on_with_them_and_the_ledger_still_agrees(shops: list[Shop]) -> None:
    stored_payments.fill(300, shops[0].clock.now)
    shops[0].advance(days=12)
    waiting = select(func.count()).where(Payment.merchant_id == shops[0].merchant.id, Payment.due_at.is_not(None))
    assert db.session.scalar(waiting) == 0
    assert ledger_check.check().differences == []


@pytest.mark.usefixtures("core")
def test_marks_are_those_a_reader_would_have_set(shops: list[Shop], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (stored_payments, list_marks):
        monkeypatch.setattr(module, "STRIDE", 10)
    monkeypatch.setattr(paging, "EXACT", 25)
    scope = shops[0].scope
    stored_payments.fill(200, scope.real_now)
    stored_payments.fill(300, scope.real_now)
    marks = select(ListMark.name, ListMark.position, ListMark.row_id)
    marks = marks.order_by(ListMark.name, ListMark.owner_id, ListMark.position)
    made = db.session.execute(marks).all()
    db.session.execute(text("DELETE FROM list_marks"))
    db.session.commit()
    for shop in shops[:2]:
        later = shop.scope.at(shop.scope.now + timedelta(minutes=2))
        payment_lists.page(later, Filters(), start=30, limit=1, count=True)
        payment_lists.page(later, Filters(), start=30, limit=1, count=True, by_processing=True)
    assert {mark.name for mark in made} == {"payments", "payments.paid_at"}
    assert db.session.execute(marks).all() == made


@pytest.mark.usefixtures("core")
def test_nobodys_payments_are_made_up(new_shop: Callable[[str], Shop]) -> None:
    shop = new_shop("account-1")
    with pytest.raises(stored_payments.NoMerchants):
        stored_payments.fill(10, shop.clock.now)
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 0
