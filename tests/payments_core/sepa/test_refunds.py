"""Refunds of collections leave by transfer."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from payments_core import (
    refunds,
)
from payments_core.db import db
from payments_core.models import SimulatorTransfer
from tests.payments_core.conftest import Shop
from tests.payments_core.sepa.steps import (
    GOOD,
    STATEMENT_READ,
    check_ledger,
    collected,
    iban_of,
    messages,
    moved_at_the_bank,
    pay,
)


def test_a_sepa_refund_leaves_by_transfer_after_the_return_window(shop: Shop) -> None:
    payment = collected(shop, 2000)
    refund = refunds.create(shop.scope, payment.id, 700)
    assert refund.by_transfer
    # Returns are possible until Tuesday 6 October; the statement of that day is read on the 7th.
    assert refund.due_at == datetime(2026, 10, 7, 21, 0, tzinfo=UTC)
    shop.advance_to(datetime(2026, 10, 7, 20, 0, tzinfo=UTC))
    assert (refund.status, messages("refund")) == ("to_refund", [])
    shop.advance_to(datetime(2026, 10, 9, 6, 0, tzinfo=UTC))
    assert (refund.status, refund.date_bank, len(messages("refund"))) == ("refund_sent", date(2026, 10, 8), 1)
    shop.advance_to(datetime(2026, 10, 16, 6, 0, tzinfo=UTC))
    assert refund.status == "refunded"
    moved = db.session.scalars(select(SimulatorTransfer).where(SimulatorTransfer.collection.is_(False))).all()
    assert [(row.iban, row.amount) for row in moved if row.end_to_end_id.startswith("REFD-")] == [(GOOD, 700)]
    check_ledger()


@pytest.mark.parametrize(("rejected", "status"), [(True, "failed"), (False, "not_honored")])
def test_a_transfer_that_does_not_arrive_gives_the_money_back(shop: Shop, rejected: bool, status: str) -> None:
    payment = collected(shop, 2000, iban_of("AC04", "transfer", rejected=rejected))
    refund = refunds.create(shop.scope, payment.id, 700)
    shop.advance_to(datetime(2026, 10, 13, 6, 0, tzinfo=UTC))
    assert (refund.status, refund.reason) == (status, "AC04")
    assert (payment.refunded_amount, refunds.refundable(payment)) == (0, 2000)
    shop.advance(days=10)
    assert refund.status == status
    check_ledger()


def test_a_full_refund_before_the_file_cancels_and_nothing_is_collected(shop: Shop) -> None:
    payment = pay(shop)
    refund = refunds.create(shop.scope, payment.id)
    assert (payment.status, refund.status) == ("canceled", "payment_canceled")
    shop.advance_to(STATEMENT_READ)
    assert (payment.status, moved_at_the_bank()) == ("canceled", 0)
